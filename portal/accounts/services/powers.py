"""Powers lent during an absence: by a manager or a controller, to one named colleague, between two dates."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse

from portal.accounts.models import PowerDelegation, StaffRole, User
from portal.accounts.services.refusals import Refused
from portal.accounts.services.trail import keep_account_event
from portal.notifications.services import notify

# Who may receive whose powers: nobody is ever both officer and controller, not even for a week.
RECEIVERS: dict[str, frozenset[str]] = {
    StaffRole.MANAGER: frozenset({StaffRole.OFFICER, StaffRole.CONTROLLER}),
    StaffRole.CONTROLLER: frozenset({StaffRole.MANAGER}),
}


def lent_to(user: User, on: date) -> list[PowerDelegation]:
    """Return the delegations that give `user` powers on that civil date, those of a role that may have them."""
    found = PowerDelegation.objects.in_force(on).filter(receiver=user).select_related("giver")
    return [one for one in found if user.staff_role in RECEIVERS[one.role]]


def possible_receivers(giver: User) -> Iterable[User]:
    """Return the active colleagues who may receive this person's powers, by name."""
    roles = RECEIVERS.get(giver.staff_role, frozenset())
    return User.objects.staff(*roles).order_by("full_name", "pk")


@transaction.atomic
def delegate_powers(
    *,
    giver: User,
    receiver: User,
    valid_from: date,
    valid_until: date,
    motive: str,
    today: date,
    now: datetime,
) -> PowerDelegation:
    """Lend the giver's powers over dossiers and payments to a colleague, both days included.

    What is lent never lets one person be both eyes: the workflow counts an act by delegation as its giver's too.
    """
    # Both rows, in one order, so that a role changed meanwhile is seen and two delegations never wait for each other.
    locked = {
        user.pk: user
        for user in User.objects.select_for_update().filter(pk__in=[giver.pk, receiver.pk]).order_by("pk")
    }
    giver, receiver = locked[giver.pk], locked[receiver.pk]
    _check_persons(giver, receiver)
    _check_words(valid_from, valid_until, motive, today)
    delegation = PowerDelegation.objects.create(
        giver=giver,
        receiver=receiver,
        role=giver.staff_role,
        valid_from=valid_from,
        valid_until=valid_until,
        motive=motive.strip(),
        created_at=now,
    )
    _keep_given(delegation, now)
    return delegation


def _keep_given(delegation: PowerDelegation, now: datetime) -> None:
    event = keep_account_event(
        "powers_delegated",
        delegation.giver,
        actor=delegation.giver,
        now=now,
        data={
            "delegation": delegation.pk,
            "receiver": delegation.receiver_id,
            "role": delegation.role,
            "from": delegation.valid_from.isoformat(),
            "until": delegation.valid_until.isoformat(),
        },
    )
    giver, first, last = delegation.giver, delegation.valid_from, delegation.valid_until
    _tell(
        delegation,
        title=f"{giver} vous délègue ses pouvoirs",
        body=f"Du {first:%d/%m/%Y} au {last:%d/%m/%Y} inclus, vous pouvez agir par délégation de {giver}.",
        event=event,
        now=now,
    )


def _check_persons(giver: User, receiver: User) -> None:
    if giver.staff_role not in RECEIVERS or not giver.is_active:
        raise Refused("Seuls un responsable ou un contrôleur délèguent leurs pouvoirs.")
    if receiver.staff_role not in RECEIVERS[giver.staff_role] or not receiver.is_active:
        raise Refused(
            "Cette personne ne peut pas recevoir vos pouvoirs\u00a0: elle les a déjà, ou elle serait à la fois "
            "chargée d’affaires et contrôleuse."
        )


def _check_words(valid_from: date, valid_until: date, motive: str, today: date) -> None:
    if valid_until < valid_from:
        raise Refused("La délégation doit se terminer après avoir commencé.")
    if valid_until < today:
        raise Refused("Ces dates sont passées\u00a0: une délégation ne vaut que pour l’avenir.")
    if valid_from < today:
        raise Refused("Une délégation ne commence pas avant aujourd’hui.")
    if len(motive.strip()) < 5:
        raise Refused("Dites en quelques mots pourquoi, par exemple «\u00a0congés d’été\u00a0».")


@transaction.atomic
def end_powers(*, delegation: PowerDelegation, actor: User, now: datetime) -> None:
    """Take the powers back at once; by their giver, or by any manager. What was done by delegation stays done."""
    current = PowerDelegation.objects.select_for_update().get(pk=delegation.pk)
    if actor.pk != current.giver_id and actor.staff_role != StaffRole.MANAGER:
        raise Refused("Seuls la personne qui délègue et les responsables retirent une délégation.")
    if current.ended_at is not None:
        raise Refused("Cette délégation est déjà retirée.")
    current.ended_at = now
    current.save(update_fields=["ended_at"])
    event = keep_account_event(
        "powers_ended", current.giver, actor=actor, now=now, data={"delegation": current.pk}
    )
    _tell(
        current,
        title="Délégation de pouvoirs retirée",
        body=f"Vous n’agissez plus par délégation de {current.giver}.",
        event=event,
        now=now,
    )


def _tell(delegation: PowerDelegation, *, title: str, body: str, event: str, now: datetime) -> None:
    notify(
        recipients=[delegation.receiver],
        kind="powers",
        title=title,
        body=body,
        url=reverse("power_list"),
        action="Voir les délégations",
        family="progress",
        blocking=True,
        event_ref=event,
        now=now,
    )
