"""Takes an order out of its batch: at once before the approval; by two persons once the bank may have the file."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from applications.models import PaymentBatch, PaymentOrder
from applications.services.locking import lock
from applications.services.payments.persons import PAYERS, STALE, check_motive, giver_for, keep, tell_second
from applications.workflow.refusals import Obstacle, Refused, Stale
from applications.workflow.situation import LENT_BY
from portal import clock
from portal.accounts.models import User
from portal.audit.models import Event

Status, OrderStatus = PaymentBatch.Status, PaymentOrder.Status


def retire_order(*, order: PaymentOrder, actor: User, motive: str, now: datetime) -> PaymentOrder:
    """Take an order out of its batch: at once before the approval, as a first person after it.

    Once the file may be at the bank, a second person confirms that it was not executed.
    """
    giver = giver_for(actor, PAYERS, clock.civil_date(now))
    check_motive(motive)
    with transaction.atomic():
        batch, current = _lock_order(order)
        if batch.status == Status.PREPARED:
            retire(current, actor, motive, now)
            keep("order_retired", batch, actor, now, giver=giver, motive=motive, order=current.pk)
            end_when_over(batch, now)
            return current
        if current.retiring_asked_by_id is not None:
            raise Stale(STALE)
        current.retiring_asked_by, current.retiring_asked_at = actor, now
        current.motive = motive.strip()
        current.save()
        event = keep("order_retiring_asked", batch, actor, now, giver=giver, motive=motive, order=current.pk)
        tell_second(
            batch,
            event,
            title=f"Retrait à confirmer\u00a0: {current}",
            body=f"{actor} demande de retirer ce virement du lot {batch}\u00a0: la banque ne l’aurait pas exécuté.",
            now=now,
        )
    return current


def confirm_retired(*, order: PaymentOrder, actor: User, now: datetime) -> PaymentOrder:
    """Confirm, as the second person, that the bank did not execute an order; its payment is to be made anew."""
    giver = giver_for(actor, PAYERS, clock.civil_date(now))
    with transaction.atomic():
        batch, current = _lock_order(order)
        if current.retiring_asked_by_id is None:
            raise Stale(STALE)
        asked = Event.objects.filter(
            chain=batch.chain, name="order_retiring_asked", data__order=current.pk
        ).last()
        first = {current.retiring_asked_by_id, asked.data.get(LENT_BY) if asked else None}
        if {actor.pk, giver.pk if giver else actor.pk} & first:
            raise Refused(
                [Obstacle("same_person", "Vous avez demandé ce retrait : une autre personne le confirme.")]
            )
        retire(current, actor, current.motive, now)
        keep("order_retired", batch, actor, now, giver=giver, order=current.pk)
        end_when_over(batch, now)
    return current


def keep_order(*, order: PaymentOrder, actor: User, now: datetime) -> PaymentOrder:
    """Give up a retirement that was asked: the order stays in its batch."""
    giver = giver_for(actor, PAYERS, clock.civil_date(now))
    with transaction.atomic():
        batch, current = _lock_order(order)
        if current.retiring_asked_by_id is None:
            raise Stale(STALE)
        current.retiring_asked_by, current.retiring_asked_at, current.motive = None, None, ""
        current.save()
        keep("order_kept", batch, actor, now, giver=giver, order=current.pk)
    return current


def _lock_order(order: PaymentOrder) -> tuple[PaymentBatch, PaymentOrder]:
    lock(order.mission.dossier_id)
    batch = PaymentBatch.objects.select_for_update(of=("self",)).get(pk=order.batch_id)
    current = PaymentOrder.objects.select_related("mission__dossier").get(pk=order.pk)
    if current.status != OrderStatus.OPEN:
        raise Stale(STALE)
    return batch, current


def retire(order: PaymentOrder, actor: User, motive: str, now: datetime) -> None:
    """Write that an order is out of its batch, its dossier's and its batch's rows locked."""
    order.status, order.motive = OrderStatus.RETIRED, motive.strip()
    order.ended_by, order.ended_at = actor, now
    order.save()


def end_when_over(batch: PaymentBatch, now: datetime) -> None:
    """Close a batch of which no order is open any more: matched where something was paid, cancelled otherwise."""
    orders = list(batch.orders.select_related("payment"))
    if any(order.status == OrderStatus.OPEN for order in orders):
        return
    paid = [order.payment.paid_on for order in orders if order.payment is not None]
    if paid:
        batch.status, batch.executed_on = Status.DONE, max(paid)
    else:
        batch.status, batch.cancelled_at = Status.CANCELLED, now
        batch.motive = batch.motive or "Tous les virements ont été retirés."
    batch.save()
