"""What makes a dossier urgent this morning: a pure score, each part of which says why in one sentence.

Nothing here reads the database nor the clock. The points are a decision of this portal: what is past due first,
then what a certificate or a term makes impossible soon, then people who wait, then silence, then money.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.display import euros, french_date

SOON_DAYS = 30
# Nobody did anything for that long: somebody should be called.
SILENT_DAYS = 21
LONGEST = 365


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a dossier; None is nothing of the kind."""

    key: int
    # "bpifrance", "company" or "expert"
    turn: str
    state: str
    since: date
    # When the last act was done.
    moved_on: date
    share: Decimal
    unassigned: bool = False
    due_on: date | None = None
    due: str = ""
    # The nearest end of what the expert must hold, and its name ("Le certificat PASSI de X").
    certificate_until: date | None = None
    certificate: str = ""
    # The oldest message that nobody of Bpifrance has read.
    unread_since: date | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of the score, in points, and its sentence."""

    code: str
    points: int
    sentence: str


def reasons(case: Case, *, today: date, large: Decimal) -> list[Reason]:
    """Return why a dossier presses, the heaviest reason first; `large` is the share (HT) from which money weighs."""
    found = [
        *_term(case, today),
        *_certificate(case, today),
        *_message(case, today),
        *_waiting(case, today),
        *_silence(case, today),
        *_amount(case, large),
    ]
    return sorted(found, key=lambda one: (-one.points, one.code))


def score(found: list[Reason]) -> int:
    """Return the points of a dossier."""
    return sum(one.points for one in found)


def _days(count: int) -> str:
    return "1\N{NO-BREAK SPACE}jour" if count == 1 else f"{count}\N{NO-BREAK SPACE}jours"


def _left(count: int) -> str:
    return "aujourd’hui" if count == 0 else f"dans {_days(count)}"


def _term(case: Case, today: date) -> Iterator[Reason]:
    if case.due_on is None:
        return
    left = (case.due_on - today).days
    on = f"{case.due} (le {french_date(case.due_on)})"
    if left < 0:
        yield Reason("late", 1000 + min(-left, LONGEST), f"Échéance dépassée de {_days(-left)}\u00a0: {on}.")
    elif left <= SOON_DAYS:
        yield Reason("term", 800 - 20 * left, f"Échéance {_left(left)}\u00a0: {on}.")


def _certificate(case: Case, today: date) -> Iterator[Reason]:
    if case.certificate_until is None:
        return
    left = (case.certificate_until - today).days
    on = french_date(case.certificate_until)
    if left < 0:
        yield Reason("expired", 900, f"{case.certificate} a expiré le {on}.")
    elif left <= SOON_DAYS:
        yield Reason("certificate", 750 - 15 * left, f"{case.certificate} expire {_left(left)}, le {on}.")


def _message(case: Case, today: date) -> Iterator[Reason]:
    if case.unread_since is None:
        return
    days = max((today - case.unread_since).days, 0)
    since = "depuis aujourd’hui" if days == 0 else f"depuis {_days(days)}"
    yield Reason("message", 150 + 15 * min(days, 20), f"Un message attend d’être lu {since}.")


def _waiting(case: Case, today: date) -> Iterator[Reason]:
    if case.turn != "bpifrance":
        return
    days = max((today - case.since).days, 0)
    since = "aujourd’hui" if days == 0 else f"{_days(days)}"
    if case.unassigned:
        told = "aujourd’hui" if days == 0 else f"il y a {_days(days)}"
        yield Reason("unassigned", 60 + 6 * min(days, 60), f"Personne n’en est chargé\u00a0: déposé {told}.")
    else:
        told = "depuis aujourd’hui" if days == 0 else f"depuis {since}"
        yield Reason(
            "waiting", 40 + 4 * min(days, 90), f"«\u00a0{case.state}\u00a0»\u00a0: attend Bpifrance {told}."
        )


def _silence(case: Case, today: date) -> Iterator[Reason]:
    days = (today - case.moved_on).days
    if case.turn == "bpifrance" or days < SILENT_DAYS:
        return
    whom = "de l’entreprise" if case.turn == "company" else "de l’expert"
    yield Reason("silence", 50 + min(days, LONGEST) // 2, f"Sans nouvelle {whom} depuis {_days(days)}.")


def _amount(case: Case, large: Decimal) -> Iterator[Reason]:
    if case.share >= large:
        points = 10 + int(min(case.share, Decimal(50_000)) / 1000)
        yield Reason("amount", points, f"Quote-part importante\u00a0: {euros(case.share)}.")
