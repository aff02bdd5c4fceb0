"""Who is told of an act: both firms where the expert changes, the first person of a pending act that is dropped."""

import pytest

from applications.models import Message, Mission, MissionReport, PendingApproval
from applications.services.announcements import may_be_told
from applications.services.transitions import drop_pending
from portal.notifications import outbox
from portal.notifications.models import Notification
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey

pytestmark = pytest.mark.django_db
LINES = [{"item": "qms_support", "amount": "20000.00"}]


def told(journey: Journey, kind: str) -> dict[int, str]:
    """Return the address sent to each person told of an act."""
    outbox.drain(journey.now)
    return dict(Notification.objects.filter(kind=kind).values_list("recipient", "url"))


@pytest.mark.parametrize("state", ["under_review", "in_progress"])
def test_both_firms_are_told_of_a_replacement(state: str) -> None:
    journey, firm = Journey().to(state), f.ExpertFirmFactory()
    first = journey.mission
    journey.act("replace_expert", journey.manager, firm=firm, lines=LINES, motive=MOTIVE)
    new = Mission.objects.get(dossier=journey.dossier, firm=firm)
    found = told(journey, "replace_expert")
    assert found[journey.expert.pk] == f"/expert/missions/{first.pk}/"
    assert found[f.owner_of(firm).pk] == f"/expert/missions/{new.pk}/"


def test_both_firms_are_told_when_the_amendment_applies_or_is_dropped() -> None:
    journey = Journey().to("in_progress")
    for act, signed in (("drop_amendment", False), ("amend_applied", True)):
        firm = f.ExpertFirmFactory()
        journey.act("replace_expert", journey.manager, firm=firm, lines=LINES, motive=MOTIVE)
        new = f.owner_of(firm)
        if signed:
            mission = Mission.objects.get(dossier=journey.dossier, firm=firm)
            journey.act("declare_conflict", new, mission=mission, conflict_free=True)
            journey.act("amend", new, agreed=True)
            journey.act("amend", journey.owner, code=journey.code(), reauthenticated=True)
        else:
            journey.act("drop_amendment", journey.manager, motive=MOTIVE)
        assert {journey.expert.pk, new.pk} <= told(journey, act).keys()


def test_a_firm_that_ended_long_ago_is_not_told() -> None:
    journey, firm = Journey().to("under_review"), f.ExpertFirmFactory()
    journey.act("replace_expert", journey.manager, firm=firm, lines=LINES, motive=MOTIVE)
    outbox.drain(journey.now)
    Notification.objects.all().delete()
    journey.day(3).act(
        "replace_expert", journey.manager, firm=f.ExpertFirmFactory(), lines=LINES, motive=MOTIVE
    )
    found = told(journey, "replace_expert")
    assert journey.expert.pk not in found
    assert f.owner_of(firm).pk in found


def test_the_expert_of_a_refused_request_is_told_once_that_it_is_judged_anew() -> None:
    journey = Journey().to("rejected")
    outbox.drain(journey.now)
    journey.day().act("request_review", journey.owner, motive=MOTIVE)
    assert told(journey, "request_review")[journey.expert.pk] == f"/expert/missions/{journey.mission.pk}/"
    notice = Notification.objects.get(kind="request_review", recipient=journey.expert)
    assert (notice.family, "réexamine" in notice.body) == ("progress", True)
    assert MOTIVE not in notice.body
    outbox.drain(journey.now)
    assert Notification.objects.filter(kind="request_review", recipient=journey.expert).count() == 1


def ended_late() -> Journey:
    """Return a journey whose expert declared his end after the term: it waits for a manager."""
    journey = Journey().to("in_progress")
    journey.file_service_contract()
    journey.act("start_work", journey.expert, work_started_on=journey.today)
    ended_on = journey.day(10).today
    journey.day((journey.dossier.due_on - journey.today).days + 5)
    journey.act("declare_work_done", journey.expert, work_ended_on=ended_on)
    return journey


def test_the_expert_is_told_that_his_late_end_is_not_accepted() -> None:
    journey = ended_late()
    drop_pending(PendingApproval.objects.get(), actor=journey.manager, now=journey.now)
    assert journey.expert.pk in told(journey, "declare_work_done_dropped")


def test_the_expert_is_told_once_that_another_act_voided_his_late_end() -> None:
    journey = ended_late()
    journey.act("request_cancellation", journey.owner, motive=MOTIVE)
    assert PendingApproval.objects.get().status == "void"
    journey.act("reassign", journey.manager, officer=f.OfficerFactory(), motive=MOTIVE)
    assert journey.expert.pk in told(journey, "declare_work_done_dropped")


def test_a_message_or_a_report_is_told_only_to_whoever_may_open_its_dossier() -> None:
    journey = Journey().to("in_progress")
    message = Message.objects.create(
        dossier=journey.dossier, author=journey.officer, body="Bonjour.", sent_at=journey.now
    )
    report = MissionReport.objects.create(
        mission=journey.mission,
        kind="delay",
        happened_on=journey.today,
        text="Deux semaines de retard.",
        filed_by=journey.expert,
        filed_at=journey.now,
    )
    stranger = f.owner_of(f.CompanyFactory())
    for reference in (f"message:{message.pk}", f"report:{report.pk}", f"{journey.dossier.chain}:1"):
        assert may_be_told(journey.owner, event_ref=reference)
        assert not may_be_told(stranger, event_ref=reference)
    assert not may_be_told(journey.owner, event_ref="message:0")
