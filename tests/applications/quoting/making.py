"""Companies that ask for quotes and firms that are asked, as these tests need them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from applications.models import Company, Offer, QuoteInvitation, QuoteRequest
from applications.models.quote import hash_of_lines
from applications.services.quoting import requests
from applications.services.quoting.requests import Wish
from experts.models import ExpertFirm
from portal import clock
from portal.accounts.models import User
from portal.notifications import outbox
from tests.applications import factories as f

NEED = "Nous préparons le système qualité d’un capteur porté au poignet et cherchons un accompagnement de six mois."


def wish(**changes: Any) -> Wish:
    """Return a wish that is not refused."""
    told: dict[str, Any] = {
        "device_kind": "dm",
        "risk_class": "IIa",
        "need": NEED,
        "answer_by": clock.today() + timedelta(days=14),
    }
    return Wish(**{**told, **changes})


def ask(company: Company | None = None, *, volet: int = 1, **changes: Any) -> QuoteRequest:
    """Return a request that nobody received yet."""
    company = company or f.CompanyFactory()
    made, _round = requests.ask(
        company=company,
        volet=volet,
        wish=wish(**changes),
        actor=f.owner_of(company),
        now=clock.now(),
        today=clock.today(),
    )
    return made


def send(request: QuoteRequest, *firms: ExpertFirm) -> list[QuoteInvitation]:
    """Send a request to these firms; return their invitations in this order."""
    made = requests.send(
        request,
        firms={firm.pk for firm in firms},
        actor=f.owner_of(request.company),
        now=clock.now(),
        today=clock.today(),
    )
    return sorted(made, key=lambda one: firms.index(one.firm))


def invite(*firms: ExpertFirm, **changes: Any) -> list[QuoteInvitation]:
    """Return the invitations of a new request sent to these firms."""
    return send(ask(**changes), *firms)


def offer_of(invitation: QuoteInvitation, *, amount: str = "20000.00", **changes: Any) -> Offer:
    """Return an offer that the firm sent."""
    today, organisation = clock.today(), invitation.firm.organisation
    offer: Offer = Offer.objects.create(
        invitation=invitation,
        written_by=f.owner_of(invitation.firm),
        created_at=clock.now(),
        **{
            "state": "sent",
            "sent_at": clock.now(),
            "issued_on": today,
            "valid_until": today + timedelta(days=60),
            "lines_hash": hash_of_lines([("qms_support", Decimal(amount), "", "expert")]),
            "terms_sha256": "0" * 64,
            "terms": f.DocumentFactory(kind="offer_terms", organisation=organisation),
            "document": f.DocumentFactory(kind="offer", organisation=organisation),
            **changes,
        },
    )
    offer.lines.create(position=1, item="qms_support", amount=amount)
    return offer


def deliver() -> None:
    """Do every duty that waits, whenever it is due, so that notices and e-mails are there."""
    outbox.drain(clock.now() + timedelta(days=90))


def told(user: User) -> list[str]:
    """Return all that a person was told in the portal, titles and texts."""
    deliver()
    return [f"{one.title} {one.body} {one.url}" for one in user.notifications.order_by("pk")]


def as_of(request: QuoteRequest, days: int) -> dict[str, Any]:
    """Return now and today, so many days after the date to answer."""
    day = request.answer_by + timedelta(days=days)
    return {"now": datetime.combine(day, datetime.min.time(), tzinfo=clock.PARIS), "today": day}


def decline(invitation: QuoteInvitation, **changes: Any) -> QuoteInvitation:
    """Have the firm decline, as its owner and now unless told otherwise."""
    stand = {"actor": f.owner_of(invitation.firm), "now": clock.now(), **changes}
    return requests.decline(invitation, motive="Nous n’avons pas la disponibilité.", **stand)
