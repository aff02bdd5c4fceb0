"""Changes of the bank account on which a firm is paid."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from experts.models.firms import ExpertFirm


class AccountChangeQuerySet(models.QuerySet["AccountChange"]):
    """Sets of account changes with a meaning."""

    def open(self) -> AccountChangeQuerySet:
        """Return those asked or confirmed that have not taken effect."""
        return self.filter(status__in=[AccountChange.Status.ASKED, AccountChange.Status.CONFIRMED])

    def due(self, now: datetime) -> AccountChangeQuerySet:
        """Return the confirmed ones whose delay is over at that instant."""
        return self.filter(status=AccountChange.Status.CONFIRMED, effective_at__lte=now)


class AccountChange(models.Model):
    """Another bank account asked by a firm: confirmed by a second person, in force 48 hours later."""

    class Status(models.TextChoices):
        """Where the change stands."""

        ASKED = "asked", "À confirmer par une seconde personne"
        CONFIRMED = "confirmed", "Confirmé, en attente du délai de 48 heures"
        DONE = "done", "En vigueur"
        STOPPED = "stopped", "Arrêté"

    firm = models.ForeignKey(
        ExpertFirm, on_delete=models.CASCADE, related_name="account_changes", verbose_name="cabinet"
    )
    iban = models.CharField("IBAN", max_length=34)
    bic = models.CharField("BIC", max_length=11, blank=True)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="demandé par"
    )
    asked_at = models.DateTimeField("demandé le")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="confirmé par",
    )
    confirmed_at = models.DateTimeField("confirmé le", null=True, blank=True)
    # Whom Bpifrance called back, on the number it knew before, where the firm has one member only.
    called_on = models.DateField("contre-appel le", null=True, blank=True)
    called_person = models.CharField("personne jointe", max_length=150, blank=True)
    called_number = models.CharField("numéro appelé", max_length=30, blank=True)
    effective_at = models.DateTimeField("en vigueur à partir du", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="arrêté par",
    )
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)

    objects = AccountChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "changement de compte bancaire"
        verbose_name_plural = "changements de compte bancaire"
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(
                fields=["effective_at"], condition=Q(status="confirmed"), name="account_change_to_apply"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["firm"],
                condition=Q(status__in=["asked", "confirmed"]),
                name="account_change_one_open",
                violation_error_message="Un changement de compte est déjà en cours.",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("asked_by")),
                name="account_change_four_eyes",
                violation_error_message="Un changement de compte se confirme par une seconde personne.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "done"])
                | Q(confirmed_by__isnull=False, effective_at__gt=F("confirmed_at")),
                name="account_change_waits",
                violation_error_message="Un compte n’entre en vigueur qu’un délai après sa confirmation.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.firm} ({self.get_status_display()})"
