"""In whose court the ball is: the days each party held a request, from the states it went through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from applications.models import Dossier
from applications.workflow.states import ON_BPIFRANCE, ON_COMPANY, ON_EXPERT, State
from applications.workflow.table import TRANSITIONS
from portal.audit.models import Event
from portal.clock import civil_date

Moves = Sequence[tuple[str, date]]


class Holder(StrEnum):
    """Who must act; NOBODY once the request is over."""

    COMPANY = "company"
    BPIFRANCE = "bpifrance"
    EXPERT = "expert"
    NOBODY = "nobody"


LABELS = {
    Holder.COMPANY: "Vous",
    Holder.BPIFRANCE: "Bpifrance",
    Holder.EXPERT: "L’expert",
    Holder.NOBODY: "Personne : le dossier est terminé",
}
TONES = {Holder.COMPANY: "warning", Holder.BPIFRANCE: "accent", Holder.EXPERT: "info"}


@dataclass(frozen=True, slots=True)
class Part:
    """The whole days one party held the request; `current` while it still does."""

    who: str
    label: str
    days: int
    tone: str
    current: bool


def holder_of(state: str) -> Holder:
    """Return who must act in a state."""
    if state in ON_COMPANY:
        return Holder.COMPANY
    if state in ON_BPIFRANCE:
        return Holder.BPIFRANCE
    return Holder.EXPERT if state in ON_EXPERT else Holder.NOBODY


def days_by_holder(moves: Moves, *, until: date) -> dict[Holder, int]:
    """Return the days each party held the request, from the first move to `until`.

    `moves` are the states entered and their civil dates, oldest first. A day counts for whoever held the
    request at its end, so that the days add up to those between the first move and `until`.
    """
    held = dict.fromkeys(Holder, 0)
    ends = [on for _, on in moves[1:]] + [until]
    for (state, since), end in zip(moves, ends, strict=True):
        held[holder_of(state)] += max((end - since).days, 0)
    return held


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a request's journal; `motive` is empty once erased."""

    name: str
    at: datetime
    data: dict[str, Any]
    motive: str = ""


def journal_of(dossier: Dossier) -> list[Told]:
    """Return the events of a request, oldest first."""
    events = Event.objects.filter(chain=dossier.chain).order_by("sequence")
    rows = events.values_list("name", "at", "data", "detail__motive")
    return [Told(name, at, data, motive or "") for name, at, data, motive in rows]


def clock_of(dossier: Dossier, journal: Iterable[Told], *, today: date) -> list[Part]:
    """Return the parts of a filed request's clock: company, Bpifrance, expert; nothing before it is filed."""
    moves = moves_of(dossier, journal)
    if not moves:
        return []
    held = days_by_holder(moves, until=max(today, moves[-1][1]))
    now = holder_of(dossier.state)
    return [Part(who.value, LABELS[who], held[who], tone, who is now) for who, tone in TONES.items()]


def moves_of(dossier: Dossier, journal: Iterable[Told]) -> list[tuple[str, date]]:
    """Return the states that a request entered since it was filed, oldest first."""
    moves = list(_moves(journal))
    if moves and moves[-1][0] != dossier.state:
        moves.append((dossier.state, civil_date(dossier.state_since)))
    return moves


def _moves(journal: Iterable[Told]) -> Iterator[tuple[str, date]]:
    """Yield the dossier's own moves: those of a replaced expert's mission are not the dossier's."""
    current: Any = None
    state = ""
    for told in journal:
        transition, target = TRANSITIONS.get(told.name), told.data.get("to")
        if transition is None or target is None:
            continue
        named = told.data.get("mission", current)
        if not transition.on_mission and (told.name != "amend" or told.data.get("applied")):
            current = named
        elif transition.on_mission and named != current:
            continue
        if target not in {state, State.DRAFT}:
            state = str(target)
            yield state, civil_date(told.at)
