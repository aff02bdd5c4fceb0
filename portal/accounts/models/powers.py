"""What lets a person act beyond their role: delegations of signature and of powers, one-time codes."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from portal.accounts.models.people import StaffRole, User


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


class PowerDelegationQuerySet(models.QuerySet["PowerDelegation"]):
    """Sets of delegations of powers with a meaning."""

    def in_force(self, on: date) -> "PowerDelegationQuerySet":
        """Return those that give powers on that civil date, both ends included.

        A power is worth nothing once its giver has left or changed roles, or its receiver has left.
        """
        return self.filter(
            valid_from__lte=on,
            valid_until__gte=on,
            ended_at__isnull=True,
            giver__is_active=True,
            giver__staff_role=F("role"),
            receiver__is_active=True,
        )


class PowerDelegation(models.Model):
    """The powers of a manager or a controller, lent to a named colleague from one date to another."""

    giver = models.ForeignKey(
        User, verbose_name="délégant", on_delete=models.PROTECT, related_name="powers_given"
    )
    receiver = models.ForeignKey(
        User, verbose_name="délégataire", on_delete=models.PROTECT, related_name="powers_received"
    )
    # The giver's role when the delegation was made: what is lent.
    role = models.CharField(
        "fonction déléguée",
        max_length=20,
        choices=[
            (StaffRole.MANAGER.value, StaffRole.MANAGER.label),
            (StaffRole.CONTROLLER.value, StaffRole.CONTROLLER.label),
        ],
    )
    valid_from = models.DateField("du")
    valid_until = models.DateField("au")
    motive = models.CharField("motif", max_length=200)
    created_at = models.DateTimeField("enregistrée le")
    ended_at = models.DateTimeField("retirée le", null=True, blank=True)

    objects = PowerDelegationQuerySet.as_manager()

    class Meta:
        verbose_name = "délégation de pouvoirs"
        verbose_name_plural = "délégations de pouvoirs"
        ordering = ["-valid_from", "-pk"]
        indexes = [models.Index(fields=["receiver", "valid_until"], name="accounts_powers_received")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")),
                name="accounts_powers_end_after_start",
                violation_error_message="La délégation doit se terminer après avoir commencé.",
            ),
            models.CheckConstraint(
                condition=~Q(giver=F("receiver")),
                name="accounts_powers_to_another",
                violation_error_message="On ne délègue ses pouvoirs qu’à une autre personne.",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["manager", "controller"]),
                name="accounts_powers_role_known",
                violation_error_message="Seuls les pouvoirs d’un responsable ou d’un contrôleur se délèguent.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver_id} → {self.receiver_id} ({self.role})"


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
