"""Parcels of final reports for the ministries: what they hold, when they left, who acknowledged them."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.models.dossier import Dossier
from portal.documents.models import Document


class ParcelQuerySet(models.QuerySet["Parcel"]):
    """Sets of parcels with a meaning."""

    def unacknowledged(self) -> ParcelQuerySet:
        """Return those that left and whose receipt is still awaited."""
        return self.filter(stage=Parcel.Stage.SENT)

    def to_remind(self, today: date) -> ParcelQuerySet:
        """Return those whose silence must be recalled to the sender on the civil date `today`."""
        return self.unacknowledged().filter(next_reminder_on__lte=today)


class Parcel(models.Model):
    """The final reports of one or several dossiers for one ministry, in a ZIP with a manifest of hashes."""

    class Stage(models.TextChoices):
        """How far it is."""

        MAKING = "making", "En préparation"
        READY = "ready", "Prêt à envoyer"
        SENT = "sent", "Envoyé, sans accusé"
        RECEIVED = "received", "Accusé reçu"
        FAILED = "failed", "Échoué"
        DROPPED = "dropped", "Abandonné"

    recipient = models.CharField("destinataire", max_length=120)
    # As the newest edition among its dossiers wrote it on that day.
    recipient_label = models.CharField("nom du destinataire", max_length=200)
    stage = models.CharField("état", max_length=10, choices=Stage.choices, default=Stage.MAKING)
    failure = models.CharField("raison de l’échec", max_length=300, blank=True)
    document = models.OneToOneField(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="parcel", verbose_name="ZIP"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="préparé par"
    )
    made_at = models.DateTimeField("préparé le")
    sent_on = models.DateField("envoyé le", null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="envoyé par",
    )
    next_reminder_on = models.DateField("prochaine relance", null=True, blank=True)
    received_on = models.DateField("accusé reçu le", null=True, blank=True)
    receipt_reference = models.CharField("référence de l’accusé", max_length=100, blank=True)
    receipt_proof = models.OneToOneField(
        Document,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parcel_receipt",
        verbose_name="preuve de l’accusé",
    )
    receipt_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="accusé enregistré par",
    )

    objects = ParcelQuerySet.as_manager()

    class Meta:
        verbose_name = "envoi aux ministères"
        verbose_name_plural = "envois aux ministères"
        ordering = ["-made_at", "-pk"]
        indexes = [
            models.Index(fields=["next_reminder_on"], name="parcel_reminder", condition=Q(stage="sent")),
            models.Index(fields=["stage", "-made_at", "-id"], name="parcel_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(stage__in=["ready", "sent", "received"]) | Q(document__isnull=False),
                name="parcel_has_file",
                violation_error_message="Un envoi prêt a son fichier.",
            ),
            models.CheckConstraint(
                condition=~Q(stage__in=["sent", "received"])
                | Q(sent_on__isnull=False, sent_by__isnull=False),
                name="parcel_sent_dated",
                violation_error_message="Un envoi parti porte sa date et son auteur.",
            ),
            models.CheckConstraint(
                condition=~Q(stage="received")
                | Q(received_on__isnull=False, received_on__gte=models.F("sent_on"))
                & Q(receipt_by__isnull=False),
                name="parcel_received_dated",
                violation_error_message="L’accusé porte une date, au plus tôt celle de l’envoi.",
            ),
        ]

    def __str__(self) -> str:
        return f"Envoi nº {self.pk}"

    @property
    def chain(self) -> str:
        """Name of the parcel's chain of audit events."""
        return f"parcel:{self.pk}"

    @property
    def tone(self) -> str:
        """The badge's tone."""
        return {
            self.Stage.READY: "info",
            self.Stage.SENT: "warning",
            self.Stage.RECEIVED: "success",
            self.Stage.FAILED: "danger",
        }.get(self.Stage(self.stage), "neutral")


class ParcelItem(models.Model):
    """One dossier of a parcel; a dossier is in one parcel per ministry, unless that one was dropped."""

    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="items", verbose_name="envoi")
    dossier = models.ForeignKey(
        Dossier, on_delete=models.PROTECT, related_name="parcel_items", verbose_name="dossier"
    )
    recipient = models.CharField("destinataire", max_length=120)
    is_dropped = models.BooleanField("abandonné", default=False)

    class Meta:
        verbose_name = "dossier d’un envoi"
        verbose_name_plural = "dossiers d’un envoi"
        ordering = ["parcel", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "recipient"],
                condition=Q(is_dropped=False),
                name="parcel_item_once",
                violation_error_message="Ce dossier est déjà dans un envoi à ce destinataire.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parcel} – {self.dossier}"


class ParcelReminder(models.Model):
    """One reminder made to a ministry that has not acknowledged a parcel."""

    parcel = models.ForeignKey(
        Parcel, on_delete=models.CASCADE, related_name="reminders", verbose_name="envoi"
    )
    made_on = models.DateField("relancé le")
    note = models.CharField("comment et à qui", max_length=300)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="relancé par"
    )

    class Meta:
        verbose_name = "relance d’un envoi"
        verbose_name_plural = "relances des envois"
        ordering = ["parcel", "made_on", "pk"]

    def __str__(self) -> str:
        return f"{self.parcel}, relance du {self.made_on:%d/%m/%Y}"
