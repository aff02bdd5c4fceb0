"""Duties with a date: what the sweep scans, so that its cost follows what is due."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from applications.models.dossier import Dossier
from applications.models.mission import Mission


class DeadlineQuerySet(models.QuerySet["Deadline"]):
    """Sets of deadlines with a meaning."""

    def due(self, today: date) -> DeadlineQuerySet:
        """Return the open deadlines with something to do on or before the civil date `today`."""
        return self.filter(closed_on__isnull=True, next_on__lte=today)


class Deadline(models.Model):
    """One running term of a dossier, with the date of the next thing to do about it."""

    class Kind(models.TextChoices):
        """Which term; `services.deadlines.PLANS` says what happens around each."""

        COMPLETION = "completion", "Complément attendu"
        SIGNATURE = "signature", "Signature du contrat"
        TERM = "term", "Terme de la prestation"
        LAPSE = "lapse", "Caducité après mise en demeure"
        REPORT = "report", "Rapport final"
        RESTITUTION = "restitution", "Confirmation de la restitution"
        CORRECTIONS = "corrections", "Correction de la clôture"

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="deadlines", verbose_name="dossier"
    )
    mission = models.ForeignKey(
        Mission,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="deadlines",
        verbose_name="mission",
    )
    kind = models.CharField("nature", max_length=15, choices=Kind.choices)
    due_on = models.DateField("échéance")
    step = models.PositiveSmallIntegerField("étapes faites", default=0)
    next_on = models.DateField("prochaine étape le", null=True, blank=True)
    closed_on = models.DateField("close le", null=True, blank=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = "échéance"
        verbose_name_plural = "échéances"
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["next_on"], condition=Q(closed_on__isnull=True), name="deadline_to_do"),
            models.Index(
                fields=["due_on", "id"], condition=Q(closed_on__isnull=True), name="deadline_running"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "kind"],
                condition=Q(closed_on__isnull=True, mission__isnull=True),
                name="deadline_one_open_per_kind",
                violation_error_message="Cette échéance court déjà.",
            ),
            models.UniqueConstraint(
                fields=["mission", "kind"],
                condition=Q(closed_on__isnull=True, mission__isnull=False),
                name="deadline_one_open_per_mission",
                violation_error_message="Cette échéance court déjà.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.dossier} – {self.due_on:%d/%m/%Y}"
