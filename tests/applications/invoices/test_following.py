"""The expert follows his payment: each step with its date, the basis of what is expected, holds in words for him."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from applications.models import Hold, Mission, Payment, PaymentBatch, PaymentOrder
from applications.services.payments.following import (
    FEWEST_PAYMENTS,
    HELD,
    Following,
    following_of,
    read_papers,
    usual_days,
)
from portal.clock import civil_date
from tests.applications import factories as f
from tests.applications.expert.conftest import Start, desk, journey
from tests.applications.journeys import MOTIVE, Journey

__all__ = ["desk", "journey"]
pytestmark = pytest.mark.django_db
Desk = Any
SECRET = "Note interne : le cabinet est suspect."


def following(made: Journey, usual: int | None = None) -> Following:
    mission = Mission.objects.select_related("dossier", "firm").get(pk=made.mission.pk)
    read_papers([mission])
    return following_of(mission, today=made.today, usual=usual)


def done(found: Following) -> list[str]:
    return [step["label"] for step in found.steps if step["done"]]


@pytest.mark.parametrize(
    ("state", "reached"),
    [
        ("closure_submitted", ["Reçue"]),
        ("payment_approved", ["Reçue", "Contrôlée", "Validée"]),
        ("paid", ["Reçue", "Contrôlée", "Validée", "Envoyée en banque", "Payée"]),
        ("closed", ["Reçue", "Contrôlée", "Validée", "Envoyée en banque", "Payée"]),
        ("closure_incomplete", []),
    ],
)
def test_each_state_of_the_road_is_a_step(journey: Start, state: str, reached: list[str]) -> None:
    made = journey("closure_submitted" if state == "closure_incomplete" else state)
    if state == "closure_incomplete":
        made.to(state)
    found = following(made)
    assert done(found) == reached
    assert [step["current"] for step in found.steps].count(True) == (0 if "Payée" in reached else 1)
    assert found.sent_back is (state == "closure_incomplete")


def test_the_amount_follows_the_regime_of_vat(journey: Start) -> None:
    made = journey("closure_submitted")
    assert (following(made).ht, following(made).amount) == (Decimal(12000), Decimal(14400))
    made.mission.invoices.filter(addressee="bpifrance").update(vat_rate=0, vat=0, ttc=12000)
    made.mission.firm.__class__.objects.update(vat_regime="reverse_charge")
    found = following(made)
    assert found.amount == Decimal(12000)
    assert "autoliquidation" in found.basis


def test_an_expected_date_says_where_it_comes_from(journey: Start) -> None:
    made = journey("closure_submitted")
    assert following(made).expected_on is None
    found = following(made, usual=21)
    assert found.expected_on == made.today + timedelta(days=21)
    assert "délai médian" in found.steps[-1]["note"]


def test_no_date_is_promised_while_nothing_runs_nor_in_the_past(journey: Start) -> None:
    made = journey("closure_submitted")
    assert following(made, usual=0).steps[-1]["expected"] == made.today
    made.day(3)
    late = following(made, usual=2).steps[-1]
    assert (late["expected"], "dépassé" in late["note"]) == (None, True)
    made.act("set_hold", made.officer, reason="other", motive=MOTIVE)
    held = following(made, usual=21)
    assert [step["expected"] for step in held.steps] == [None] * 5
    assert "suspension levée" in held.steps[-1]["note"]
    made.act("lift_hold", made.manager, hold=Hold.objects.get().pk, motive=MOTIVE)
    made.to("closure_incomplete")
    back = following(made, usual=21)
    assert [step["expected"] for step in back.steps] == [None] * 5
    assert "renvoyée" in back.steps[-1]["note"]


def test_a_date_asked_of_the_bank_gives_way_to_a_hold_until_it_left(journey: Start) -> None:
    made = journey("payment_approved")
    day = made.today + timedelta(days=2)
    batch = PaymentBatch.objects.create(
        reference="LOT-1", execution_on=day, made_by=made.controller, made_at=made.now
    )
    PaymentOrder.objects.create(
        batch=batch, mission=made.mission, reference="E2E-1", ht=1, amount=1, creditor="Cabinet", account="FR"
    )
    assert following(made).steps[3]["expected"] == day
    Hold.objects.create(
        mission=made.mission, reason="other", motive=MOTIVE, owner=made.officer, set_at=made.now
    )
    assert [step["expected"] for step in following(made).steps] == [None] * 5
    PaymentBatch.objects.update(
        status="approved", approved_by=made.payer, approved_at=made.now, document=f.DocumentFactory()
    )
    assert following(made).steps[4]["expected"] == day


def test_the_usual_delay_is_the_median_of_the_last_payments(journey: Start) -> None:
    made = journey("paid")
    assert usual_days() is None
    paid = Payment.objects.get()
    for rank in range(FEWEST_PAYMENTS):
        mission = Mission.objects.create(
            dossier=made.dossier,
            firm=made.mission.firm,
            rank=10 + rank,
            is_current=False,
            began_on=made.today,
            closure_submitted_on=paid.paid_on - timedelta(days=20),
        )
        Payment.objects.create(
            mission=mission,
            ht=1,
            ttc=1,
            reference=f"V-{rank}",
            paid_on=paid.paid_on,
            paid_by=made.payer,
            recorded_at=made.now,
        )
    assert usual_days() == 20


@pytest.mark.parametrize("reason", Hold.Reason.values)
def test_a_hold_is_told_in_words_for_the_expert(journey: Start, desk: Desk, reason: str) -> None:
    made = journey("payment_approved")
    more = (
        {"assignee": "Banque du Nord", "document": f.DocumentFactory(), "notified_on": made.today}
        if reason == "assignment"
        else {}
    )
    Hold.objects.create(
        mission=made.mission, reason=reason, motive=SECRET, owner=made.officer, set_at=made.now, **more
    )
    found = following(made, usual=5)
    assert [one.what for one in found.held] == [HELD[reason][0]]
    assert found.expected_on is None
    client = desk(made)
    for page in (reverse("expert_payments"), reverse("mission_detail", args=[made.mission.pk])):
        shown = client.get(page).content.decode()
        assert HELD[reason][0] in shown
        assert "suspect" not in shown


def test_a_transfer_that_came_back_is_shown(journey: Start, desk: Desk) -> None:
    made = journey("paid")
    payment = Payment.objects.get()
    Payment.objects.update(reversed_on=made.today, reversal_reason="AC04", reversal_motive=SECRET)
    made.mission.__class__.objects.update(state="payment_approved")
    found = following(made)
    assert (found.payment, [one.pk for one in found.returned]) == (None, [payment.pk])
    shown = desk(made).get(reverse("expert_payments")).content.decode()
    assert "Compte clos" in shown
    assert payment.reference in shown
    assert "suspect" not in shown


def test_once_paid_the_reference_is_told(journey: Start, desk: Desk) -> None:
    made = journey("paid")
    shown = desk(made).get(reverse("mission_detail", args=[made.mission.pk])).content.decode()
    assert Payment.objects.get().reference in shown


def test_a_rival_follows_nothing_of_it(journey: Start, desk: Desk) -> None:
    made = journey("paid")
    client = desk(made)
    client.force_login(f.owner_of(f.ExpertFirmFactory()))
    shown = client.get(reverse("expert_payments")).content.decode()
    assert "Aucun paiement à suivre" in shown
    assert str(made.dossier.number) not in shown


def test_the_list_asks_the_same_queries(journey: Start, desk: Desk, django_assert_num_queries: Any) -> None:
    made = journey("closure_submitted")
    client = desk(made)
    made.act("set_hold", made.officer, reason="other", motive=MOTIVE)
    client.get(reverse("expert_payments"))
    with django_assert_num_queries(13):
        client.get(reverse("expert_payments"))
    Journey(firm=made.mission.firm).to("closure_submitted")
    Journey(firm=made.mission.firm).to("paid")
    with django_assert_num_queries(13):
        client.get(reverse("expert_payments"))


def test_totals_tell_what_is_received_and_what_is_to_come(journey: Start, desk: Desk) -> None:
    made = journey("paid")
    Journey(firm=made.mission.firm).to("closure_submitted")
    Journey().to("paid")  # another firm's
    answer = desk(made).get(reverse("expert_payments"))
    totals = answer.context["totals"]
    assert (totals.received_ht, totals.received) == (Decimal(12000), Decimal(14400))
    assert (totals.awaited_ht, totals.awaited) == (Decimal(12000), Decimal(14400))
    Payment.objects.update(reversed_on=made.today, reversal_reason="AC04", reversal_motive=SECRET)
    Mission.objects.filter(pk=made.mission.pk).update(state="payment_approved")
    back = desk(made).get(reverse("expert_payments")).context["totals"]
    assert (back.received, back.awaited) == (Decimal(0), Decimal(28800))


def test_a_paid_mission_is_folded_and_a_running_one_is_not(journey: Start, desk: Desk) -> None:
    made = journey("closure_submitted")
    client = desk(made)
    assert "<details" not in client.get(reverse("expert_payments")).content.decode().partition("<main")[2]
    made.to("paid")
    shown = client.get(reverse("expert_payments")).content.decode().partition("<main")[2]
    folded = shown.partition('<details class="dm-more">')[2].partition("</details>")[0]
    assert Payment.objects.get().reference in folded
    assert "Étapes du paiement" in folded


def test_the_sending_to_the_bank_is_dated_once_paid(journey: Start) -> None:
    made = journey("payment_approved")
    left = made.now
    batch = PaymentBatch.objects.create(
        reference="LOT-1",
        execution_on=made.today,
        made_by=made.controller,
        made_at=left,
        status="approved",
        approved_by=made.payer,
        approved_at=left,
        document=f.DocumentFactory(),
    )
    made.day(2)
    payment = Payment.objects.create(
        mission=made.mission,
        ht=1,
        ttc=1,
        reference="V-1",
        paid_on=made.today,
        paid_by=made.payer,
        recorded_at=made.now,
    )
    PaymentOrder.objects.create(
        batch=batch,
        mission=made.mission,
        reference="E2E-1",
        ht=1,
        amount=1,
        creditor="Cabinet",
        account="FR",
        status="paid",
        payment=payment,
    )
    step = following(made).steps[3]
    assert (step["label"], step["on"]) == ("Envoyée en banque", civil_date(left))
