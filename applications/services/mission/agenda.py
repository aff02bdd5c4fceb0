"""The days of a mission that a calendar shows: planned ends of the phases not done, and the next meeting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, Subquery

from applications.models import Dossier, MinutesVersion, Mission, PhaseDone
from applications.services.mission import phases
from applications.workflow.states import State
from portal.accounts.models import Membership, User


@dataclass(frozen=True, slots=True)
class Day:
    """One day; `of_firm` says on whose side the person reads it, `todo` holds no word that somebody typed."""

    name: str
    mission: Mission
    on: date
    todo: str
    of_firm: bool
    changed: datetime

    @property
    def dossier(self) -> Dossier:
        """The dossier of the mission."""
        return self.mission.dossier


def days_of(user: User) -> list[Day]:
    """Return the days of the missions at work of which a person is on either side; two queries at most."""
    missions = list(_at_work(user))
    done: dict[int, dict[int, date]] = defaultdict(dict)
    planned = [mission.pk for mission in missions if mission.planning]  # type: ignore[attr-defined]
    if planned:
        for one in PhaseDone.objects.filter(mission__in=planned).order_by():
            done[one.mission_id][one.rank] = one.done_on
    return [
        day
        for mission in missions
        for day in _days(mission, done[mission.pk], of_firm=mission.of_firm)  # type: ignore[attr-defined]
    ]


def _at_work(user: User) -> Iterable[Mission]:
    """Return the missions between the contract and the end of the work that have something to show a person."""
    ours = Membership.objects.filter(user=user, is_active=True)
    latest = MinutesVersion.objects.filter(
        minutes__mission=OuterRef("pk"), state=MinutesVersion.State.APPROVED
    ).order_by("-met_on", "-answered_at")
    missions = Mission.objects.of_either_side(user).filter(is_current=True, dossier__state=State.IN_PROGRESS)
    missions = missions.annotate(
        of_firm=Exists(ours.filter(organisation=OuterRef("firm__organisation"))),
        # Of the last meeting on record only: what an earlier one announced is past, or was moved.
        meets_on=Subquery(latest.values("next_meeting_on")[:1]),
        meeting=Subquery(latest.values("minutes")[:1]),
        meeting_said_at=Subquery(latest.values("answered_at")[:1]),
    )
    found = phases.with_planning(missions)
    return found.filter(Q(meets_on__isnull=False) | Q(planning__isnull=False)).select_related(
        "dossier", "firm"
    )


def _days(mission: Mission, done: dict[int, date], *, of_firm: bool) -> Iterator[Day]:
    dossier = mission.dossier
    for phase in phases.read(mission, mission.planning or [], done):  # type: ignore[attr-defined]
        if phase.planned_on is not None and phase.done_on is None:
            yield Day(
                f"phase-{mission.pk}-{phase.rank + 1}",
                mission,
                phase.planned_on,
                f"fin prévue de la phase {phase.rank + 1}",
                of_firm,
                dossier.updated_at,
            )
    meets_on: date | None = mission.meets_on  # type: ignore[attr-defined]
    if meets_on is not None:
        minutes, said_at = mission.meeting, mission.meeting_said_at  # type: ignore[attr-defined]
        yield Day(f"reunion-{minutes}", mission, meets_on, "réunion de la mission", of_firm, said_at)
