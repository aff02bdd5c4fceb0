"""How the workflow says no: what stands in the way, and the four ways an act is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

STALE = (
    "Le dossier a changé depuis l’affichage de cette page : quelqu’un d’autre vient d’agir. "
    "Rien de ce que vous avez demandé n’a été fait. Relisez le dossier, puis recommencez si besoin."
)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing in the way of an act; the same for the greyed button and for the refusal.

    `code` is stable (tests, events), `message` says in French what is in the way, `remedy` what to do about
    it, `field` names the input concerned, if any.
    """

    code: str
    message: str
    remedy: str = ""
    field: str = ""

    @property
    def sentence(self) -> str:
        """Message and remedy as one text."""
        return f"{self.message} {self.remedy}".strip()


class ActRefused(Exception):
    """Base of the refusals; `str()` is the French sentence shown to the person."""

    code = "refused"


class NotYours(ActRefused):
    """The person has no standing for this act on this dossier."""

    code = "not_yours"


class Stale(ActRefused):
    """The page was shown before somebody else's act."""

    code = "stale"


class WrongState(ActRefused):
    """The dossier, or the mission, is not in a state from which this act is possible."""

    code = "wrong_state"


class Refused(ActRefused):
    """Conditions are not met; `obstacles` says which."""

    code = "obstacles"

    def __init__(self, obstacles: Iterable[Obstacle]) -> None:
        self.obstacles = tuple(obstacles)
        super().__init__(" ".join(obstacle.sentence for obstacle in self.obstacles))
