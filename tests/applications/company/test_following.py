"""What a company follows: stages and their dates, its opinion asked, a refusal in full, a finding that was settled."""

from datetime import timedelta

import pytest
from django.urls import reverse

from applications.models import Satisfaction
from applications.services import company_page, feedback
from applications.services.evaluation import as_decided, current_evaluation
from applications.workflow.refusals import Refused
from portal import clock
from portal.notifications import outbox
from portal.notifications.models import Notification
from tariffs.engine.terms import add_months
from tests.applications.company.test_pages import signed_in
from tests.applications.journeys import MOTIVE, Journey

pytestmark = pytest.mark.django_db


def page_of(journey: Journey) -> str:
    return (
        signed_in(journey.owner).get(reverse("company_dossier", args=[journey.dossier.pk])).content.decode()
    )


# --- Where it stands ---------------------------------------------------------------------------
def stages(journey: Journey) -> dict[str, dict]:
    deadlines = list(journey.dossier.deadlines.filter(closed_on__isnull=True))
    items = company_page.timeline(journey.dossier, journey.mission, deadlines)
    return {item["label"]: item for item in items}


def test_expected_dates_are_those_that_a_term_sets() -> None:
    journey = Journey().to("under_review")
    assert [item for item in stages(journey).values() if not item["done"] and item["expected"]] == []
    journey.to("contract_sent")
    assert stages(journey)["Contrat signé"]["expected"] == journey.today + timedelta(days=30)
    journey.to("in_progress")
    found = stages(journey)
    assert found["Prestation terminée"]["expected"] == journey.dossier.due_on
    assert found["Rapport final remis"]["expected"] == journey.dossier.due_on + timedelta(days=10)
    assert [label for label, item in found.items() if item.get("current")] == ["Prestation commencée"]
    journey.to("work_done")
    assert stages(journey)["Rapport final remis"]["expected"] == journey.today + timedelta(days=10)


def test_a_request_that_ended_awaits_nothing() -> None:
    journey = Journey().to("withdrawn")
    assert all(item["done"] for item in stages(journey).values())


@pytest.mark.parametrize(
    ("state", "warned"), [("under_review", True), ("contract_sent", True), ("in_progress", False)]
)
def test_the_quote_is_not_to_be_signed_before_the_contract(state: str, warned: bool) -> None:
    assert ("Ne signez pas encore le devis" in page_of(Journey().to(state))) is warned


# --- Its opinion -------------------------------------------------------------------------------
def give(journey: Journey, phase: str = feedback.WHOLE, **typed: object) -> Satisfaction:
    typed = {"score": 4, **typed}
    return feedback.give_satisfaction(
        dossier=journey.dossier, actor=journey.owner, now=journey.now, phase=phase, **typed
    )


def test_each_item_of_the_quote_is_a_phase_and_the_whole_is_one() -> None:
    journey = Journey().to("work_done")
    assert [phase.code for phase in feedback.phases_of(journey.mission)] == [
        "qms_support",
        "qms_training",
        feedback.WHOLE,
    ]


def test_the_opinion_is_asked_when_the_work_ends_by_a_task_and_a_notice() -> None:
    journey = Journey().to("in_progress")
    assert "Donnez votre avis" not in page_of(journey)
    journey.to("work_done")
    assert "Donnez votre avis" in page_of(journey)
    home = signed_in(journey.owner).get(reverse("company_home")).content.decode()
    assert "Confirmer la restitution" in home
    outbox.drain(journey.now)
    told = Notification.objects.filter(kind="satisfaction_asked").values_list("recipient", flat=True)
    assert list(told) == [journey.owner.pk]
    journey.act("confirm_restitution", journey.owner, restitution_on=journey.today)
    home = signed_in(journey.owner).get(reverse("company_home")).content.decode()
    assert "Donner votre avis sur la prestation" in home
    for phase in feedback.phases_of(journey.mission):
        give(journey, phase.code)
    assert "Donnez votre avis" not in page_of(journey)


def test_an_answer_is_one_a_phase_changed_until_the_mission_is_closed() -> None:
    journey = Journey().to("work_done")
    give(journey, comment="Bien.")
    give(journey, score=2, comment="Finalement non.")
    kept = Satisfaction.objects.get()
    assert (kept.score, kept.comment) == (2, "Finalement non.")
    journey.to("closed")
    with pytest.raises(Refused) as refusal:
        give(journey, score=5)
    assert refusal.value.obstacles[0].code == "mission_closed"
    assert "2 sur 5" in page_of(journey)


