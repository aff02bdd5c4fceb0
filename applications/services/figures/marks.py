"""The list's filters that figures lead to: what each word of the address asks of a row, and how it reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import F, Q

from applications.models import Deadline
from applications.models.worklist import Turn
from applications.services.figures.facts import (
    DATED,
    LIFTED,
    REFUSED,
    SCORE,
    UNSIGNED,
    UPHELD,
    token,
)
from applications.services.figures.reading import moved
from applications.services.figures.words import month_label, of_month, phase_label, rule_label
from applications.workflow.states import FREED
from portal.clock import PARIS

Asked = Mapping[str, str]
MONTH = re.compile(r"(?:20|19)\d\d-(?:0[1-9]|1[0-2])")
# What the months of the address are about: the row's column, and its words.
DATES = {
    "depot": ("submitted_at", "Déposé"),
    "decision": ("decided_on", "Décidé"),
    "paiement": ("paid_on", "Payé"),
    "avis": ("rated_on", "Dernier avis"),
    "versement": ("expected_on", "Paiement attendu"),
}
STEPS = {"1": "Déposé", "2": "Pris en instruction", "3": "Accepté", "4": "Contrat signé", "5": "Payé"}
MONEY = {"engage": "Engagé sur l’enveloppe", "paye": "Payé sur l’enveloppe"}
WAITING = {
    "ready": "Clôture reçue, à payer",
    "dated": "Prestation en cours, paiement à venir",
    "unsigned": "Contrat à signer",
}
# A finding lifted or upheld.
JUDGED = "judged"
CITED = {
    REFUSED: "Rejeté pour",
    LIFTED: "Constat levé",
    UPHELD: "Constat maintenu",
    JUDGED: "Constat tranché",
}
RULE = re.compile(rf"(?:{REFUSED}|{LIFTED}|{UPHELD}|{JUDGED}):[a-z_]+\.[a-z_0-9]+")
PHASE = re.compile(r"[a-z_0-9-]{1,100}(?::[1-5])?")


@dataclass(frozen=True, slots=True)
class Mark:
    """One filter: whether a value is of its list, what it asks of the rows, and the words it is read in."""

    knows: Callable[[str], bool]
    asks: Callable[[str, Asked], Q]
    reads: Callable[[str, Asked], str]


def month_at(text: str) -> date:
    """Return the first day of a month written « 2026-03 »."""
    return date.fromisoformat(f"{text}-01")


def _bound(asked: Asked, day: date) -> date | datetime:
    """Return a day as the column asked about compares it."""
    plain = DATES.get(asked.get("sur", ""), ("", ""))[0] != "submitted_at"
    return day if plain else datetime.combine(day, time.min, tzinfo=PARIS)


def _since(value: str, asked: Asked) -> Q:
    column = DATES.get(asked.get("sur", ""), ("", ""))[0]
    return Q(**{f"{column}__gte": _bound(asked, month_at(value))}) if column else Q()


def _until(value: str, asked: Asked) -> Q:
    column = DATES.get(asked.get("sur", ""), ("", ""))[0]
    return Q(**{f"{column}__lt": _bound(asked, moved(month_at(value), 1))}) if column else Q()


def _about(value: str, asked: Asked) -> str:
    since, until = asked.get("du", ""), asked.get("au", "")
    if since and since == until:
        return f"{DATES[value][1]} en {month_label(month_at(since))}"
    parts = [of_month(month_at(since))] if since else []
    parts += [f"à {month_label(month_at(until))}"] if until else []
    return " ".join([DATES[value][1], *parts])


def _step(value: str, _asked: Asked) -> Q:
    step, _, how = value.partition("-")
    if not how:
        return Q(reached__gte=int(step))
    left = Q(state__in=sorted(FREED))
    return Q(reached=int(step)) & (left if how == "sorti" else ~left)


def _step_words(value: str, _asked: Asked) -> str:
    step, _, how = value.partition("-")
    return {
        "": f"A atteint l’étape « {STEPS[step]} »",
        "sorti": f"Sorti après l’étape « {STEPS[step]} »",
        "la": f"À l’étape « {STEPS[step]} »",
    }[how]


def _marked(value: str, _asked: Asked) -> Q:
    kind, _, rule = value.partition(":")
    kinds = (LIFTED, UPHELD) if kind == JUDGED else (kind,)
    found = Q()
    for one in kinds:
        found |= Q(marks__contains=f"|{token(one, rule)}|")
    return found & Q(decided_on__isnull=False)


def _cited(value: str, _asked: Asked) -> str:
    kind, _, rule = value.partition(":")
    return f"{CITED[kind]} : {rule_label(rule)}"


def _rated(value: str, _asked: Asked) -> Q:
    return Q(marks__contains=f"|{SCORE}:{value}{'|' if ':' in value else ':'}")


def _rated_words(value: str, _asked: Asked) -> str:
    phase, _, score = value.partition(":")
    return f"Avis sur « {phase_label(phase)} »" + (f" : {score} sur 5" if score else "")


def _owed(value: str, _asked: Asked) -> Q:
    awaited = {"dated": DATED, "unsigned": UNSIGNED}.get(value)
    states = Q(state__in=awaited) if awaited else ~Q(state__in=[*DATED, *UNSIGNED])
    return states & Q(envelope__isnull=False, committed__gt=F("paid"))


def _held(value: str, _asked: Asked) -> Q:
    held = Q(committed__gt=0, decided_on__isnull=False) if value == "engage" else Q(paid__gt=0)
    return held & Q(envelope__isnull=False)


def _quiet(_value: str, _asked: Asked) -> str:
    return ""


def _is_month(value: str) -> bool:
    return MONTH.fullmatch(value) is not None


MARKS: dict[str, Mark] = {
    "sur": Mark(DATES.__contains__, lambda value, _: Q(**{f"{DATES[value][0]}__isnull": False}), _about),
    "du": Mark(_is_month, _since, _quiet),
    "au": Mark(_is_month, _until, _quiet),
    "etape": Mark(lambda value: re.fullmatch(r"[1-5](-sorti|-la)?", value) is not None, _step, _step_words),
    "issue": Mark(
        {"acceptee", "rejetee"}.__contains__,
        lambda value, _: Q(is_approved=value == "acceptee"),
        lambda value, _: "Décision : acceptée" if value == "acceptee" else "Décision : rejetée",
    ),
    "constat": Mark(
        lambda value: RULE.fullmatch(value) is not None,
        _marked,
        _cited,
    ),
    "avis": Mark(lambda value: PHASE.fullmatch(value) is not None, _rated, _rated_words),
    "enveloppe": Mark(
        lambda value: value.isdecimal() and len(value) < 18,
        lambda value, _: Q(envelope=int(value)),
        lambda value, _: f"Enveloppe n° {value}",
    ),
    "argent": Mark(MONEY.__contains__, _held, lambda value, _: MONEY[value]),
    "attente": Mark(WAITING.__contains__, _owed, lambda value, _: WAITING[value]),
    "cours": Mark({"oui"}.__contains__, lambda _value, _: ~Q(turn=Turn.ENDED), lambda _value, _: "En cours"),
    "nature": Mark(
        Deadline.Kind.values.__contains__,
        lambda value, _: Q(next_kind=value),
        lambda value, _: f"Échéance : {Deadline.Kind(value).label}",
    ),
}


def known(asked: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the marks that an address asks, those that are of their lists."""
    found = ((name, str(asked.get(name) or "")[:150]) for name in MARKS)
    return tuple((name, value) for name, value in found if value and MARKS[name].knows(value))


def condition(marks: Iterable[tuple[str, str]]) -> Q:
    """Return what all the marks together ask of a row."""
    asked = dict(marks)
    whole = Q()
    for name, value in asked.items():
        whole &= MARKS[name].asks(value, asked)
    return whole


def told(marks: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the marks in words, each with the names of the address to take away with it."""
    asked = dict(marks)
    words = [(name, MARKS[name].reads(value, asked)) for name, value in asked.items()]
    return [(name, text) for name, text in words if text]
