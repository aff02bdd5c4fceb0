"""A request, the firms it was sent to, and an offer at each of its turns, made through the services."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from applications.models import Company, Offer, QuoteInvitation, QuoteRequest
from applications.services.offers import drafting, sending
from applications.services.offers.clauses import IpChoices
from applications.services.offers.confidentiality import ConfidentialityChoices
from applications.services.offers.drafting import Line, Told
from applications.services.offers.planning import Phase
from portal import clock
from portal.accounts.models import User
from portal.documents.services import store_bytes
from tests.applications import factories as f
from tests.portal.documents.makers import pdf

IP = {
    "kind": "concession",
    "exclusivity": "shared",
    "rights": {"reproduction": ["digital", "backup"], "adaptation": ["update"]},
    "extent": "tous les livrables, rapport final compris",
    "purpose": "la certification du dispositif",
    "place": "european_union",
    "duration": "years",
    "years": 10,
    "beneficiaries": ["company", "affiliates"],
    "remuneration": "lump_sum",
    "ground": "4",
    "others": {"marks": "none", "designs": "kept", "patents": "transfer"},
}
SECRET = {"years": 5, "back": "choose", "days": 30, "exceptions": ["public", "law"]}


@dataclass
class Asked:
    """One request and the firms asked; `now` is the instant of the next act."""

    request: QuoteRequest
    invitation: QuoteInvitation
    rival: QuoteInvitation
    now: datetime

    @property
    def today(self) -> date:
        """The civil date of the next act."""
        return clock.civil_date(self.now)

    @property
    def company(self) -> Company:
        """Who asks."""
        return self.request.company

    @property
    def owner(self) -> User:
        """The company's owner."""
        return f.owner_of(self.company)

    @property
    def expert(self) -> User:
        """The owner of the first firm."""
        return f.owner_of(self.invitation.firm)

    @property
    def rival_expert(self) -> User:
        """The owner of the second firm."""
        return f.owner_of(self.rival.firm)


def asked(*, volet: int = 1, kind: str = "dm", risk_class: str = "IIa", **more: Any) -> Asked:
    """Return a request sent to two firms."""
    now = clock.now()
    company = more.pop("company", None) or f.CompanyFactory()
    request = QuoteRequest.objects.create(
        company=company,
        volet=volet,
        device_kind=kind,
        risk_class=risk_class,
        need="Mettre en place un système qualité pour un patch connecté.",
        asked_by=f.owner_of(company),
        asked_at=now,
        sent_at=now,
        answer_by=clock.civil_date(now) + timedelta(days=20),
        **more,
    )
    firms = [f.ExpertFirmFactory(), f.ExpertFirmFactory()]
    first, second = (
        QuoteInvitation.objects.create(request=request, firm=firm, rank=rank, invited_at=now)
        for rank, firm in enumerate(firms, start=1)
    )
    return Asked(request, first, second, now)


def told(today: date, *lines: Line, **changes: Any) -> Told:
    """Return a whole offer of these lines, of two priced lines where none is given."""
    lines = lines or (
        Line("qms_support", Decimal("38000.00"), label="Audit à blanc"),
        Line("travel", Decimal("600.00")),
    )
    whole = Told(
        lines=lines,
        method="Nous partons d’un audit à blanc, puis écrivons les procédures avec vos équipes.",
        planning=(Phase("Audit à blanc", None, 4), Phase("Procédures", None, 12)),
        interview_confirmed_on=today,
        valid_until=today + timedelta(days=45),
        ip=IpChoices.read(IP),
        confidentiality=ConfidentialityChoices.read(SECRET),
    )
    return replace(whole, **changes)


def terms_file(text: str = "cgv") -> SimpleUploadedFile:
    """Return terms of sale as they are deposited; another text is another file."""
    return SimpleUploadedFile(f"{text}.pdf", pdf(), "application/pdf")


def drafted(made: Asked, invitation: QuoteInvitation | None = None, *lines: Line, **changes: Any) -> Offer:
    """Return a whole draft of an invited firm, of the first one where none is named."""
    invitation = invitation or made.invitation
    actor = f.owner_of(invitation.firm)
    offer = drafting.start(invitation=invitation, actor=actor, now=made.now, today=made.today)
    if offer.terms_id is None:
        drafting.attach_terms(offer=offer, actor=actor, now=made.now, file=terms_file())
    offer.refresh_from_db()
    said = told(made.today, *lines, **changes)
    return drafting.save(offer=offer, actor=actor, now=made.now, expected_revision=offer.revision, told=said)


def sent(made: Asked, invitation: QuoteInvitation | None = None, *lines: Line, **changes: Any) -> Offer:
    """Return an offer sent to the company, with a PDF."""
    offer = drafted(made, invitation, *lines, **changes)
    actor = f.owner_of(offer.invitation.firm)
    offer = sending.send(offer=offer, actor=actor, now=made.now, expected_revision=offer.revision)
    offer.document = store_bytes(
        content=pdf(),
        name=f"devis-{offer.reference}.pdf",
        kind="offer",
        organisation=offer.invitation.firm.organisation,
        now=made.now,
    )
    offer.save(update_fields=["document"])
    return offer


def client_of(user: User) -> Client:
    """Return a browser signed in as that person."""
    client = Client()
    client.force_login(user)
    return client
