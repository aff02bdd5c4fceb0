"""The expert is replaced: under review at once, after approval by an amendment that all sign."""

from decimal import Decimal

import pytest

from applications.models import Amendment, Commitment, Mission
from applications.services.evaluation import volets_used
from applications.services.settlement import settlement_of
from applications.workflow.refusals import Refused
from portal.audit.models import Event
from portal.audit.services import verify
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey

pytestmark = pytest.mark.django_db
LINES = [{"item": "qms_support", "amount": "20000.00"}, {"item": "qms_training", "amount": "4000.00"}]


def replace(journey: Journey, lines: list[dict[str, str]] | None = None) -> Mission:
    """Replace the expert wholly, the amendment signed by all; return the first firm's mission."""
    firm = f.ExpertFirmFactory()
    first = journey.mission
    journey.act("replace_expert", journey.manager, firm=firm, lines=lines or LINES, motive=MOTIVE)
    journey.expert = f.owner_of(firm)
    if journey.dossier.state != "under_review":
        waiting = Mission.objects.get(dossier=journey.dossier, firm=firm)
        journey.act("declare_conflict", journey.expert, mission=waiting, conflict_free=True)
        journey.act("amend", journey.expert, agreed=True)
        journey.act("amend", journey.owner, code=journey.code(), reauthenticated=True)
    return Mission.objects.get(pk=first.pk)


