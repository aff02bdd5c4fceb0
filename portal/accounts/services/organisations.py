"""Use cases on organisations: their creation, their members, their ownership.

Every write locks the organisation's row first, so that two persons never decide at once.
"""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from portal.accounts.models import Membership, MembershipRole, Organisation, StaffRole, User
from portal.accounts.services.refusals import Refused
from portal.accounts.services.trail import keep_event, tell

STAFF_CANNOT_JOIN = (
    "Un compte Bpifrance ne peut pas rejoindre une entreprise ni un cabinet d’experts. "
    "Utilisez un compte personnel, avec une autre adresse électronique."
)
NOT_AN_OWNER = "Seul un propriétaire de l’organisation peut faire cela."
NOT_A_MEMBER = "Cette personne n’est plus membre de l’organisation."
LAST_OWNER = (
    "Une organisation garde toujours un propriétaire. "
    "Transmettez d’abord la propriété à un autre membre, puis recommencez."
)


def lock_organisation(organisation: Organisation) -> Organisation:
    """Return the organisation, locked until the end of the transaction."""
    return Organisation.objects.select_for_update().get(pk=organisation.pk)


def lock_outsider(user: User) -> User:
    """Return the account, locked, once sure that it is active and not Bpifrance's."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.staff_role != StaffRole.NONE:
        raise Refused(STAFF_CANNOT_JOIN)
    if not locked.is_active:
        raise Refused("Ce compte est désactivé : il ne peut rejoindre aucune organisation.")
    return locked


def require_owner(organisation: Organisation, actor: User) -> None:
    """Refuse anybody but an active owner."""
    if not Membership.objects.owners().filter(organisation=organisation, user=actor).exists():
        raise Refused(NOT_AN_OWNER)


@transaction.atomic
def create_organisation(*, name: str, kind: str, owner: User, now: datetime) -> Organisation:
    """Create a company or an expert firm owned by this person, who must not be from Bpifrance."""
    owner = lock_outsider(owner)
    organisation = Organisation(name=name.strip(), kind=kind)
    organisation.full_clean()
    organisation.save()
    Membership.objects.create(user=owner, organisation=organisation, role=MembershipRole.OWNER)
    keep_event("organisation_created", organisation, actor=owner, now=now, data={"owner": owner.pk})
    return organisation


@transaction.atomic
def remove_member(*, membership: Membership, actor: User, now: datetime) -> None:
    """Take a person's rights in the organisation away; a member may also leave by themselves.

    What the person did stays, and so does the row, inactive. Whoever is removed by another is told.
    """
    organisation = lock_organisation(membership.organisation)
    leaving = membership.user_id == actor.pk
    if not leaving:
        require_owner(organisation, actor)
    current = _active_membership(membership)
    if current.role == MembershipRole.OWNER and not _has_another_owner(current):
        raise Refused(LAST_OWNER)
    Membership.objects.filter(pk=current.pk).update(is_active=False, role=MembershipRole.MEMBER)
    event = keep_event(
        "member_left" if leaving else "member_removed",
        organisation,
        actor=actor,
        now=now,
        data={"account": current.user_id, "role": current.role},
        names={"account": current.user.full_name},
    )
    if not leaving:
        tell(
            current.user,
            subject=f"Vous n’êtes plus membre de {organisation.name}",
            lines=[
                f"{actor.full_name} vous a retiré des membres de {organisation.name}. "
                "Ce que vous avez fait est conservé."
            ],
            event=event,
            path=reverse("home_of_user"),
            label="Ouvrir mon espace",
            now=now,
        )


@transaction.atomic
def change_owner(*, membership: Membership, actor: User, now: datetime) -> None:
    """Hand the ownership of the actor over to another active member; the actor stays as a member.

    Both are told by e-mail, so that nobody loses or gains an organisation without knowing.
    """
    organisation = lock_organisation(membership.organisation)
    require_owner(organisation, actor)
    heir = _active_membership(membership)
    if heir.user_id == actor.pk:
        raise Refused("Vous êtes déjà propriétaire de cette organisation.")
    Membership.objects.filter(pk=heir.pk).update(role=MembershipRole.OWNER)
    Membership.objects.filter(organisation=organisation, user=actor).update(role=MembershipRole.MEMBER)
    event = keep_event(
        "ownership_handed_over",
        organisation,
        actor=actor,
        now=now,
        data={"from": actor.pk, "to": heir.user_id},
        names={"heir": heir.user.full_name},
    )
    told = {
        heir.user: f"{actor.full_name} vous a transmis la propriété de {organisation.name} : vous pouvez "
        "désormais inviter et retirer des membres.",
        actor: f"Vous avez transmis la propriété de {organisation.name} à {heir.user.full_name}. "
        "Vous en restez membre. Si ce n’est pas vous, écrivez sans attendre à cette personne.",
    }
    for person, line in told.items():
        tell(
            person,
            subject=f"{organisation.name} change de propriétaire",
            lines=[line],
            event=event,
            path=reverse("organisation_members", args=[organisation.pk]),
            label="Voir les membres",
            now=now,
        )


def _active_membership(membership: Membership) -> Membership:
    current = Membership.objects.active().select_related("user").filter(pk=membership.pk).first()
    if current is None:
        raise Refused(NOT_A_MEMBER)
    return current


def _has_another_owner(membership: Membership) -> bool:
    owners = Membership.objects.owners().filter(organisation_id=membership.organisation_id)
    return owners.exclude(pk=membership.pk).exists()
