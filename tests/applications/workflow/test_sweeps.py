"""What the sweeps do: each reminder and each act on its day, once however often they run, outages included."""

from datetime import date, timedelta

import pytest

from applications.models import Deadline, Mission
from applications.services.sweeps import sweep
from portal.notifications import outbox
from portal.notifications.models import Notification, Outbox
from tests.applications.factories import owner_of
from tests.applications.journeys import Journey
from tests.applications.workflow.test_replacement import LINES, replace, working
from tests.applications.workflow.test_request import refused

pytestmark = pytest.mark.django_db


def run(journey: Journey, day: date, times: int = 2) -> list[str]:
    """Run the sweep of a day several times; return the reminders it put in the outbox."""
    journey.now += timedelta(days=(day - journey.today).days)
    seen = set(Outbox.objects.values_list("pk", flat=True))
    for _ in range(times):
        sweep(now=journey.now, today=journey.today)
    journey.dossier.refresh_from_db()
    fresh = Outbox.objects.exclude(pk__in=seen).filter(dedup_key__startswith="remind:")
    return sorted(row.payload["name"] for row in fresh)


def reminded(journey: Journey, *, due_on: date, until: int, start: int) -> dict[int, list[str]]:
    """Run every day from `start` to `until` days around a due date; return what went out on which day."""
    found = {offset: run(journey, due_on + timedelta(days=offset)) for offset in range(start, until + 1)}
    return {offset: names for offset, names in found.items() if names}


def term(journey: Journey) -> date:
    assert journey.dossier.due_on is not None
    return journey.dossier.due_on


def test_a_completion_is_reminded_at_half_and_five_days_before_then_abandoned() -> None:
    journey = Journey().to("incomplete")
    due_on = journey.today + timedelta(days=30)
    found = reminded(journey, due_on=due_on, start=-30, until=0)
    assert found == {-15: ["completion_reminder"], -5: ["completion_reminder"]}
    assert journey.dossier.state == "incomplete"
    run(journey, due_on + timedelta(days=1))
    assert journey.dossier.state == "abandoned"
    assert not reminded(journey, due_on=due_on, start=2, until=40)


def test_a_signature_is_reminded_at_10_20_27_then_the_dossier_lapses() -> None:
    journey = Journey().to("contract_sent")
    due_on = journey.today + timedelta(days=30)
    found = reminded(journey, due_on=due_on, start=-30, until=0)
    assert found == {day - 30: ["signature_reminder"] for day in (10, 20, 27)}
    assert journey.dossier.state == "contract_sent"
    run(journey, due_on + timedelta(days=1))
    assert (journey.dossier.state, journey.dossier.commitment.amount) == ("lapsed", 0)


def test_a_signature_on_the_thirtieth_day_is_in_time() -> None:
    journey = Journey().to("contract_sent").day(30)
    sweep(now=journey.now, today=journey.today)
    journey.to("in_progress")
    assert not Deadline.objects.filter(kind="signature", closed_on=None).exists()


def test_a_term_is_reminded_at_90_30_7_then_a_notice_and_30_days_later_the_lapse() -> None:
    journey = Journey(volet=4).to("in_progress")
    due_on = term(journey)
    found = reminded(journey, due_on=due_on, start=-92, until=0)
    assert found == {day: ["term_reminder"] for day in (-90, -30, -7)}
    assert not journey.dossier.letters.filter(kind="lapse_notice").exists()
    run(journey, due_on + timedelta(days=1), times=3)
    assert journey.dossier.letters.filter(kind="lapse_notice").count() == 1
    run(journey, due_on + timedelta(days=31))
    assert journey.dossier.state == "in_progress"
    run(journey, due_on + timedelta(days=32))
    assert journey.dossier.state == "lapsed"
    assert journey.dossier.letters.filter(kind="lapse").count() == 1
    run(journey, due_on + timedelta(days=33))


def test_an_end_declared_after_the_notice_keeps_the_dossier_from_lapsing() -> None:
    journey = working(Journey(volet=4))
    due_on = term(journey)
    run(journey, due_on + timedelta(days=1))
    journey.day(20)
    journey.act("declare_work_done", journey.expert, work_ended_on=due_on)
    journey.act("declare_work_done", journey.manager, motive="La fin est établie par le compte rendu.")
    run(journey, due_on + timedelta(days=60))
    assert journey.dossier.state == "work_done"


