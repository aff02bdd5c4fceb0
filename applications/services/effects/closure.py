"""Effects of the closure: documents sent, restitution, corrections, holds."""

from __future__ import annotations

from datetime import timedelta

from applications.models import Deadline, Hold, Letter
from applications.services import closure_checks, closure_corrections, contents
from applications.services.deadlines import close_deadlines, open_deadline
from applications.services.effects.base import Effect
from applications.services.effects.money import settle_commitment, tell_hold
from applications.services.kept_facts import tell, tell_pieces
from applications.services.payments import assignments, certificate
from applications.workflow.policy import policy
from applications.workflow.situation import Situation
from applications.workflow.states import FREED, MissionState
from experts.services import last_account_change


def submit_closure(situation: Situation) -> Effect:
    """Date the closure; work, quote or invoice dated before the contract put the mission on hold."""
    mission, today = situation.the_mission, situation.today
    mission.report_given_on = situation.inputs["report_given_on"]
    mission.closure_submitted_on = today
    close_deadlines(
        situation.dossier, Deadline.Kind.REPORT, Deadline.Kind.CORRECTIONS, today=today, mission=mission
    )
    if mission.restitution_on is None:
        close_deadlines(situation.dossier, Deadline.Kind.RESTITUTION, today=today, mission=mission)
        open_deadline(
            situation.dossier,
            kind=Deadline.Kind.RESTITUTION,
            due_on=today + timedelta(days=policy().restitution_days),
            today=today,
            mission=mission,
        )
    tell_pieces(situation.dossier, mission.documents.select_related("document"))
    early = closure_checks.early_things(mission)
    _hold_early(situation, early)
    return Effect(data={"report_given_on": str(mission.report_given_on), "early": len(early)})


def _hold_early(situation: Situation, early: list[closure_checks.Early]) -> None:
    """Hold what is dated too early, but for what a manager accepted once, at the same date."""
    holds = situation.the_mission.holds.filter(reason=Hold.Reason.STARTED_EARLY)
    known = {mark for hold in holds for mark in hold.early}
    fresh = [found for found in early if found.mark not in known]
    if not fresh:
        return
    motive = "Daté avant la signature du contrat : " + ", ".join(found.label for found in fresh) + "."
    standing = holds.filter(lifted_at__isnull=True).first()
    if standing is None:
        standing = _hold(situation, Hold.Reason.STARTED_EARLY, motive)
    else:
        standing.motive = f"{standing.motive} {motive}"
    standing.early = [*standing.early, *(found.mark for found in fresh)]
    standing.save(update_fields=["motive", "early"])


def _hold(situation: Situation, reason: str, motive: str) -> Hold:
    """Set a hold and return it, or the one that a person set before for the same reason."""
    mission = situation.the_mission
    standing = mission.holds.filter(reason=reason, lifted_at__isnull=True).first()
    if standing is not None:
        return standing
    hold = Hold.objects.create(
        mission=mission,
        reason=reason,
        motive=motive,
        owner=situation.dossier.officer,
        set_at=situation.now,
    )
    tell_hold(situation.dossier, hold)
    return hold


def confirm_restitution(situation: Situation) -> Effect:
    """Keep the date of the restitution, confirmed by the company; a contest is over."""
    mission = situation.the_mission
    mission.restitution_on = situation.inputs["restitution_on"]
    mission.restitution_confirmed_at = situation.now
    mission.restitution_confirmed_by = situation.actor
    _end_contest(situation, "L’entreprise a confirmé la restitution.")
    return Effect(data={"on": str(mission.restitution_on)})


def settle_restitution(situation: Situation) -> Effect:
    """Keep the date of the restitution, settled by the officer on evidence."""
    mission = situation.the_mission
    mission.restitution_on = situation.inputs["restitution_on"]
    mission.restitution_confirmed_at = situation.now
    mission.restitution_confirmed_by = situation.actor
    mission.restitution_evidence = situation.text("evidence")
    _end_contest(situation, situation.text("evidence"))
    return Effect(data={"on": str(mission.restitution_on)}, motive=situation.text("evidence"))


