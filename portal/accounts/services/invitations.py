"""Use cases on invitations: sent by e-mail, usable once and for fourteen days, revocable."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from portal.accounts.models import Invitation, Membership, MembershipRole, Organisation, User
from portal.accounts.sealing import seal
from portal.accounts.services.joining import close_for
from portal.accounts.services.organisations import lock_organisation, lock_outsider, require_owner
from portal.accounts.services.refusals import Refused
from portal.accounts.services.trail import keep_event, tell
from portal.notifications.services import send_email

VALIDITY = timedelta(days=14)
DAILY_LIMIT = 20

UNKNOWN = (
    "Cette invitation n’existe pas ou a été annulée. "
    "Demandez à un propriétaire de l’organisation de vous en envoyer une nouvelle."
)
ALREADY_USED = "Cette invitation a déjà été utilisée. Une invitation ne sert qu’une fois."
EXPIRED = (
    "Cette invitation a expiré : elle était valable quatorze jours. "
    "Demandez à un propriétaire de l’organisation de vous en envoyer une nouvelle."
)


def hash_token(token: str) -> str:
    """Return the hash under which the database knows a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(
    *, organisation: Organisation, email: str, role: str, invited_by: User, now: datetime
) -> Invitation:
    """Invite an address to join; an invitation still open for it is revoked and replaced."""
    organisation = lock_organisation(organisation)
    require_owner(organisation, invited_by)
    email = _clean_address(email)
    if role not in MembershipRole.values:
        raise Refused("Choisissez un rôle : propriétaire ou membre.")
    if Membership.objects.active().filter(organisation=organisation, user__email=email).exists():
        raise Refused("Cette personne est déjà membre de l’organisation.")
    sent_today = Invitation.objects.filter(organisation=organisation, created_at__gt=now - timedelta(days=1))
    if sent_today.count() >= DAILY_LIMIT:
        raise Refused(
            f"Vous avez déjà envoyé {DAILY_LIMIT} invitations en vingt-quatre heures. Réessayez demain."
        )
    return _offer(organisation=organisation, email=email, role=role, invited_by=invited_by, now=now)


@transaction.atomic
def invite_first_owner(
    *, organisation: Organisation, email: str, invited_by: User, now: datetime, note: str = ""
) -> Invitation:
    """Invite the owner-to-be of an organisation without an active member, on an outsider's behalf.

    One person at a time: whatever was sent before, to whichever address, is worth nothing any more.
    `note` is a sentence of the message that says what awaits them.
    """
    organisation = lock_organisation(organisation)
    if Membership.objects.active().filter(organisation=organisation).exists():
        raise Refused("Cette organisation a déjà des membres : c’est à eux d’inviter.")
    sent_today = Invitation.objects.filter(invited_by=invited_by, created_at__gt=now - timedelta(days=1))
    if sent_today.count() >= DAILY_LIMIT:
        raise Refused(
            f"Vous avez déjà envoyé {DAILY_LIMIT} invitations en vingt-quatre heures. Réessayez demain."
        )
    address = _clean_address(email)
    Invitation.objects.open().filter(organisation=organisation).update(revoked_at=now)
    return _offer(
        organisation=organisation,
        email=address,
        role=MembershipRole.OWNER,
        invited_by=invited_by,
        now=now,
        note=note,
    )


def _offer(
    *, organisation: Organisation, email: str, role: str, invited_by: User, now: datetime, note: str = ""
) -> Invitation:
    Invitation.objects.open().filter(organisation=organisation, email=email).update(revoked_at=now)
    close_for(organisation=organisation, email=email, now=now)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organisation=organisation,
        email=email,
        role=role,
        token_hash=hash_token(token),
        invited_by=invited_by,
        created_at=now,
        expires_at=now + VALIDITY,
    )
    keep_event(
        "invitation_sent",
        organisation,
        actor=invited_by,
        now=now,
        data={"invitation": invitation.pk, "role": role},
        names={"address": email},
    )
    _send(invitation, token, note)
    return invitation


