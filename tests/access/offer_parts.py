"""The offers that the access tests walk to: the chosen expert's, sent, and its next version, a draft."""

from __future__ import annotations

from applications.models import Offer
from applications.services.offers import drafting, sending
from portal import clock
from tests.access.parts import World
from tests.access.quoting_parts import invitation_of, offer_of
from tests.access.world import QUOTE_LABEL
from tests.applications import factories as f
from tests.applications.offers.builders import IP, SECRET


def sent_offer(world: World) -> Offer:
    """Return the offer that the company received, with its terms, its PDF and what was frozen in it."""
    offer, today = offer_of(world), clock.today()
    if not offer.content:
        organisation = offer.invitation.firm.organisation
        offer.terms = f.DocumentFactory(kind="offer_terms", organisation=organisation)
        offer.document = f.DocumentFactory(kind="offer", organisation=organisation)
        offer.interview_confirmed_on, offer.ip_choices, offer.confidentiality_choices = today, IP, SECRET
        # What a rival, or another company, must never read.
        offer.lines.update(label=QUOTE_LABEL)
        lines = list(offer.lines.select_related("consultant"))
        worth = sending.figures(offer, today=today)
        offer.content = sending.content_of(offer, offer.invitation, lines, worth, today)
        offer.save()
    return offer


def draft_offer(world: World) -> Offer:
    """Return the next version that the chosen expert writes."""
    sent_offer(world)
    expert = world.users["chosen_expert"]
    assert expert is not None
    invitation = invitation_of(world)
    return drafting.start(invitation=invitation, actor=expert, now=clock.now(), today=clock.today())
