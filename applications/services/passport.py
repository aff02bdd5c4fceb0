"""The passport of a company: where each volet stands, what it may still bring, and the aid already received."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from applications.models import Company, Device, Dossier, Letter, Payment, UsedVolet
from applications.services.evaluation import evaluate_case
from applications.workflow.states import AFTER_APPROVAL, FREED, USED, State
from tariffs import catalogue
from tariffs.engine.editions import Edition
from tariffs.engine.funding import share_of

Json = dict[str, Any]
ZERO = Decimal("0.00")
# The rules that say of a company or of a device that a volet is closed to it, before any quote.
FAMILIES = ("company.", "device.", "volet.")


@dataclass(frozen=True, slots=True)
class Possible:
    """What a volet would bring for one device: the largest share of Bpifrance, HT, or why it brings nothing."""

    name: str
    most: Decimal
    reasons: list[Json]


@dataclass(slots=True)
class Card:
    """One volet of one company.

    `status`: available, drafted, in_progress, used, closed (not eligible) or unknown (no device yet).
    `most` is the largest share of Bpifrance still possible, HT; `by_device` says it of each device where
    they differ.
    """

    number: int
    label: str
    status: str
    items: list[str]
    dossier: Dossier | None = None
    reasons: list[Json] = field(default_factory=list)
    most: Decimal = ZERO
    by_device: list[Possible] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Aid:
    """One line of the aid register: what was granted under which regime, and paid. None: not known here."""

    volet: int
    regime: str
    granted_on: date | None
    amount: Decimal | None
    paid_on: date | None = None
    dossier: Dossier | None = None
    statement: Any = None
    origin: str = ""


@dataclass(slots=True)
class Passport:
    """Five cards, the aid by where it stands (euros HT, Bpifrance's share), and the register."""

    cards: list[Card]
    paid: Decimal
    committed: Decimal
    asked: Decimal
    remaining: Decimal
    remaining_by_device: list[Possible]
    register: list[Aid]
    has_device: bool


def read_passport(company: Company, dossiers: list[Dossier], *, today: date) -> Passport:
    """Return the passport of a company from its requests and their missions, in a fixed number of queries."""
    devices = list(company.devices.all())
    outside = list(company.used_volets.all())
    # Money was paid only where a mission is settled: without one, nothing is looked for.
    settled = [one for one in dossiers for mission in one.missions.all() if mission.final_share is not None]
    payments = list(
        Payment.objects.filter(mission__dossier__in=settled, reversed_on__isnull=True)
        .select_related("mission")
        .order_by("paid_on", "pk")
    )
    by_pk = {dossier.pk: dossier for dossier in dossiers}
    used = {one.volet for one in outside} | {one.volet for one in dossiers if one.state in USED}
    used |= {by_pk[payment.mission.dossier_id].volet for payment in payments}
    edition = catalogue.edition_at(today)
    cards = _cards(_Reading(edition, company, devices, used, today), dossiers) if edition else []
    paid_of = _paid_by_dossier(payments)
    return Passport(
        cards=cards,
        paid=sum(paid_of.values(), ZERO) + _past(outside, paid=True),
        committed=sum((_committed(one, paid_of) for one in dossiers), ZERO) + _past(outside, paid=False),
        asked=sum((one.bpifrance_share for one in dossiers if _is_asked(one)), ZERO),
        remaining=sum((card.most for card in cards), ZERO),
        remaining_by_device=_remaining_by_device(cards),
        register=_register(payments, by_pk, outside),
        has_device=bool(devices),
    )


# --- The cards -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Reading:
    """What every card is judged with."""

    edition: Edition
    company: Company
    devices: list[Device]
    used: set[int]
    today: date


def _cards(reading: _Reading, dossiers: list[Dossier]) -> list[Card]:
    edition = reading.edition
    live = {dossier.volet: dossier for dossier in dossiers if dossier.state not in FREED}
    cards = []
    for number, label in catalogue.volets(edition).items():
        items = list(catalogue.items(edition, number).values())
        card = Card(number, label, "used", items, live.get(number))
        if number not in reading.used:
            _judge(card, reading)
        cards.append(card)
    return cards


def _judge(card: Card, reading: _Reading) -> None:
    """Say whether the volet is open, to which devices and for how much, unless a request runs already."""
    dossier = card.dossier
    if dossier is not None and dossier.state != State.DRAFT:
        card.status = "in_progress"
        return
    found = _possible(reading, card.number)
    open_to = [one for one in found if not one.reasons]
    card.most = max((one.most for one in open_to), default=ZERO)
    if dossier is not None:
        card.status = "drafted"
    elif not open_to:
        card.status = "closed"
        card.reasons = min((one.reasons for one in found), key=len)
    else:
        card.status = "available" if reading.devices else "unknown"
    if len({None if one.reasons else one.most for one in found}) > 1:
        card.by_device = found


def _possible(reading: _Reading, volet: int) -> list[Possible]:
    """Return what a volet would bring for each device, those of the same facts together."""
    alike: dict[str, tuple[list[str], Json]] = {}
    for device in reading.devices:
        key = json.dumps(device.facts, sort_keys=True)
        alike.setdefault(key, ([], device.facts))[0].append(device.name)
    return [
        Possible(
            ", ".join(names), _most(reading.edition, volet, facts), closed_because(reading, facts, volet)
        )
        for names, facts in list(alike.values()) or [([], {})]
    ]


def closed_because(reading: _Reading, device: Json, volet: int) -> list[Json]:
    """Return the failing findings that close a volet to a company for a device, before any quote."""
    case = {
        "on": reading.today.isoformat(),
        "stage": "simulation",
        "volet": volet,
        "company": {**reading.company.facts, "volets_used": sorted(reading.used)},
        "device": device,
    }
    findings = evaluate_case(case)["findings"]
    return [one for one in findings if one["status"] == "fail" and one["rule"].startswith(FAMILIES)]


def _most(edition: Edition, volet: int, device: Json) -> Decimal:
    """Return Bpifrance's largest share, HT, of a volet for a device; of the dearest class while it is not known."""
    kind, risk_class = device.get("kind"), device.get("risk_class")
    if kind == "digital_solution" or (kind and risk_class):
        return _share(edition, volet, kind if kind == "digital_solution" else f"{kind}.{risk_class}")
    columns = {column for item in edition.items.values() for column in item.ceilings}
    return max(
        _share(edition, volet, column) for column in columns if not kind or column.partition(".")[0] == kind
    )


def _share(edition: Edition, volet: int, column: str) -> Decimal:
    ceilings = edition.ceilings(volet, column) or {}
    return share_of(sum(ceilings.values(), ZERO), edition.funding.rate)


# --- The money -----------------------------------------------------------------------------------
def _paid_by_dossier(payments: Iterable[Payment]) -> dict[int, Decimal]:
    paid: dict[int, Decimal] = {}
    for payment in payments:
        pk = payment.mission.dossier_id
        paid[pk] = paid.get(pk, ZERO) + payment.ht
    return paid


def _committed(dossier: Dossier, paid: dict[int, Decimal]) -> Decimal:
    """Return what is granted and not paid yet of a running request."""
    if dossier.state not in AFTER_APPROVAL or dossier.state in {State.PAID, State.CLOSED}:
        return ZERO
    mission = dossier.current_mission
    settled = mission.final_share if mission is not None else None
    granted = settled if settled is not None else dossier.bpifrance_share - paid.get(dossier.pk, ZERO)
    return max(granted, ZERO)


def _past(outside: Iterable[UsedVolet], *, paid: bool) -> Decimal:
    """Return the aid of past dossiers that was paid, or granted and not paid yet."""
    amounts = (one.amount for one in outside if (one.paid_on is not None) is paid)
    return sum((amount for amount in amounts if amount is not None), ZERO)


def _is_asked(dossier: Dossier) -> bool:
    return dossier.state in {State.SUBMITTED, State.UNDER_REVIEW, State.INCOMPLETE}


def _remaining_by_device(cards: list[Card]) -> list[Possible]:
    """Return what remains possible with each device alone; none where every device brings as much."""
    names: dict[str, Decimal] = {}
    for card in cards:
        for one in card.by_device:
            names.setdefault(one.name, ZERO)
    if not names:
        return []
    for card in cards:
        theirs = {one.name: one for one in card.by_device}
        for name in names:
            names[name] += card.most if not theirs else _open_share(theirs.get(name))
    return [Possible(name, amount, []) for name, amount in names.items()]


def _open_share(found: Possible | None) -> Decimal:
    return found.most if found is not None and not found.reasons else ZERO


def _register(payments: list[Payment], dossiers: dict[int, Dossier], outside: list[UsedVolet]) -> list[Aid]:
    letters = Letter.objects.filter(
        kind=Letter.Kind.AID_STATEMENT, dossier__in={payment.mission.dossier_id for payment in payments}
    )
    statements = {
        (letter.dossier_id, letter.context.get("paid_on")): letter.document_id for letter in letters
    }
    rows = []
    for payment in payments:
        dossier = dossiers[payment.mission.dossier_id]
        rows.append(
            Aid(
                volet=dossier.volet,
                regime=catalogue.get_edition(dossier.edition).state_aid.regime,
                granted_on=dossier.validated_on,
                amount=payment.ht,
                paid_on=payment.paid_on,
                dossier=dossier,
                statement=statements.get((dossier.pk, payment.paid_on.isoformat())),
            )
        )
    rows += [
        Aid(one.volet, _regime(one), one.used_on, one.amount, paid_on=one.paid_on, origin=_source(one))
        for one in outside
    ]
    return rows


def _regime(used: UsedVolet) -> str:
    known = catalogue.editions().by_code.get(used.edition)
    return known.state_aid.regime if known else ""


def _source(used: UsedVolet) -> str:
    return used.reference or used.origin


__all__ = ["Aid", "Card", "Passport", "Possible", "read_passport"]
