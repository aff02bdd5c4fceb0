"""Keeps files: checks and stores them, has them scanned, removes them, and sweeps what nobody refers to."""

import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.module_loading import import_string

from portal import clock
from portal.accounts.models import Organisation, User
from portal.documents import antivirus, checks, previews, reading, storage
from portal.documents.checks.names import clean_name, extension_of
from portal.documents.models import Document, DocumentState, PagePreview
from portal.notifications import outbox

logger = logging.getLogger(__name__)

# What the portal makes and nobody may deposit.
MADE_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "xlsx": checks.CONTENT_TYPES["xlsx"],
    "xml": "application/xml",
    "zip": "application/zip",
}
SWEPT_AT_ONCE = 500
INFECTED = "L’antivirus refuse ce fichier\u00a0: analysez votre poste, puis déposez un fichier sain."
NO_ROOM = (
    "Votre fichier n’a pas pu être enregistré\u00a0: rien n’a été gardé de lui, le reste de votre saisie l’est. "
    "Réessayez dans quelques minutes\u00a0; si cela se reproduit, prévenez l’assistance."
)


def store(
    *,
    file: "UploadedFile[bytes]",
    kind: str,
    uploaded_by: User | None,
    organisation: Organisation | None = None,
    allowed: Sequence[str] = ("pdf",),
    issued_on: date | None = None,
    examine: bool = False,
    encrypt: bool = False,
    now: datetime | None = None,
) -> Document:
    """Check a deposited file and keep it byte for byte; raises FileRefused with what to do.

    With an antivirus the document is pending, and not readable, until it is found clean. `examine`: what
    the file says of itself is read at once, and its pages are drawn by a worker; both wait for the antivirus.
    `encrypt`: the file and the pictures of its pages are kept encrypted; whoever reads them sees no difference.
    """
    checked = checks.check(file, file.name or "", allowed)
    content, at = checks.read(file), now or clock.now()
    pending = antivirus.is_configured()
    told = {} if pending or not examine else _told(content, checked.extension, at)
    return _keep(
        content=content,
        examine=examine,
        encrypt=encrypt,
        kind=kind,
        uploaded_by=uploaded_by,
        organisation=organisation,
        original_name=checked.name,
        extension=checked.extension,
        content_type=checked.content_type,
        issued_on=issued_on,
        uploaded_at=at,
        state=DocumentState.PENDING if pending else DocumentState.CLEAN,
        **told,
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
    encrypt: bool = False,
    now: datetime | None = None,
) -> Document:
    """Keep a file that the portal made itself (letters, contracts): trusted, readable at once."""
    cleaned = clean_name(name)
    extension = extension_of(cleaned)
    return _keep(
        content=content,
        examine=False,
        encrypt=encrypt,
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


def store_made(
    *,
    file: IO[bytes],
    name: str,
    kind: str,
    uploaded_by: User | None,
    now: datetime,
    encrypt: bool = False,
) -> Document:
    """Keep a large file that the portal made itself (exports, archives), by pieces; readable at once.

    Raises OSError, with nothing left, when there is no room.
    """
    cleaned = clean_name(name)
    extension = extension_of(cleaned)
    document = Document(
        kind=kind,
        uploaded_by=uploaded_by,
        original_name=cleaned,
        extension=extension,
        content_type=MADE_TYPES[extension],
        uploaded_at=now,
        state=DocumentState.CLEAN,
    )
    file.seek(0)
    _written(document, storage.write_stream(file, whose=document.whose, encrypt=encrypt))
    try:
        document.save(force_insert=True)
    except BaseException:
        storage.remove_quietly([str(document.file.name)])
        raise
    return document


def _written(document: Document, written: storage.Written) -> None:
    """Say in a row what was kept of its file."""
    document.file = written.name
    document.key_name, document.size, document.sha256 = written.key_name, written.size, written.sha256


def _told(content: bytes, extension: str, at: datetime) -> dict[str, Any]:
    """Return the columns in which a document keeps what its file says of itself."""
    return reading.read(content, extension, today=clock.civil_date(at)).as_fields()


def _keep(*, content: bytes, examine: bool, encrypt: bool, **fields: Any) -> Document:
    """Write the file, then the row; a file whose row fails is removed, at the latest by the daily sweep."""
    document = Document(**fields)
    try:
        _written(document, storage.write(content, whose=document.whose, encrypt=encrypt))
    except OSError as error:
        raise checks.FileRefused(NO_ROOM, "storage") from error
    try:
        with transaction.atomic():
            document.save(force_insert=True)
            if document.state == DocumentState.PENDING:
                outbox.enqueue(
                    kind="scan_document",
                    dedup_key=f"scan:{document.pk}",
                    payload={"document": str(document.pk), "examine": examine},
                    due_at=document.uploaded_at,
                )
            elif examine:
                previews.ask(document, now=document.uploaded_at)
    except BaseException:
        storage.remove_quietly([str(document.file.name)])
        raise
    return document


def scan_document(payload: dict[str, Any], *, outbox_id: int) -> None:
    """Outbox handler "scan_document": ask the antivirus; without a verdict the duty is tried again.

    settings.DOCUMENT_SCANNED is then told of the document, in the same transaction.
    """
    document = Document.objects.filter(pk=UUID(payload["document"]), state=DocumentState.PENDING).first()
    if document is None:
        return
    with document.file.open("rb") as file:
        content = file.read()
    clean = antivirus.is_clean(content)
    logger.info(
        "document %s scanned by outbox %s: %s", document.pk, outbox_id, "clean" if clean else "infected"
    )
    document.state = DocumentState.CLEAN if clean else DocumentState.REFUSED
    document.refusal = "" if clean else INFECTED
    examine = clean and payload.get("examine", False)
    for name, value in (_told(content, document.extension, document.uploaded_at) if examine else {}).items():
        setattr(document, name, value)
    document.save()
    if examine:
        previews.ask(document, now=document.uploaded_at)
    import_string(settings.DOCUMENT_SCANNED)(document)


def discard(*, document: Document) -> None:
    """Remove a document that nothing refers to; its file and the pictures of its pages go after the commit."""
    names = [str(document.file.name), *document.page_previews.order_by().values_list("file", flat=True)]
    transaction.on_commit(partial(storage.remove_quietly, names))
    document.delete()


def discard_unused(keys: Iterable[UUID]) -> int:
    """Remove those of these documents that no row refers to any more, as `discard` does; return how many were.

    One query for each relation that leads to a document, however many documents.
    """
    wanted = set(keys)
    if not wanted:
        return 0
    for relation in Document._meta.related_objects:  # noqa: SLF001 the name Django gives it
        if relation.related_model is not PagePreview:
            name = relation.field.name
            held = relation.related_model._base_manager.filter(**{f"{name}__in": wanted})  # noqa: SLF001
            wanted -= set(held.order_by().values_list(name, flat=True))
    unused = Document.objects.filter(pk__in=wanted)
    pages = PagePreview.objects.filter(document__in=wanted)
    names = [*unused.values_list("file", flat=True), *pages.values_list("file", flat=True)]
    transaction.on_commit(partial(storage.remove_quietly, names))
    unused.delete()
    return len(wanted)


def sweep_orphans(*, now: datetime) -> int:
    """Remove files older than a day that no row names (a request was rolled back); return how many."""
    removed, names = 0, storage.old_files(now)
    while batch := set(islice(names, SWEPT_AT_ONCE)):
        batch -= set(Document.objects.filter(file__in=batch).order_by().values_list("file", flat=True))
        batch -= set(PagePreview.objects.filter(file__in=batch).order_by().values_list("file", flat=True))
        storage.remove_quietly(sorted(batch))
        removed += len(batch)
    return removed
