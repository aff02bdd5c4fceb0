"""The request and its review, line by line of the life table: submit to reject."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from applications.models import Company, Derogation, Envelope, Snapshot, UsedVolet
from applications.services.transitions import available
from applications.workflow.refusals import Refused, WrongState
from experts.models import Accreditation, PassiCertificate
from portal.audit.models import Event
from portal.notifications.models import Outbox
from tests.applications import factories as f
from tests.applications.journeys import ENGAGED, MOTIVE, Journey

pytestmark = pytest.mark.django_db


def refused(journey: Journey, name: str, actor: Any, **inputs: Any) -> set[str]:
    """Return the codes of the obstacles on which an act is refused."""
    with pytest.raises(Refused) as refusal:
        journey.act(name, actor, **inputs)
    assert all(o.message.strip().endswith(".") for o in refusal.value.obstacles)
    return {obstacle.code for obstacle in refusal.value.obstacles}


def with_facts(**company: Any) -> Journey:
    """Return a journey whose company tells other facts."""
    journey = Journey()
    journey.dossier.company_facts |= company
    journey.dossier.save()
    return journey


def submit(journey: Journey, **changes: Any) -> Any:
    inputs = {"expected_revision": journey.dossier.revision, **ENGAGED, **changes}
    return journey.act("submit", journey.owner, **inputs)


# --- submit ------------------------------------------------------------------------------------
def test_a_submission_gives_number_edition_snapshot_receipt_and_mission() -> None:
    journey = Journey().to("submitted")
    dossier = journey.dossier
    assert dossier.number == f"DM-{journey.today.year}-000001"
    assert (dossier.edition, dossier.judged_on) == ("2024", journey.today)
    assert dossier.snapshots.get().moment == Snapshot.Moment.SUBMISSION
    assert dossier.letters.get().kind == "receipt"
    assert journey.mission.firm == dossier.firm


def test_a_missing_piece_stands_in_the_way() -> None:
    journey = Journey()
    journey.dossier.documents.filter(kind="regularity_certificate").delete()
    with pytest.raises(Refused) as refusal:
        submit(journey)
    assert {o.code for o in refusal.value.obstacles} == {"missing:documents.regularity_certificate"}


def test_a_failing_request_needs_an_explicit_wish() -> None:
    journey = with_facts(tax_and_social_up_to_date=False)
    with pytest.raises(Refused) as refusal:
        submit(journey)
    assert [o.code for o in refusal.value.obstacles] == ["fails"]
    submit(journey, file_anyway=True)
    assert journey.dossier.verdict == "ineligible"


@pytest.mark.parametrize("name", ENGAGED)
def test_each_engagement_is_ticked(name: str) -> None:
    with pytest.raises(Refused) as refusal:
        submit(Journey(), **{name: False})
    assert [o.code for o in refusal.value.obstacles] == [f"engagement:{name}"]


def test_what_a_colleague_changed_meanwhile_is_not_filed_unread() -> None:
    journey = Journey()
    with pytest.raises(Refused) as refusal:
        submit(journey, expected_revision=journey.dossier.revision + 1)
    assert [o.code for o in refusal.value.obstacles] == ["revision"]


def test_an_answer_that_cannot_be_meant_is_refused_in_words() -> None:
    journey = with_facts(created_on=(datetime.now(UTC).date() + timedelta(days=5)).isoformat())
    with pytest.raises(Refused) as refusal:
        submit(journey)
    assert [o.code for o in refusal.value.obstacles] == ["case_wrong"]


def test_numbers_follow_each_other() -> None:
    first, second = Journey().to("submitted"), Journey().to("submitted")
    assert int(second.dossier.number[-6:]) == int(first.dossier.number[-6:]) + 1


# --- take, assign, reassign --------------------------------------------------------------------
def test_a_manager_assigns_then_reassigns_to_officers_only() -> None:
    journey = Journey().to("submitted")
    assert refused(journey, "assign", journey.manager, officer=journey.controller) == {"not_an_officer"}
    assert refused(journey, "assign", journey.manager, officer=f.OfficerFactory(is_active=False)) == {
        "not_an_officer"
    }
    journey.act("assign", journey.manager, officer=journey.officer)
    assert (journey.dossier.state, journey.dossier.officer) == ("under_review", journey.officer)
    other = f.OfficerFactory()
    journey.act("reassign", journey.manager, officer=other, motive=MOTIVE)
    assert (journey.dossier.state, journey.dossier.officer) == ("under_review", other)


# --- completion --------------------------------------------------------------------------------
def test_a_completion_names_parts_and_reasons() -> None:
    journey = Journey().to("under_review")
    assert refused(journey, "request_completion", journey.officer, items=[]) == {"items_missing"}
    unsaid = [{"step": "devis", "target": "", "reason": " "}]
    assert refused(journey, "request_completion", journey.officer, items=unsaid) == {"reason_missing"}
    journey.to("incomplete")
    request = journey.dossier.completion_requests.get()
    assert request.due_on == journey.today + timedelta(days=30)


def test_an_officer_who_asks_before_taking_charge_takes_charge() -> None:
    journey = Journey().to("submitted").to("incomplete")
    assert journey.dossier.officer == journey.officer


def test_a_resubmission_keeps_number_and_edition_and_judges_only_what_was_named() -> None:
    journey = Journey().to("incomplete")
    number = journey.dossier.number
    # Not named: neither the certificate that expired meanwhile nor the facts are judged again.
    journey.dossier.documents.filter(kind="regularity_certificate").update(
        issued_on=journey.today - timedelta(days=90)
    )
    journey.day(20)
    journey.act("resubmit", journey.owner, expected_revision=journey.dossier.revision)
    assert (journey.dossier.state, journey.dossier.number) == ("under_review", number)
    assert journey.dossier.verdict == "eligible"
    assert journey.dossier.judged_on == journey.today
    journey.to("approved")


def test_what_was_named_is_judged_again() -> None:
    journey = Journey().to("under_review")
    items = [{"step": "pieces", "target": "regularity_certificate", "reason": "Attestation trop ancienne."}]
    journey.act("request_completion", journey.officer, items=items)
    journey.dossier.documents.filter(kind="regularity_certificate").delete()
    codes = refused(journey, "resubmit", journey.owner, expected_revision=journey.dossier.revision)
    assert codes == {"missing:documents.regularity_certificate"}


def test_a_judgement_falls_with_the_facts_it_judged() -> None:
    journey = with_facts(legal_form="9220").to("under_review")
    accept(journey, "company.legal_form")
    items = [{"step": "entreprise", "target": "", "reason": "La forme juridique est à revoir."}]
    journey.act("request_completion", journey.officer, items=items)
    journey.dossier.company_facts |= {"legal_form": "9230"}
    journey.dossier.save()
    journey.act("resubmit", journey.owner, expected_revision=journey.dossier.revision)
    assert refused(journey, "approve", journey.officer) == {"review:company.legal_form"}


# --- approve -----------------------------------------------------------------------------------
def accept(journey: Journey, rule: str, outcome: str = "accepted") -> None:
    journey.act("decide_finding", journey.officer, rule=rule, outcome=outcome, motive=MOTIVE)


def test_an_approval_commits_the_share_and_is_dated() -> None:
    journey = Journey().to("approved")
    dossier = journey.dossier
    assert dossier.commitment.amount == dossier.bpifrance_share == Decimal("12000.00")
    assert dossier.validated_on == journey.today
    assert dossier.due_on is None
    assert dossier.quotes.get().accepted_on == journey.today
    assert {letter.kind for letter in dossier.letters.all()} == {"receipt", "approval"}


def test_each_review_finding_is_settled_with_a_motive() -> None:
    journey = with_facts(legal_form="9220").to("under_review")
    assert refused(journey, "approve", journey.officer) == {"review:company.legal_form"}
    act = {"rule": "company.legal_form", "outcome": "accepted"}
    assert refused(journey, "decide_finding", journey.officer, **act, motive="bof") == {"motive_missing"}
    accept(journey, "company.legal_form", "refused")
    assert refused(journey, "approve", journey.officer) == {"review:company.legal_form"}
    accept(journey, "company.legal_form")
    journey.to("approved")


def test_a_finding_that_passes_is_not_to_be_judged() -> None:
    journey = Journey().to("under_review")
    act = {"rule": "company.category", "outcome": "accepted", "motive": MOTIVE}
    assert refused(journey, "decide_finding", journey.officer, **act) == {"finding_unknown"}


def test_a_fail_stands_in_the_way_whatever_is_judged() -> None:
    journey = with_facts(tax_and_social_up_to_date=False)
    submit(journey, file_anyway=True)
    journey.to("under_review")
    act = {"rule": "company.tax_and_social", "outcome": "accepted", "motive": MOTIVE}
    assert refused(journey, "decide_finding", journey.officer, **act) == {"finding_unknown"}
    assert refused(journey, "approve", journey.officer) == {"fail:company.tax_and_social"}


def priced(amount: str) -> Journey:
    """Return a journey whose quote is one line of support at this price."""
    journey = Journey()
    quote = journey.dossier.quotes.get()
    quote.lines.filter(item="qms_training").delete()
    quote.lines.update(amount=Decimal(amount))
    journey.dossier.device.facts["risk_class"] = "III"
    journey.dossier.device_facts["risk_class"] = "III"
    journey.dossier.save()
    return journey


@pytest.mark.parametrize(("amount", "persons"), [("49999.99", 1), ("50000.00", 2), ("50000.01", 2)])
def test_a_share_of_25_000_euros_takes_a_manager(amount: str, persons: int) -> None:
    journey = priced(amount).to("under_review")
    outcome = journey.act("approve", journey.officer)
    assert (outcome.pending is None) == (persons == 1)
    if persons == 2:
        assert journey.dossier.state == "under_review"
        assert refused(journey, "approve", journey.officer) == {"same_person"}
        assert refused(journey, "approve", f.OfficerFactory()) == {"same_role"}
        done = journey.act("approve", journey.manager)
        assert done.event.data["first"] == journey.officer.pk
    assert journey.dossier.state == "approved"


def test_a_manager_does_not_begin_what_he_confirms() -> None:
    journey = priced("60000.00").to("under_review")
    with pytest.raises(WrongState, match="première personne"):
        journey.act("approve", journey.manager)


def test_a_change_of_the_dossier_voids_what_waits() -> None:
    journey = priced("60000.00").to("under_review")
    pending = journey.act("approve", journey.officer).pending
    assert pending is not None
    journey.act("reassign", journey.manager, officer=f.OfficerFactory(), motive=MOTIVE)
    pending.refresh_from_db()
    assert pending.status == "void"
    with pytest.raises(WrongState):
        journey.act("approve", journey.manager)


def test_an_envelope_that_is_short_or_missing_refuses() -> None:
    journey = Journey().to("under_review")
    Envelope.objects.update(amount=Decimal("11999.99"))
    assert refused(journey, "approve", journey.officer) == {"envelope_short"}
    Envelope.objects.update(is_open=False)
    assert refused(journey, "approve", journey.officer) == {"envelope_missing"}
    Envelope.objects.update(is_open=True, amount=Decimal("12000.00"))
    journey.to("approved")


def test_an_accreditation_suspended_since_is_seen_on_the_day() -> None:
    journey = Journey().to("under_review")
    Accreditation.objects.filter(firm=journey.dossier.firm).delete()
    assert "day:expert.accredited" in refused(journey, "approve", journey.officer)


def test_a_passi_certificate_is_valid_on_its_last_day_and_not_after() -> None:
    journey = Journey(volet=5).to("under_review")
    PassiCertificate.objects.update(valid_until=journey.today)
    journey.day(1)
    assert "day:expert.passi" in refused(journey, "approve", journey.officer)
    journey.day(-1).to("approved")
    journey.act("declare_conflict", journey.expert, conflict_free=True)
    journey.act("sign_for_bpifrance", journey.manager)
    journey.day(1)
    assert refused(journey, "send_contract", journey.officer) == {"day:expert.passi"}
    journey.day(-1).act("send_contract", journey.officer)


def test_insolvency_and_a_volet_used_since_are_seen_on_the_day() -> None:
    journey = Journey().to("under_review")
    company = journey.dossier.company
    company.facts |= {"insolvency_proceedings": True}
    company.save()
    assert refused(journey, "approve", journey.officer) == {"insolvency"}
    company.facts |= {"insolvency_proceedings": False}
    company.save()
    UsedVolet.objects.create(company=company, volet=1, used_on=journey.today, recorded_by=journey.officer)
    assert "day:company.volet_unused" in refused(journey, "approve", journey.officer)


def test_a_derogation_is_advised_decided_and_takes_a_manager_at_approval() -> None:
    journey = Journey()
    Accreditation.objects.filter(firm=journey.dossier.firm).delete()
    Derogation.objects.create(
        dossier=journey.dossier, reason="Seule à connaître ce dispositif.", requested_at=journey.now
    )
    f.DossierDocumentFactory(dossier=journey.dossier, kind="derogation_evidence")
    submit(journey)
    journey.to("under_review")
    assert refused(journey, "decide_derogation", journey.manager, granted=True, motive=MOTIVE) == {
        "not_advised"
    }
    journey.act("advise_derogation", journey.officer, favourable=True, motive=MOTIVE)
    assert "review:expert.accredited" in refused(journey, "approve", journey.officer)
    journey.act("decide_derogation", journey.manager, granted=True, motive=MOTIVE)
    assert refused(journey, "decide_derogation", journey.manager, granted=False, motive=MOTIVE) == {
        "no_derogation"
    }
    assert journey.act("approve", journey.officer).pending is not None
    journey.act("approve", journey.manager)
    assert journey.dossier.state == "approved"


# --- reject, request_review --------------------------------------------------------------------
def test_a_rejection_cites_rules_of_the_evaluation_and_has_a_motive() -> None:
    journey = Journey().to("under_review")
    assert refused(journey, "reject", journey.officer, rules=[], motive=MOTIVE) == {"rules_missing"}
    assert refused(journey, "reject", journey.officer, rules=["volet.exists"], motive=MOTIVE) == {
        "rules_missing"
    }
    assert refused(journey, "reject", journey.officer, rules=["company.category"], motive="") == {
        "motive_missing"
    }
    journey.to("rejected")
    letter = journey.dossier.letters.get(kind="rejection")
    assert letter.context["findings"][0]["source"].startswith("édition 2024")


def test_a_rejection_is_reviewed_once_by_others_and_takes_a_manager() -> None:
    journey = Journey().to("rejected")
    rejecter = journey.officer
    f.OfficerFactory()
    journey.act("request_review", journey.owner, motive=MOTIVE)
    # Nobody is chosen beside the rules: it waits for them, or for a manager.
    assert (journey.dossier.state, journey.dossier.officer) == ("submitted", None)
    assert Outbox.objects.filter(kind="assign_by_rules", payload={"dossier": journey.dossier.pk}).exists()
    other = f.OfficerFactory()
    assert refused(journey, "assign", journey.manager, officer=rejecter) == {"decided_before"}
    journey.act("assign", journey.manager, officer=other)
    assert refused(journey, "reject", rejecter, rules=["company.category"], motive=MOTIVE) == {
        "decided_before"
    }
    assert refused(journey, "approve", rejecter) == {"decided_before"}
    assert refused(journey, "reassign", journey.manager, officer=rejecter, motive=MOTIVE) == {
        "decided_before"
    }
    journey.officer = other
    assert journey.act("reject", other, rules=["company.category"], motive=MOTIVE).pending is not None
    journey.act("reject", journey.manager)
    assert journey.dossier.state == "rejected"
    assert refused(journey, "request_review", journey.owner, motive=MOTIVE) == {"review_twice"}


def test_a_review_may_end_in_approval_with_a_manager() -> None:
    journey = Journey().to("rejected")
    journey.act("request_review", journey.owner, motive=MOTIVE)
    journey.officer = f.OfficerFactory()
    journey.act("take", journey.officer)
    assert journey.act("approve", journey.officer).pending is not None
    journey.act("approve", journey.manager)
    journey.to("closed")


def test_a_review_waits_and_the_rejecter_cannot_take_it_back() -> None:
    journey = Journey().to("rejected")
    journey.act("request_review", journey.owner, motive=MOTIVE)
    assert (journey.dossier.state, journey.dossier.officer) == ("submitted", None)
    assert refused(journey, "take", journey.officer) == {"decided_before"}
    items = [{"step": "devis", "target": "", "reason": "Le devis est à revoir."}]
    assert refused(journey, "request_completion", journey.officer, items=items) == {"decided_before"}


@pytest.mark.parametrize(("months", "late"), [(2, False), (3, True)])
def test_a_review_is_asked_within_two_months(months: int, late: bool) -> None:
    with time_machine.travel(datetime(2026, 8, 31, 10, tzinfo=UTC), tick=False):
        journey = Journey().to("rejected")
    journey.now = datetime(2026, 8 + months, 31 if months == 2 else 1, 10, tzinfo=UTC)
    if late:
        assert refused(journey, "request_review", journey.owner, motive=MOTIVE) == {"review_late"}
    else:
        journey.act("request_review", journey.owner, motive=MOTIVE)


def test_no_review_where_the_volet_was_taken_again() -> None:
    journey = Journey().to("rejected")
    f.DossierFactory(company=journey.dossier.company)
    assert refused(journey, "request_review", journey.owner, motive=MOTIVE) == {"volet_taken"}


# --- withdraw ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "state", ["draft", "submitted", "under_review", "incomplete", "approved", "contract_sent"]
)
def test_a_withdrawal_frees_volet_money_and_terms(state: str) -> None:
    journey = Journey()
    if state != "draft":
        journey.to(state)
    journey.act("withdraw", journey.owner)
    dossier = journey.dossier
    assert (dossier.state, dossier.ended_on) == ("withdrawn", journey.today)
    assert not dossier.deadlines.filter(closed_on=None).exists()
    assert all(mission.state == "ended" for mission in dossier.missions.all())
    if state in {"approved", "contract_sent"}:
        assert dossier.commitment.amount == 0
    f.DossierFactory(company=Company.objects.get(pk=dossier.company_id))


# --- Offers ------------------------------------------------------------------------------------
def test_a_button_is_offered_with_what_stands_in_its_way() -> None:
    journey = with_facts(legal_form="9220").to("under_review")
    offers = {o.transition.name: o for o in available(journey.dossier, journey.officer, now=journey.now)}
    assert {o.code for o in offers["approve"].obstacles} == {"review:company.legal_form"}
    assert not offers["reject"].obstacles
    assert "assign" not in offers
    assert {o.transition.name for o in available(journey.dossier, journey.owner, now=journey.now)} == {
        "withdraw"
    }


def test_every_act_leaves_one_event_with_its_way() -> None:
    journey = Journey().to("under_review")
    names = list(
        Event.objects.filter(chain=journey.dossier.chain)
        .order_by("sequence")
        .values_list("name", "data__from", "data__to")
    )
    assert names == [("submit", "draft", "submitted"), ("take", "submitted", "under_review")]
