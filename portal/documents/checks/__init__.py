"""What a file must be to come in: small enough, of an allowed kind, really of that kind, and passive."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any

from portal.documents.checks import images, markup, office, pdf, tables
from portal.documents.checks.names import clean_name, extension_of
from portal.documents.checks.refusal import FileRefused
from portal.documents.checks.signatures import refuse_eicar

__all__ = ["ALLOWED", "MAX_SIZE", "Checked", "FileRefused", "check", "read"]

MAX_SIZE = 25 * 1024 * 1024
OOXML = "application/vnd.openxmlformats-officedocument."

CONTENT_TYPES = {
    "pdf": "application/pdf",
    "docx": f"{OOXML}wordprocessingml.document",
    "xlsx": f"{OOXML}spreadsheetml.sheet",
    "pptx": f"{OOXML}presentationml.presentation",
    "png": "image/png",
    "jpg": "image/jpeg",
}
# What a person may join to a request or a message: tables and data are only taken where a page asks for them.
ALLOWED: tuple[str, ...] = tuple(CONTENT_TYPES)
CONTENT_TYPES |= {"csv": "text/csv; charset=utf-8", "xml": "application/xml"}
LABELS = {
    "pdf": "PDF",
    "docx": "Word",
    "xlsx": "Excel",
    "pptx": "PowerPoint",
    "png": "PNG",
    "jpg": "JPEG",
    "csv": "CSV",
    "xml": "XML",
}

# What a telephone may save its photographs as.
PHONE_PICTURES = frozenset({"heic", "heif"})
# What an office suite writes and can save as PDF.
OFFICE = frozenset({"doc", "docx", "odt", "rtf", "xls", "xlsx", "ods", "ppt", "pptx", "odp"})

STRUCTURES: dict[str, Callable[[bytes], None]] = {
    "pdf": pdf.check,
    "docx": lambda content: office.check(content, "docx"),
    "xlsx": lambda content: office.check(content, "xlsx"),
    "pptx": lambda content: office.check(content, "pptx"),
    "png": images.check_png,
    "jpg": images.check_jpeg,
    "csv": tables.check_csv,
    "xml": markup.check_xml,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file that came through really is; `size` in bytes, `name` cleaned for display."""

    extension: str
    content_type: str
    sha256: str
    size: int
    name: str


def read(file: IO[bytes]) -> bytes:
    """Read a whole file; raises FileRefused when it is empty or above 25 MB (never reads much more)."""
    file.seek(0)
    content = file.read(MAX_SIZE + 1)
    if not content:
        raise FileRefused(
            "Ce fichier est vide : vérifiez-le sur votre ordinateur, puis déposez-le de nouveau.", "empty"
        )
    if len(content) > MAX_SIZE:
        raise FileRefused(
            "Ce fichier dépasse 25 Mo : réduisez-le (par exemple en baissant la qualité des images), "
            "ou déposez-le en plusieurs parties.",
            "too_big",
        )
    return content


def check(file: IO[Any], name: str, allowed: Sequence[str] = ALLOWED) -> Checked:
    """Return what a file is, or raise FileRefused with a French sentence that says what to do.

    The browser's declared type is never read: name and content must agree. The file is left at its
    beginning.
    """
    cleaned = clean_name(name)
    extension = extension_of(cleaned)
    if extension not in allowed:
        raise _wrong_extension(extension, allowed)
    content = read(file)
    file.seek(0)
    refuse_eicar(content)
    STRUCTURES[extension](content)
    return Checked(
        extension=extension,
        content_type=CONTENT_TYPES[extension],
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        name=cleaned,
    )


def _wrong_extension(extension: str, allowed: Sequence[str]) -> FileRefused:
    kinds = ", ".join(LABELS[kind] for kind in allowed)
    if extension in PHONE_PICTURES:
        return FileRefused(
            "Les photos HEIC ne sont pas acceptées\u00a0: dans les réglages de l’appareil photo, choisissez le format "
            f"«\u00a0le plus compatible\u00a0» (JPEG), ou faites-en un PDF. Types acceptés\u00a0: {kinds}.",
            "extension",
        )
    remedy = (
        " Enregistrez d’abord ce document au format PDF." if extension in OFFICE and "pdf" in allowed else ""
    )
    return FileRefused(
        f"Ce type de fichier n’est pas accepté ici\u00a0: déposez un fichier {kinds}.{remedy}", "extension"
    )
