"""Effects of the ends that are no success: withdrawal, abandonment, lapse, cancellation."""

from __future__ import annotations

from decimal import Decimal

from applications.models import Amendment, Commitment, Deadline, Letter
from applications.services import contents
from applications.services.assistance.ending import close_for
from applications.services.deadlines import close_deadlines
from applications.services.effects.base import Effect
from applications.services.effects.money import settle_commitment
from applications.services.filing_drafts import forget
from applications.services.kept_facts import tell
from applications.workflow.situation import Situation
from applications.workflow.states import MissionState

_OF_DOSSIER = (Deadline.Kind.COMPLETION, Deadline.Kind.SIGNATURE, Deadline.Kind.TERM, Deadline.Kind.LAPSE)


def _end(situation: Situation) -> None:
    """Free the volet, forget the draft's notes, stop the clocks, return money that no mission can claim now."""
    dossier, mission = situation.dossier, situation.mission
    dossier.ended_on = situation.today
    forget(dossier)
    close_deadlines(dossier, *_OF_DOSSIER, today=situation.today)
    open_amendments = Amendment.objects.filter(dossier=dossier, status=Amendment.Status.OPEN)
    # The mission of a new expert that waited for the amendment never begins.
    dossier.missions.filter(pk__in=open_amendments.values("mission")).update(state=MissionState.ENDED)
    open_amendments.update(status=Amendment.Status.DROPPED)
    tell(dossier, "waiting_mission_ended")
    if mission is None:
        return
    mission.state = MissionState.ENDED
    mission.save()
    # A replaced expert's own terms go on: it still has to close and be paid.
    close_deadlines(dossier, today=situation.today, mission=mission)
    if dossier.missions.exclude(state=MissionState.ENDED).exists():
        settle_commitment(dossier, ending=True)
    else:
        Commitment.objects.filter(dossier=dossier).update(amount=Decimal(0))


def withdraw(situation: Situation) -> Effect:
    """End the request at the owner's wish."""
    close_for(situation.dossier, end="withdrawn", actor=situation.actor, now=situation.now)
    _end(situation)
    return Effect(motive=situation.text("motive"))


def abandon(situation: Situation) -> Effect:
    """End a request whose completion never came."""
    situation.dossier.completion_requests.filter(answered_at__isnull=True).update(answered_at=situation.now)
    _end(situation)
    return Effect()


def unsigned(situation: Situation) -> Effect:
    """End a dossier whose contract was not signed in time."""
    _end(situation)
    letter = contents.lapse(situation.dossier, situation.today)
    return Effect(letters=[(Letter.Kind.LAPSE, letter)])


def lapse(situation: Situation) -> Effect:
    """End a dossier whose work was not done within its term, after notice."""
    _end(situation)
    letter = contents.lapse(situation.dossier, situation.today)
    return Effect(letters=[(Letter.Kind.LAPSE, letter)])


def request_cancellation(situation: Situation) -> Effect:
    """Keep the company's wish; a manager decides."""
    situation.dossier.cancellation_requested_at = situation.now
    return Effect(motive=situation.text("motive"))


def decline_cancellation(situation: Situation) -> Effect:
    """Answer the company that its dossier goes on; it may ask again."""
    situation.dossier.cancellation_requested_at = None
    return Effect(motive=situation.text("motive"))


def cancel(situation: Situation) -> Effect:
    """End the dossier by a manager's decision; nothing is due but to a replaced expert."""
    _end(situation)
    letter = contents.cancellation(situation.dossier, situation.text("motive"), situation.today)
    return Effect(motive=situation.text("motive"), letters=[(Letter.Kind.CANCELLATION, letter)])
