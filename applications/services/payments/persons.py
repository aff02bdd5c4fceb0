"""Who acts on batches of transfers, by themselves or by delegation; their locks and their journal.

Locks: the dossiers of a batch first, in the order of their keys, then the batch; so that two people never wait
for each other.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet
from django.urls import reverse

from applications.models import Mission, PaymentBatch, PaymentOrder
from applications.services.locking import lock
from applications.services.standing import desk_actors, lenders_of
from applications.workflow.refusals import NotYours, Obstacle, Refused
from applications.workflow.situation import LENT_BY, Actor
from portal.accounts.models import User
from portal.audit.models import Event
from portal.audit.services import append
from portal.notifications.services import notify

MAKERS, PAYERS = frozenset({Actor.CONTROLLER}), frozenset({Actor.CONTROLLER, Actor.MANAGER})
STALE = "Ce lot a changé depuis l’affichage de cette page : relisez-le. Rien de ce que vous demandiez n’a été fait."


def may_make(user: User, today: date) -> bool:
    """True for a controller, or for who acts by a controller's delegation."""
    return bool(desk_actors(user, lenders_of(user, today)) & MAKERS)


def giver_for(user: User, roles: frozenset[Actor], today: date) -> User | None:
    """Return by whose delegation a person acts, None by their own; raises NotYours."""
    lenders = lenders_of(user, today)
    if not user.is_active or not desk_actors(user, lenders) & roles:
        who = " ou ".join(sorted(role.label.lower() for role in roles))
        raise NotYours(f"Les lots de virements reviennent à : {who}.")
    if desk_actors(user, {}) & roles:
        return None
    return next(lenders[role] for role in sorted(roles & lenders.keys()))


def eyes_of_maker(batch: PaymentBatch) -> set[int | None]:
    """Return the accounts that count as having made the batch: the person, and who lent the power."""
    made = Event.objects.filter(chain=batch.chain, name="batch_made").first()
    return {batch.made_by_id, made.data.get(LENT_BY) if made else None}


def locked_missions(missions: QuerySet[Mission]) -> list[Mission]:
    """Lock the missions' dossiers in the order of their keys, then read the missions anew."""
    for dossier_id in sorted(set(missions.order_by().values_list("dossier_id", flat=True))):
        lock(dossier_id)
    return list(missions.select_related("dossier", "firm").order_by("dossier_id", "pk"))


def lock_batch(batch: PaymentBatch) -> tuple[PaymentBatch, list[PaymentOrder]]:
    """Lock the dossiers of the batch's open orders, then the batch; return both read anew."""
    orders = PaymentOrder.objects.filter(batch=batch, status=PaymentOrder.Status.OPEN)
    locked_missions(Mission.objects.filter(pk__in=orders.order_by().values("mission")))
    current = PaymentBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    return current, list(orders.select_related("mission__dossier", "mission__firm").order_by("pk"))


def tell_second(batch: PaymentBatch, event: Event, *, title: str, body: str, now: datetime) -> None:
    """Tell whoever may be the second person that something of this batch waits for one."""
    payers = User.objects.staff(*sorted(PAYERS)).exclude(pk=event.actor_ref or 0)
    notify(
        recipients=payers.order_by("pk"),
        kind=event.name,
        title=title,
        body=body,
        url=reverse("batch_detail", args=[batch.pk]),
        action="Ouvrir le lot",
        family="progress",
        blocking=True,
        subject=(batch.chain, str(batch)),
        event_ref=f"{event.chain}:{event.sequence}",
        now=now,
    )


def check_motive(motive: str) -> None:
    """Refuse a motive of less than a sentence."""
    if len(motive.strip()) < 10:
        raise Refused(
            [
                Obstacle(
                    "motive_missing",
                    "Le motif manque ou est trop court.",
                    "Écrivez en une phrase au moins pourquoi.",
                    field="motive",
                )
            ]
        )


def keep(
    name: str,
    batch: PaymentBatch,
    actor: User,
    now: datetime,
    *,
    giver: User | None,
    motive: str = "",
    **data: int | str,
) -> Event:
    """Append an event to the batch's chain, by whose delegation it was done included."""
    lent = {LENT_BY: giver.pk} if giver else {}
    return append(
        chain=batch.chain,
        name=name,
        at=now,
        actor=actor,
        data={"batch": batch.pk, **data, **lent},
        motive=motive.strip(),
        names={"actor": actor.full_name, **({"giver": giver.full_name} if giver else {})},
    )
