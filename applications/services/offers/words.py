"""Who is told of what happens to an offer, in which words, once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from applications.models import Offer
from applications.services.people import members_of
from portal.accounts.models import User
from portal.notifications.services import notify


def tell(
    people: Iterable[User],
    offer: Offer,
    *,
    what: str,
    title: str,
    body: str,
    action: str,
    now: datetime,
    blocking: bool = False,
) -> None:
    """Have people told once of one thing that happened to an offer; `blocking` where an act is asked of them."""
    notify(
        recipients=people,
        kind="offer",
        title=title,
        body=body,
        url=reverse("offer_detail", args=[offer.token]),
        action=action,
        family="quotes",
        blocking=blocking,
        event_ref=f"offer:{offer.pk}:{what}",
        subject=(f"offer:{offer.invitation.token.hex}", f"Demande de devis, volet {volet_of(offer)}"),
        now=now,
    )


def volet_of(offer: Offer) -> int:
    """Return the volet that the offer answers for."""
    return offer.invitation.request.volet


def company_of(offer: Offer) -> Iterable[User]:
    """Return the people of the company that asked."""
    return members_of(offer.invitation.request.company.organisation_id)


def firm_of(offer: Offer) -> Iterable[User]:
    """Return the people of the firm that answers."""
    return members_of(offer.invitation.firm.organisation_id)
