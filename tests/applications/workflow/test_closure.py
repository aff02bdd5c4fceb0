"""From the closure to the end, line by line of the life table: submit_closure to close, holds included."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F

from applications.models import DeliveredLine, Invoice, Payment
from applications.services.settlement import settlement_of
from applications.workflow.refusals import WrongState
from experts.models import ExpertFirm, PassiCertificate
from portal.audit.services import append
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.workflow.test_request import refused

pytestmark = pytest.mark.django_db
CENT = Decimal("0.01")
RETURN = {"bank_reason": "AC04", "then": "pay"}


def filled(**fields: Any) -> Journey:
    """Return a journey whose closure is ready to be sent."""
    journey = Journey(**fields).to("work_done")
    journey.fill_closure()
    return journey


def send(journey: Journey) -> set[str]:
    return refused(journey, "submit_closure", journey.expert, report_given_on=journey.today)


# --- submit_closure ----------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["final_report", "signed_quote"])
def test_each_document_is_required_and_found_clean(kind: str) -> None:
    journey = filled()
    piece = journey.mission.documents.get(kind=kind)
    assert piece.document is not None
    piece.document.state = "pending"
    piece.document.save()
    assert send(journey) == {f"unread_{kind}"}
    piece.delete()
    assert send(journey) == {f"no_{kind}"}


def test_invoices_are_required_found_clean_acquitted_and_addressed() -> None:
    journey = filled()
    ours = Invoice.objects.get(addressee="bpifrance")
    theirs = Invoice.objects.get(addressee="company")
    ours.document.state = "pending"
    ours.document.save()
    assert send(journey) == {f"unread_invoice:{ours.pk}"}
    ours.document.state = "clean"
    ours.document.save()
    Invoice.objects.filter(pk=ours.pk).update(addressed_to="12 rue des Lilas, 69003 Lyon")
    Invoice.objects.filter(pk=theirs.pk).update(acquitted_on=None)
    assert send(journey) == {"bpifrance_address", f"not_acquitted:{theirs.pk}"}
    Invoice.objects.all().delete()
    assert send(journey) == {"no_bpifrance_invoice", "no_company_invoice"}


def test_both_invoices_are_to_do_until_what_was_delivered_is_told() -> None:
    journey = filled()
    Invoice.objects.all().delete()
    journey.mission.delivered_lines.all().delete()
    assert {"no_bpifrance_invoice", "no_company_invoice"} <= send(journey)


def test_no_sum_is_judged_before_it_is_told_what_was_delivered() -> None:
    journey = filled()
    journey.mission.delivered_lines.all().delete()
    sent = send(journey)
    assert not sent & {"company_invoices_differ", "bpifrance_invoice_differs", "nothing_to_pay"}
    assert sent


def test_a_mission_of_which_nothing_is_covered_is_ended_by_a_manager_without_payment() -> None:
    """Bpifrance is never invoiced 0 €: the way out is told in place of an invoice that would be refused."""
    journey = filled()
    mission = journey.mission
    mission.delivered_lines.update(delivered=Decimal(0), shortfall_reason="Rien n’a pu être livré.")
    Invoice.objects.all().delete()
    assert send(journey) == {"nothing_to_pay"}
    journey.act("cancel", journey.manager, motive=MOTIVE)
    assert journey.dossier.state == "cancelled"
    assert journey.dossier.commitment.amount == 0


@pytest.mark.parametrize("addressee", ["company", "bpifrance"])
@pytest.mark.parametrize("difference", [-CENT, CENT])
def test_a_difference_of_one_cent_is_refused(addressee: str, difference: Decimal) -> None:
    journey = filled()
    invoice = Invoice.objects.get(addressee=addressee)
    Invoice.objects.filter(pk=invoice.pk).update(ht=invoice.ht + difference, ttc=invoice.ttc + difference)
    code = {"company": "company_invoices_differ", "bpifrance": "bpifrance_invoice_differs"}[addressee]
    assert send(journey) == {code}


def test_several_invoices_and_a_credit_note_to_the_company_add_up() -> None:
    journey = filled()
    for ht in (Decimal("5000.00"), Decimal("-5000.00")):
        journey.invoice(journey.mission, "company", ht, acquitted_on=journey.today)
    journey.act("submit_closure", journey.expert, report_given_on=journey.today)


def test_every_line_is_reviewed_and_a_shortfall_has_its_reason() -> None:
    journey = filled()
    DeliveredLine.objects.filter(item="qms_support").update(
        delivered=Decimal("10000.00"), report_reference=" "
    )
    DeliveredLine.objects.filter(item="qms_training").delete()
    codes = send(journey)
    assert {"shortfall:qms_support", "no_reference:qms_support", "not_reviewed:qms_training"} <= codes
    DeliveredLine.objects.create(
        mission=journey.mission, item="clinical_protocol", delivered=1, report_reference="§"
    )
    assert "not_contracted:clinical_protocol" in send(journey)


def test_a_partial_delivery_pays_less_and_gives_the_rest_back() -> None:
    journey = Journey().to("work_done")
    journey.fill_closure(qms_support=Decimal("10000.01"), qms_training=Decimal("0.00"))
    journey.act("submit_closure", journey.expert, report_given_on=journey.today)
    journey.to("paid")
    assert journey.mission.final_share == Decimal("5000.00")
    assert journey.mission.final_company_share == Decimal("5000.01")
    assert journey.dossier.commitment.amount == Decimal("5000.00")


def test_an_audit_outside_its_passi_validity_counts_for_nothing() -> None:
    journey = Journey(volet=5).to("work_done")
    PassiCertificate.objects.update(valid_until=journey.today - timedelta(days=1))
    journey.fill_closure()
    assert settlement_of(journey.mission)["bpifrance_share"] == 0
    assert "nothing_to_pay" in send(journey)


def test_an_invoice_without_vat_is_paid_as_it_stands() -> None:
    journey = filled()
    ExpertFirm.objects.update(vat_regime="franchise_293B")
    Invoice.objects.update(vat_rate=0, vat=0, ttc=F("ht"))
    journey.act("submit_closure", journey.expert, report_given_on=journey.today)
    journey.to("paid")
    payment = Payment.objects.get()
    assert payment.ttc == payment.ht == Decimal("12000.00")


def test_bpifrance_pays_the_ttc_of_its_invoice() -> None:
    journey = Journey().to("paid")
    payment = Payment.objects.get()
    assert (payment.ht, payment.ttc) == (Decimal("12000.00"), Decimal("14400.00"))
    statement = journey.dossier.letters.get(kind="aid_statement")
    assert statement.context["amount"] == "12000.00"


# --- Holds -------------------------------------------------------------------------------------
def test_an_invoice_dated_before_the_contract_is_held_until_a_manager_lifts_it() -> None:
    journey = filled()
    assert journey.dossier.signed_on is not None
    eve = journey.dossier.signed_on - timedelta(days=1)
    Invoice.objects.filter(addressee="company").update(issued_on=eve)
    journey.act("submit_closure", journey.expert, report_given_on=journey.today)
    journey.act("confirm_restitution", journey.owner, restitution_on=journey.today)
    hold = journey.mission.holds.get()
    assert (hold.reason, hold.owner) == ("started_early", journey.officer)
    journey.act("certify_service", journey.officer)
    assert refused(journey, "approve_payment", journey.controller) == {"hold:started_early"}
    for actor in (journey.officer, journey.controller):
        assert refused(journey, "lift_hold", actor, hold=hold.pk, motive=MOTIVE) == {"manager_lifts"}
    journey.act("lift_hold", journey.manager, hold=hold.pk, motive=MOTIVE)
    # The same date is not held twice; another document dated too early is.
    journey.to("closure_incomplete")
    journey.correct_closure()
    assert journey.mission.holds.count() == 1
    journey.to("closure_incomplete")
    Invoice.objects.filter(addressee="bpifrance").update(issued_on=eve)
    journey.correct_closure()
    assert journey.mission.holds.filter(lifted_at=None).count() == 1


@pytest.mark.parametrize("who", ["officer", "manager", "controller"])
def test_a_hold_blocks_approval_and_payment(who: str) -> None:
    journey = Journey().to("closure_submitted")
    actor = getattr(journey, who)
    journey.act("set_hold", actor, reason="seizure", motive=MOTIVE)
    assert refused(journey, "set_hold", actor, reason="seizure", motive=MOTIVE) == {"held_already"}
    assert refused(journey, "set_hold", actor, reason="inconnue", motive=MOTIVE) == {"reason_missing"}
    journey.act("confirm_restitution", journey.owner, restitution_on=journey.today)
    journey.act("certify_service", journey.officer)
    assert refused(journey, "approve_payment", journey.controller) == {"hold:seizure"}
    journey.act("lift_hold", actor, hold=journey.mission.holds.get().pk, motive=MOTIVE)
    journey.to("payment_approved")
    journey.act("set_hold", actor, reason="iban_change", motive=MOTIVE)
    inputs = {"reference": "VIR-1", "paid_on": journey.today}
    assert refused(journey, "mark_paid", journey.payer, **inputs) == {"hold:iban_change"}


def test_a_hold_of_another_mission_is_not_lifted_from_here() -> None:
    journey, other = Journey().to("closure_submitted"), Journey().to("closure_submitted")
    other.act("set_hold", other.officer, reason="seizure", motive=MOTIVE)
    hold = other.mission.holds.get()
    assert refused(journey, "lift_hold", journey.manager, hold=hold.pk, motive=MOTIVE) == {"no_hold"}


# --- Restitution -------------------------------------------------------------------------------
def test_no_payment_without_restitution() -> None:
    journey = Journey().to("closure_submitted")
    assert refused(journey, "approve_payment", journey.controller) == {"no_restitution", "not_certified"}


def test_after_ten_days_of_silence_the_officer_settles_it_on_evidence() -> None:
    journey = Journey().to("closure_submitted").day(9)
    inputs = {"restitution_on": journey.today, "evidence": MOTIVE}
    assert refused(journey, "settle_restitution", journey.officer, **inputs) == {"restitution_waits"}
    journey.day(1)
    assert refused(journey, "settle_restitution", journey.officer, **{**inputs, "evidence": ""}) == {
        "evidence_missing"
    }
    journey.act("settle_restitution", journey.officer, **inputs)
    assert refused(journey, "confirm_restitution", journey.owner, restitution_on=journey.today) == {
        "restitution_done"
    }
    journey.to("closed")


def test_a_contested_restitution_holds_the_payment_until_confirmed() -> None:
    journey = Journey().to("closure_submitted")
    journey.act("contest_restitution", journey.owner, motive=MOTIVE)
    assert refused(journey, "contest_restitution", journey.owner, motive=MOTIVE) == {"contested_already"}
    codes = refused(journey, "approve_payment", journey.controller)
    assert codes == {"hold:restitution_contested", "no_restitution", "not_certified"}
    journey.act("confirm_restitution", journey.owner, restitution_on=journey.today)
    journey.to("closed")


def test_a_contest_stands_beside_a_hold_set_before() -> None:
    journey = Journey().to("closure_submitted")
    journey.act("set_hold", journey.officer, reason="restitution_contested", motive=MOTIVE)
    journey.act("contest_restitution", journey.owner, motive=MOTIVE)
    assert journey.mission.holds.count() == 1


# --- Corrections, refusal ----------------------------------------------------------------------
def test_corrections_are_named_and_the_closure_comes_back() -> None:
    journey = Journey().to("closure_submitted")
    assert refused(journey, "request_corrections", journey.officer, items=[]) == {"items_missing"}
    journey.to("closure_incomplete")
    (asked,) = journey.mission.corrections
    assert (asked["target"], asked["reason"]) == ("final_report", "Une annexe manque.")
    journey.correct_closure()
    journey.to("closed")


@pytest.mark.parametrize("state", ["closure_submitted", "closure_incomplete"])
def test_a_refused_closure_ends_the_dossier_without_payment(state: str) -> None:
    journey = Journey().to("closure_submitted")
    if state != "closure_submitted":
        journey.to(state)
    journey.act("refuse_closure", journey.manager, motive=MOTIVE)
    dossier = journey.dossier
    assert (dossier.state, dossier.ended_on, journey.mission.state) == ("cancelled", journey.today, "ended")
    assert dossier.commitment.amount == 0


# --- Money -------------------------------------------------------------------------------------
def test_no_person_takes_two_of_the_three_decisions_of_money() -> None:
    journey = Journey().to("closure_submitted")
    journey.act("confirm_restitution", journey.owner, restitution_on=journey.today)
    journey.act("certify_service", journey.officer)
    # The officer who approved became a controller since.
    journey.officer.staff_role = "controller"
    journey.officer.save()
    assert refused(journey, "approve_payment", journey.officer) == {"two_decisions"}
    journey.act("approve_payment", journey.controller)
    inputs = {"reference": "VIR-1", "paid_on": journey.today}
    for actor in (journey.officer, journey.controller):
        assert refused(journey, "mark_paid", actor, **inputs) == {"two_decisions"}
    journey.act("mark_paid", journey.payer, **inputs)


def test_the_manager_who_confirmed_the_approval_does_not_pay() -> None:
    journey = Journey(volet=2)
    journey.dossier.quotes.get().lines.update(amount=Decimal("60000.00"))
    journey.to("payment_approved")
    inputs = {"reference": "VIR-1", "paid_on": journey.today}
    assert refused(journey, "mark_paid", journey.manager, **inputs) == {"two_decisions"}
    journey.act("mark_paid", f.ManagerFactory(), **inputs)


def test_a_payment_has_a_reference_used_once_and_an_account() -> None:
    paid = Journey().to("paid")
    journey = Journey().to("closure_submitted")
    journey.act("confirm_restitution", journey.owner, restitution_on=journey.today)
    journey.act("certify_service", journey.officer)
    firm = journey.mission.firm
    type(firm).objects.filter(pk=firm.pk).update(iban="")
    assert refused(journey, "approve_payment", journey.controller) == {"no_iban"}
    type(firm).objects.filter(pk=firm.pk).update(iban="FR7630006000011234567890189")
    journey.to("payment_approved")
    inputs = {"reference": Payment.objects.get(mission=paid.mission).reference, "paid_on": journey.today}
    assert refused(journey, "mark_paid", journey.payer, **inputs) == {"reference_used"}
    assert refused(journey, "mark_paid", journey.payer, reference="", paid_on=journey.today) == {
        "reference_missing"
    }
    journey.to("paid")


@pytest.mark.parametrize("state", ["paid", "closed"])
def test_a_reversal_takes_controller_and_manager_and_can_be_paid_again_by_the_same_payer(state: str) -> None:
    journey = Journey().to(state)
    asked = journey.act("reverse_payment", journey.controller, motive=MOTIVE, **RETURN)
    assert asked.pending is not None
    assert refused(journey, "reverse_payment", journey.payer) == {"same_role"}
    journey.act("reverse_payment", journey.manager)
    dossier = journey.dossier
    assert (dossier.state, dossier.ended_on) == ("payment_approved", None)
    payment = Payment.objects.get()
    assert (payment.reversed_on, payment.reversal_motive) == (journey.today, MOTIVE)
    journey.act("mark_paid", journey.payer, reference="VIR-ENCORE", paid_on=journey.today)
    assert Payment.objects.filter(reversed_on=None).count() == 1


def test_a_reading_of_the_report_does_not_keep_a_reversal_from_being_confirmed() -> None:
    journey = Journey(volet=5).to("paid")
    append(chain=journey.dossier.chain, name="document_read", at=journey.now, actor=journey.officer, data={})
    journey.act("reverse_payment", journey.manager, motive=MOTIVE, **RETURN)
    journey.act("reverse_payment", journey.controller)
    assert journey.dossier.state == "payment_approved"


def test_a_dossier_is_closed_once_forwarded_to_each_ministry() -> None:
    journey = Journey().to("paid")
    assert refused(journey, "close", journey.officer) == {"not_forwarded"}
    inputs = {"sent_on": journey.today}
    assert refused(journey, "forward_report", journey.officer, recipients=["sgpi"], **inputs) == {
        "recipients_missing"
    }
    journey.act("forward_report", journey.officer, recipients=["economie"], **inputs)
    assert refused(journey, "forward_report", journey.officer, recipients=["economie"], **inputs) == {
        "recipients_missing"
    }
    assert refused(journey, "close", journey.officer) == {"not_forwarded"}
    journey.act("forward_report", journey.officer, recipients=["sante"], **inputs)
    journey.act("close", journey.officer)
    with pytest.raises(WrongState):
        journey.act("close", journey.officer)
