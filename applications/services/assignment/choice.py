"""Which officer a dossier goes to, and why: pure functions over rules and the state of the team.

The first rule in order that applies and has an officer present under its ceiling wins. Among its officers the one with
the fewest live dossiers is chosen; of equals, the one who was given nothing for longest; then by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

# Who was never given anything comes before everybody.
NEVER_GIVEN = datetime.min.replace(tzinfo=UTC)
LOADS_TOLD = 6


@dataclass(frozen=True, slots=True)
class Seat:
    """One officer as a rule sees him; `away` says in words why he gets nothing today, empty when he is there."""

    key: int
    name: str
    load: int
    last_at: datetime | None = None
    away: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in service; an empty set asks nothing, no ceiling lets as many come as will."""

    key: int
    name: str
    officers: tuple[int, ...]
    volets: frozenset[int] = frozenset()
    regions: frozenset[str] = frozenset()
    ceiling: int | None = None

    def applies(self, volet: int, region: str) -> bool:
        """True for the dossiers it is about; a company whose region is unknown is in none."""
        return (not self.volets or volet in self.volets) and (not self.regions or region in self.regions)


@dataclass(frozen=True, slots=True)
class Choice:
    """The officer and the rule, or neither; `reason` says why in French, `loads` what was weighed, by account."""

    reason: str
    officer: int | None = None
    rule: int | None = None
    loads: dict[int, int] = field(default_factory=dict)


def choose(
    volet: int,
    region: str,
    *,
    rules: Sequence[Rule],
    seats: Mapping[int, Seat],
    barred: Mapping[int, str] | None = None,
) -> Choice:
    """Return who gets a dossier of this volet and region; `barred` says in words why some may not have this one."""
    passed: list[str] = []
    for rule in rules:
        if not rule.applies(volet, region):
            continue
        named = [seats[key] for key in rule.officers if key in seats]
        stops = {seat.key: _stop(seat, rule, barred or {}) for seat in named}
        free = sorted((seat for seat in named if not stops[seat.key]), key=_order)
        if free:
            return Choice(
                _told(rule, free, passed), free[0].key, rule.key, {one.key: one.load for one in free}
            )
        why = (
            "\u00a0; ".join(f"{seat.name} {stops[seat.key]}" for seat in named)
            or "la règle ne nomme personne"
        )
        passed.append(f"Règle «\u00a0{rule.name}\u00a0»\u00a0: personne n’est disponible ({why}).")
    if passed:
        return Choice(" ".join(passed))
    where = f"de la région {region}" if region else "d’une entreprise sans région connue"
    return Choice(f"Aucune règle ne vise un dossier du volet {volet} {where}.")


def given(seats: Mapping[int, Seat], officer: int, *, at: datetime) -> dict[int, Seat]:
    """Return the team once one more dossier was given to `officer`, so that the next is weighed against it."""
    seat = seats[officer]
    return {**seats, officer: replace(seat, load=seat.load + 1, last_at=at)}


def _order(seat: Seat) -> tuple[int, datetime, str, int]:
    return seat.load, seat.last_at or NEVER_GIVEN, seat.name, seat.key


def _stop(seat: Seat, rule: Rule, barred: Mapping[int, str]) -> str:
    """Return in words what keeps an officer from getting the dossier; empty when nothing does."""
    if seat.away:
        return seat.away
    if seat.key in barred:
        return barred[seat.key]
    if rule.ceiling is not None and seat.load >= rule.ceiling:
        return f"est au plafond ({seat.load} sur {rule.ceiling})"
    return ""


def _told(rule: Rule, free: Sequence[Seat], passed: Sequence[str]) -> str:
    chosen = free[0]
    name = f"Règle «\u00a0{rule.name}\u00a0»\u00a0: {chosen.name}"
    if len(free) == 1:
        sentence = f"{name}, seule personne disponible ({_dossiers(chosen.load)} en cours)."
    else:
        shown = ", ".join(f"{one.name} {one.load}" for one in free[:LOADS_TOLD])
        more = ", …" if len(free) > LOADS_TOLD else ""
        sentence = f"{name}, {_merit(free)} (dossiers en cours\u00a0: {shown}{more})."
    return " ".join([*passed, sentence])


def _merit(free: Sequence[Seat]) -> str:
    """Return what put the first one before the second."""
    first, second = free[0], free[1]
    if first.load < second.load:
        return "qui a le moins de dossiers"
    if (first.last_at or NEVER_GIVEN) < (second.last_at or NEVER_GIVEN):
        return "à charge égale, qui n’en a pas reçu depuis le plus longtemps"
    return "à charge égale, dans l’ordre des noms"


def _dossiers(count: int) -> str:
    return f"{count}\u00a0dossier" if count < 2 else f"{count}\u00a0dossiers"