def _end_contest(situation: Situation, motive: str) -> None:
    mission = situation.the_mission
    close_deadlines(situation.dossier, Deadline.Kind.RESTITUTION, today=situation.today, mission=mission)
    mission.holds.filter(reason=Hold.Reason.RESTITUTION, lifted_at__isnull=True).update(
        lifted_at=situation.now, lifted_by=situation.actor, lifting_motive=motive
    )
    tell(situation.dossier, "holds_lifted", reason=Hold.Reason.RESTITUTION, mission=mission.pk)


def contest_restitution(situation: Situation) -> Effect:
    """Put the mission on hold: the company says that the restitution did not take place."""
    situation.the_mission.restitution_contested_at = situation.now
    _hold(situation, Hold.Reason.RESTITUTION, situation.text("motive"))
    return Effect(motive=situation.text("motive"))


def request_corrections(situation: Situation) -> Effect:
    """Send the closure back, by document and field."""
    dossier, mission, today = situation.dossier, situation.the_mission, situation.today
    mission.corrections = closure_corrections.asked(mission, situation.inputs["items"])
    certificate.void(mission, now=situation.now)
    due_on = today + timedelta(days=policy().corrections_days)
    open_deadline(
        dossier,
        kind=Deadline.Kind.CORRECTIONS,
        due_on=due_on,
        today=today,
        mission=mission,
    )
    close_deadlines(dossier, Deadline.Kind.RESTITUTION, today=today, mission=mission)
    letter = contents.corrections(dossier, mission, situation.text("message"), due_on, today)
    return Effect(
        data={"items": len(mission.corrections)},
        motive=situation.text("message"),
        letters=[(Letter.Kind.CORRECTIONS, letter)],
    )


def refuse_closure(situation: Situation) -> Effect:
    """End the mission without payment; the money returns to the envelope."""
    dossier, mission = situation.dossier, situation.the_mission
    mission.state = MissionState.ENDED
    close_deadlines(dossier, today=situation.today, mission=mission)
    if mission.is_current:
        dossier.ended_on = situation.today
    mission.save()
    settle_commitment(dossier, ending=mission.is_current)
    return Effect(motive=situation.text("motive"))


def end_mission(situation: Situation) -> Effect:
    """End a replaced expert's mission without payment; nothing more is kept for it."""
    mission = situation.the_mission
    mission.state = MissionState.ENDED
    mission.save()
    close_deadlines(situation.dossier, today=situation.today, mission=mission)
    settle_commitment(situation.dossier, ending=situation.dossier.state in FREED)
    return Effect(motive=situation.text("motive"))


def set_hold(situation: Situation) -> Effect:
    """Put the mission on hold."""
    hold = Hold.objects.create(
        mission=situation.the_mission,
        reason=situation.text("reason"),
        motive=situation.text("motive"),
        owner=situation.actor,
        set_at=situation.now,
        **assignments.fields_of(situation),
    )
    tell_hold(situation.dossier, hold)
    return Effect(data={"hold": hold.pk, "reason": hold.reason}, motive=hold.motive)


def lift_hold(situation: Situation) -> Effect:
    """Lift one hold."""
    hold = situation.the_mission.holds.get(pk=situation.inputs["hold"])
    hold.lifted_at, hold.lifted_by = situation.now, situation.actor
    hold.lifting_motive = situation.text("motive")
    hold.save()
    tell(situation.dossier, "hold_lifted", id=hold.pk)
    if hold.reason == Hold.Reason.IBAN:
        _accept_account(situation, hold)
    return Effect(data={"hold": hold.pk, "reason": hold.reason}, motive=hold.lifting_motive)


def _accept_account(situation: Situation, hold: Hold) -> None:
    """Take the firm's present account for the approved one, where the hold was set after its last change."""
    mission = situation.the_mission
    if not mission.approved_account or mission.account_is_approved:
        return
    changed_at = last_account_change(mission.firm)
    if changed_at is None or changed_at <= hold.set_at:
        mission.approved_account = mission.account_fingerprint
