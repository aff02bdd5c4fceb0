"""Makes a batch of transfers: one open order per mission, amounts and accounts frozen, its file proven writable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from applications.models import Hold, Mission, PaymentBatch, PaymentOrder
from applications.services.facts import DossierFacts
from applications.services.payments import pain
from applications.services.payments.due import due_of
from applications.services.payments.persons import MAKERS, giver_for, keep, locked_missions, tell_second
from applications.services.standing import desk_actors, lenders_of
from applications.workflow import closure_guards as c
from applications.workflow.guards import Guard
from applications.workflow.refusals import Obstacle, Refused
from applications.workflow.situation import Situation
from applications.workflow.states import MissionState
from experts.services import masked_iban
from portal import clock
from portal.accounts.models import User
from portal.audit.models import Event
from portal.display import euros

LARGEST = 200
DAYS_AHEAD = 60
TO_SEND: tuple[Guard, ...] = (c.nothing_is_held, c.iban_is_known, c.iban_is_the_approved_one)


def sendable(user: User) -> QuerySet[Mission]:
    """Return the missions to pay that are in no batch and not on hold, the longest approved first."""
    return (
        Mission.objects.visible_to(user)
        .filter(state=MissionState.PAYMENT_APPROVED)
        .exclude(payment_orders__in=PaymentOrder.objects.filter(status=PaymentOrder.Status.OPEN))
        .exclude(holds__in=Hold.objects.filter(lifted_at__isnull=True))
        .select_related("dossier__company", "firm")
        .order_by("payment_approved_on", "pk")
    )


def make_batch(*, missions: Iterable[int], execution_on: date, actor: User, now: datetime) -> PaymentBatch:
    """Put approved payments in a batch, wholly or not at all; raises NotYours, or Refused with what is in the way."""
    today = clock.civil_date(now)
    giver = giver_for(actor, MAKERS, today)
    wanted = sorted(set(missions))
    _check_frame(wanted, execution_on, today)
    pain.warm()
    try:
        with transaction.atomic():
            found = locked_missions(Mission.objects.filter(pk__in=wanted))
            refuse(obstacles_to_pay(found, actor, now, TO_SEND), missing=len(wanted) - len(found))
            batch = PaymentBatch.objects.create(
                reference=f"provisoire-{actor.pk}-{now:%H%M%S%f}",
                execution_on=execution_on,
                made_by=actor,
                made_at=now,
            )
            batch.reference = f"LOT-{today:%Y}-{batch.pk:06d}"
            batch.save(update_fields=["reference"])
            orders = [_order(batch, mission) for mission in found]
            written(batch, orders)
            event = keep("batch_made", batch, actor, now, giver=giver, orders=len(orders))
            _announce(batch, orders, event, now)
    except IntegrityError as error:
        raise Refused(
            [
                Obstacle(
                    "in_a_batch",
                    "Un de ces paiements vient d’être mis dans un autre lot.",
                    "Relisez la liste.",
                )
            ]
        ) from error
    return batch


def _announce(batch: PaymentBatch, orders: list[PaymentOrder], event: Event, now: datetime) -> None:
    total = sum((order.amount for order in orders), Decimal(0))
    tell_second(
        batch,
        event,
        title=f"Lot de virements à valider\u00a0: {batch}",
        body=f"{len(orders)} virement{'s' if len(orders) > 1 else ''}, {euros(total)} en tout, préparé par "
        f"{batch.made_by}\u00a0: une autre personne le valide.",
        now=now,
    )


def _check_frame(wanted: Sequence[int], execution_on: date, today: date) -> None:
    if not wanted:
        raise Refused([Obstacle("nothing", "Choisissez au moins un paiement.", field="missions")])
    if len(wanted) > LARGEST:
        raise Refused([Obstacle("too_many", f"Un lot compte au plus {LARGEST} virements.", field="missions")])
    if not today <= execution_on <= today + timedelta(days=DAYS_AHEAD):
        raise Refused(
            [
                Obstacle(
                    "execution_on",
                    f"La date d’exécution va d’aujourd’hui à {DAYS_AHEAD} jours.",
                    field="execution_on",
                )
            ]
        )
    if pain.payer() is None:
        raise Refused(
            [
                Obstacle(
                    "no_payer",
                    "Le compte payeur n’est pas configuré.",
                    "Un administrateur renseigne DIAGDM_PAYER_NAME et DIAGDM_PAYER_IBAN.",
                )
            ]
        )


def obstacles_to_pay(
    missions: Iterable[Mission],
    actor: User,
    now: datetime,
    guards: Iterable[Guard],
    *,
    giver: User | None = None,
) -> list[Obstacle]:
    """Return what keeps these missions from being paid, each sentence with its dossier's number."""
    found = []
    today = clock.civil_date(now)
    lenders = lenders_of(actor, today)
    for mission in missions:
        situation = Situation(
            dossier=mission.dossier,
            mission=mission,
            actor=actor,
            standing=desk_actors(actor, lenders),
            now=now,
            today=today,
            facts=DossierFacts(mission.dossier, today=today, now=now),
            lenders=lenders,
            giver=giver,
        )
        if mission.state != MissionState.PAYMENT_APPROVED:
            found.append(Obstacle("not_to_pay", f"{mission.dossier} : le paiement n’est plus à faire."))
            continue
        found += [
            Obstacle(one.code, f"{mission.dossier} : {one.message}", one.remedy)
            for guard in guards
            for one in guard(situation)
        ]
    return found


def refuse(obstacles: list[Obstacle], *, missing: int = 0) -> None:
    """Raise Refused with what is in the way, payments that do not exist included; nothing where nothing is."""
    if missing:
        obstacles = [*obstacles, Obstacle("unknown", "Un des paiements choisis n’existe pas.")]
    if obstacles:
        raise Refused(obstacles)


def _order(batch: PaymentBatch, mission: Mission) -> PaymentOrder:
    due = due_of(mission)
    rank = mission.payment_orders.count() + 1
    return PaymentOrder.objects.create(
        batch=batch,
        mission=mission,
        reference=f"{mission.dossier.number}-{mission.rank}-{rank}",
        ht=due.ht,
        amount=due.amount,
        creditor=mission.firm.name[:140],
        account=masked_iban(mission.firm.iban),
        account_fingerprint=mission.account_fingerprint,
    )


def written(batch: PaymentBatch, orders: Iterable[PaymentOrder]) -> bytes:
    """Return the batch's file, valid against its schema."""
    payer = pain.payer()
    assert payer is not None
    transfers = [
        pain.Transfer(
            reference=order.reference,
            amount=order.amount,
            creditor=order.creditor,
            iban=order.mission.firm.iban,
            bic=order.mission.firm.bic,
            label=f"Diagnostic DM {order.mission.dossier.number} facture {due_of(order.mission).invoice}",
        )
        for order in orders
    ]
    return pain.payment_file(
        reference=batch.reference,
        made_at=batch.made_at,
        execution_on=batch.execution_on,
        payer=payer,
        transfers=transfers,
    )
