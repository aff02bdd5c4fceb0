"""Which firms are proposed to a company, in which order and why: a pure function over the firms that may answer.

Firms whose qualification covers most of what is wanted come first; then those with the fewest live missions per
active consultant; of equals, the one proposed longest ago; of equals again, one of the wished region; then by name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from portal.clock import civil_date
from portal.display import french_date

WANTED = 3
# Who was never proposed comes before everybody.
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One firm that may answer: its load now, when it was last proposed, and what of the wish it covers.

    `covered`: how many of the `wanted` audits its PASSI certificate covers; both are 0 outside volet 5.
    """

    key: int
    name: str
    live_missions: int = 0
    consultants: int = 0
    last_at: datetime | None = None
    in_region: bool = False
    covered: int = 0
    wanted: int = 0

    @property
    def load(self) -> Fraction:
        """Live missions per active consultant; a firm that declared none counts as one person."""
        return Fraction(self.live_missions, max(1, self.consultants))


@dataclass(frozen=True, slots=True)
class Choice:
    """A firm proposed, its rank from 1 and why, in French, without any figure of its business."""

    candidate: Candidate
    rank: int
    reason: str


@dataclass(frozen=True, slots=True)
class Round:
    """The firms proposed and, where they are fewer than wanted, one sentence that says why."""

    choices: tuple[Choice, ...]
    shortfall: str = ""


def choose(
    candidates: Iterable[Candidate],
    *,
    volet: int,
    count: int = WANTED,
    passi: bool = False,
    already: Collection[int] = (),
) -> Round:
    """Return up to `count` firms of the candidates, without those of `already`, which the company knows of.

    `passi`: the candidates are those of a volet that asks for a PASSI certificate.
    """
    everyone = list(candidates)
    left = sorted((one for one in everyone if one.key not in already), key=_order)
    chosen = left[:count]
    choices = tuple(Choice(one, rank, _reason(one, left)) for rank, one in enumerate(chosen, start=1))
    enough = len(chosen) >= count
    return Round(choices, "" if enough else shortfall(len(everyone), len(already), volet, passi=passi))


def _order(one: Candidate) -> tuple[int, Fraction, datetime, bool, str, int]:
    return one.wanted - one.covered, one.load, one.last_at or NEVER, not one.in_region, one.name, one.key


def _reason(one: Candidate, left: list[Candidate]) -> str:
    """Return why the firm comes where it does among those left."""
    best = min(other.wanted - other.covered for other in left)
    peers = [other for other in left if other.wanted - other.covered == one.wanted - one.covered]
    said = [_coverage(one, best)] if one.wanted else []
    if one.load == min(other.load for other in peers):
        said.append("Il est parmi les cabinets les plus disponibles.")
    else:
        said.append("Il est le plus disponible après les cabinets précédents.")
    said.append(
        "Il n’a encore été proposé à aucune entreprise."
        if one.last_at is None
        else f"Il n’a pas été proposé depuis le {french_date(civil_date(one.last_at))}."
    )
    if one.in_region:
        said.append("Il est dans la région souhaitée, ce qui départage à rang égal.")
    return " ".join(said)


def _coverage(one: Candidate, best: int) -> str:
    if one.covered == one.wanted:
        return "Sa qualification PASSI couvre tous les audits souhaités."
    best_there_is = "\u00a0: aucun autre n’en couvre davantage" if one.wanted - one.covered == best else ""
    audits = "audits souhaités" if one.wanted > 1 else "audit souhaité"
    return f"Sa qualification PASSI couvre {one.covered} des {one.wanted} {audits}{best_there_is}."


def shortfall(eligible: int, already: int, volet: int, *, passi: bool) -> str:
    """Return in one sentence why fewer firms than wanted are proposed."""
    qualified = " avec un certificat PASSI valable" if passi else ""
    pool = f"pour le volet {volet}{qualified}"
    if eligible == 0:
        return f"Aucun cabinet n’est agréé aujourd’hui {pool} et en mesure de répondre sur le portail."
    counted = "un seul cabinet est agréé" if eligible == 1 else f"{eligible} cabinets seulement sont agréés"
    if already >= eligible:
        return f"Tous les cabinets agréés aujourd’hui {pool} vous ont été proposés."
    if already:
        return f"Les autres cabinets agréés aujourd’hui {pool} vous ont déjà été proposés."
    return f"{counted.capitalize()} aujourd’hui {pool} et en mesure de répondre sur le portail."
