"""What a notice is: who reads it, its words, its one link."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Audience(Enum):
    """Who is told. FIRMS: every firm at work on the dossier, and those whose mission the act just ended.

    OFFICER is whoever is in charge and the cover of an absence; PREVIOUS who was in charge before the act.
    """

    COMPANY = "company"
    EXPERT = "expert"
    FIRMS = "firms"
    OFFICER = "officer"
    PREVIOUS = "previous"
    MANAGERS = "managers"
    CONTROLLERS = "controllers"


@dataclass(frozen=True, slots=True)
class Notice:
    """What one audience reads; braces are filled with the words of `announcements`.

    `action` is the words of its one link, the audience's usual ones when empty. A `blocking` notice asks
    an act of its reader: its e-mail leaves at once, whatever the reader prefers.
    """

    audience: Audience
    title: str
    body: str
    action: str = ""
    blocking: bool = False

    @property
    def link(self) -> str:
        """The words of the notice's one link."""
        return self.action or USUAL_LINKS[self.audience]


# Where a notice leads to, when it asks for nothing in particular.
USUAL_LINKS: dict[Audience, str] = {
    Audience.COMPANY: "Voir ma demande",
    Audience.EXPERT: "Ouvrir la mission",
    Audience.FIRMS: "Ouvrir la mission",
    Audience.OFFICER: "Ouvrir le dossier",
    Audience.PREVIOUS: "Ouvrir le dossier",
    Audience.MANAGERS: "Ouvrir le dossier",
    Audience.CONTROLLERS: "Ouvrir le dossier",
}

# Short names of the readers, for the tables of words.
C, E, F, M, K = Audience.COMPANY, Audience.EXPERT, Audience.OFFICER, Audience.MANAGERS, Audience.CONTROLLERS
FIRMS, P = Audience.FIRMS, Audience.PREVIOUS
