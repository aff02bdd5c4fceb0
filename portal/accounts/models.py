"""People: accounts, organisations and their members, invitations, delegations and one-time codes."""

from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac


class StaffRole(models.TextChoices):
    """The one role of a Bpifrance account; empty for company and expert people.

    One per account, so that nobody is both officer and controller.
    """

    NONE = "", "Aucun"
    OFFICER = "officer", "Chargé d’affaires"
    MANAGER = "manager", "Responsable"
    CONTROLLER = "controller", "Contrôleur"
    AUDITOR = "auditor", "Auditeur"
    ADMINISTRATOR = "administrator", "Administrateur"


class UserManager(BaseUserManager["User"]):
    """Creates accounts whose e-mail address is always in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Return a saved account; without a password, none can be used to sign in."""
        if not email:
            raise ValueError("create_user: email is empty, expected an address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Return an administrator's account (accounts and settings; sees no dossier)."""
        return self.create_user(email, password, staff_role=StaffRole.ADMINISTRATOR, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the account with this address, whatever its letters' case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address."""

    email = models.EmailField(
        "adresse électronique",
        unique=True,
        error_messages={"unique": "Un compte existe déjà avec cette adresse électronique."},
    )
    full_name = models.CharField("prénom et nom", max_length=150)
    staff_role = models.CharField(
        "rôle chez Bpifrance",
        max_length=20,
        choices=StaffRole.choices,
        default=StaffRole.NONE,
        blank=True,
    )
    is_active = models.BooleanField("compte actif", default=True)
    is_demo = models.BooleanField("compte de démonstration", default=False)
    session_version = models.PositiveIntegerField("version des sessions", default=0)
    date_joined = models.DateTimeField("créé le", default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name = "compte"
        verbose_name_plural = "comptes"
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")),
                name="accounts_user_email_lower_case",
                violation_error_message="L’adresse électronique doit être écrite en minuscules.",
            ),
            models.CheckConstraint(
                condition=Q(staff_role__in=StaffRole.values),
                name="accounts_user_staff_role_known",
                violation_error_message="Ce rôle n’existe pas.",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_full_name(self) -> str:
        """Return the name people read."""
        return str(self)

    def get_short_name(self) -> str:
        """Return the name people read."""
        return str(self)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what ties a session to the account: a new password or version ends every session."""
        return salted_hmac(
            "portal.accounts.session",
            f"{self.password}:{self.session_version}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()


class Organisation(models.Model):
    """A company or an expert firm, as far as its people are concerned."""

    class Kind(models.TextChoices):
        COMPANY = "company", "Entreprise"
        EXPERT_FIRM = "expert_firm", "Cabinet d’experts"

    kind = models.CharField("nature", max_length=20, choices=Kind.choices)
    name = models.CharField("nom", max_length=200)
    created_at = models.DateTimeField("créée le", default=timezone.now)

    class Meta:
        verbose_name = "organisation"
        verbose_name_plural = "organisations"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["company", "expert_firm"]),
                name="accounts_organisation_kind_known",
                violation_error_message="Une organisation est une entreprise ou un cabinet d’experts.",
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="accounts_organisation_named",
                violation_error_message="Indiquez le nom de l’organisation.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipRole(models.TextChoices):
    """What a person may do among the members of an organisation."""

    OWNER = "owner", "Propriétaire"
    MEMBER = "member", "Membre"


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Sets of memberships with a meaning."""

    def active(self) -> "MembershipQuerySet":
        """Return the memberships that give rights now."""
        return self.filter(is_active=True, user__is_active=True)

    def owners(self) -> "MembershipQuerySet":
        """Return the active memberships of owners."""
        return self.active().filter(role=MembershipRole.OWNER)


class Membership(models.Model):
    """A person in an organisation; kept, inactive, after the person left."""

    user = models.ForeignKey(
        User,
        verbose_name="personne",
        on_delete=models.PROTECT,
        related_name="memberships",
    )
    organisation = models.ForeignKey(
        Organisation,
        verbose_name="organisation",
        on_delete=models.PROTECT,
        related_name="memberships",
    )
    role = models.CharField(
        "rôle",
        max_length=10,
        choices=MembershipRole.choices,
        default=MembershipRole.MEMBER,
    )
    joined_at = models.DateTimeField("membre depuis", default=timezone.now)
    is_active = models.BooleanField("actif", default=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "membre"
        verbose_name_plural = "membres"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation"],
                name="accounts_membership_once",
                violation_error_message="Cette personne est déjà membre de l’organisation.",
            ),
            models.CheckConstraint(
                condition=Q(role__in=MembershipRole.values),
                name="accounts_membership_role_known",
                violation_error_message="Un membre est propriétaire ou membre.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.organisation_id}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Sets of invitations with a meaning."""

    def open(self) -> "InvitationQuerySet":
        """Return the invitations neither used nor revoked (they may have expired)."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True)


class Invitation(models.Model):
    """An offer to join an organisation, sent to one address; the database holds only the token's hash."""

    organisation = models.ForeignKey(
        Organisation,
        verbose_name="organisation",
        on_delete=models.CASCADE,
        related_name="invitations",
    )
    email = models.EmailField("adresse électronique")
    role = models.CharField(
        "rôle",
        max_length=10,
        choices=MembershipRole.choices,
        default=MembershipRole.MEMBER,
    )
    token_hash = models.CharField("empreinte du jeton", max_length=64, unique=True)
    invited_by = models.ForeignKey(
        User,
        verbose_name="invité par",
        on_delete=models.PROTECT,
        related_name="invitations_sent",
    )
    created_at = models.DateTimeField("envoyée le")
    expires_at = models.DateTimeField("expire le")
    accepted_at = models.DateTimeField("acceptée le", null=True, blank=True)
    accepted_by = models.ForeignKey(
        User,
        verbose_name="acceptée par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invitations_accepted",
    )
    revoked_at = models.DateTimeField("annulée le", null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        verbose_name_plural = "invitations"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="accounts_invitation_one_open",
                violation_error_message="Une invitation est déjà en cours pour cette adresse.",
            ),
            models.CheckConstraint(
                condition=Q(email=Lower("email")),
                name="accounts_invitation_email_lower_case",
                violation_error_message="L’adresse électronique doit être écrite en minuscules.",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="accounts_invitation_expires_later",
                violation_error_message="Une invitation expire après son envoi.",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(
                    accepted_at__isnull=False,
                    accepted_by__isnull=False,
                    revoked_at__isnull=True,
                ),
                name="accounts_invitation_accepted_by_someone",
                violation_error_message="Une invitation acceptée l’est par quelqu’un, et n’est pas annulée.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} → {self.organisation_id}"

    def is_expired(self, now: datetime) -> bool:
        """Say whether the invitation is too old to be accepted at that instant."""
        return self.expires_at <= now


class DelegationQuerySet(models.QuerySet["Delegation"]):
    """Sets of delegations with a meaning."""

    def in_force(self, on: date) -> "DelegationQuerySet":
        """Return the delegations that let an active manager sign on that civil date, both ends included."""
        return self.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=on),
            valid_from__lte=on,
            revoked_at__isnull=True,
            user__is_active=True,
            user__staff_role=StaffRole.MANAGER,
        )


class Delegation(models.Model):
    """The right of a manager to sign for Bpifrance between two dates."""

    user = models.ForeignKey(
        User,
        verbose_name="signataire",
        on_delete=models.PROTECT,
        related_name="delegations",
    )
    capacity = models.CharField("qualité", max_length=150)
    valid_from = models.DateField("valable du")
    valid_until = models.DateField("au", null=True, blank=True)
    granted_by = models.ForeignKey(
        User,
        verbose_name="accordée par",
        on_delete=models.PROTECT,
        related_name="delegations_granted",
    )
    created_at = models.DateTimeField("enregistrée le", default=timezone.now)
    revoked_at = models.DateTimeField("retirée le", null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = "délégation de signature"
        verbose_name_plural = "délégations de signature"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="accounts_delegation_ends_after_start",
                violation_error_message="La délégation doit se terminer après avoir commencé.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} ({self.capacity})"


class OneTimeCode(models.Model):
    """A six-digit code sent by e-mail to confirm one act on one subject; only its hash is kept."""

    user = models.ForeignKey(
        User,
        verbose_name="personne",
        on_delete=models.CASCADE,
        related_name="one_time_codes",
    )
    purpose = models.CharField("acte", max_length=50)
    subject = models.CharField("objet", max_length=100)
    code_hash = models.CharField("empreinte du code", max_length=64)
    created_at = models.DateTimeField("créé le")
    expires_at = models.DateTimeField("expire le")
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    used_at = models.DateTimeField("utilisé le", null=True, blank=True)

    class Meta:
        verbose_name = "code à usage unique"
        verbose_name_plural = "codes à usage unique"
        indexes = [models.Index(fields=["user", "created_at"], name="accounts_code_user_created")]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="accounts_code_expires_later",
                violation_error_message="Un code expire après son envoi.",
            ),
            models.CheckConstraint(
                condition=Q(attempts__lte=5),
                name="accounts_code_five_attempts",
                violation_error_message="Un code ne peut pas être essayé plus de cinq fois.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject}"
