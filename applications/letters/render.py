"""Makes the PDF of a letter from its frozen content: the same bytes however often it is made."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.template.loader import render_to_string

from applications.models import Contract, Letter
from portal.clock import civil_date
from portal.documents.services import store_bytes
from portal.pdf import pdf_of


def render_pdf(template: str, context: dict[str, Any]) -> bytes:
    """Return a tagged PDF/A-3b of a template of this room."""
    return pdf_of(render_to_string(template, context))


def letter_pdf(letter: Letter) -> bytes:
    """Return the PDF of a letter."""
    context = {**letter.context, "title": letter.get_kind_display(), "created_at": letter.created_at}
    return render_pdf(f"letters/{letter.kind}.html", context)


def render_letter(payload: dict[str, Any], **_: object) -> None:
    """Outbox handler: make the PDF of a letter, once; the contract gets its document."""
    letter = Letter.objects.select_related("dossier__company").get(pk=payload["letter"])
    if letter.document_id is not None:
        return
    content = letter_pdf(letter)
    with transaction.atomic():
        locked = Letter.objects.select_for_update().get(pk=letter.pk)
        if locked.document_id is not None:
            return
        locked.document = store_bytes(
            content=content,
            name=f"{letter.dossier.number}-{letter.kind.replace('_', '-')}.pdf",
            kind=letter.kind,
            organisation=letter.dossier.company.organisation,
            issued_on=civil_date(letter.created_at),
            sealed_at=letter.created_at,
            now=letter.created_at,
        )
        locked.save(update_fields=["document"])
        if letter.kind in {Letter.Kind.CONTRACT, Letter.Kind.SIGNED_CONTRACT}:
            Contract.objects.filter(dossier=letter.dossier).update(document=locked.document)
