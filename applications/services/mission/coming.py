"""What comes next in a mission, and whose move it is: one list for the firm and the company, in each one's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from applications.models import Amendment, Minutes, MinutesVersion, Mission
from applications.services.deadlines import corrections_due_on
from applications.services.expert_sight import is_over
from applications.services.feedback import Phase
from applications.services.mission.phases import PlannedPhase
from applications.services.mission.reading import Row
from applications.services.mission_work import stage_of
from applications.workflow.states import State
from portal.display import french_date

Side = Minutes.Side
BPIFRANCE, TOGETHER = "bpifrance", "together"
OF_BPIFRANCE = {
    State.SUBMITTED: "Décider de la demande",
    State.UNDER_REVIEW: "Décider de la demande",
    State.APPROVED: "Préparer et envoyer le contrat",
    State.CLOSURE_SUBMITTED: "Contrôler la clôture",
    State.PAYMENT_APPROVED: "Payer sa quote-part",
}
RESTITUTED = frozenset({State.WORK_DONE, State.CLOSURE_SUBMITTED, State.CLOSURE_INCOMPLETE})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to come: who does it, what, and by when where a date is known."""

    who: str
    what: str
    on: date | None = None
    late: bool = False
    yours: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """What the next steps are read from; each part was read by the page."""

    mission: Mission
    side: str
    today: date
    amendment: Amendment | None = None
    planned: list[PlannedPhase] = field(default_factory=list)
    judged: list[Phase] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    has_service_contract: bool = False


def steps_of(room: Room) -> list[Step]:
    """Return what comes next, what waits already before what has a date to come; [] once nothing does."""
    if is_over(room.mission):
        return []
    found = [
        Step(_named(room, side), what, on, bool(on and on < room.today), side == room.side)
        for side, what, on in _moves(room)
    ]
    return sorted(found, key=lambda step: (step.on is not None, step.on or room.today))


Move = tuple[str, str, date | None]


def _named(room: Room, side: str) -> str:
    if side == room.side:
        return "Vous"
    return {
        BPIFRANCE: "Bpifrance",
        TOGETHER: "Ensemble",
        Side.EXPERT: room.mission.firm.name,
        Side.COMPANY: "L’entreprise",
    }[side]


def _moves(room: Room) -> Iterator[Move]:
    stage = stage_of(room.mission)
    if stage in OF_BPIFRANCE:
        yield BPIFRANCE, OF_BPIFRANCE[State(stage)], None
    yield from _before_work(room, stage)
    yield from _signatures(room)
    yield from _minutes(room)
    if stage == State.IN_PROGRESS and room.mission.work_started_on is not None:
        yield from _at_work(room)
    yield from _opinions(room)
    yield from _closing(room, stage)


def _before_work(room: Room, stage: str) -> Iterator[Move]:
    mission = room.mission
    if stage == State.INCOMPLETE:
        yield Side.COMPANY, "Compléter la demande", None
    if mission.conflict_declared_at is None and mission.work_started_on is None:
        yield Side.EXPERT, "Déclarer les intérêts du cabinet", None
    if stage == State.CONTRACT_SENT:
        yield Side.COMPANY, "Signer le contrat avec Bpifrance", None
    if stage not in {State.APPROVED, State.CONTRACT_SENT, State.IN_PROGRESS}:
        return
    if not room.has_service_contract:
        yield Side.EXPERT, "Déposer le contrat de prestation signé", None
    if stage == State.IN_PROGRESS and mission.work_started_on is None:
        yield Side.EXPERT, "Déclarer le démarrage", None


def _signatures(room: Room) -> Iterator[Move]:
    amendment = room.amendment
    if amendment is None or amendment.status != Amendment.Status.OPEN:
        return
    if amendment.expert_signed_at is None:
        yield Side.EXPERT, f"Signer l’avenant n°\u00a0{amendment.rank}", None
    if amendment.company_signed_at is None:
        yield Side.COMPANY, f"Signer l’avenant n°\u00a0{amendment.rank}", None


def _minutes(room: Room) -> Iterator[Move]:
    for row in room.rows:
        version = row.version
        day = f" du {french_date(version.met_on)}" if version.met_on else ""
        if version.state == MinutesVersion.State.PROPOSED:
            yield row.awaited, f"Approuver le compte rendu{day}", None
        elif version.state == MinutesVersion.State.CORRECTION:
            yield row.awaited, f"Corriger le compte rendu{day}", None
        elif version.state == MinutesVersion.State.DRAFT:
            yield row.awaited, f"Proposer le compte rendu{day}, en brouillon", None
    approved = [row.version for row in room.rows if row.version.state == MinutesVersion.State.APPROVED]
    # Of the last meeting on record only, as in the calendar.
    meets_on = approved[0].next_meeting_on if approved else None
    if meets_on is not None and meets_on >= room.today:
        yield TOGETHER, "Se réunir", meets_on


def _at_work(room: Room) -> Iterator[Move]:
    phase = next((one for one in room.planned if one.done_on is None), None)
    if phase is not None:
        yield Side.EXPERT, f"Terminer la phase «\u00a0{phase.label}\u00a0»", phase.planned_on
    yield Side.EXPERT, "Déclarer la fin de la prestation", room.mission.dossier.due_on


def _opinions(room: Room) -> Iterator[Move]:
    if room.side != Side.COMPANY:
        return
    for phase in room.judged:
        if phase.over and phase.given is None:
            yield Side.COMPANY, f"Donner votre avis\u00a0: {phase.label}", None


def _closing(room: Room, stage: str) -> Iterator[Move]:
    mission = room.mission
    if stage == State.WORK_DONE:
        yield Side.EXPERT, "Remettre le rapport et envoyer la clôture", mission.report_due_on
    if stage == State.CLOSURE_INCOMPLETE:
        yield Side.EXPERT, "Corriger la clôture", corrections_due_on(mission)
    if stage in RESTITUTED and mission.restitution_on is None and mission.restitution_contested_at is None:
        yield Side.COMPANY, "Confirmer la restitution", None
