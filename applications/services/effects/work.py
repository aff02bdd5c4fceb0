"""Effects of the work: its start, its end, the notice after the term, the reopening of a lapse."""

from __future__ import annotations

from datetime import date, timedelta

from applications.models import Deadline, Letter
from applications.services import contents
from applications.services.deadlines import close_deadlines, open_deadline
from applications.services.effects.base import Effect
from applications.services.effects.review import commit_share
from applications.workflow.policy import policy
from applications.workflow.situation import Situation
from tariffs.catalogue import get_edition


def start_work(situation: Situation) -> Effect:
    """Date the start of the work."""
    mission = situation.the_mission
    mission.work_started_on = situation.inputs["work_started_on"]
    if mission.is_current:
        situation.dossier.work_started_on = mission.work_started_on
    return Effect(data={"on": str(mission.work_started_on)})


def declare_work_done(situation: Situation) -> Effect:
    """Date the end of the work: the term is met, the ten days of the report begin."""
    _end_work(situation, situation.inputs["work_ended_on"])
    return Effect(
        data={
            "on": str(situation.the_mission.work_ended_on),
            "report_due_on": str(situation.the_mission.report_due_on),
        }
    )


def _end_work(situation: Situation, ended_on: date) -> None:
    dossier, mission = situation.dossier, situation.the_mission
    mission.work_ended_on = ended_on
    report_days = get_edition(dossier.edition).term.report_days
    mission.report_due_on = ended_on + timedelta(days=report_days)
    if mission.is_current:
        dossier.work_ended_on, dossier.report_due_on = ended_on, mission.report_due_on
        close_deadlines(dossier, Deadline.Kind.TERM, Deadline.Kind.LAPSE, today=situation.today)
    open_deadline(
        dossier,
        kind=Deadline.Kind.REPORT,
        due_on=mission.report_due_on,
        today=situation.today,
        mission=mission,
    )


def give_notice(situation: Situation) -> Effect:
    """Warn that the dossier lapses in thirty days unless the work ended within its term."""
    dossier = situation.dossier
    lapse_on = situation.today + timedelta(days=policy().lapse_notice_days)
    close_deadlines(dossier, Deadline.Kind.TERM, today=situation.today)
    open_deadline(dossier, kind=Deadline.Kind.LAPSE, due_on=lapse_on, today=situation.today)
    return Effect(
        data={"lapse_on": str(lapse_on)},
        letters=[(Letter.Kind.LAPSE_NOTICE, contents.lapse_notice(dossier, lapse_on, situation.today))],
    )


def reopen(situation: Situation) -> Effect:
    """Bring a lapsed dossier back to its closure: the work had ended within the term."""
    dossier, mission = situation.dossier, situation.the_mission
    mission.work_started_on = situation.inputs["work_started_on"]
    dossier.work_started_on = mission.work_started_on
    dossier.ended_on = None
    _end_work(situation, situation.inputs["work_ended_on"])
    # The lapse gave the money back: it must still be there.
    commit_share(situation)
    return Effect(data={"on": str(mission.work_ended_on)}, motive=situation.text("motive"))
