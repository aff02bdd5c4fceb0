"""What the company says of the mission: its satisfaction at the end of each phase."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from applications.models import Dossier, Mission, Satisfaction
from applications.services import listing
from applications.services.contents import item_labels
from applications.services.locking import lock
from applications.services.mission.phases import phases_of_planning
from applications.services.mission.told import record
from applications.services.settlement import quote_of
from applications.services.standing import standing_of
from applications.workflow.refusals import NotYours, Obstacle, Refused
from applications.workflow.situation import COMPANY
from applications.workflow.states import ENDED, MissionState
from portal.accounts.models import User

# The phase that every mission has: the whole of it, judged at its end.
WHOLE = "mission"


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a mission, and what the company said of it; `given` None while it said nothing.

    `over`: it is done, or the whole work is; its opinion is asked from then on.
    """

    code: str
    label: str
    given: Satisfaction | None = None
    over: bool = False


def phases_of(mission: Mission) -> list[Phase]:
    """Return the phases judged, then the whole (000 §3.5): those of the offer's planning, else the quote's items.

    Without a planning, each item of the mission's quote is a phase when it has several.
    """
    planned = phases_of_planning(mission)
    codes = {phase.code: phase.label for phase in planned} if planned else _items(mission)
    given = {answer.phase: answer for answer in mission.satisfactions.all()}
    ended = mission.work_ended_on is not None
    over = {phase.code for phase in planned if phase.done_on is not None}
    codes[WHOLE] = "La mission dans son ensemble"
    # What was answered under another name stays to be read.
    codes |= {phase: phase for phase in given if phase not in codes}
    return [Phase(code, label, given.get(code), ended or code in over) for code, label in codes.items()]


def _items(mission: Mission) -> dict[str, str]:
    quote = quote_of(mission)
    items = list(dict.fromkeys(line.item for line in quote.lines.all())) if quote else []
    labels = item_labels(mission.dossier.edition)
    return {code: labels.get(code, code) for code in items if len(items) > 1}


def is_asked(mission: Mission) -> bool:
    """True once the work is over: every phase has ended then, and each is asked about."""
    return mission.work_ended_on is not None and is_open(mission)


def is_open(mission: Mission) -> bool:
    """True while an answer may be given or changed: from the start of work until the mission is closed."""
    over = mission.dossier.state in ENDED or mission.state == MissionState.ENDED
    return mission.work_started_on is not None and not over


def unanswered(phases: list[Phase]) -> list[Phase]:
    """Return the phases that are over, of which the company said nothing, not even that it would rather not."""
    return [phase for phase in phases if phase.given is None and phase.over]


def _require_company(dossier: Dossier, actor: User) -> None:
    if not standing_of(actor, dossier) & COMPANY:
        raise NotYours("Seule l’entreprise se prononce ici.")


def give_satisfaction(
    *, dossier: Dossier, actor: User, now: datetime, phase: str, score: int | None, comment: str = ""
) -> Satisfaction:
    """Keep the score of a phase, 1 to 5, or None to decline; a later answer takes the place of the first.

    Raises NotYours to who is not of the company, Refused before the work starts, after the mission is
    closed, or for a phase that the mission has not.
    """
    with transaction.atomic():
        dossier = lock(dossier.pk)
        _require_company(dossier, actor)
        mission = Mission.objects.filter(dossier=dossier, is_current=True).first()
        if mission is None or mission.work_started_on is None:
            raise Refused([Obstacle("no_mission", "La prestation n’a pas encore commencé.")])
        mission.dossier = dossier
        if not is_open(mission):
            raise Refused([Obstacle("mission_closed", "La mission est close : votre avis ne change plus.")])
        if phase not in {known.code for known in phases_of(mission)}:
            raise Refused([Obstacle("phase_unknown", "Cette étape n’est pas de la mission.", field="phase")])
        given, _ = Satisfaction.objects.update_or_create(
            mission=mission,
            phase=phase,
            defaults={
                "score": score,
                "comment": comment.strip() if score is not None else "",
                "given_by": actor,
                "given_at": now,
            },
        )
        record("satisfaction_given", mission, actor=actor, now=now, data={"phase": phase})
        listing.rated(dossier)
        return given
