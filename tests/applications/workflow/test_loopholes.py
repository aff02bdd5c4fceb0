"""Ways round the rules that a reviewer found: each stays closed."""

from decimal import Decimal

import pytest

from applications.models import Commitment, Derogation
from applications.services.filing import save_company_facts
from applications.services.records import record_insolvency
from applications.workflow.refusals import Refused
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey

pytestmark = pytest.mark.django_db


def codes(refusal: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {obstacle.code for obstacle in refusal.value.obstacles}


def outside(**fields: object) -> Journey:
    """Return a journey under review whose expert comes from outside the pool, its derogation asked."""
    journey = Journey(firm=f.ExpertFirmFactory(volets=()))
    Derogation.objects.create(
        dossier=journey.dossier, firm=journey.dossier.firm, reason="Expert reconnu.", requested_at=journey.now
    )
    f.DossierDocumentFactory(dossier=journey.dossier, kind="derogation_evidence")
    return journey.to("under_review")


def test_an_officer_alone_never_lets_an_expert_from_outside_in() -> None:
    journey = outside()
    with pytest.raises(Refused) as refusal:
        journey.act(
            "decide_finding", journey.officer, rule="expert.accredited", outcome="accepted", motive=MOTIVE
        )
    assert codes(refusal) == {"derogation_waits"}
    with pytest.raises(Refused) as refusal:
        journey.act("approve", journey.officer)
    assert "derogation_waits" in codes(refusal)


def test_a_derogation_is_for_the_firm_it_was_asked_for() -> None:
    journey = outside()
    journey.act("advise_derogation", journey.officer, favourable=True, motive=MOTIVE)
    journey.act("decide_derogation", journey.manager, granted=True, motive=MOTIVE)
    other = f.ExpertFirmFactory(volets=())
    lines = [{"item": "qms_support", "amount": "10000.00"}]
    with pytest.raises(Refused) as refusal:
        journey.act("replace_expert", journey.manager, firm=other, lines=lines, motive=MOTIVE)
    assert codes(refusal) == {"firm:expert.accredited"}


def test_what_the_company_declares_never_erases_a_recorded_insolvency() -> None:
    journey = Journey().to("approved")
    journey.act("declare_conflict", journey.expert, conflict_free=True)
    journey.act("sign_for_bpifrance", journey.manager)
    company = journey.dossier.company
    record_insolvency(company=company, opened=True, motive=MOTIVE, actor=journey.officer, now=journey.now)
    draft = f.DossierFactory(company=company, device=journey.dossier.device, volet=2)
    save_company_facts(
        draft,
        actor=journey.owner,
        expected_revision=draft.revision,
        facts={**draft.company_facts, "insolvency_proceedings": False},
        today=journey.today,
    )
    with pytest.raises(Refused) as refusal:
        journey.act("send_contract", journey.officer)
    assert codes(refusal) == {"insolvency"}


def test_a_lapse_waits_for_the_manager_whom_a_timely_end_awaits() -> None:
    journey = Journey().to("in_progress")
    journey.file_service_contract()
    journey.act("start_work", journey.expert, work_started_on=journey.today)
    due_on = journey.dossier.due_on
    journey.day((due_on - journey.today).days + 1)
    journey.act("give_notice", None)
    journey.day(20)
    journey.act("declare_work_done", journey.expert, work_ended_on=due_on)
    journey.day(20)
    with pytest.raises(Refused) as refusal:
        journey.act("lapse", None)
    assert codes(refusal) == {"end_awaits"}


def test_who_rejected_prepares_nothing_of_the_review() -> None:
    journey = Journey().to("under_review")
    journey.act("reject", journey.officer, rules=["company.autonomy"], motive=MOTIVE)
    journey.act("request_review", journey.owner, motive=MOTIVE)
    journey.act("take", f.OfficerFactory())
    with pytest.raises(Refused) as refusal:
        journey.act(
            "decide_finding", journey.officer, rule="company.autonomy", outcome="accepted", motive=MOTIVE
        )
    assert "decided_before" in codes(refusal)


def test_a_contract_whose_terms_were_altered_is_not_signed() -> None:
    journey = Journey().to("contract_sent")
    contract = journey.dossier.contract
    contract.terms["money"]["bpifrance_share"] = "99999.00"
    contract.save()
    with pytest.raises(Refused) as refusal:
        journey.act("sign", journey.owner, code=journey.code(), reauthenticated=True)
    assert codes(refusal) == {"contract_altered"}


def test_a_page_shown_before_somebody_elses_act_spends_no_code() -> None:
    journey = Journey().to("contract_sent")
    code = journey.code()
    with pytest.raises(Exception, match="quelqu’un d’autre vient d’agir"):
        journey.act("sign", journey.owner, code=code, reauthenticated=True, expected_version=0)
    journey.act("sign", journey.owner, code=code, reauthenticated=True)
    assert journey.dossier.state == "in_progress"


def test_a_manager_declines_a_cancellation_and_it_may_be_asked_again() -> None:
    journey = Journey().to("in_progress")
    for _ in range(2):
        journey.act("request_cancellation", journey.owner, motive=MOTIVE)
        journey.act("decline_cancellation", journey.manager, motive=MOTIVE)
    assert journey.dossier.cancellation_requested_at is None
    assert journey.dossier.state == "in_progress"
    assert Commitment.objects.get(dossier=journey.dossier).amount == Decimal("12000.00")
