"""The minutes of a mission as each side reads them: the last version of each, what it waits for, and from whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q, QuerySet

from applications.models import Minutes, MinutesVersion, Mission

State = MinutesVersion.State
TONES = {
    State.DRAFT: "neutral",
    State.PROPOSED: "info",
    State.CORRECTION: "warning",
    State.SUPERSEDED: "neutral",
    State.APPROVED: "success",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One set of minutes: its last version, the earlier ones, and whose move it is."""

    minutes: Minutes
    version: MinutesVersion
    earlier: list[MinutesVersion] = field(default_factory=list)
    # The side that must act: to answer what is proposed, or to go on with what is not.
    awaited: str = ""
    # Whether the reader wrote them.
    mine: bool = False

    @property
    def awaits_reader(self) -> bool:
        """True while the reader's side must act."""
        return bool(self.awaited) and (self.awaited == self.minutes.side) is self.mine

    @property
    def label(self) -> str:
        """Where the last version stands, in the reader's words."""
        if self.version.state == State.PROPOSED:
            return "À approuver par vous" if self.awaits_reader else "Proposé, à approuver"
        if self.version.state == State.CORRECTION:
            return "À corriger par vous" if self.awaits_reader else "Correction demandée"
        return self.version.get_state_display()

    @property
    def tone(self) -> str:
        """The tone of its badge."""
        return "warning" if self.awaits_reader else TONES[State(self.version.state)]


def rows_of(mission: Mission, *, side: str) -> list[Row]:
    """Return the minutes that a side may read, the latest meeting first, in one query.

    A firm reads those of its mission, a company those of every mission of its dossier: a replaced expert may
    still propose his own until his closure.
    """
    company = side == Minutes.Side.COMPANY
    whose = Q(minutes__mission__dossier=mission.dossier_id) if company else Q(minutes__mission=mission)
    return rows_from(_versions().filter(whose).exclude(_drafts_of_others(side)), side=side)


def row_of(minutes: Minutes, *, side: str) -> Row | None:
    """Return one set of minutes as a side reads it; None where nothing of it was proposed to that side."""
    versions = _versions().filter(minutes=minutes).exclude(_drafts_of_others(side))
    return next(iter(rows_from(versions, side=side)), None)


def _versions() -> QuerySet[MinutesVersion]:
    people = ("written_by", "proposed_by", "answered_by")
    return MinutesVersion.objects.select_related("minutes__mission__firm", "document", *people).order_by(
        "minutes", "-number"
    )


def _drafts_of_others(side: str) -> Q:
    return Q(state=State.DRAFT) & ~Q(minutes__side=side)


def rows_from(versions: Iterable[MinutesVersion], *, side: str) -> list[Row]:
    """Return the rows of versions given by minutes, the last version of each first."""
    grouped: dict[int, list[MinutesVersion]] = {}
    for version in versions:
        grouped.setdefault(version.minutes_id, []).append(version)
    rows = [
        Row(
            minutes=last.minutes,
            version=last,
            earlier=earlier,
            awaited=_awaited(last),
            mine=last.minutes.side == side,
        )
        for last, *earlier in grouped.values()
    ]
    return sorted(rows, key=lambda row: (row.version.met_on or date.max, row.minutes.pk), reverse=True)


def _awaited(last: MinutesVersion) -> str:
    """Return the side that must act on the last version, "" once it is approved."""
    if last.state == State.APPROVED:
        return ""
    if last.state != State.PROPOSED:
        return last.minutes.side
    return Minutes.Side.COMPANY if last.minutes.side == Minutes.Side.EXPERT else Minutes.Side.EXPERT
