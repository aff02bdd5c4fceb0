"""The life of a request as the guide tells it: each stage, who acts, before when, and where that comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from applications.guide.sections import citation
from applications.guide.words import Figures, read
from tariffs.engine.editions import Edition
from tariffs.engine.terms import add_months, as_day, months_later

ACTORS = {"company": "Vous", "bpifrance": "Bpifrance", "expert": "L’expert"}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: `when` and `late` (what happens without an act) are "" where there is nothing to say."""

    title: str
    who: str
    text: str
    when: str
    late: str
    source: str
    own: bool


@dataclass(frozen=True, slots=True)
class LastDay:
    """The last day of work for the volets that share a term, of a contract signed on a day."""

    volets: list[int]
    months: int
    due_on: date


def stages(figures: Figures) -> list[Stage]:
    """The stages in their order, their delays filled in."""
    return [
        Stage(
            title=said["title"],
            who=ACTORS[said["who"]],
            text=said["text"].format_map(figures),
            when=said.get("when", "").format_map(figures),
            late=said.get("late", "").format_map(figures),
            source=citation(*said["sections"]) if "sections" in said else "",
            own=said.get("own", False),
        )
        for said in read("calendar")["stages"]
    ]


def last_days(edition: Edition, start: date) -> list[LastDay]:
    """Until when the work may last if the term starts on that day, longest term first."""
    volets: dict[int, list[int]] = {}
    for number, duration in edition.term.months.items():
        volets.setdefault(duration.otherwise, []).append(number)
    return [LastDay(volets[count], count, add_months(start, count)) for count in sorted(volets, reverse=True)]


def oldest_certificate(edition: Edition, today: date) -> date | None:
    """The oldest date that a certificate filed on a day may bear; None where the edition asks for none."""
    rule = edition.by_name.get("documents.regularity_certificate")
    if rule is None:
        return None
    months = rule.params["fresh_months"]
    day = add_months(today, -months)
    while months_later(day, months) <= as_day(today):
        day = date.fromordinal(day.toordinal() + 1)
    return day
