"""Makes the file of an invoice that the expert drafted: a PDF/A-3, its data attached once their schema accepts them."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from applications.letters.once import keep_once
from applications.models import InvoiceDraft
from applications.services.invoices import electronic
from applications.services.invoices.drafting import DRAFT_KIND, terms_of
from portal import clock
from portal.clock import PARIS
from portal.pdf import pdf_of


def invoice_pdf(draft: InvoiceDraft) -> bytes:
    """Return the Factur-X file of a draft, profile EN 16931."""
    content = draft.content
    written_at = draft.made_at.astimezone(PARIS).isoformat(timespec="seconds")
    page = pdf_of(render_to_string("letters/expert_invoice.html", {**content, "written_at": written_at}))
    xml = electronic.written(terms_of(content))
    return electronic.joined(page, xml, title=f"Facture {draft.number}", author=content["seller"]["name"])


def render_invoice(payload: dict[str, Any], **_: object) -> None:
    """Outbox handler "draft_invoice": make the file of a draft, once; it is the firm's alone."""
    drafts = InvoiceDraft.objects.select_related("mission__firm__organisation")
    draft = drafts.get(pk=payload["draft"])
    if draft.document_id is not None:
        return
    keep_once(
        InvoiceDraft.objects.filter(pk=draft.pk),
        content=invoice_pdf(draft),
        name=f"facture-{draft.mission.dossier.number}-{draft.addressee}.pdf",
        kind=DRAFT_KIND,
        organisation=draft.mission.firm.organisation,
        issued_on=draft.issued_on,
        now=clock.now(),
    )
