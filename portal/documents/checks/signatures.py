"""Bytes that betray a file: the antivirus test string, programs, and a second format hidden in the first."""

import io
import zipfile

from portal.documents.checks.refusal import FileRefused

# In two halves, so that no antivirus takes this source for the test file itself.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"#!")
MARKUP = (b"<html", b"<script", b"<!doctype html", b"<svg")


def refuse_eicar(content: bytes) -> None:
    """Refuse what every antivirus refuses."""
    if EICAR in content:
        raise FileRefused(
            "L’antivirus refuse ce fichier : analysez votre poste, puis déposez un fichier sain.", "virus"
        )


def is_program(content: bytes) -> bool:
    """Tell whether bytes begin like a program or a script."""
    return content.startswith(PROGRAMS)


def wrong_type(label: str) -> FileRefused:
    """Return the refusal of a file whose content is not what its name says."""
    return FileRefused(
        f"Le contenu de ce fichier n’est pas celui d’un fichier {label} : "
        f"enregistrez-le au format {label}, sans vous contenter de changer son nom.",
        "wrong_type",
    )


def refuse_second_format(content: bytes) -> None:
    """Refuse a file that is also an archive or a web page."""
    head = content[:1024].lower()
    if any(tag in head for tag in MARKUP) or zipfile.is_zipfile(io.BytesIO(content)):
        raise FileRefused(
            "Ce fichier en cache un autre (archive ou page web) : enregistrez-le de nouveau "
            "depuis le logiciel qui l’a créé.",
            "polyglot",
        )
