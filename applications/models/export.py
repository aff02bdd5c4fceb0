"""What was exported: by whom, of what, with which columns, and the file until it expires."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.models.dossier import Dossier
from portal.documents.models import Document


class ExportQuerySet(models.QuerySet["Export"]):
    """Sets of exports with a meaning."""

    def running(self) -> ExportQuerySet:
        """Return those that a worker still has to finish."""
        return self.filter(stage__in=[Export.Stage.WAITING, Export.Stage.RUNNING])

    def outdated(self, now: datetime) -> ExportQuerySet:
        """Return those whose file has lived its time."""
        return self.filter(stage=Export.Stage.READY, expires_at__lte=now)


class Export(models.Model):
    """One file made by a worker for one person: a list as filtered, or the archive of a dossier."""

    ARCHIVE = "archive"

    class Stage(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "En attente"
        RUNNING = "running", "En préparation"
        READY = "ready", "Prêt"
        FAILED = "failed", "Échoué"
        CANCELLED = "cancelled", "Annulé"
        EXPIRED = "expired", "Expiré"

    class Format(models.TextChoices):
        """What the file is."""

        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel (XLSX)"
        ODS = "ods", "LibreOffice (ODS)"
        ZIP = "zip", "Archive ZIP"

    id = models.UUIDField("identifiant", primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports", verbose_name="demandé par"
    )
    # The role in which it was asked: the columns follow it, and the file is its owner's only while he has it.
    role = models.CharField("fonction", max_length=20)
    # The slug of a list, or ARCHIVE with its dossier.
    listing = models.SlugField("liste", max_length=30)
    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="dossier"
    )
    title = models.CharField("titre", max_length=200)
    format = models.CharField("format", max_length=5, choices=Format.choices)
    columns = models.JSONField("colonnes", default=list, blank=True)
    # The address' query of the list, read again when the file is made.
    query = models.TextField("filtres", blank=True)
    stage = models.CharField("état", max_length=10, choices=Stage.choices, default=Stage.WAITING)
    # Rows of a list, or files of an archive.
    expected = models.PositiveIntegerField("lignes annoncées", default=0)
    done = models.PositiveIntegerField("lignes faites", default=0)
    failure = models.CharField("raison de l’échec", max_length=300, blank=True)
    asked_at = models.DateTimeField("demandé le")
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)
    expires_at = models.DateTimeField("expire le", null=True, blank=True)
    document = models.OneToOneField(
        Document,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="export",
        verbose_name="fichier",
    )

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = "export"
        verbose_name_plural = "exports"
        ordering = ["-asked_at", "pk"]
        indexes = [
            models.Index(fields=["owner", "-asked_at"], name="export_of_owner"),
            models.Index(fields=["expires_at"], name="export_expiry", condition=Q(stage="ready")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(stage="ready", document__isnull=False, expires_at__isnull=False)
                | (~Q(stage="ready") & Q(document__isnull=True)),
                name="export_ready_has_file",
                violation_error_message="Un export prêt, et lui seul, a un fichier et une date de fin.",
            ),
            models.CheckConstraint(
                condition=Q(listing="archive", dossier__isnull=False)
                | (~Q(listing="archive") & Q(dossier__isnull=True)),
                name="export_archive_of_dossier",
                violation_error_message="Une archive est celle d’un dossier\u00a0; une liste n’est celle d’aucun.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_running(self) -> bool:
        """True while a worker still has to finish it."""
        return self.stage in {self.Stage.WAITING, self.Stage.RUNNING}

    @property
    def percent(self) -> int:
        """How much is done, 0 to 100; never 100 before the file is there."""
        return min(99, self.done * 100 // self.expected) if self.expected else 0

    @property
    def tone(self) -> str:
        """The badge's tone."""
        return {
            self.Stage.READY: "success",
            self.Stage.FAILED: "danger",
            self.Stage.RUNNING: "info",
            self.Stage.WAITING: "info",
        }.get(self.Stage(self.stage), "neutral")
