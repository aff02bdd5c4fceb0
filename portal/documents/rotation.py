"""Encrypts anew, under the key in force, what is under another, and what must be encrypted and was not yet.

Each file is written beside the one it replaces, checked, then named by its row under the row's lock; the former goes
after the commit. Stopped anywhere, it begins again where it was: a row says under which key its file is.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from portal.documents import encryption, storage
from portal.documents.encryption import BadKeys
from portal.documents.faults import FileDamaged, KeyMissing
from portal.documents.models import Document, PagePreview

logger = logging.getLogger(__name__)

BATCH = 200
Kept = Document | PagePreview


@dataclass(slots=True)
class Rotated:
    """How many files were encrypted anew, those that could not be (their rows), and those whose bytes are not kept."""

    done: int = 0
    faulty: list[str] = field(default_factory=list)
    absent: int = 0


def rotate() -> Rotated:
    """Encrypt under the key in force all that must be; raises KeyMissing, BadKeys where there is none."""
    key = encryption.current().name
    told = Rotated()
    for row in _waiting(key):
        try:
            told.done += _encrypted_anew(row)
        except FileNotFoundError:
            told.absent += 1
        except OSError as error:
            logger.exception("%s is not encrypted anew", row.whose)
            told.faulty.append(f"{row.whose}\u00a0: {error}")
    return told


def _waiting(key: str) -> Iterator[Kept]:
    """Give the rows whose file is not under a key, by their order, a batch at a time."""
    encrypted = ~Q(key_name__in=["", key])
    to_encrypt = import_string(settings.DOCUMENTS_TO_ENCRYPT)().order_by()
    yield from _by_batches(
        Document.objects.filter(encrypted | Q(key_name="", pk__in=to_encrypt.values("pk")))
    )
    pages = PagePreview.objects.filter(encrypted | Q(key_name="") & ~Q(document__key_name=""))
    yield from _by_batches(pages.select_related("document"))


def _by_batches(found: "QuerySet[Any]") -> Iterator[Any]:
    after = None
    while True:
        batch = list((found.filter(pk__gt=after) if after else found).order_by("pk")[:BATCH])
        yield from batch
        if len(batch) < BATCH:
            return
        after = batch[-1].pk


def _encrypted_anew(row: Kept) -> bool:
    """Write a row's file under the key in force and name it; False where another did, or the row went."""
    with row.file.open("rb") as source:
        written = storage.write_stream(source, whose=row.whose, encrypt=True)
    former = str(row.file.name)
    try:
        _check(row, written)
        with transaction.atomic():
            moved = _named(row, former, written)
    except BaseException:
        storage.remove_quietly([written.name])
        raise
    if not moved:
        storage.remove_quietly([written.name])
    return moved


def _check(row: Kept, written: storage.Written) -> None:
    """Raise FileDamaged where what was read is not what was deposited: the row keeps the file it has."""
    if isinstance(row, Document) and written.sha256 != row.sha256:
        raise FileDamaged(f"{row.whose} is not the file that was deposited")


def _named(row: Kept, former: str, written: storage.Written) -> bool:
    """Have a row name its new file, under its lock; the former goes after the commit, unless another row names it."""
    model: Any = type(row)
    locked = model.objects.select_for_update(of=("self",)).filter(pk=row.pk, file=former).first()
    if locked is None:
        return False
    locked.file, locked.key_name = written.name, written.key_name
    locked.save(update_fields=["file", "key_name"])
    if not model.objects.filter(file=former).exists():
        transaction.on_commit(partial(storage.remove_quietly, [former]))
    return True


def problem() -> str:
    """Return what is wrong with the keys, in a French sentence that says what to do; "" for nothing."""
    try:
        encryption.current()
        known = list(encryption.keyring())
    except (BadKeys, KeyMissing) as error:
        return f"Les clés de chiffrement des fichiers manquent ou sont mal écrites\u00a0: {error}."
    unknown = sum(found.exclude(key_name__in=["", *known]).count() for found in _encrypted())
    if unknown:
        return (
            f"Fichiers chiffrés sous une clé absente de DIAGDM_FILE_KEYS\u00a0: {unknown}. Remettez-la à la suite des "
            "autres."
        )
    return ""


def is_waiting() -> bool:
    """Tell whether files are still in clear, or under a former key, until `rotate_file_keys` takes them."""
    to_encrypt = import_string(settings.DOCUMENTS_TO_ENCRYPT)().filter(key_name="")
    current = encryption.current().name
    return any(found.exclude(key_name=current).exists() for found in _encrypted()) or to_encrypt.exists()


def _encrypted() -> "tuple[QuerySet[Document], QuerySet[PagePreview]]":
    """Return the documents that are encrypted, and the pictures of their pages, some maybe under a former key."""
    documents = Document.objects.filter(~Q(key_name=""))
    return documents, PagePreview.objects.filter(document__in=documents)