def _clean_address(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Refused(
            "Indiquez une adresse électronique valable, par exemple prenom.nom@exemple.fr."
        ) from None
    return address


def _send(invitation: Invitation, token: str, note: str) -> None:
    link = settings.PORTAL_URL + reverse("invitation_accept", kwargs={"token": token})
    send_email(
        to=invitation.email,
        subject=f"Invitation à rejoindre {invitation.organisation.name}",
        template="accounts/email/invitation",
        context={
            "organisation": invitation.organisation.name,
            "invited_by": invitation.invited_by.full_name,
            "note": note,
            "sealed_link": seal(link),
        },
        dedup_key=f"invitation:{invitation.pk}",
    )


def find_invitation(*, token: str, now: datetime) -> Invitation:
    """Return the invitation that this token opens; raises Refused where it can't be accepted any more."""
    invitation = (
        Invitation.objects.select_related("organisation", "invited_by")
        .filter(token_hash=hash_token(token))
        .first()
    )
    if invitation is None:
        raise Refused(UNKNOWN)
    _check_open(invitation, now)
    return invitation


def _check_open(invitation: Invitation, now: datetime) -> None:
    if invitation.accepted_at is not None:
        raise Refused(ALREADY_USED)
    if invitation.revoked_at is not None:
        raise Refused(UNKNOWN)
    if invitation.is_expired(now):
        raise Refused(EXPIRED)


def addressed_to_another(invitation: Invitation) -> str:
    """Return the sentence for a person signed in with another address than the invited one."""
    return (
        f"Cette invitation est adressée à {invitation.email}. "
        "Déconnectez-vous, puis connectez-vous avec cette adresse."
    )


@transaction.atomic
def accept_invitation(*, token: str, user: User, now: datetime) -> Membership:
    """Make the person a member; the token is spent, and only the invited address may spend it."""
    found = find_invitation(token=token, now=now)
    lock_organisation(found.organisation)
    user = lock_outsider(user)
    invitation = Invitation.objects.select_for_update().get(pk=found.pk)
    _check_open(invitation, now)
    if user.email != invitation.email:
        raise Refused(addressed_to_another(invitation))
    invitation.accepted_at, invitation.accepted_by = now, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    membership, created = Membership.objects.get_or_create(
        user=user,
        organisation=invitation.organisation,
        defaults={"role": invitation.role, "joined_at": now},
    )
    if not created and not membership.is_active:
        membership.role, membership.joined_at, membership.is_active = invitation.role, now, True
        membership.save(update_fields=["role", "joined_at", "is_active"])
    _record_arrival(invitation, user, now)
    return membership


def _record_arrival(invitation: Invitation, user: User, now: datetime) -> None:
    """Keep who joined, and tell whoever invited them, when that is still a member."""
    organisation, inviter = invitation.organisation, invitation.invited_by
    event = keep_event(
        "member_joined",
        organisation,
        actor=user,
        now=now,
        data={"invitation": invitation.pk, "account": user.pk, "role": invitation.role},
    )
    if Membership.objects.active().filter(organisation=organisation, user=inviter).exists():
        tell(
            inviter,
            subject=f"{user.full_name} a rejoint {organisation.name}",
            lines=[
                f"{user.full_name} ({user.email}) a accepté votre invitation : "
                f"cette personne est désormais {invitation.get_role_display().lower()} de {organisation.name}."
            ],
            event=event,
            path=reverse("organisation_members", args=[organisation.pk]),
            label="Voir les membres",
            now=now,
        )


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, actor: User, now: datetime) -> None:
    """Make an open invitation worthless."""
    organisation = lock_organisation(invitation.organisation)
    require_owner(organisation, actor)
    current = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if current.accepted_at is not None:
        raise Refused(
            "Cette invitation a déjà été acceptée : retirez plutôt la personne de la liste des membres."
        )
    if current.revoked_at is not None:
        raise Refused("Cette invitation a déjà été annulée.")
    current.revoked_at = now
    current.save(update_fields=["revoked_at"])
    keep_event("invitation_revoked", organisation, actor=actor, now=now, data={"invitation": current.pk})
