"""A journey under way, the minutes its two sides write, and the planning its offer may carry."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import MinutesVersion, Mission, Offer, QuoteInvitation, QuoteRequest
from applications.services.mission import minutes
from applications.services.mission.minutes import Told
from portal import clock
from portal.accounts.models import User
from tests.applications.journeys import Journey

Start = Callable[..., Journey]
PLANNING = [
    {"label": "Audit à blanc", "until": None, "weeks": 4},
    {"label": "Procédures", "until": None, "weeks": 12},
]


@pytest.fixture
def at(db: None, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Return a maker of journeys; from then on the portal's clock is the journey's."""

    def start(state: str = "in_progress", **fields: Any) -> Journey:
        made = Journey(**fields).to(state)
        monkeypatch.setattr(clock, "now", lambda: made.now)
        return made

    return start


def browser(user: User) -> Client:
    """Return a browser signed in."""
    client = Client()
    client.force_login(user)
    return client


def words(answer: Any) -> str:
    """Return an answer's text with plain spaces."""
    return str(answer.content.decode()).replace("\xa0", " ").replace("&#x27;", "'")


def said(journey: Journey, **changes: Any) -> Told:
    """Return whole minutes of a meeting of the day."""
    whole = Told(
        kind="progress",
        met_on=journey.today,
        present="Ada Martin, dirigeante\nLéo Petit, consultant",
        decided="Le plan d’audit est adopté.",
    )
    return replace(whole, **changes)


def draft(journey: Journey, author: User | None = None, **changes: Any) -> MinutesVersion:
    """Return a draft of the expert, or of another author."""
    actor = author or journey.expert
    return minutes.start(mission=journey.mission, actor=actor, now=journey.now, said=said(journey, **changes))


def propose(journey: Journey, version: MinutesVersion, author: User | None = None) -> MinutesVersion:
    """Propose a draft."""
    return minutes.propose(
        version=version,
        actor=author or journey.expert,
        now=journey.now,
        expected_revision=version.revision,
    )


def proposed(journey: Journey, author: User | None = None, **changes: Any) -> MinutesVersion:
    """Return minutes that the expert, or another author, proposed."""
    return propose(journey, draft(journey, author, **changes), author)


def approved(journey: Journey, **changes: Any) -> MinutesVersion:
    """Return minutes of the expert that the company approved."""
    version = proposed(journey, **changes)
    return minutes.approve(
        minutes=version.minutes, number=version.number, actor=journey.owner, now=journey.now
    )


def started(journey: Journey) -> Journey:
    """Have the work start on the journey's day."""
    journey.file_service_contract()
    journey.act("start_work", journey.expert, work_started_on=journey.today)
    return journey


def planned(journey: Journey, planning: list[dict[str, Any]] | None = None) -> Mission:
    """Have the journey's quote come from an accepted offer with this planning; return its mission."""
    dossier, now = journey.dossier, journey.now
    request = QuoteRequest.objects.create(
        company=dossier.company,
        volet=dossier.volet,
        device_kind="dm",
        risk_class="IIa",
        need="Un système qualité.",
        asked_by=journey.owner,
        asked_at=now,
        sent_at=now,
        answer_by=journey.today + timedelta(days=20),
        dossier=dossier,
    )
    invitation = QuoteInvitation.objects.create(request=request, firm=dossier.firm, rank=1, invited_at=now)
    quote = dossier.quotes.get()
    Offer.objects.create(
        invitation=invitation,
        state="accepted",
        written_by=journey.expert,
        created_at=now,
        sent_at=now,
        issued_on=journey.today,
        valid_until=journey.today,
        lines_hash=quote.lines_hash,
        terms_sha256="0" * 64,
        planning=PLANNING if planning is None else planning,
        ended_at=now,
        accepted_by=journey.owner,
        dossier=dossier,
        quote=quote,
    )
    return journey.mission


def page(journey: Journey, user: User) -> str:
    """Return the mission's page as a person of either side reads it."""
    if user == journey.owner:
        return words(browser(user).get(reverse("company_dossier", args=[journey.dossier.pk])))
    return words(browser(user).get(reverse("mission_detail", args=[journey.mission.pk])))
