"""Use cases on accounts: their creation, the Bpifrance accounts, deactivation, delegations of signature."""

from datetime import date, datetime

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.crypto import get_random_string

from portal.accounts.models import Delegation, Membership, StaffRole, User
from portal.accounts.sealing import seal
from portal.accounts.services.refusals import Refused
from portal.accounts.services.trail import keep_account_event
from portal.notifications.services import send_email

# Changes that are told and kept, but end no session: they don't change who may sign in.
SESSIONS_KEPT = frozenset({"email_changed", "email_deleted", "email_confirm"})
ADDRESS_TAKEN = "Un compte existe déjà avec cette adresse électronique."
NOT_AN_ADMINISTRATOR = "Seul un administrateur peut faire cela."
HAS_MEMBERSHIPS = (
    "Cette personne est membre d’une entreprise ou d’un cabinet d’experts : "
    "elle ne peut pas avoir de rôle chez Bpifrance avec le même compte."
)


@transaction.atomic
def create_account(
    *,
    email: str,
    full_name: str,
    password: str | None = None,
    staff_role: str = StaffRole.NONE,
    is_demo: bool = False,
) -> User:
    """Create an account whose address needs no confirmation; without a password, nobody signs in with it."""
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise Refused(ADDRESS_TAKEN)
    user = User(email=email, full_name=full_name.strip(), staff_role=staff_role, is_demo=is_demo)
    user.set_password(password)
    user.full_clean()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise Refused(ADDRESS_TAKEN) from None
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


@transaction.atomic
def create_staff_account(*, email: str, full_name: str, staff_role: str, actor: User, now: datetime) -> User:
    """Create a Bpifrance account and send its owner the link by which they choose a password."""
    require_administrator(actor)
    if staff_role not in StaffRole.values or staff_role == StaffRole.NONE:
        raise Refused("Choisissez le rôle de cette personne chez Bpifrance.")
    user = create_account(email=email, full_name=full_name, staff_role=staff_role)
    keep_account_event("account_created", user, actor=actor, now=now, data={"role": staff_role})
    send_set_password_link(user=user)
    return user


@transaction.atomic
def resend_set_password_link(*, account: User, actor: User, now: datetime) -> None:
    """Send the link once more, on an administrator's order."""
    require_administrator(actor)
    keep_account_event("password_link_sent", account, actor=actor, now=now)
    send_set_password_link(user=account)


def send_set_password_link(*, user: User) -> None:
    """E-mail the link by which a person chooses a first password (valid as long as a reset link)."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    link = settings.PORTAL_URL + path.replace("UID-KEY", key)
    send_email(
        to=user.email,
        subject="Votre compte sur le portail Diagnostic DM",
        template="accounts/email/set_password",
        context={"full_name": user.full_name, "sealed_link": seal(link)},
        dedup_key=f"set-password:{user.pk}:{get_random_string(16)}",
    )


@transaction.atomic
def edit_account(
    *, account: User, full_name: str, staff_role: str, is_active: bool, actor: User, now: datetime
) -> User:
    """Change a person's name, Bpifrance role or activity; deactivation ends every session for good."""
    # Every administrator is locked, always in the same order: two of them can't remove each other at once.
    administrators = list(User.objects.staff(StaffRole.ADMINISTRATOR).select_for_update().order_by("pk"))
    if actor.pk not in {user.pk for user in administrators}:
        raise Refused(NOT_AN_ADMINISTRATOR)
    current = User.objects.select_for_update().get(pk=account.pk)
    if current.pk == actor.pk and (staff_role != current.staff_role or not is_active):
        raise Refused(
            "Vous ne pouvez ni changer votre propre rôle ni désactiver votre propre compte : "
            "demandez-le à un autre administrateur."
        )
    if staff_role not in StaffRole.values:
        raise Refused("Ce rôle n’existe pas.")
    if staff_role != StaffRole.NONE and Membership.objects.filter(user=current, is_active=True).exists():
        raise Refused(HAS_MEMBERSHIPS)
    before = {"role": current.staff_role, "active": current.is_active}
    withdrawn = (current.is_active and not is_active) or staff_role != current.staff_role
    current.full_name, current.staff_role, current.is_active = full_name.strip(), staff_role, is_active
    current.full_clean(exclude=["password"])
    current.save(update_fields=["full_name", "staff_role", "is_active"])
    if withdrawn:
        end_sessions(user=current)
    after = {"role": staff_role, "active": is_active}
    keep_account_event(
        "account_edited", current, actor=actor, now=now, data={"before": before, "after": after}
    )
    return current


def end_sessions(*, user: User) -> None:
    """Sign the person out everywhere, at their next request."""
    User.objects.filter(pk=user.pk).update(session_version=F("session_version") + 1)


@transaction.atomic
def record_security_change(*, user: User, change: str, now: datetime) -> None:
    """Keep in the account's chain how signing in changed, by the owner's own hand; the sessions open then end.

    `change` is allauth's word for it, such as "password_changed" or "webauthn_added".
    """
    if change not in SESSIONS_KEPT:
        end_sessions(user=user)
    keep_account_event(change, user, actor=user, now=now)


@transaction.atomic
def grant_delegation(
    *, user: User, capacity: str, valid_from: date, valid_until: date | None, actor: User, now: datetime
) -> Delegation:
    """Let a manager sign for Bpifrance from one civil date to another, both included."""
    require_administrator(actor)
    signatory = User.objects.select_for_update().get(pk=user.pk)
    if signatory.staff_role != StaffRole.MANAGER or not signatory.is_active:
        raise Refused(
            "Seul un responsable dont le compte est actif peut recevoir une délégation de signature."
        )
    delegation = Delegation(
        user=signatory,
        capacity=capacity.strip(),
        valid_from=valid_from,
        valid_until=valid_until,
        granted_by=actor,
    )
    delegation.full_clean()
    delegation.save()
    keep_account_event(
        "delegation_granted",
        signatory,
        actor=actor,
        now=now,
        data={
            "delegation": delegation.pk,
            "from": valid_from.isoformat(),
            "until": valid_until.isoformat() if valid_until else None,
        },
    )
    return delegation


@transaction.atomic
def end_delegation(*, delegation: Delegation, actor: User, now: datetime) -> None:
    """Withdraw a delegation at once; the signatures given until then stay good."""
    require_administrator(actor)
    current = Delegation.objects.select_for_update().get(pk=delegation.pk)
    if current.revoked_at is not None:
        raise Refused("Cette délégation est déjà retirée.")
    current.revoked_at = now
    current.save(update_fields=["revoked_at"])
    keep_account_event(
        "delegation_ended", current.user, actor=actor, now=now, data={"delegation": current.pk}
    )


def require_administrator(actor: User) -> None:
    """Refuse anybody but an active administrator."""
    administrators = User.objects.staff(StaffRole.ADMINISTRATOR)
    if not administrators.filter(pk=actor.pk).exists():
        raise Refused(NOT_AN_ADMINISTRATOR)
