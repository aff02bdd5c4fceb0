"""Keeps files: checks and stores them, has them scanned, removes them, and sweeps what nobody refers to."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from portal import clock
from portal.accounts.models import Organisation, User
from portal.documents import antivirus, checks
from portal.documents.checks.names import clean_name, extension_of
from portal.documents.models import Document, DocumentState
from portal.notifications import outbox

logger = logging.getLogger(__name__)

INFECTED = "L’antivirus refuse ce fichier : analysez votre poste, puis déposez un fichier sain."
NO_ROOM = (
    "Votre fichier n’a pas pu être enregistré : rien n’a été gardé de lui, le reste de votre saisie l’est. "
    "Réessayez dans quelques minutes ; si cela se reproduit, prévenez l’assistance."
)
ORPHAN_AGE = timedelta(hours=24)


def store(
    *,
    file: "UploadedFile[bytes]",
    kind: str,
    uploaded_by: User | None,
    organisation: Organisation | None = None,
    allowed: Sequence[str] = ("pdf",),
    issued_on: date | None = None,
    now: datetime | None = None,
) -> Document:
    """Check a deposited file and keep it byte for byte; raises FileRefused with what to do.

    With an antivirus the document is pending, and not readable, until it is found clean.
    """
    checked = checks.check(file, file.name or "", allowed)
    return _keep(
        content=checks.read(file),
        kind=kind,
        uploaded_by=uploaded_by,
        organisation=organisation,
        original_name=checked.name,
        extension=checked.extension,
        content_type=checked.content_type,
        issued_on=issued_on,
        uploaded_at=now or clock.now(),
        state=DocumentState.PENDING if antivirus.is_configured() else DocumentState.CLEAN,
    )


def store_bytes(
    *,
    content: bytes,
    name: str,
    kind: str,
    uploaded_by: User | None = None,
    organisation: Organisation | None = None,
    issued_on: date | None = None,
    sealed_at: datetime | None = None,
    now: datetime | None = None,
) -> Document:
    """Keep a file that the portal made itself (letters, contracts): trusted, readable at once."""
    cleaned = clean_name(name)
    extension = extension_of(cleaned)
    return _keep(
        content=content,
        kind=kind,
        uploaded_by=uploaded_by,
        organisation=organisation,
        original_name=cleaned,
        extension=extension,
        content_type=checks.CONTENT_TYPES[extension],
        issued_on=issued_on,
        sealed_at=sealed_at,
        uploaded_at=now or clock.now(),
        state=DocumentState.CLEAN,
    )


def _keep(*, content: bytes, **fields: Any) -> Document:
    """Write the file, then the row; a file whose row fails is removed, at the latest by the daily sweep."""
    name = _write(content)
    document = Document(file=name, size=len(content), sha256=hashlib.sha256(content).hexdigest(), **fields)
    try:
        with transaction.atomic():
            document.save(force_insert=True)
            if document.state == DocumentState.PENDING:
                outbox.enqueue(
                    kind="scan_document",
                    dedup_key=f"scan:{document.pk}",
                    payload={"document": str(document.pk)},
                    due_at=document.uploaded_at,
                )
    except BaseException:
        _remove_quietly(name)
        raise
    return document


def _write(content: bytes) -> str:
    token = uuid4().hex
    name = f"{token[:2]}/{token[2:]}"
    try:
        return default_storage.save(name, ContentFile(content))
    except OSError as error:
        logger.exception("a file of %s bytes could not be written", len(content))
        _remove_quietly(name)
        raise checks.FileRefused(NO_ROOM, "storage") from error


def _remove_quietly(name: str) -> None:
    try:
        default_storage.delete(name)
    except OSError:
        logger.exception("file %s could not be removed; the daily sweep will", name)


def scan_document(payload: dict[str, Any], *, outbox_id: int) -> None:
    """Outbox handler "scan_document": ask the antivirus; without a verdict the duty is tried again."""
    document = Document.objects.filter(pk=UUID(payload["document"]), state=DocumentState.PENDING).first()
    if document is None:
        return
    with document.file.open("rb") as file:
        clean = antivirus.is_clean(file.read())
    logger.info(
        "document %s scanned by outbox %s: %s", document.pk, outbox_id, "clean" if clean else "infected"
    )
    document.state = DocumentState.CLEAN if clean else DocumentState.REFUSED
    document.refusal = "" if clean else INFECTED
    document.save(update_fields=["state", "refusal"])


def discard(*, document: Document) -> None:
    """Remove a document that nothing refers to; its file goes after the commit."""
    transaction.on_commit(partial(_remove_quietly, str(document.file.name)))
    document.delete()


def sweep_orphans(*, now: datetime) -> int:
    """Remove files older than a day that no document names (a request was rolled back); return how many."""
    removed = 0
    for name in list(_stored_files()):
        old = default_storage.get_modified_time(name) < now - ORPHAN_AGE
        if old and not Document.objects.filter(file=name).exists():
            _remove_quietly(name)
            removed += 1
    return removed


def _stored_files() -> Iterator[str]:
    if not default_storage.exists(""):
        return
    folders, _ = default_storage.listdir("")
    for folder in folders:
        _, names = default_storage.listdir(folder)
        yield from (f"{folder}/{name}" for name in names)
