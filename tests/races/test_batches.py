"""Two controllers at once, a double click, a list sent twice: nothing is in two files and nothing is paid twice.

The twin takes the dossiers' lock, the constraint and the shared reference away: then several batches hold the same
payment.
"""

from decimal import Decimal
from functools import partial
from unittest.mock import patch

import pytest
from django.db.models import QuerySet

from applications.models import Mission, Payment, PaymentBatch, PaymentOrder
from applications.services.payments import making, matching, releasing
from portal.notifications import outbox
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.races.conftest import ROUNDS, THREADS, at_once, without

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def makings(journey: Journey) -> list[partial[PaymentBatch]]:
    """Return the same payment put in a batch by twenty controllers."""
    return [
        partial(
            making.make_batch,
            missions=[journey.mission.pk],
            execution_on=journey.today,
            actor=f.ControllerFactory(),
            now=journey.now,
        )
        for _ in range(THREADS)
    ]


def released() -> tuple[Journey, PaymentBatch]:
    journey = Journey().to("payment_approved")
    batch = making.make_batch(
        missions=[journey.mission.pk], execution_on=journey.today, actor=journey.controller, now=journey.now
    )
    return journey, releasing.approve_batch(batch=batch, actor=journey.payer, now=journey.now, seen=1)


def test_twenty_controllers_put_a_payment_in_one_batch() -> None:
    for _ in range(ROUNDS):
        journey = Journey().to("payment_approved")
        assert at_once(makings(journey)) == {"done": 1, "Refused": THREADS - 1}
        assert PaymentOrder.objects.filter(mission=journey.mission, status="open").count() == 1


@pytest.mark.twin
def test_without_the_constraint_a_payment_is_in_several_batches() -> None:
    with (
        without(order_one_open_per_mission=PaymentOrder),
        patch.object(making, "locked_missions", _read),
        patch.object(making, "_order", _order),
    ):
        rounds = (makings(Journey().to("payment_approved")) for _ in range(ROUNDS))
        assert any(at_once(prepared)["done"] > 1 for prepared in rounds)


def _read(missions: QuerySet[Mission]) -> list[Mission]:
    return list(missions.select_related("dossier", "firm").order_by("dossier_id", "pk"))


def _order(batch: PaymentBatch, mission: Mission) -> PaymentOrder:
    """Keep an order whose reference is the batch's own: two equal references would stop the second one too."""
    return PaymentOrder.objects.create(
        batch=batch,
        mission=mission,
        reference=f"{mission.dossier.number}-{batch.pk}",
        ht=Decimal(100),
        amount=Decimal(120),
        creditor=mission.firm.name,
        account="FR•• •••• 0189",
        account_fingerprint=mission.account_fingerprint,
    )


def test_a_batch_is_released_once_whoever_clicks() -> None:
    journey = Journey().to("payment_approved")
    batch = making.make_batch(
        missions=[journey.mission.pk], execution_on=journey.today, actor=journey.controller, now=journey.now
    )
    acts = [
        partial(releasing.approve_batch, batch=batch, actor=journey.payer, now=journey.now, seen=1)
    ] * THREADS
    assert at_once(acts) == {"done": 1, "Stale": THREADS - 1}


def test_the_banks_list_sent_twenty_times_pays_once_with_the_broker_stopped() -> None:
    journey, batch = released()
    lines, _ = matching.read_lines(batch.orders.get().reference)
    act = partial(
        matching.reconcile,
        batch,
        lines=lines,
        executed_on=journey.today,
        actor=journey.payer,
        now=journey.now,
    )
    with patch.object(outbox.current_app, "send_task", side_effect=ConnectionError):
        assert at_once([act] * THREADS) == {"done": THREADS}
    assert Payment.objects.count() == 1
    batch.refresh_from_db()
    assert batch.status == "done"


def test_the_two_last_transfers_matched_at_once_end_the_batch() -> None:
    journeys = [Journey().to("payment_approved") for _ in range(4)]
    first = journeys[0]
    batch = making.make_batch(
        missions=[one.mission.pk for one in journeys],
        execution_on=first.today,
        actor=first.controller,
        now=first.now,
    )
    releasing.approve_batch(batch=batch, actor=first.payer, now=first.now, seen=4)
    acts = []
    for order in batch.orders.all():
        lines, _ = matching.read_lines(order.reference)
        acts.append(
            partial(
                matching.reconcile,
                batch,
                lines=lines,
                executed_on=first.today,
                actor=first.payer,
                now=first.now,
            )
        )
    assert at_once(acts) == {"done": 4}
    batch.refresh_from_db()
    assert (batch.status, Payment.objects.count()) == ("done", 4)
