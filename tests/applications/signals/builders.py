"""Quotes accepted elsewhere, two dossiers of one firm, changes of account; and the signals of a dossier."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from applications.models import Dossier, Quote, QuoteLine
from applications.services import filing_company
from applications.services.signals import reading
from experts.models import AccountChange, ExpertFirm
from portal import clock
from tests.applications import factories as f
from tests.applications.journeys import Journey

RIVAL = "Zorglub Prothèses"
DESCRIPTION = (
    "Patch connecté qui suit le rythme cardiaque et prévient le cardiologue en cas d’anomalie constatée."
)


def codes(journey: Journey, user: Any = None) -> list[str]:
    dossier = Dossier.objects.get(pk=journey.dossier.pk)
    judged = reading.signals_of(user or journey.officer, dossier, today=clock.today())
    return [signal.code for signal in judged.signals]


def signal(journey: Journey, code: str) -> Any:
    dossier = Dossier.objects.get(pk=journey.dossier.pk)
    judged = reading.signals_of(journey.officer, dossier, today=clock.today())
    return next(one for one in judged.signals if one.code == code)


def past_of(journey: Journey, item: str = "qms_support") -> list[Decimal]:
    dossier = Dossier.objects.get(pk=journey.dossier.pk)
    facts = reading.facts_of(journey.officer, dossier, today=clock.today())
    labels = {"qms_support": 0, "qms_training": 1}
    return sorted(facts.priced[labels[item]].past)


def accepted(
    amount: str, *, on: date | None = None, item: str = "qms_support", number: int = 1, **more: Any
) -> Dossier:
    """Return a dossier whose quote of one line was accepted; `more`: its class, its complexity, the dossier itself."""
    facts = f.device_facts(risk_class=more.get("risk_class", "IIa"))
    dossier: Dossier = more.get("dossier") or f.DossierFactory(
        pieces=False, firm=more.get("firm") or f.ExpertFirmFactory(volets=(), passi=False), device_facts=facts
    )
    quote = Quote.objects.create(
        dossier=dossier,
        firm=dossier.firm,
        number=number,
        accepted_on=on or clock.today() - timedelta(days=60),
    )
    complexity = more.get("complexity", "")
    QuoteLine.objects.create(
        quote=quote, position=1, item=item, amount=Decimal(amount), complexity=complexity
    )
    return dossier


def pair(state: str = "under_review", **more: Any) -> tuple[Journey, Journey]:
    """Return two dossiers of two companies by one firm, both filed."""
    firm = f.ExpertFirmFactory()
    return Journey(firm=firm, **more).to(state), Journey(firm=firm, company=f.CompanyFactory(name=RIVAL)).to(
        state
    )


def describe(journey: Journey, text: str) -> None:
    device = journey.dossier.device
    assert device is not None
    filing_company.keep_device(
        journey.dossier.company,
        actor=journey.owner,
        name=device.name,
        description=text,
        facts=device.facts,
        device=device,
    )


def change(firm: ExpertFirm, on: date, *, done: bool = True) -> AccountChange:
    at = clock.now() + (on - clock.today())
    asker, other = f.UserFactory.create_batch(2)
    confirmed = {
        "confirmed_by": other,
        "confirmed_at": at - timedelta(days=2),
        "effective_at": at,
        "ended_at": at,
    }
    status = AccountChange.Status.DONE if done else AccountChange.Status.ASKED
    return AccountChange.objects.create(
        firm=firm,
        iban="FR7630004000031234567890143",
        asked_by=asker,
        asked_at=at - timedelta(days=3) if done else at,
        status=status,
        **(confirmed if done else {}),
    )
