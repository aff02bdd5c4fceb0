"""What the page and the dry run say of retention: rules, what falls due, what is held back, what was done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from applications.models import Company
from applications.services.retention import due, logs
from applications.services.retention.erasing import ARCHIVED, CHAIN
from applications.services.retention.people import NAMELESS
from applications.services.retention.rules import RULES, Rule, before, rule
from applications.services.retention.sweep import jobs
from portal.audit.models import Event
from tariffs.engine.terms import add_months

AHEAD_MONTHS = 3
SHOWN = 60
# What an event's lists of keys hold: the word for one, and for several.
THINGS = {
    "dossiers": ("dossier", "dossiers"),
    "drafts": ("brouillon", "brouillons"),
    "quote_requests": ("demande de devis", "demandes de devis"),
    "companies": ("entreprise", "entreprises"),
    "accounts": ("compte", "comptes"),
    "outbox": ("envoi fait", "envois faits"),
    "notifications": ("notification", "notifications"),
    "sessions": ("session", "sessions"),
    "codes": ("code à usage unique", "codes à usage unique"),
    "invitations": ("invitation", "invitations"),
    "join_requests": ("demande à rejoindre", "demandes à rejoindre"),
    "imports": ("fichier importé", "fichiers importés"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One rule with how many rows fall due now and within three months; `held`: due, but money is pending."""

    rule: Rule
    now: int
    soon: int
    held: int


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that the sweep did; `ids` are the keys of what was archived or erased, where they are few."""

    at: datetime
    rule: Rule
    is_archive: bool
    counts: list[tuple[str, int]]
    ids: str


def forecast(*, now: datetime, today: date) -> Counter[str]:
    """Return how many rows fall due under each rule on the civil date `today`; nothing is written."""
    found: Counter[str] = Counter()
    for job in jobs(now=now, today=today):
        found[job.rule] += job.found.count()
    found["log"] = sum(rows.count() for rows in logs.due(before("log", today)).values())
    if due.register_is_over(today):
        found["aid"] = (
            Company.objects.filter(erased_on__isnull=False).exclude(name__startswith=NAMELESS).count()
        )
    return found


def held_back(today: date) -> Counter[str]:
    """Return how many dossiers whose term is over are kept because money is pending, by rule."""
    pending = due.money_pending()
    return Counter(
        ended=due.ended(today).filter(pending).count(),
        archive=due.to_archive(today).filter(pending).count(),
        paid=due.paid(today).filter(pending).count(),
    )


def lines(*, now: datetime, today: date) -> list[Line]:
    """Return the rules, in the order in which they are told, with what falls due."""
    at_once = forecast(now=now, today=today)
    soon = forecast(now=now, today=add_months(today, AHEAD_MONTHS))
    held = held_back(today)
    return [Line(one, at_once[one.code], soon[one.code] - at_once[one.code], held[one.code]) for one in RULES]


def history() -> list[Done]:
    """Return what the sweep last did, the latest first."""
    events = Event.objects.filter(chain=CHAIN).order_by("-sequence")[:SHOWN]
    return [_told(event) for event in events]


def _told(event: Event) -> Done:
    counts: dict[str, int] = dict(event.data.get("counts", {}))
    ids: list[int] = []
    for name, value in event.data.items():
        if isinstance(value, list):
            counts[name] = len(value)
            ids += value
    return Done(
        at=event.at,
        rule=rule(event.data["rule"]),
        is_archive=event.name == ARCHIVED,
        counts=[(THINGS[name][count > 1], count) for name, count in counts.items()],
        ids=", ".join(map(str, ids)),
    )
