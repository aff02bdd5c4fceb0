"""Releases a batch as its second person, or gives it up: its file is written once, frozen, and downloaded."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from applications.models import PaymentBatch, PaymentOrder
from applications.services.payments import pain
from applications.services.payments.due import due_of
from applications.services.payments.making import TO_SEND, obstacles_to_pay, refuse, written
from applications.services.payments.orders import retire
from applications.services.payments.persons import (
    PAYERS,
    STALE,
    check_motive,
    eyes_of_maker,
    giver_for,
    keep,
    lock_batch,
)
from applications.workflow import guards as g
from applications.workflow.guards import Guard
from applications.workflow.refusals import Obstacle, Stale
from portal import clock
from portal.accounts.models import User
from portal.documents.services import store_made
from portal.notifications import sending

FILE_KIND = "payment_file"
Status = PaymentBatch.Status
RESTORED = Obstacle(
    "sending_stopped",
    "Ce portail vient d’être restauré\u00a0: aucun fichier de virements n’en part.",
    "Attendez que l’exploitant fasse repartir les envois.",
)
TO_RELEASE: tuple[Guard, ...] = (*TO_SEND, g.takes_no_other_decision("mark_paid"))


def approve_batch(*, batch: PaymentBatch, actor: User, now: datetime, seen: int) -> PaymentBatch:
    """Release a batch as its second person: its file is written, frozen, and can be downloaded.

    `seen` is the number of orders on the page on which the person decided. Raises NotYours, Stale, Refused.
    """
    giver = giver_for(actor, PAYERS, clock.civil_date(now))
    pain.warm()
    with transaction.atomic():
        current, orders = lock_batch(batch)
        if current.status != Status.PREPARED or len(orders) != seen:
            raise Stale(STALE)
        obstacles = release_obstacles(current, orders, actor, now, giver=giver)
        if not orders:
            obstacles.append(Obstacle("empty", "Ce lot ne compte plus aucun virement.", "Annulez-le."))
        if sending.stopped() is not None:
            obstacles.append(RESTORED)
        refuse(obstacles)
        content = written(current, orders)
        current.document = store_made(
            file=io.BytesIO(content),
            name=f"{current.reference}.xml",
            kind=FILE_KIND,
            uploaded_by=actor,
            now=now,
        )
        current.status, current.approved_by, current.approved_at = Status.APPROVED, actor, now
        current.save()
        digest = current.document.sha256
        keep("batch_approved", current, actor, now, giver=giver, orders=len(orders), sha256=digest)
    return current


def release_obstacles(
    batch: PaymentBatch,
    orders: Sequence[PaymentOrder],
    actor: User,
    now: datetime,
    *,
    giver: User | None = None,
) -> list[Obstacle]:
    """Return what keeps this person from releasing the batch now."""
    found = []
    eyes = {actor.pk, giver.pk if giver else actor.pk}
    if eyes & eyes_of_maker(batch):
        found.append(
            Obstacle(
                "own_batch",
                "Vous avez préparé ce lot, vous-même ou par délégation.",
                "Une autre personne le valide.",
            )
        )
    found += obstacles_to_pay([order.mission for order in orders], actor, now, TO_RELEASE, giver=giver)
    for order in orders:
        due = due_of(order.mission)
        if (order.ht, order.amount) != (due.ht, due.amount):
            found.append(
                Obstacle(
                    "amount_changed",
                    f"{order.mission.dossier} : le montant à payer a changé depuis la préparation.",
                    "Retirez ce virement du lot.",
                )
            )
        elif order.account_fingerprint != order.mission.account_fingerprint:
            found.append(
                Obstacle(
                    "account_changed",
                    f"{order.mission.dossier} : le compte du cabinet a changé depuis la préparation.",
                    "Retirez ce virement du lot.",
                )
            )
    return found


def download_obstacles(batch: PaymentBatch) -> list[Obstacle]:
    """Return what keeps the file of an approved batch from leaving: a hold set since on one of its payments."""
    held = batch.orders.filter(
        status=PaymentOrder.Status.OPEN, mission__holds__lifted_at__isnull=True, mission__holds__isnull=False
    ).select_related("mission__dossier")
    return [
        Obstacle(
            "held_since",
            f"{order.mission.dossier} : le paiement a été suspendu depuis.",
            "Levez la suspension, ou retirez ce virement à deux et refaites un lot.",
        )
        for order in held.distinct()
    ]


def cancel_batch(*, batch: PaymentBatch, actor: User, motive: str, now: datetime) -> PaymentBatch:
    """Give up a batch that nobody approved; its payments can go in another."""
    giver = giver_for(actor, PAYERS, clock.civil_date(now))
    check_motive(motive)
    with transaction.atomic():
        current, orders = lock_batch(batch)
        if current.status != Status.PREPARED:
            raise Stale(STALE)
        for order in orders:
            retire(order, actor, motive, now)
        current.status, current.motive = Status.CANCELLED, motive.strip()
        current.cancelled_by, current.cancelled_at = actor, now
        current.save()
        keep("batch_cancelled", current, actor, now, giver=giver, motive=motive)
    return current