def test_a_report_is_reminded_before_and_after_then_told_to_the_manager_and_never_lapses() -> None:
    journey = Journey().to("work_done")
    due_on = journey.mission.report_due_on
    assert due_on is not None
    found = reminded(journey, due_on=due_on, start=-10, until=40)
    late = ["report_late"]
    assert found == {-3: ["report_reminder"], 1: late, 10: late, 30: late, 31: ["report_overdue"]}
    assert journey.dossier.state == "work_done"


def test_silence_on_the_restitution_is_told_on_the_tenth_day() -> None:
    journey = Journey().to("closure_submitted")
    found = reminded(journey, due_on=journey.today, start=0, until=15)
    assert found == {10: ["restitution_silence"]}


def test_sixty_days_without_correction_are_told_to_the_manager() -> None:
    journey = Journey().to("closure_incomplete")
    found = reminded(journey, due_on=journey.today, start=0, until=62)
    assert found == {60: ["corrections_silence"]}
    assert journey.dossier.state == "closure_incomplete"


def test_after_26_hours_without_beat_the_day_is_caught_up() -> None:
    journey = Journey().to("contract_sent")
    day = journey.today + timedelta(days=11)
    assert run(journey, day) == ["signature_reminder"]
    assert run(journey, day + timedelta(days=1)) == []


def test_after_40_days_without_beat_only_the_latest_step_is_done() -> None:
    journey = Journey(volet=4).to("in_progress")
    due_on = term(journey)
    assert run(journey, due_on - timedelta(days=25)) == ["term_reminder"]
    # The outage spans the reminder of the seventh day and the term: only the notice goes out.
    assert run(journey, due_on + timedelta(days=15)) == []
    lapse = Deadline.objects.get(kind="lapse")
    assert lapse.due_on == journey.today + timedelta(days=30)


def test_one_dossier_that_fails_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = Journey().to("contract_sent"), Journey().to("contract_sent")
    Deadline.objects.filter(dossier=first.dossier).update(kind="corrections")
    monkeypatch.setattr("applications.services.sweeps.announcements.remind", _raise)
    second.day(31)
    sweep(now=second.now, today=second.today)
    second.dossier.refresh_from_db()
    assert second.dossier.state == "lapsed"
    assert "could not be worked" in caplog.text


def _raise(*_: object, **__: object) -> None:
    raise RuntimeError


def deliver(journey: Journey) -> None:
    """Work the announcements of the outbox; the letters' PDF are another test's business."""
    Outbox.objects.exclude(kind="announce").delete()
    outbox.drain(journey.now)


def test_a_term_reminds_company_expert_and_officer_once() -> None:
    journey = Journey(volet=4).to("in_progress")
    run(journey, term(journey) - timedelta(days=30), times=3)
    for _ in range(2):
        deliver(journey)
    for person in (journey.owner, journey.expert, journey.officer):
        assert Notification.objects.filter(recipient=person, kind="term_reminder").count() == 1


def test_a_reminder_of_a_term_met_meanwhile_reaches_nobody() -> None:
    journey = Journey().to("contract_sent")
    run(journey, journey.today + timedelta(days=10))
    journey.to("in_progress")
    deliver(journey)
    assert not Notification.objects.filter(kind="signature_reminder").exists()


def test_the_end_of_a_dossier_leaves_the_replaced_experts_terms_running() -> None:
    journey = working(Journey())
    first: Mission = replace(journey, LINES)
    journey.act("declare_work_done", owner_of(first.firm), mission=first, work_ended_on=journey.today)
    journey.to("cancelled")
    assert list(Deadline.objects.filter(closed_on=None).values_list("kind", "mission")) == [
        ("report", first.pk)
    ]


def test_the_sweep_refuses_what_is_not_due() -> None:
    journey = Journey().to("contract_sent").day(30)
    assert refused(journey, "unsigned", None) == {"not_due"}
