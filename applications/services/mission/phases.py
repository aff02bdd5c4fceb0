"""The phases of a mission, as the planning of the accepted offer sets them, and those the expert declared done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from applications.models import Mission, Offer, PhaseDone
from applications.services.mission import told
from applications.services.mission_work import AT_WORK, refused, working
from applications.services.offers.planning import Phase
from applications.workflow.refusals import Stale
from applications.workflow.states import FREED
from portal.accounts.models import User
from portal.clock import civil_date
from portal.display import french_date

CHANGED = (
    "Cette phase a été déclarée autrement par un collègue depuis l’affichage de la page. Rien n’a été changé."
)
CODE = "phase-"


@dataclass(frozen=True, slots=True)
class PlannedPhase:
    """One phase: when its end is planned, None until the contract's signature dates it, and when it came."""

    rank: int
    label: str
    end: str
    planned_on: date | None
    done_on: date | None
    due_on: date | None
    over: bool

    @property
    def code(self) -> str:
        """Its name where the company judges it."""
        return f"{CODE}{self.rank + 1}"

    @property
    def past_term(self) -> bool:
        """True where the planning goes beyond the mission's term, which no planning moves."""
        return bool(self.planned_on and self.due_on and self.planned_on > self.due_on and not self.done_on)

    def is_late(self, today: date) -> bool:
        """True once its planned end is past and nobody said that it is done."""
        return bool(self.planned_on and self.planned_on < today and not self.done_on and not self.over)


def offer_followed(dossier: Any, firm: Any) -> QuerySet[Offer]:
    """Return the accepted offer that a dossier follows, if it is this firm's: its quote carries its lines."""
    return Offer.objects.filter(
        state=Offer.State.ACCEPTED, quote__dossier=dossier, invitation__firm=firm
    ).order_by("-version")


def with_planning(missions: QuerySet[Mission]) -> QuerySet[Mission]:
    """Have missions bring their planning along, in the same query."""
    found = offer_followed(OuterRef("dossier"), OuterRef("firm")).values("planning")[:1]
    return missions.annotate(planning=Subquery(found))


def planning_of(mission: Mission) -> list[dict[str, Any]]:
    """Return the stored planning of a mission, [] where its quote was typed by hand or it took over another's."""
    if hasattr(mission, "planning"):
        return mission.planning or []
    found = offer_followed(mission.dossier_id, mission.firm_id).values_list("planning", flat=True)
    return found.first() or []


def phases_of_planning(mission: Mission) -> list[PlannedPhase]:
    """Return the phases in the order of the offer; [] without planning, and then nothing more is asked."""
    planning = planning_of(mission)
    if not planning:
        return []
    return read(mission, planning, {one.rank: one.done_on for one in mission.phases_done.all()})


def read(mission: Mission, planning: Iterable[dict[str, Any]], done: dict[int, date]) -> list[PlannedPhase]:
    """Return the phases of a stored planning with their planned ends in civil dates."""
    dossier = mission.dossier
    over = mission.work_ended_on is not None or (mission.is_current and dossier.state in FREED)
    found = []
    for rank, stored in enumerate(planning):
        phase = Phase.read(stored)
        found.append(
            PlannedPhase(
                rank=rank,
                label=phase.label,
                end=phase.end,
                planned_on=planned_end(phase, dossier.signed_on),
                done_on=done.get(rank),
                due_on=dossier.due_on,
                over=over,
            )
        )
    return found


def planned_end(phase: Phase, signed_on: date | None) -> date | None:
    """Return the civil date on which a phase should end; weeks count from the contract's signature."""
    if phase.until is not None or phase.weeks is None or signed_on is None:
        return phase.until
    return signed_on + timedelta(weeks=phase.weeks)


def mark_done(
    mission: Mission, *, rank: int, done_on: date, seen: date | None, actor: User, now: datetime
) -> PhaseDone:
    """Declare a phase done, or correct its date; the company is told and asked what it thinks.

    `seen` is the date the page showed, None for a phase not done. Raises NotYours, WrongState, Stale where a
    colleague changed it meanwhile, Refused for a date that can't be or once the company judged the phase.
    """
    with working(mission, actor=actor, stages=AT_WORK) as current:
        phase, held = _phase(current, rank, seen)
        _check_date(current, done_on, civil_date(now))
        if held is not None and held.done_on == done_on:
            return held
        kept, _ = PhaseDone.objects.update_or_create(
            mission=current,
            rank=rank,
            defaults={"done_on": done_on, "marked_by": actor, "marked_at": now},
        )
        told.phase_done(current, rank=rank, label=phase.label, done_on=done_on, actor=actor, now=now)
    return kept


def reopen(mission: Mission, *, rank: int, seen: date | None, actor: User, now: datetime) -> None:
    """Take back that a phase is done, until the company judged it; a phase not done stays so."""
    with working(mission, actor=actor, stages=AT_WORK) as current:
        _, held = _phase(current, rank, seen)
        if held is not None:
            held.delete()
            told.phase_reopened(current, rank=rank, actor=actor, now=now)


def _phase(mission: Mission, rank: int, seen: date | None) -> tuple[PlannedPhase, PhaseDone | None]:
    """Return a phase and its row, if it may still be declared on the page that showed `seen`."""
    phases = phases_of_planning(mission)
    if not 0 <= rank < len(phases):
        raise refused("Cette phase n’est pas du planning de la mission.", field="done_on")
    held = PhaseDone.objects.filter(mission=mission, rank=rank).first()
    if (held.done_on if held else None) != seen:
        raise Stale(CHANGED)
    if mission.satisfactions.filter(phase=phases[rank].code).exists():
        raise refused(
            "L’entreprise s’est déjà prononcée sur cette phase\u00a0: sa date ne change plus.",
            field="done_on",
        )
    return phases[rank], held


def _check_date(mission: Mission, done_on: date, today: date) -> None:
    started, ended = mission.work_started_on, mission.work_ended_on
    if started is None:
        raise refused("Déclarez d’abord le démarrage de la prestation.", field="done_on")
    if done_on > today:
        raise refused("Cette date est à venir.", remedy="Indiquez la date réelle.", field="done_on")
    if done_on < started:
        raise refused(f"La prestation a commencé le {french_date(started)}.", field="done_on")
    if ended is not None and done_on > ended:
        raise refused(f"La prestation s’est achevée le {french_date(ended)}.", field="done_on")
