"""From the contract to the end of the work, line by line of the life table: sign_for_bpifrance to reopen."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from applications.models import Contract, Envelope, Signatory
from applications.services.signing import sealed_hash
from applications.workflow.refusals import Refused
from portal.accounts.models import Delegation
from tests.applications import factories as f
from tests.applications.journeys import ENGAGED, MOTIVE, Journey
from tests.applications.workflow.test_request import refused

pytestmark = pytest.mark.django_db


def started(**fields: Any) -> Journey:
    """Return a journey whose work began today."""
    journey = Journey(**fields).to("in_progress")
    journey.file_service_contract()
    journey.act("start_work", journey.expert, work_started_on=journey.today)
    return journey


# --- The contract ------------------------------------------------------------------------------
def test_a_manager_without_delegation_does_not_sign_for_bpifrance() -> None:
    journey = Journey().to("approved")
    Delegation.objects.update(valid_until=journey.today)
    journey.day(1)
    assert refused(journey, "sign_for_bpifrance", journey.manager) == {"no_delegation"}


def test_the_contract_is_sealed_and_signed_once() -> None:
    journey = Journey().to("approved")
    journey.act("sign_for_bpifrance", journey.manager)
    contract = Contract.objects.get(dossier=journey.dossier)
    assert contract.sha256 == sealed_hash(contract.terms)
    assert contract.terms["regime"] == "SA.58995"
    assert contract.bpifrance_signatory_capacity == "Responsable des diagnostics"
    assert refused(journey, "sign_for_bpifrance", journey.manager) == {"signed_already"}


def test_a_contract_is_sent_once_signed_and_free_of_conflicts() -> None:
    journey = Journey().to("approved")
    codes = {"not_signed_by_bpifrance", "conflict_undeclared"}
    assert refused(journey, "send_contract", journey.officer) == codes
    journey.act("sign_for_bpifrance", journey.manager)
    assert refused(journey, "declare_conflict", journey.expert, conflict_free=False) == {"statement_missing"}
    journey.act("declare_conflict", journey.expert, conflict_free=False, statement=MOTIVE)
    assert refused(journey, "send_contract", journey.officer) == {"conflict_declared"}


def test_a_signature_takes_power_identity_and_code() -> None:
    journey = Journey().to("contract_sent")
    assert refused(journey, "sign", journey.owner, code=journey.code()) == {"not_reauthenticated"}
    assert refused(journey, "sign", journey.owner, code="000000x", reauthenticated=True) == {"wrong_code"}
    delegate = f.MembershipFactory(organisation=journey.dossier.company.organisation).user
    Signatory.objects.create(
        company=journey.dossier.company, user=delegate, full_name="Ana", capacity="DAF", kind="delegate"
    )
    assert "may_not_sign" in refused(journey, "sign", delegate, reauthenticated=True)
    journey.to("in_progress")
    contract = Contract.objects.get(dossier=journey.dossier)
    assert contract.evidence["ip"] == "127.0.0.1"
    assert contract.evidence["sha256"] == contract.sha256


def test_the_code_is_not_taken_on_the_word_of_the_caller() -> None:
    journey = Journey().to("contract_sent")
    codes = refused(journey, "sign", journey.owner, code_verified=True, reauthenticated=True)
    assert codes == {"wrong_code"}


@pytest.mark.parametrize(("volet", "months"), [(1, 18), (2, 18), (3, 18), (4, 6), (5, 6)])
def test_the_term_starts_at_the_signature(volet: int, months: int) -> None:
    with time_machine.travel(datetime(2027, 8, 31, 10, tzinfo=UTC), tick=False):
        journey = Journey(volet=volet).to("in_progress")
    assert journey.dossier.due_on == (date(2029, 2, 28) if months == 18 else date(2028, 2, 29))


def test_a_signature_late_at_night_is_dated_in_paris() -> None:
    with time_machine.travel(datetime(2027, 3, 30, 10, tzinfo=UTC), tick=False):
        journey = Journey(volet=4).to("contract_sent")
    journey.now = datetime(2027, 3, 31, 23, 30, tzinfo=UTC)
    journey.to("in_progress")
    assert (journey.dossier.signed_on, journey.dossier.due_on) == (date(2027, 4, 1), date(2027, 10, 1))


# --- The work ----------------------------------------------------------------------------------
def test_work_starts_after_the_signature_with_its_service_contract() -> None:
    journey = Journey().to("in_progress")
    assert refused(journey, "start_work", journey.expert, work_started_on=journey.today) == {
        "no_service_contract"
    }
    journey.file_service_contract()
    eve, morrow = journey.today - timedelta(days=1), journey.today + timedelta(days=1)
    assert refused(journey, "start_work", journey.expert, work_started_on=eve) == {"started_early"}
    assert refused(journey, "start_work", journey.expert, work_started_on=morrow) == {"date_in_future"}
    assert refused(journey, "start_work", journey.expert) == {"date_missing"}
    journey.act("start_work", journey.expert, work_started_on=journey.today)
    assert refused(journey, "start_work", journey.expert, work_started_on=journey.today) == {
        "started_already"
    }


def test_work_ends_after_its_start_and_not_in_the_future() -> None:
    journey = Journey().to("in_progress")
    assert "not_started" in refused(journey, "declare_work_done", journey.expert, work_ended_on=journey.today)
    journey.file_service_contract()
    journey.day(5).act("start_work", journey.expert, work_started_on=journey.today)
    eve, morrow = journey.today - timedelta(days=1), journey.today + timedelta(days=1)
    assert refused(journey, "declare_work_done", journey.expert, work_ended_on=eve) == {"ended_before_start"}
    assert refused(journey, "declare_work_done", journey.expert, work_ended_on=morrow) == {"date_in_future"}
    journey.act("declare_work_done", journey.expert, work_ended_on=journey.today)
    assert journey.dossier.report_due_on == journey.today + timedelta(days=10)
    assert journey.mission.report_due_on == journey.dossier.report_due_on


def test_an_end_on_the_last_day_of_the_term_is_in_time() -> None:
    journey = started()
    due_on = journey.dossier.due_on
    assert due_on is not None
    journey.day((due_on - journey.today).days)
    assert journey.act("declare_work_done", journey.expert, work_ended_on=due_on).pending is None


def test_a_late_declaration_takes_a_manager_with_a_motive_and_a_late_end_is_refused() -> None:
    journey = started()
    due_on = journey.dossier.due_on
    assert due_on is not None
    journey.day((due_on - journey.today).days + 1)
    assert refused(journey, "declare_work_done", journey.expert, work_ended_on=journey.today) == {
        "after_term"
    }
    asked = journey.act("declare_work_done", journey.expert, work_ended_on=due_on)
    assert asked.pending is not None
    assert refused(journey, "declare_work_done", journey.manager) == {"motive_missing"}
    done = journey.act("declare_work_done", journey.manager, motive=MOTIVE)
    assert journey.dossier.work_ended_on == due_on
    assert done.event.detail.motive == MOTIVE


def test_no_edition_allows_an_extension() -> None:
    assert refused(Journey().to("in_progress"), "extend", f.ManagerFactory(), motive=MOTIVE) == {
        "no_extension"
    }


# --- Amendments --------------------------------------------------------------------------------
SHIFTED = [{"item": "qms_support", "amount": "18000.00"}, {"item": "qms_training", "amount": "5000.00"}]


def test_an_amendment_signed_by_three_lowers_the_share_and_moves_no_term() -> None:
    journey = Journey().to("in_progress")
    due_on = journey.dossier.due_on
    journey.act("amend", journey.officer, lines=SHIFTED, motive=MOTIVE)
    assert refused(journey, "amend", journey.officer, lines=SHIFTED, motive=MOTIVE) == {"amendment_open"}
    assert refused(journey, "amend", journey.expert) == {"not_agreed"}
    journey.act("amend", journey.expert, agreed=True)
    assert refused(journey, "amend", journey.expert, agreed=True) == {"amendment_signed"}
    assert journey.dossier.bpifrance_share == Decimal("12000.00")
    assert refused(journey, "amend", journey.owner, reauthenticated=True, code="") == {"wrong_code"}
    journey.act("amend", journey.owner, code=journey.code(), reauthenticated=True)
    dossier = journey.dossier
    assert (dossier.bpifrance_share, dossier.commitment.amount) == (Decimal("11500.00"), Decimal("11500.00"))
    assert (dossier.state, dossier.due_on) == ("in_progress", due_on)
    journey.to("closed")
    assert journey.mission.final_share == Decimal("11500.00")


def test_an_amendment_never_raises_the_share_not_even_back() -> None:
    journey = Journey().to("in_progress")
    raised = [{"item": "qms_support", "amount": "24000.02"}]
    assert refused(journey, "amend", journey.officer, lines=raised, motive=MOTIVE) == {"share_raised"}
    journey.act("amend", journey.officer, lines=SHIFTED, motive=MOTIVE)
    journey.act("amend", journey.expert, agreed=True)
    journey.act("amend", journey.owner, code=journey.code(), reauthenticated=True)
    first = [{"item": "qms_support", "amount": "20000.00"}, {"item": "qms_training", "amount": "4000.00"}]
    assert refused(journey, "amend", journey.officer, lines=first, motive=MOTIVE) == {"share_raised"}


def test_an_amendment_keeps_the_volet_and_waits_for_the_contract() -> None:
    journey = Journey().to("approved")
    assert refused(journey, "amend", journey.officer, lines=SHIFTED, motive=MOTIVE) == {"amendment_early"}
    journey.to("in_progress")
    other = [{"item": "clinical_protocol", "amount": "1000.00"}]
    codes = refused(journey, "amend", journey.officer, lines=other, motive=MOTIVE)
    assert "amended:quote.single_volet" in codes
    assert refused(journey, "amend", journey.officer, lines=[], motive=MOTIVE) == {"lines_missing"}
    wrong = [{"item": "qms_support", "amount": "-1"}]
    assert refused(journey, "amend", journey.officer, lines=wrong, motive=MOTIVE) == {"lines_wrong"}


def test_an_open_amendment_keeps_the_work_from_ending_until_dropped() -> None:
    journey = started()
    journey.act("amend", journey.officer, lines=SHIFTED, motive=MOTIVE)
    assert refused(journey, "declare_work_done", journey.expert, work_ended_on=journey.today) == {
        "amendment_open"
    }
    journey.act("drop_amendment", journey.officer, motive=MOTIVE)
    journey.act("declare_work_done", journey.expert, work_ended_on=journey.today)


# --- Cancellation ------------------------------------------------------------------------------
def test_after_the_signature_the_company_asks_once_and_a_manager_cancels() -> None:
    journey = Journey().to("in_progress")
    journey.act("request_cancellation", journey.owner, motive=MOTIVE)
    assert refused(journey, "request_cancellation", journey.owner, motive=MOTIVE) == {"asked_already"}
    assert refused(journey, "cancel", journey.manager, motive="") == {"motive_missing"}
    journey.to("cancelled")
    assert journey.dossier.commitment.amount == 0
    assert journey.dossier.letters.filter(kind="cancellation").count() == 1


@pytest.mark.parametrize("state", ["approved", "contract_sent", "in_progress", "work_done"])
def test_a_manager_cancels_from_approval_to_the_end_of_work(state: str) -> None:
    journey = Journey().to(state)
    journey.to("cancelled")
    assert journey.mission.state == "ended"
    assert not journey.dossier.deadlines.filter(closed_on=None).exists()


# --- Reopening ---------------------------------------------------------------------------------
def reopen(journey: Journey) -> dict[str, Any]:
    assert journey.dossier.signed_on is not None
    assert journey.dossier.due_on is not None
    return {
        "work_started_on": journey.dossier.signed_on,
        "work_ended_on": journey.dossier.due_on,
        "motive": MOTIVE,
    }


def test_a_lapse_is_reopened_within_60_days_and_goes_on_to_its_end() -> None:
    journey = Journey().to("lapsed")
    assert journey.dossier.commitment.amount == 0
    journey.day(60)
    late = {**reopen(journey), "work_ended_on": reopen(journey)["work_ended_on"] + timedelta(days=1)}
    assert refused(journey, "reopen", journey.manager, **late) == {"after_term"}
    journey.act("reopen", journey.manager, **reopen(journey))
    assert journey.dossier.commitment.amount == journey.dossier.bpifrance_share
    assert (journey.mission.state, journey.dossier.ended_on) == ("work_done", None)
    journey.to("closed")


def test_a_lapse_is_not_reopened_after_60_days_nor_without_money_nor_volet() -> None:
    journey = Journey().to("lapsed").day(60)
    Envelope.objects.update(amount=Decimal("11999.99"))
    assert refused(journey, "reopen", journey.manager, **reopen(journey)) == {"envelope_short"}
    Envelope.objects.update(amount=Decimal("12000.00"))
    draft = f.DossierFactory(company=journey.dossier.company)
    assert refused(journey, "reopen", journey.manager, **reopen(journey)) == {"volet_taken"}
    draft.delete()
    journey.day(1)
    assert refused(journey, "reopen", journey.manager, **reopen(journey)) == {"reopen_late"}


def test_a_contract_never_signed_is_not_reopened() -> None:
    journey = Journey().to("contract_sent").day(31)
    journey.act("unsigned", None)
    inputs = {"work_started_on": journey.today, "work_ended_on": journey.today, "motive": MOTIVE}
    assert refused(journey, "reopen", journey.manager, **inputs) == {"never_signed"}


# --- Edition 2023 ------------------------------------------------------------------------------
def of_2023(volet: int = 1, **device: Any) -> Journey:
    """Return a journey under edition 2023: judged before the next one came into force."""
    with time_machine.travel(datetime(2024, 5, 31, 10, tzinfo=UTC), tick=False):
        journey = Journey(volet=volet)
        journey.dossier.device_facts |= device
        journey.dossier.save()
        journey.to("under_review")
    for rule, finding in _findings(journey).items():
        if finding["status"] == "review":
            journey.act("decide_finding", journey.officer, rule=rule, outcome="accepted", motive=MOTIVE)
    return journey


def _findings(journey: Journey) -> dict[str, Any]:
    evaluation = journey.dossier.snapshots.first().evaluation
    return {finding["rule"]: finding for finding in evaluation["findings"]}


def test_edition_2023_runs_its_term_from_approval_and_forwards_to_four() -> None:
    journey = of_2023().to("approved")
    dossier = journey.dossier
    assert (dossier.edition, dossier.due_on) == ("2023", date(2025, 5, 31))
    journey.to("paid")
    assert dossier.due_on == journey.dossier.due_on
    recipients = ["economie", "sante"]
    journey.act("forward_report", journey.officer, recipients=recipients, sent_on=journey.today)
    assert refused(journey, "close", journey.officer) == {"not_forwarded"}
    others = ["enseignement_superieur", "sgpi"]
    outcome = journey.act("forward_report", journey.officer, recipients=others, sent_on=journey.today)
    assert outcome.event.data["recipients"] == others
    journey.act("close", journey.officer)
    assert journey.dossier.state == "closed"


def test_edition_2023_refuses_an_extension_too() -> None:
    journey = of_2023().to("in_progress")
    assert refused(journey, "extend", journey.manager, motive=MOTIVE) == {"no_extension"}


@pytest.mark.parametrize("volet", [2, 3])
def test_edition_2023_waits_for_the_months_of_the_term(volet: int) -> None:
    journey = of_2023(volet, hardware=None)
    assert refused(journey, "approve", journey.officer) == {"term_unknown"}


def test_edition_2023_lets_officer_and_manager_override_the_ceilings() -> None:
    with time_machine.travel(datetime(2024, 5, 31, 10, tzinfo=UTC), tick=False):
        journey = Journey()
        journey.dossier.quotes.get().lines.filter(item="qms_support").update(amount=Decimal("41000.00"))
        inputs = {"expected_revision": journey.dossier.revision, "file_anyway": True}
        journey.act("submit", journey.owner, **inputs, **ENGAGED)
        journey.to("under_review")
    for rule, finding in _findings(journey).items():
        if finding["status"] == "review":
            journey.act("decide_finding", journey.officer, rule=rule, outcome="accepted", motive=MOTIVE)
    assert refused(journey, "approve", journey.officer) == {"fail:quote.within_ceilings"}
    act = {"rule": "quote.within_ceilings", "outcome": "accepted", "motive": MOTIVE}
    journey.act("decide_finding", journey.officer, **act)
    # 20 000 + 2 000 € alone would not take a manager: the override does.
    assert journey.dossier.bpifrance_share < Decimal("25000.00")
    assert journey.act("approve", journey.officer).pending is not None
    journey.act("approve", journey.manager)
    assert journey.dossier.state == "approved"


def test_edition_2023_lapses_before_the_signature_too() -> None:
    journey = of_2023().to("approved")
    assert journey.dossier.due_on is not None
    journey.day((journey.dossier.due_on - journey.today).days + 1).act("give_notice", None)
    journey.day(30)
    with pytest.raises(Refused):
        journey.act("lapse", None)
    journey.day(1).act("lapse", None)
    assert journey.dossier.commitment.amount == 0
