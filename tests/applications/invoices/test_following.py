"""The expert follows his payment: each step with its date, the basis of what is expected, holds in words for him."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from applications.models import Hold, Mission, Payment
from applications.services.payments.following import (
    FEWEST_PAYMENTS,
    HELD,
    Following,
    following_of,
    read_papers,
    usual_days,
)
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
    with django_assert_num_queries(12):
        client.get(reverse("expert_payments"))
    Journey(firm=made.mission.firm).to("closure_submitted")
    Journey(firm=made.mission.firm).to("paid")
    with django_assert_num_queries(12):
        client.get(reverse("expert_payments"))
