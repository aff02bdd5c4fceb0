"""The request for quotes that the access tests walk to: the company's, addressed to the two firms of the world."""

from __future__ import annotations

from datetime import timedelta

from applications.models import Offer, QuoteInvitation, QuoteRequest
from experts.models import ExpertFirm
from portal import clock
from tests.access.parts import World

NEED = "Constituer la documentation technique d’un capteur porté au poignet, en six mois."


def request_of(world: World) -> QuoteRequest:
    """Return the open request of the company's draft, sent to both firms."""
    now, draft = clock.now(), world.draft
    found, is_new = QuoteRequest.objects.get_or_create(
        company=world.company,
        volet=draft.volet,
        defaults={
            "dossier": draft,
            "device_kind": "dm",
            "risk_class": "IIa",
            "need": NEED,
            "asked_by": world.users["owner"],
            "asked_at": now,
            "sent_at": now,
            "answer_by": clock.today() + timedelta(days=14),
        },
    )
    if is_new:
        for firm in (world.firm, world.other_firm):
            QuoteInvitation.objects.create(request=found, firm=firm, invited_at=now)
    return found


def invitation_of(world: World, firm: ExpertFirm | None = None) -> QuoteInvitation:
    """Return the chosen expert's invitation, or another firm's."""
    return request_of(world).invitations.get(firm=firm or world.firm)


def offer_of(world: World) -> Offer:
    """Return the chosen expert's offer, as it was sent."""
    today = clock.today()
    offer, is_new = Offer.objects.get_or_create(
        invitation=invitation_of(world),
        state=Offer.State.SENT,
        defaults={
            "written_by": world.users["chosen_expert"],
            "created_at": clock.now(),
            "sent_at": clock.now(),
            "issued_on": today,
            "valid_until": today + timedelta(days=60),
            "lines_hash": "0" * 64,
            "terms_sha256": "0" * 64,
        },
    )
    if is_new:
        offer.lines.create(position=1, item="ce_technical_file", amount="30000.00")
    return offer
