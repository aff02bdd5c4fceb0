"""PDF: whole, readable, not encrypted, and passive: nothing in it runs, sends or hides a program."""

import io
import re
import time
import zlib
from collections.abc import Iterator
from typing import Any

from defusedxml import DefusedXmlException, ElementTree
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from portal.documents.checks.refusal import FileRefused
from portal.documents.checks.signatures import refuse_eicar, refuse_second_format, wrong_type

SECONDS = 2.2
MAX_STREAM = 100 * 1024 * 1024
MAX_STREAMS_TOTAL = 400 * 1024 * 1024
MAX_EMBEDDED = 10 * 1024 * 1024
MAX_IMAGE_PIXELS = 200_000_000
CHUNK = 1024 * 1024

ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/AA", "/XFA", "/RichMedia", "/RichMediaContent"})
ACTIVE_ACTIONS = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/SubmitForm",
        "/ImportData",
        "/GoToE",
        "/Rendition",
        "/RichMediaExecute",
        "/Movie",
        "/Sound",
    }
)
_TAIL = re.compile(rb"startxref\s+(\d+)\s+%%EOF[\s\x00]*\Z")
_XREF = re.compile(rb"\s*(xref\b|\d+\s+\d+\s+obj\b)")


def check(content: bytes) -> None:
    """Refuse a PDF that is damaged, encrypted, active or bigger inside than it seems."""
    if not content.startswith(b"%PDF-"):
        raise wrong_type("PDF")
    _refuse_truncated(content)
    refuse_second_format(content)
    deadline = time.monotonic() + SECONDS
    try:
        _read(content, deadline)
    except FileRefused:
        raise
    except Exception as error:  # a broken PDF makes the parser fail in ways of all kinds
        raise _damaged() from error


def _read(content: bytes, deadline: float) -> None:
    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted:
        raise FileRefused(
            "Ce PDF est protégé par un mot de passe : enregistrez-le sans protection, puis déposez-le.",
            "encrypted",
        )
    if not reader.pages:
        raise _damaged()
    _walk(reader, deadline)


def _value(item: DictionaryObject, key: str, default: Any = None) -> Any:
    """Return what stands under a key, followed where it is a reference (`get` alone would not)."""
    return item[key] if key in item else default  # noqa: SIM401 see above


def _refuse_truncated(content: bytes) -> None:
    """Refuse a file whose end is missing, or is followed by something else."""
    tail = _TAIL.search(content, max(0, len(content) - 4096))
    if tail is None or not _XREF.match(content, min(int(tail[1]), len(content))):
        raise _damaged()


def _walk(reader: PdfReader, deadline: float) -> None:
    """Visit every object that a viewer can reach, once."""
    budget = MAX_STREAMS_TOTAL
    for item in _objects(reader, deadline):
        _refuse_active(item)
        if isinstance(item, StreamObject):
            _refuse_huge_picture(item)
            budget -= _inflated_size(item, min(MAX_STREAM, budget), deadline)
        if "/EF" in item:
            _refuse_attachment(item)


def _objects(reader: PdfReader, deadline: float) -> Iterator[DictionaryObject]:
    seen: set[tuple[int, int]] = set()
    stack: list[Any] = [reader.trailer]
    while stack:
        if time.monotonic() > deadline:
            raise _bomb()
        item = stack.pop()
        if isinstance(item, IndirectObject):
            key = (item.idnum, item.generation)
            if key in seen:
                continue
            seen.add(key)
            item = item.get_object()
        if isinstance(item, DictionaryObject):
            yield item
            stack.extend(item.raw_get(key) for key in item if key != "/Parent")
        elif isinstance(item, ArrayObject):
            stack.extend(
                part for part in item if isinstance(part, IndirectObject | DictionaryObject | ArrayObject)
            )


def _refuse_active(item: DictionaryObject) -> None:
    action = _value(item, "/S")
    if ACTIVE_KEYS.intersection(item) or (isinstance(action, str) and action in ACTIVE_ACTIONS):
        raise _active()
    if "/OpenAction" in item and not _is_destination(item["/OpenAction"]):
        raise _active()


def _is_destination(opening: Any) -> bool:
    """Tell whether the opening action only says which page to show first."""
    if isinstance(opening, DictionaryObject):
        return _value(opening, "/S") == "/GoTo" and "/Next" not in opening
    return True


def _refuse_huge_picture(stream: StreamObject) -> None:
    width, height = _value(stream, "/Width", 0), _value(stream, "/Height", 0)
    if isinstance(width, int) and isinstance(height, int) and width * height > MAX_IMAGE_PIXELS:
        raise _bomb()


def _inflated_size(stream: StreamObject, limit: int, deadline: float) -> int:
    """Return how many bytes a compressed stream gives, without keeping them; refuses beyond the limit."""
    filters = _value(stream, "/Filter", [])
    names = [filters] if isinstance(filters, str) else [part.get_object() for part in filters or []]
    if names.count("/FlateDecode") + names.count("/Fl") > 1:
        raise _bomb()
    if not names or names[0] not in {"/FlateDecode", "/Fl"}:
        return 0
    inflater, size, last = zlib.decompressobj(), 0, b""
    data = stream._data  # noqa: SLF001 the raw bytes: decoding them whole is what must not happen
    while data and not inflater.eof:
        try:
            part = inflater.decompress(data, CHUNK)
        except zlib.error:
            return size
        refuse_eicar(last + part)
        size, last, data = size + len(part), part[-128:], inflater.unconsumed_tail
        if size > limit or time.monotonic() > deadline:
            raise _bomb()
    return size


def _refuse_attachment(specification: DictionaryObject) -> None:
    """Refuse anything attached but plain XML (the data of an electronic invoice)."""
    names = [str(specification[key]) for key in ("/F", "/UF") if key in specification]
    files: Any = specification["/EF"]
    if not names or not all(name.lower().endswith(".xml") for name in names):
        raise _attachment()
    for key in files:
        stream = files[key]
        _inflated_size(stream, MAX_EMBEDDED, time.monotonic() + SECONDS)
        try:
            ElementTree.fromstring(stream.get_data(), forbid_dtd=True)
        except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
            raise _attachment() from error


def _damaged() -> FileRefused:
    return FileRefused(
        "Ce PDF est incomplet ou abîmé : ouvrez-le sur votre ordinateur, enregistrez-le de nouveau en PDF "
        "et déposez la nouvelle version.",
        "damaged",
    )


def _active() -> FileRefused:
    return FileRefused(
        "Ce PDF contient un programme ou une action automatique : imprimez-le « en PDF » pour n’en garder "
        "que les pages, puis déposez le résultat.",
        "active_content",
    )


def _attachment() -> FileRefused:
    return FileRefused(
        "Ce PDF contient un autre fichier en pièce jointe : retirez-la, ou déposez les deux fichiers "
        "séparément.",
        "attachment",
    )


def _bomb() -> FileRefused:
    return FileRefused(
        "Ce PDF est trop lourd une fois décompressé : réduisez ses images ou divisez-le, puis déposez-le.",
        "too_complex",
    )
