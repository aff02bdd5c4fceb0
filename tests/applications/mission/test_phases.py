"""Phases: from the planning of the accepted offer, declared done by the expert, judged by the company."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from applications.models import Mission, Offer, PhaseDone
from applications.services import feedback
from applications.services.mission import phases
from applications.services.mission.phases import phases_of_planning
from applications.services.offers.planning import Phase
from applications.workflow.refusals import NotYours, Refused, Stale, WrongState
from portal.audit.models import Event
from portal.notifications import outbox
from portal.notifications.models import Notification
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.mission.conftest import Start, browser, page, planned, started, words
from tests.applications.pilotage.test_links import behind, links

pytestmark = pytest.mark.django_db


@pytest.fixture
def journey(at: Start) -> Journey:
    """Return a mission at work whose offer has two phases, four and twelve weeks after the signature."""
    made = started(at())
    planned(made)
    return made


def mark(made: Journey, rank: int = 0, *, seen: date | None = None, **more: object) -> PhaseDone:
    given = {"done_on": made.today, "actor": made.expert, **more}
    return phases.mark_done(made.mission, rank=rank, seen=seen, now=made.now, **given)


# --- Where they come from ------------------------------------------------------------------------
def test_weeks_are_counted_from_the_signature(journey: Journey) -> None:
    found = phases_of_planning(journey.mission)
    assert [one.label for one in found] == ["Audit à blanc", "Procédures"]
    assert [one.planned_on for one in found] == [
        journey.dossier.signed_on + timedelta(weeks=4),
        journey.dossier.signed_on + timedelta(weeks=12),
    ]


def test_a_date_stands_as_it_is_and_weeks_wait_for_the_contract() -> None:
    assert phases.planned_end(Phase("A", date(2026, 5, 4)), None) == date(2026, 5, 4)
    assert phases.planned_end(Phase("A", None, 4), None) is None


def test_a_quote_typed_by_hand_has_the_phases_it_had(at: Start) -> None:
    made = started(at())
    assert phases_of_planning(made.mission) == []
    codes = [one.code for one in feedback.phases_of(made.mission)]
    assert codes == ["qms_support", "qms_training", feedback.WHOLE]
    assert "Fin prévue" not in page(made, made.expert)


def test_an_offer_whose_lines_the_company_left_is_not_followed(journey: Journey) -> None:
    Offer.objects.update(quote=None)
    assert phases_of_planning(journey.mission) == []


def test_another_firms_offer_is_not_the_planning_of_who_takes_over(journey: Journey) -> None:
    Mission.objects.update(firm=f.ExpertFirmFactory())
    assert phases_of_planning(journey.mission) == []


# --- Declared ------------------------------------------------------------------------------------
def test_the_expert_declares_and_the_company_is_told_once(journey: Journey) -> None:
    journey.day(20)
    for _twice in range(2):
        mark(journey, seen=PhaseDone.objects.values_list("done_on", flat=True).first())
        outbox.drain(journey.now)
    assert PhaseDone.objects.get().done_on == journey.today
    told = Notification.objects.filter(kind="phase_done")
    assert [one.recipient for one in told] == [journey.owner]
    assert Event.objects.filter(name="phase_done").count() == 1


@pytest.mark.parametrize("days", [-1, 11])
def test_a_phase_ends_between_the_start_and_today(journey: Journey, days: int) -> None:
    day = journey.today + timedelta(days=days)
    journey.day(10)
    with pytest.raises(Refused):
        mark(journey, done_on=day)


def test_no_phase_ends_before_the_work_starts(at: Start) -> None:
    made = at()
    planned(made)
    with pytest.raises(Refused, match="démarrage"):
        mark(made)


def test_only_the_missions_firm_declares(journey: Journey) -> None:
    for person in (journey.owner, journey.officer, f.owner_of(f.ExpertFirmFactory())):
        with pytest.raises(NotYours):
            mark(journey, actor=person)


def test_a_phase_of_no_planning_is_refused(journey: Journey) -> None:
    with pytest.raises(Refused, match="planning"):
        mark(journey, rank=2)


def test_none_is_declared_once_the_closure_is_sent(journey: Journey) -> None:
    journey.to("closure_submitted")
    with pytest.raises(WrongState):
        mark(journey)


def test_a_page_older_than_a_colleagues_act_changes_nothing(journey: Journey) -> None:
    mark(journey)
    with pytest.raises(Stale):
        mark(journey, done_on=journey.today - timedelta(days=0), seen=None)
    answer = browser(journey.expert).post(
        reverse("phase_done", args=[journey.mission.pk, 0]),
        {"done_on": journey.today.isoformat(), "seen": ""},
    )
    assert answer.status_code == 409
    assert "par un collègue" in words(answer)


def test_a_phase_declared_by_mistake_is_taken_back_until_it_is_judged(journey: Journey) -> None:
    mark(journey)
    phases.reopen(journey.mission, rank=0, seen=journey.today, actor=journey.expert, now=journey.now)
    assert not PhaseDone.objects.exists()
    mark(journey)
    judge(journey, "phase-1")
    with pytest.raises(Refused, match="déjà prononcée"):
        phases.reopen(journey.mission, rank=0, seen=journey.today, actor=journey.expert, now=journey.now)


# --- Judged --------------------------------------------------------------------------------------
def judge(journey: Journey, phase: str, score: int | None = 4) -> object:
    return feedback.give_satisfaction(
        dossier=journey.dossier, actor=journey.owner, now=journey.now, phase=phase, score=score
    )


def test_the_opinion_is_asked_phase_by_phase(journey: Journey) -> None:
    assert "Donnez votre avis" not in page(journey, journey.owner)
    mark(journey)
    told = feedback.phases_of(journey.mission)
    assert [(one.code, one.over) for one in told] == [
        ("phase-1", True),
        ("phase-2", False),
        (feedback.WHOLE, False),
    ]
    assert "Donnez votre avis" in page(journey, journey.owner)
    judge(journey, "phase-1")
    shown = page(journey, journey.owner)
    assert "Donnez votre avis" not in shown
    assert "votre avis : 4 sur 5" in shown


def test_every_phase_is_asked_about_once_the_work_is_over(journey: Journey) -> None:
    journey.to("work_done")
    assert [one.code for one in feedback.unanswered(feedback.phases_of(journey.mission))] == [
        "phase-1",
        "phase-2",
        feedback.WHOLE,
    ]


def test_an_item_of_the_quote_is_no_phase_beside_a_planning(journey: Journey) -> None:
    with pytest.raises(Refused):
        judge(journey, "qms_support")


def test_the_figure_of_a_planned_phase_opens_the_dossiers_that_judged_it_so(journey: Journey) -> None:
    mark(journey)
    judge(journey, "phase-1")
    officer = f.OfficerFactory()
    opinions = [(where, n) for where, n, _ in links(officer, du="2020-01") if "&avis=phase-1" in where]
    assert {where.partition("&avis=")[2] for where, _ in opinions} == {"phase-1", "phase-1%3A4"}
    for where, n in opinions:
        assert behind(officer, where) == n == 1, where
    assert behind(officer, "vue=all&avis=phase-1%3A2") == 0
    assert "Phase 1 du planning" in words(browser(officer).get(reverse("pilotage"), {"du": "2020-01"}))


def test_the_whole_is_still_asked_on_the_home_page_after_a_phase_was_judged(journey: Journey) -> None:
    mark(journey)
    judge(journey, "phase-1")
    journey.to("work_done")
    journey.act("confirm_restitution", journey.owner, restitution_on=journey.today)
    home = words(browser(journey.owner).get(reverse("company_home")))
    assert "Donner votre avis sur la prestation" in home


# --- Shown ---------------------------------------------------------------------------------------
def test_both_sides_and_the_officer_see_the_progress(journey: Journey) -> None:
    mark(journey)
    for person in (journey.expert, journey.owner):
        shown = page(journey, person)
        assert "1 sur 2 terminée" in shown
        assert "Audit à blanc" in shown
    desk = words(browser(journey.officer).get(reverse("officer_dossier", args=[journey.dossier.pk])))
    assert "1 sur 2 terminée" in desk
    assert "Phase déclarée terminée" in desk


def test_only_the_expert_has_the_button(journey: Journey) -> None:
    assert "Déclarer la phase terminée" in page(journey, journey.expert)
    assert "Déclarer la phase terminée" not in page(journey, journey.owner)


def test_a_phase_past_its_day_is_late(journey: Journey) -> None:
    assert "En retard" not in page(journey, journey.owner)
    journey.day(29)
    assert "En retard" in page(journey, journey.owner)


def test_both_are_warned_of_a_planning_past_the_term(at: Start) -> None:
    made = started(at())
    term = made.dossier.due_on
    planned(made, [{"label": "Rapport", "until": (term + timedelta(days=1)).isoformat(), "weeks": None}])
    for person in (made.expert, made.owner):
        assert "Le planning dépasse le terme" in page(made, person)
    Offer.objects.update(planning=[{"label": "Rapport", "until": term.isoformat(), "weeks": None}])
    for person in (made.expert, made.owner):
        assert "Le planning dépasse le terme" not in page(made, person)


def test_what_was_typed_in_a_refused_end_stays(journey: Journey) -> None:
    address = reverse("phase_done", args=[journey.mission.pk, 0])
    late = (journey.today + timedelta(days=1)).isoformat()
    shown = words(browser(journey.expert).post(address, {"done_on": late, "seen": ""}))
    assert "Cette date est à venir" in shown
    assert late in shown
    assert not PhaseDone.objects.exists()
