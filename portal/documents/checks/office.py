"""Word, Excel and PowerPoint files: a sound archive, the right parts, and nothing that runs or calls out."""

import io
import zipfile
from pathlib import PurePosixPath
from typing import Literal
from xml.parsers import expat

from defusedxml import DefusedXmlException, ElementTree

from portal.documents.checks import office_content
from portal.documents.checks.refusal import FileRefused
from portal.documents.checks.signatures import is_program, refuse_eicar, wrong_type

Kind = Literal["docx", "xlsx", "pptx"]

MAX_MEMBERS = 5000
MAX_TOTAL = 200 * 1024 * 1024
MAX_RATIO = 150
RATIO_FROM = 10 * 1024 * 1024
MAX_DEPTH = 2
ENCRYPTED_FLAG = 0x1
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOCAL_HEADER = 30
END_OF_ARCHIVE = b"PK\x05\x06"
END_LENGTH = 22
LABELS: dict[Kind, str] = {"docx": "Word (.docx)", "xlsx": "Excel (.xlsx)", "pptx": "PowerPoint (.pptx)"}
OOXML = "application/vnd.openxmlformats-officedocument."
MAIN_PARTS: dict[Kind, tuple[str, str]] = {
    "docx": ("word/document.xml", f"{OOXML}wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", f"{OOXML}spreadsheetml.sheet.main+xml"),
    "pptx": ("ppt/presentation.xml", f"{OOXML}presentationml.presentation.main+xml"),
}
NESTED: dict[str, Kind] = {".docx": "docx", ".xlsx": "xlsx", ".pptx": "pptx"}
PROGRAM_SUFFIXES = frozenset(
    {
        ".exe",
        ".dll",
        ".com",
        ".scr",
        ".bat",
        ".cmd",
        ".ps1",
        ".vbs",
        ".js",
        ".jse",
        ".wsf",
        ".hta",
        ".msi",
        ".jar",
        ".lnk",
        ".sh",
        ".py",
        ".docm",
        ".xlsm",
        ".pptm",
        ".html",
        ".htm",
        ".mht",
        ".rtf",
        ".zip",
        ".iso",
    }
)


def check(content: bytes, kind: Kind, depth: int = 0) -> None:
    """Refuse a file that is not a plain, passive document of this kind."""
    if content.startswith(OLE_MAGIC):
        raise FileRefused(
            "Ce fichier est protégé par un mot de passe ou d’un ancien format : enregistrez-le sans "
            f"protection au format {LABELS[kind]}, puis déposez-le.",
            "encrypted",
        )
    if not content.startswith(b"PK\x03\x04"):
        raise wrong_type(LABELS[kind])
    if depth > MAX_DEPTH:
        raise _bomb()
    if content.rfind(END_OF_ARCHIVE) != len(content) - END_LENGTH:
        raise _damaged(kind)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_directory(archive, len(content))
            _check_types(archive, kind)
            _check_members(archive, depth)
    except DefusedXmlException as error:
        raise office_content.forbidden_markup() from error
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise _damaged(kind) from error
    except (ElementTree.ParseError, expat.ExpatError, UnicodeError, ValueError) as error:
        raise _damaged(kind) from error


def _check_directory(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse what the table of contents alone betrays: bombs, overlaps, traversal, hidden doubles."""
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or total > MAX_TOTAL or (total > RATIO_FROM and total > size * MAX_RATIO):
        raise _bomb()
    names = {_safe_name(member).lower() for member in members}
    if len(names) != len(members):
        raise _tampered()
    end = 0
    for member in sorted(members, key=lambda item: item.header_offset):
        if member.header_offset < end:
            raise _bomb()
        end = member.header_offset + LOCAL_HEADER + member.compress_size
    if archive.start_dir < end or archive.comment:
        raise _tampered()


def _safe_name(member: zipfile.ZipInfo) -> str:
    name = member.orig_filename
    parts = PurePosixPath(name).parts
    is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
    strange = "\\" in name or ":" in name or any(ord(char) < 32 for char in name)
    if strange or is_link or name.startswith("/") or ".." in parts:
        raise _tampered()
    if member.flag_bits & ENCRYPTED_FLAG or member.compress_type not in {
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    }:
        raise _tampered()
    return name


def _check_types(archive: zipfile.ZipFile, kind: Kind) -> None:
    """Refuse a file whose parts are not those of its kind, or that declares macros."""
    main, expected = MAIN_PARTS[kind]
    names = set(archive.namelist())
    if "[Content_Types].xml" not in names or main not in names:
        raise wrong_type(LABELS[kind])
    root = ElementTree.fromstring(archive.read("[Content_Types].xml"), forbid_dtd=True)
    declared = {part.get("PartName", "").lstrip("/"): part.get("ContentType", "") for part in root}
    types = {part.get("ContentType", "").lower() for part in root}
    if any("macroenabled" in one or "vbaproject" in one or "activex" in one for one in types):
        raise office_content.macros()
    if declared.get(main) != expected:
        raise wrong_type(LABELS[kind])


def _check_members(archive: zipfile.ZipFile, depth: int) -> None:
    for member in archive.infolist():
        if member.is_dir():
            continue
        content = archive.read(member)
        refuse_eicar(content)
        _check_member(member.filename, content, depth)


def _check_member(name: str, content: bytes, depth: int) -> None:
    suffix = PurePosixPath(name.lower()).suffix
    if "vbaproject" in name.lower() or "activex" in name.lower():
        raise office_content.macros()
    if suffix in PROGRAM_SUFFIXES or is_program(content):
        raise _embedded()
    if suffix in NESTED:
        check(content, NESTED[suffix], depth + 1)
    elif "/embeddings/" in name.lower():
        raise _embedded()
    elif suffix in {".xml", ".rels", ".vml"}:
        office_content.check_part(name, content)


def _damaged(kind: Kind) -> FileRefused:
    return FileRefused(
        f"Ce fichier {LABELS[kind]} est incomplet ou abîmé : ouvrez-le sur votre ordinateur, enregistrez-le "
        "de nouveau et déposez la nouvelle version.",
        "damaged",
    )


def _tampered() -> FileRefused:
    return FileRefused(
        "Ce fichier n’a pas été écrit par un logiciel de bureautique ordinaire : ouvrez-le, enregistrez-le "
        "sous un nouveau nom et déposez la nouvelle version.",
        "tampered",
    )


def _bomb() -> FileRefused:
    return FileRefused(
        "Ce fichier est trop lourd une fois décompressé : réduisez ses images ou divisez-le, puis "
        "déposez-le.",
        "too_complex",
    )


def _embedded() -> FileRefused:
    return FileRefused(
        "Ce fichier en contient un autre qui peut agir sur un ordinateur : retirez l’objet incorporé, "
        "puis déposez-le de nouveau.",
        "attachment",
    )
