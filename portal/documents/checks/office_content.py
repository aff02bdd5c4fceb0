"""The XML parts of Word, Excel and PowerPoint files: well formed, without entities, links out or DDE."""

import html
import re
from typing import Any
from xml.parsers import expat

from defusedxml import ElementTree

from portal.documents.checks.refusal import FileRefused

_FIELD = re.compile(r"<(?:\w+:)?instrText\b[^>]*>([^<]*)<", re.ASCII)
_SIMPLE_FIELD = re.compile(r"""\binstr\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.ASCII)
_FORMULA = re.compile(r"<(?:\w+:)?f(?:\s[^>]*)?>([^<]*\|[^<]*)<", re.ASCII)
_QUOTED = re.compile(r'"[^"]*"')
_DDE = re.compile(r"DDE(AUTO)?(\s|$)", re.IGNORECASE)
HARMLESS_LINK = "/hyperlink"
IMPORTED_CHUNK = "/afchunk"


def check_part(name: str, content: bytes) -> None:
    """Refuse one XML part that declares entities, or makes the software fetch or run something."""
    _refuse_doctype(content)
    lowered = name.lower()
    if lowered.endswith(".rels"):
        _refuse_outside_links(content)
        return
    if lowered.startswith("xl/externallinks/"):
        raise _outside_link()
    if lowered.startswith(("word/", "xl/")):
        _refuse_dde(_text_of(content))


def _refuse_doctype(content: bytes) -> None:
    parser = expat.ParserCreate()

    def refuse(*_: Any) -> None:
        raise forbidden_markup()

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.Parse(content, True)


def _refuse_outside_links(content: bytes) -> None:
    for link in ElementTree.fromstring(content, forbid_dtd=True):
        kind = link.get("Type", "").lower()
        outside = link.get("TargetMode", "").lower() == "external"
        if (outside and not kind.endswith(HARMLESS_LINK)) or kind.endswith(IMPORTED_CHUNK):
            raise _outside_link()


def _text_of(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8"
    return content.decode(encoding, errors="replace").replace("<![CDATA[", "").replace("]]>", "")


def _refuse_dde(text: str) -> None:
    """Refuse a field or a formula that starts another program, even split over several runs."""
    fields = "".join(_FIELD.findall(text))
    simple = " ".join("".join(pair) for pair in _SIMPLE_FIELD.findall(text))
    calls = any("|" in _QUOTED.sub("", html.unescape(formula)) for formula in _FORMULA.findall(text))
    if calls or _DDE.search(html.unescape(fields)) or _DDE.search(html.unescape(simple)):
        raise FileRefused(
            "Ce fichier contient un champ qui lance un autre programme (DDE) : remplacez-le par sa valeur, "
            "puis déposez-le de nouveau.",
            "dde",
        )


def macros() -> FileRefused:
    """Return the refusal of a document with macros."""
    return FileRefused(
        "Ce fichier contient des macros : enregistrez-le sans macros (.docx, .xlsx ou .pptx), ou en PDF.",
        "macros",
    )


def forbidden_markup() -> FileRefused:
    """Return the refusal of a part that declares a document type or entities."""
    return FileRefused(
        "Ce fichier contient des déclarations interdites (entités XML) : ouvrez-le, enregistrez-le sous un "
        "nouveau nom et déposez la nouvelle version.",
        "xml_entities",
    )


def _outside_link() -> FileRefused:
    return FileRefused(
        "Ce fichier va chercher une partie de son contenu ailleurs (modèle, image ou classeur lié) : rompez "
        "les liaisons dans votre logiciel, puis déposez-le de nouveau.",
        "external_link",
    )
