"""What a company reads on « Mes demandes »: where each volet stands, and what is expected of it next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch

from applications.models import Company, CompletionRequest, Device, Dossier, Mission
from applications.services.evaluation import evaluate_case
from applications.workflow.policy import policy
from applications.workflow.states import ENDED, FREED, State
from tariffs import catalogue

Json = dict[str, Any]

# The rules that say of a company or of a device that a volet is closed to it, before any quote.
FAMILIES = ("company.", "device.", "volet.")


@dataclass(frozen=True, slots=True)
class Next:
    """What the company has to do, until when (None: no date), and on which request."""

    label: str
    dossier: Dossier
    on: date | None
    late: bool


@dataclass(slots=True)
class Card:
    """One volet of one company; `status`: available, drafted, in_progress, used or closed (not eligible)."""

    number: int
    label: str
    status: str
    items: list[str]
    dossier: Dossier | None = None
    reasons: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class Space:
    """The whole page."""

    company: Company
    cards: list[Card]
    next_actions: list[Next]
    past: list[Dossier]


def read_space(company: Company, *, today: date) -> Space:
    """Return the page of a company with a number of queries that does not grow with its requests."""
    dossiers = list(
        Dossier.objects.filter(company=company)
        .select_related("device", "firm", "company")
        .prefetch_related(
            Prefetch(
                "completion_requests",
                queryset=CompletionRequest.objects.filter(answered_at__isnull=True),
            ),
            Prefetch("missions", queryset=Mission.objects.filter(is_current=True)),
        )
        .order_by("volet", "-pk")
    )
    devices = list(company.devices.all())
    used_outside = set(company.used_volets.values_list("volet", flat=True))
    used = used_outside | set(company.dossiers.using_volet().values_list("volet", flat=True))
    return Space(
        company=company,
        cards=_cards(company, dossiers, devices, used, today),
        next_actions=next_actions(dossiers, today=today),
        past=[dossier for dossier in dossiers if dossier.state in ENDED],
    )


def _cards(
    company: Company, dossiers: list[Dossier], devices: list[Device], used: set[int], today: date
) -> list[Card]:
    edition = catalogue.edition_at(today)
    if edition is None:
        return []
    live = {dossier.volet: dossier for dossier in dossiers if dossier.state not in FREED}
    cards = []
    for number, label in catalogue.volets(edition).items():
        dossier = live.get(number)
        card = Card(number, label, "available", list(catalogue.items(edition, number).values()), dossier)
        if number in used:
            card.status = "used"
        elif dossier is not None:
            card.status = "drafted" if dossier.state == State.DRAFT else "in_progress"
        else:
            card.reasons = closed_because(company, devices, number, used, today)
            card.status = "closed" if card.reasons else "available"
        cards.append(card)
    return cards


def closed_because(
    company: Company, devices: list[Device], volet: int, used: set[int], today: date
) -> list[Json]:
    """Return the failing findings that close a volet whatever the device, none when a device may pass."""
    failing: list[list[Json]] = []
    for facts in [device.facts for device in devices] or [{}]:
        case = {
            "on": today.isoformat(),
            "stage": "simulation",
            "volet": volet,
            "company": {**company.facts, "volets_used": sorted(used)},
            "device": facts,
        }
        found = evaluate_case(case)["findings"]
        failing.append([f for f in found if f["status"] == "fail" and f["rule"].startswith(FAMILIES)])
    return min(failing, key=len)


def next_actions(dossiers: Iterable[Dossier], *, today: date) -> list[Next]:
    """Return what the company has to do, the nearest date first, then what has no date."""
    found = [action for dossier in dossiers if (action := next_action(dossier, today=today))]
    return sorted(found, key=lambda action: (action.on is None, action.on or today, action.dossier.pk))


def next_action(dossier: Dossier, *, today: date) -> Next | None:
    """Return what is expected of the company on one request, if anything."""
    label, on = "", None
    if dossier.state == State.DRAFT:
        label = "Compléter et déposer la demande"
    elif dossier.state == State.INCOMPLETE:
        label = "Répondre à la demande de complément"
        on = next((request.due_on for request in dossier.completion_requests.all()), None)
    elif dossier.state == State.CONTRACT_SENT and dossier.contract_sent_on:
        label = "Lire et signer le contrat"
        on = dossier.contract_sent_on + timedelta(days=policy().signature_days)
    elif dossier.state == State.CLOSURE_SUBMITTED and _awaits_restitution(dossier):
        label = "Confirmer la restitution de l’expert"
        mission = dossier.current_mission
        if mission is not None and mission.closure_submitted_on:
            on = mission.closure_submitted_on + timedelta(days=policy().restitution_days)
    return Next(label, dossier, on, bool(on and on < today)) if label else None


def _awaits_restitution(dossier: Dossier) -> bool:
    mission = dossier.current_mission
    return mission is not None and mission.restitution_on is None and mission.restitution_contested_at is None
