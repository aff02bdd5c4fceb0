"""Pictures of the pages of a document: asked for once it is clean, drawn by a worker, shown instead of the file."""

import logging
import struct
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.documents import storage
from portal.documents.limited import DRAWN_AS, Pictures, UnreadableError, pictures_of
from portal.documents.models import Document, DocumentState, PagePreview, PreviewState
from portal.notifications import outbox

logger = logging.getLogger(__name__)


def can_be_drawn(document: Document) -> bool:
    """Tell whether pictures can be made of this kind of file; office documents have none."""
    return document.extension in DRAWN_AS


def ask(document: Document, *, now: datetime) -> bool:
    """Have the pages drawn, once; False where they can't be, or were asked for before."""
    if not document.is_readable or document.preview != PreviewState.NONE or not can_be_drawn(document):
        return False
    document.preview = PreviewState.ASKED
    document.save(update_fields=["preview"])
    return outbox.enqueue(
        kind="render_preview",
        dedup_key=f"preview:{document.pk}",
        payload={"document": str(document.pk)},
        due_at=now,
    )


def render_preview(payload: dict[str, Any], *, outbox_id: int) -> None:
    """Outbox handler "render_preview": draw the pages; a file that can't be drawn is not tried again."""
    document = Document.objects.filter(
        pk=UUID(payload["document"]), state=DocumentState.CLEAN, preview=PreviewState.ASKED
    ).first()
    if document is None:
        return
    try:
        with document.file.open("rb") as file:
            pictures = pictures_of(file.read(), document.extension)
    except (UnreadableError, FileNotFoundError) as error:
        logger.warning("document %s (outbox %s) has no preview: %s", document.pk, outbox_id, error)
        document.preview = PreviewState.FAILED
    else:
        _keep(document, pictures)
        document.preview = PreviewState.READY if pictures.drawn else PreviewState.FAILED
        document.page_count = pictures.pages
    document.save(update_fields=["preview", "page_count"])


def _keep(document: Document, pictures: Pictures) -> None:
    """Write each picture and its row; the pictures of a work that is rolled back go with the daily sweep."""
    for number, content in enumerate(pictures.drawn, start=1):
        width, height = struct.unpack(">II", content[16:24])
        page = PagePreview(document=document, number=number, width=width, height=height)
        written = storage.write(content, whose=page.whose, encrypt=document.is_encrypted)
        page.file, page.key_name = written.name, written.key_name
        try:
            page.save(force_insert=True)
        except BaseException:
            storage.remove_quietly([written.name])
            raise
