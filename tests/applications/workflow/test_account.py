"""The account paid is the one approved: a change in between stops the payment until someone checked it."""

from datetime import timedelta

import pytest

from applications.models import Payment
from experts import services
from portal.notifications.models import Outbox
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.workflow.test_request import refused

pytestmark = pytest.mark.django_db
OTHER = "FR7630006000011234567890189"


def change_account(journey: Journey, iban: str = OTHER) -> None:
    firm = journey.mission.firm
    services.update_payment_details(
        firm=firm,
        actor=journey.expert,
        now=journey.now,
        iban=iban,
        bic="AGRIFRPP882",
        vat_regime="standard",
        vat_number="FR83404833048",
    )


def pay(journey: Journey) -> set[str]:
    return refused(journey, "mark_paid", journey.payer, reference="VIR-1", paid_on=journey.today)


def hold(journey: Journey) -> int:
    journey.act("set_hold", journey.controller, reason="iban_change", motive=MOTIVE)
    return int(journey.mission.holds.get(lifted_at=None).pk)


def lift(journey: Journey, pk: int) -> None:
    journey.act("lift_hold", journey.controller, hold=pk, motive=MOTIVE)


def test_the_account_approved_is_paid_and_kept_masked() -> None:
    journey = Journey().to("paid")
    payment = Payment.objects.get()
    iban = journey.mission.firm.iban
    assert payment.account.endswith(iban[-4:])
    assert iban not in payment.account
    assert iban not in journey.mission.approved_account


def test_an_account_changed_after_the_approval_is_not_paid_until_a_hold_is_lifted() -> None:
    journey = Journey().to("payment_approved")
    change_account(journey.day())
    assert pay(journey) == {"iban_changed"}
    pk = hold(journey.day())
    assert "iban_changed" in pay(journey)
    lift(journey, pk)
    journey.to("paid")
    assert Payment.objects.get().account.endswith(OTHER[-4:])


def test_a_hold_set_before_the_change_accepts_nothing() -> None:
    journey = Journey().to("payment_approved")
    pk = hold(journey)
    change_account(journey.day())
    lift(journey.day(), pk)
    assert pay(journey) == {"iban_changed"}


def test_a_new_change_after_the_hold_was_lifted_stops_the_payment_again() -> None:
    journey = Journey().to("payment_approved")
    change_account(journey.day())
    lift(journey, hold(journey))
    journey.now += timedelta(minutes=1)
    change_account(journey, "FR1420041010050500013M02606")
    assert pay(journey) == {"iban_changed"}


def test_an_account_emptied_is_not_paid() -> None:
    journey = Journey().to("payment_approved")
    type(journey.mission.firm).objects.filter(pk=journey.mission.firm_id).update(iban="")
    assert pay(journey) == {"no_iban", "iban_changed"}


def test_the_controllers_are_told_of_a_change() -> None:
    journey = Journey().to("payment_approved")
    change_account(journey.day())
    told = [
        row.payload
        for row in Outbox.objects.filter(kind="notify")
        if "Compte bancaire" in row.payload["title"]
    ]
    assert {row["user"] for row in told} >= {journey.controller.pk, journey.payer.pk}
    assert OTHER not in str(told)