def obstacles(refusal: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {obstacle.code for obstacle in refusal.value.obstacles}


@pytest.mark.parametrize("state", ["under_review", "approved", "contract_sent", "in_progress"])
def test_the_new_firm_takes_over_and_the_dossier_goes_on_to_its_end(state: str) -> None:
    journey = Journey().to(state)
    first = replace(journey)
    new = journey.mission
    assert (first.is_current, first.state) == (False, "ended")
    assert first.replaced_on == journey.today
    assert new.firm == journey.dossier.firm != first.firm
    if state in {"contract_sent", "in_progress"}:
        journey.to("in_progress")
        assert journey.mission.state == "in_progress"
    journey.to("closed")
    assert not verify(journey.dossier.chain)


def test_the_evaluation_as_filed_is_kept_but_for_expert_and_quote() -> None:
    journey = Journey().to("under_review").day(200)
    replace(journey, [{"item": "qms_support", "amount": "10000.00"}])
    journey.act("approve", journey.officer)
    assert journey.dossier.state == "approved"
    assert journey.dossier.bpifrance_share == Decimal("5000.00")


def test_a_firm_that_is_not_accredited_does_not_take_over() -> None:
    journey = Journey().to("in_progress")
    with pytest.raises(Refused) as refusal:
        journey.act(
            "replace_expert",
            journey.manager,
            firm=f.ExpertFirmFactory(volets=(2,)),
            lines=LINES,
            motive=MOTIVE,
        )
    assert obstacles(refusal) == {"firm:expert.accredited"}


def test_the_same_firm_does_not_take_over() -> None:
    journey = Journey().to("in_progress")
    with pytest.raises(Refused) as refusal:
        journey.act("replace_expert", journey.manager, firm=journey.mission.firm, lines=LINES, motive=MOTIVE)
    assert obstacles(refusal) == {"same_firm"}


def test_the_new_firm_takes_no_more_than_was_contracted() -> None:
    journey = Journey().to("in_progress")
    lines = [{"item": "qms_support", "amount": "20000.01"}]
    with pytest.raises(Refused) as refusal:
        journey.act("replace_expert", journey.manager, firm=f.ExpertFirmFactory(), lines=lines, motive=MOTIVE)
    assert obstacles(refusal) == {"beyond:qms_support"}


def working(journey: Journey) -> Journey:
    """Take the journey to a started work."""
    journey.to("in_progress")
    journey.file_service_contract()
    journey.act("start_work", journey.expert, work_started_on=journey.today)
    return journey.day(10)


def finish(journey: Journey, mission: Mission, **delivered: Decimal) -> Mission:
    """Have a mission end, closed and paid by itself."""
    expert = f.owner_of(mission.firm)
    journey.act("declare_work_done", expert, mission=mission, work_ended_on=journey.today)
    journey.fill_closure(mission, **delivered)
    journey.act("submit_closure", expert, mission=mission, report_given_on=journey.today)
    journey.act("confirm_restitution", journey.owner, mission=mission, restitution_on=journey.today)
    journey.act("certify_service", journey.officer, mission=mission)
    journey.act("approve_payment", journey.controller, mission=mission)
    journey.act(
        "mark_paid", journey.payer, mission=mission, reference=f"VIR-M{mission.pk}", paid_on=journey.today
    )
    return Mission.objects.get(pk=mission.pk)


def test_the_first_firm_is_paid_for_its_part_and_both_never_exceed_the_contract() -> None:
    journey = working(Journey())
    contracted = journey.dossier.bpifrance_share
    first = replace(journey)
    assert first.state == "in_progress"
    first = finish(journey, first, qms_support=Decimal("8000.00"), qms_training=Decimal("0.00"))
    assert first.final_share == Decimal("4000.00")
    journey.dossier.refresh_from_db()
    assert journey.dossier.state == "in_progress"
    journey.act("declare_conflict", journey.expert, conflict_free=True)
    journey.to("work_done")
    settlement = settlement_of(journey.mission)
    assert settlement["bpifrance_share"] == 0
    # The second firm delivers all of its quote, but 8 000 € of the item were settled already.
    journey.to("closed")
    second = journey.mission
    assert second.final_share == Decimal("8000.00")
    assert first.final_share + second.final_share == contracted
    assert Commitment.objects.get(dossier=journey.dossier).amount == contracted


def test_the_first_firm_is_settled_before_the_second_is_paid() -> None:
    journey = working(Journey())
    first = replace(journey)
    journey.to("closure_submitted")
    journey.act("confirm_restitution", journey.owner, restitution_on=journey.today)
    journey.act("certify_service", journey.officer)
    with pytest.raises(Refused) as refusal:
        journey.act("approve_payment", journey.controller)
    assert obstacles(refusal) == {"earlier_mission"}
    journey.act("end_mission", journey.manager, mission=first, motive=MOTIVE)
    first.refresh_from_db()
    assert first.state == "ended"
    journey.to("closed")
    assert Commitment.objects.get(dossier=journey.dossier).amount == journey.mission.final_share


def test_the_current_mission_is_never_ended_apart() -> None:
    journey = working(Journey())
    with pytest.raises(Refused) as refusal:
        journey.act("end_mission", journey.manager, motive=MOTIVE)
    assert obstacles(refusal) == {"not_replaced"}


def test_a_replaced_experts_work_ends_with_the_replacement() -> None:
    journey = working(Journey())
    first = replace(journey)
    journey.day(5)
    expert = f.owner_of(first.firm)
    with pytest.raises(Refused) as refusal:
        journey.act("declare_work_done", expert, mission=first, work_ended_on=journey.today)
    assert obstacles(refusal) == {"after_replacement"}


def test_a_replacement_voids_the_contract_that_the_company_has_not_signed() -> None:
    journey = Journey().to("contract_sent")
    replace(journey, [{"item": "qms_support", "amount": "10000.00"}])
    with pytest.raises(Refused) as refusal:
        journey.act("sign", journey.owner, code=journey.code(), reauthenticated=True)
    assert obstacles(refusal) == {"contract_voided"}
    journey.act("sign_for_bpifrance", journey.manager)
    terms = journey.dossier.contract.terms
    assert terms["expert"] == journey.mission.firm.name
    assert terms["money"]["total"] == "10000.00"


def test_an_amendment_after_a_replacement_moves_the_whole_by_what_it_changes() -> None:
    journey = working(Journey())
    first = replace(journey, [{"item": "qms_support", "amount": "10000.00"}])
    lowered = [{"item": "qms_support", "amount": "9000.00"}]
    journey.act("amend", journey.officer, lines=lowered, motive=MOTIVE)
    journey.act("amend", journey.expert, agreed=True)
    journey.act("amend", journey.owner, code=journey.code(), reauthenticated=True)
    assert journey.dossier.bpifrance_share == Decimal("11500.00")
    first = finish(journey, first, qms_support=Decimal("11000.00"), qms_training=Decimal("4000.00"))
    assert first.final_share == Decimal("7500.00")
    journey.to("closed")
    assert journey.mission.final_share == Decimal("4000.00")
    assert Commitment.objects.get(dossier=journey.dossier).amount == Decimal("11500.00")


def test_a_dropped_replacement_counts_for_nothing_at_the_settlement() -> None:
    journey = working(Journey())
    firm = f.ExpertFirmFactory()
    few = [{"item": "qms_support", "amount": "1000.00"}]
    journey.act("replace_expert", journey.manager, firm=firm, lines=few, motive=MOTIVE)
    journey.act("drop_amendment", journey.officer, motive=MOTIVE)
    shifted = [{"item": "qms_support", "amount": "18000.00"}, {"item": "qms_training", "amount": "6000.00"}]
    journey.act("amend", journey.officer, lines=shifted, motive=MOTIVE)
    journey.act("amend", journey.expert, agreed=True)
    journey.act("amend", journey.owner, code=journey.code(), reauthenticated=True)
    journey.to("closed")
    assert journey.mission.final_share == journey.dossier.bpifrance_share == Decimal("12000.00")


def test_a_volet_paid_to_a_replaced_expert_is_used() -> None:
    journey = working(Journey())
    finish(journey, replace(journey), qms_support=Decimal("8000.00"), qms_training=Decimal("0.00"))
    journey.act("cancel", journey.manager, motive=MOTIVE)
    again = f.DossierFactory(
        company=journey.dossier.company, device=journey.dossier.device, firm=journey.dossier.firm
    )
    assert volets_used(again) == [1]


def test_a_reversal_for_the_first_firm_opens_a_closed_dossier_again() -> None:
    journey = working(Journey())
    first = finish(journey, replace(journey), qms_support=Decimal("8000.00"), qms_training=Decimal("0.00"))
    journey.act("declare_conflict", journey.expert, conflict_free=True)
    journey.to("closed")
    journey.act(
        "reverse_payment", journey.controller, mission=first, motive=MOTIVE, bank_reason="AC04", then="pay"
    )
    journey.act("reverse_payment", journey.manager, mission=first)
    first.refresh_from_db()
    assert (first.state, journey.mission.state) == ("payment_approved", "paid")
    assert (journey.dossier.state, journey.dossier.ended_on) == ("paid", None)


def test_a_dropped_amendment_of_the_first_firm_does_not_count_for_its_closure() -> None:
    journey = working(Journey())
    lowered = [{"item": "qms_support", "amount": "1000.00"}]
    journey.act("amend", journey.officer, lines=lowered, motive=MOTIVE)
    journey.act("drop_amendment", journey.officer, motive=MOTIVE)
    first = finish(journey, replace(journey), qms_support=Decimal("8000.00"), qms_training=Decimal("0.00"))
    assert first.final_share == Decimal("4000.00")


def test_a_dropped_replacement_leaves_the_first_expert_in_place() -> None:
    journey = Journey().to("in_progress")
    first = journey.mission
    journey.act("replace_expert", journey.manager, firm=f.ExpertFirmFactory(), lines=LINES, motive=MOTIVE)
    journey.act("drop_amendment", journey.manager, motive=MOTIVE)
    assert journey.mission == first
    assert set(journey.dossier.missions.values_list("state", flat=True)) == {"in_progress", "ended"}
    journey.to("paid")


def test_a_cancellation_ends_the_replacement_under_way_and_gives_the_money_back() -> None:
    journey = Journey().to("in_progress")
    journey.act("replace_expert", journey.manager, firm=f.ExpertFirmFactory(), lines=LINES, motive=MOTIVE)
    journey.act("cancel", journey.manager, motive=MOTIVE)
    assert set(journey.dossier.missions.values_list("state", flat=True)) == {"ended"}
    assert journey.dossier.commitment.amount == 0
    assert Amendment.objects.get(dossier=journey.dossier).status == "dropped"


def test_an_act_on_the_whole_dossier_never_ends_another_mission() -> None:
    journey = working(Journey())
    first = replace(journey)
    journey.act("cancel", journey.manager, mission=first, motive=MOTIVE, bank_reason="AC04", then="pay")
    first.refresh_from_db()
    assert (first.state, journey.mission.state) == ("in_progress", "ended")
    assert Event.objects.filter(chain=journey.dossier.chain).last().data["mission"] == journey.mission.pk
