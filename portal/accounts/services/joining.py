"""Use cases on requests to join an organisation that is on the portal already; only its owners read them."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from portal.accounts.models import JoinRequest, Membership, Organisation, User
from portal.accounts.services.organisations import lock_organisation, lock_outsider, require_owner
from portal.accounts.services.refusals import Refused
from portal.accounts.services.trail import keep_event, tell

DAILY_LIMIT = 5
ALREADY_MEMBER = "Vous êtes déjà membre de cette organisation."
TOO_MANY = "Vous avez déjà envoyé cinq demandes en vingt-quatre heures. Réessayez demain."


@transaction.atomic
def ask_to_join(*, organisation: Organisation, user: User, now: datetime) -> JoinRequest:
    """Ask the owners to be invited, and tell them by e-mail; asking again while they think changes nothing.

    The person learns nothing of the organisation. Raises Refused for a member, a Bpifrance account, and
    after five requests in a day.
    """
    organisation = lock_organisation(organisation)
    user = lock_outsider(user)
    if Membership.objects.active().filter(organisation=organisation, user=user).exists():
        raise Refused(ALREADY_MEMBER)
    waiting = JoinRequest.objects.open().filter(organisation=organisation, user=user).first()
    if waiting is not None:
        return waiting
    if JoinRequest.objects.filter(user=user, asked_at__gt=now - timedelta(days=1)).count() >= DAILY_LIMIT:
        raise Refused(TOO_MANY)
    asked = JoinRequest.objects.create(organisation=organisation, user=user, asked_at=now)
    event = keep_event("join_asked", organisation, actor=user, now=now, data={"request": asked.pk})
    owners = Membership.objects.owners().filter(organisation=organisation).select_related("user")
    for membership in owners.order_by("pk"):
        tell(
            membership.user,
            subject=f"Une personne demande à rejoindre {organisation.name}",
            lines=[
                f"{user.full_name} ({user.email}) demande à rejoindre {organisation.name} sur le portail.",
                "Si vous connaissez cette personne, invitez-la\u00a0; sinon, écartez sa demande\u00a0: "
                "elle n’a accès à rien.",
            ],
            event=event,
            path=reverse("organisation_members", args=[organisation.pk]),
            label="Répondre à la demande",
            now=now,
        )
    return asked


@transaction.atomic
def put_aside(*, request: JoinRequest, actor: User, now: datetime) -> None:
    """Close a request without inviting; the person is not told, and may ask again."""
    organisation = lock_organisation(request.organisation)
    require_owner(organisation, actor)
    if not JoinRequest.objects.filter(pk=request.pk, closed_at=None).update(closed_at=now):
        raise Refused("Cette demande est déjà close.")
    keep_event("join_put_aside", organisation, actor=actor, now=now, data={"request": request.pk})


def close_for(*, organisation: Organisation, email: str, now: datetime) -> None:
    """Close the requests of a person who is now invited, in the caller's transaction."""
    JoinRequest.objects.filter(organisation=organisation, user__email=email, closed_at=None).update(
        closed_at=now
    )
