"""Companies and expert firms as far as their people are concerned: members, invitations, requests to join."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from portal.accounts.models.people import User


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


class JoinRequestQuerySet(models.QuerySet["JoinRequest"]):
    """Sets of join requests with a meaning."""

    def open(self) -> "JoinRequestQuerySet":
        """Return the requests that wait for an owner's answer."""
        return self.filter(closed_at__isnull=True, user__is_active=True)


class JoinRequest(models.Model):
    """A person who asks the owners of an organisation to be invited; closed by an invitation or put aside."""

    organisation = models.ForeignKey(
        Organisation, verbose_name="organisation", on_delete=models.CASCADE, related_name="join_requests"
    )
    user = models.ForeignKey(
        User, verbose_name="personne", on_delete=models.CASCADE, related_name="join_requests"
    )
    asked_at = models.DateTimeField("demandée le")
    closed_at = models.DateTimeField("close le", null=True, blank=True)

    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande à rejoindre"
        verbose_name_plural = "demandes à rejoindre"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user"],
                condition=Q(closed_at__isnull=True),
                name="accounts_join_request_one_open",
                violation_error_message="Cette demande attend déjà une réponse.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} → {self.organisation_id}"