def test_a_phase_is_passed_over() -> None:
    journey = Journey().to("work_done")
    url = reverse("company_satisfaction", args=[journey.dossier.pk])
    client = signed_in(journey.owner)
    empty = client.post(url, {"satisfaction-phase": feedback.WHOLE})
    assert empty.status_code == 422
    assert "passez cette étape" in empty.content.decode()
    answer = client.post(
        url, {"satisfaction-phase": feedback.WHOLE, "satisfaction-score": "3", "satisfaction-skip": "1"}
    )
    assert answer.status_code == 302
    kept = Satisfaction.objects.get()
    assert (kept.phase, kept.score) == (feedback.WHOLE, None)
    assert feedback.WHOLE not in {
        one.code for one in feedback.unanswered(feedback.phases_of(journey.mission))
    }


def test_a_phase_that_the_mission_has_not_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        give(Journey().to("work_done"), "configuration_audit")
    assert refusal.value.obstacles[0].code == "phase_unknown"


def test_no_opinion_before_the_work_starts() -> None:
    with pytest.raises(Refused) as refusal:
        give(Journey().to("in_progress"))
    assert refusal.value.obstacles[0].code == "no_mission"


# --- Answers -----------------------------------------------------------------------------------
def test_a_refusal_is_read_on_the_page_with_the_last_date_of_a_review() -> None:
    journey = Journey().to("rejected")
    page = page_of(journey)
    assert MOTIVE in page
    assert "Cahier des charges, édition 2024" in page
    assert company_page.review_until(journey.dossier) == add_months(journey.today, 2)
    assert "demander le réexamen" in page
    journey.act("request_review", journey.owner, motive=MOTIVE)
    assert company_page.review_until(journey.dossier) is None


def test_why_a_cancellation_was_declined_is_read() -> None:
    journey = Journey().to("in_progress")
    journey.act("request_cancellation", journey.owner, motive=MOTIVE)
    journey.act("decline_cancellation", journey.manager, motive="Le travail est presque fini.")
    assert "Le travail est presque fini." in page_of(journey)


def reviewed() -> Journey:
    """Return a journey whose legal form a person had to judge, and lifted."""
    journey = Journey()
    journey.dossier.company_facts["legal_form"] = "6901"
    journey.dossier.save()
    journey.to("under_review")
    journey.act(
        "decide_finding", journey.officer, rule="company.legal_form", outcome="accepted", motive=MOTIVE
    )
    return journey


def status_of(evaluation: dict, rule: str) -> str:
    return next(one["status"] for one in evaluation["findings"] if one["rule"] == rule)


def test_a_finding_lifted_reads_as_settled_and_the_snapshot_is_not_rewritten() -> None:
    journey = reviewed()
    assert "À examiner" in page_of(journey)
    desk = signed_in(journey.officer).get(reverse("officer_dossier", args=[journey.dossier.pk]))
    assert "Point examiné par Bpifrance et admis" in desk.content.decode()
    assert "Revoir la conclusion" in desk.content.decode()
    journey.to("approved")
    assert "À examiner" not in page_of(journey)
    stored = current_evaluation(journey.dossier, today=clock.today())
    assert status_of(stored, "company.legal_form") == "review"
    read = as_decided(stored, journey.dossier.finding_decisions.all())
    assert status_of(read, "company.legal_form") == "pass"
    assert (stored["verdict"], read["verdict"]) == ("needs_review", "eligible")


def test_a_finding_upheld_or_that_no_one_may_override_keeps_its_status() -> None:
    journey = reviewed()
    stored = current_evaluation(journey.dossier, today=clock.today())
    decision = journey.dossier.finding_decisions.get()
    decision.outcome = "refused"
    assert as_decided(stored, [decision])["verdict"] == "needs_review"
    failed = {
        **stored,
        "findings": [
            {**one, "status": "fail"} if one["rule"] == "company.legal_form" else one
            for one in stored["findings"]
        ],
    }
    decision.outcome = "accepted"
    assert as_decided(failed, [decision])["verdict"] == "ineligible"
