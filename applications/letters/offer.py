"""Makes the PDF of an offer from its frozen content, the same bytes however often; it is the firm's, unsealed."""

from __future__ import annotations

from typing import Any

from applications.letters.once import keep_once
from applications.letters.render import render_pdf
from applications.models import Offer
from portal import clock
from portal.clock import PARIS

TITLE = "Devis"
OFFER_KIND = "offer"


def offer_pdf(offer: Offer) -> bytes:
    """Return the PDF of an offer that was sent."""
    sent_at = offer.sent_at or clock.now()
    written_at = sent_at.astimezone(PARIS).isoformat(timespec="seconds")
    told = {**offer.content, "title": TITLE, "number": offer.reference, "written_at": written_at}
    return render_pdf("letters/offer.html", told)


def render_offer(payload: dict[str, Any], **_: object) -> None:
    """Outbox handler: make the PDF of an offer, once."""
    offer = Offer.objects.select_related("invitation__firm__organisation").get(pk=payload["offer"])
    if offer.document_id is not None or not offer.content:
        return
    keep_once(
        Offer.objects.filter(pk=offer.pk),
        content=offer_pdf(offer),
        name=f"devis-{offer.reference}.pdf",
        kind=OFFER_KIND,
        organisation=offer.invitation.firm.organisation,
        issued_on=offer.issued_on,
        now=offer.sent_at,
    )
