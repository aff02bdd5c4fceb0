"""Letters being written and the reasons they are written with: drafts shared by colleagues, a library of sentences."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery

from applications.models.dossier import Dossier
from applications.models.mission import Mission
from portal.documents.models import Document


class LetterDraft(models.Model):
    """The letter of an act that is not done yet: what the act will be given, and the sections rewritten."""

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="letter_drafts", verbose_name="dossier"
    )
    mission = models.ForeignKey(
        Mission, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="mission"
    )
    act = models.CharField("acte", max_length=30)
    inputs = models.JSONField("données de l’acte", default=dict, blank=True)
    # By section, only what differs from the composed text: the rest goes on following the dossier.
    texts = models.JSONField("sections réécrites", default=dict, blank=True)
    # Two colleagues never overwrite each other: each keeping names the revision it was read at.
    revision = models.PositiveIntegerField("révision", default=1)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="écrit par"
    )
    updated_at = models.DateTimeField("écrit le")
    preview = models.ForeignKey(
        Document, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="aperçu"
    )
    preview_revision = models.PositiveIntegerField("révision de l’aperçu", null=True, blank=True)
    preview_asked = models.PositiveIntegerField("révision de l’aperçu demandé", null=True, blank=True)

    class Meta:
        verbose_name = "courrier en préparation"
        verbose_name_plural = "courriers en préparation"
        ordering = ["dossier", "act", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "act"],
                condition=Q(mission__isnull=True),
                name="letter_draft_one_per_act",
                violation_error_message="Un courrier est déjà en préparation pour cet acte.",
            ),
            models.UniqueConstraint(
                fields=["dossier", "act", "mission"],
                condition=Q(mission__isnull=False),
                name="letter_draft_one_per_mission",
                violation_error_message="Un courrier est déjà en préparation pour cet acte.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} – {self.dossier}"


class ReasonQuerySet(models.QuerySet["Reason"]):
    """The reasons of the library."""

    def in_force(self) -> ReasonQuerySet:
        """Return the reasons that may be inserted, each with its present `title` and `text`."""
        return self.filter(retired_at__isnull=True).with_words()

    def with_words(self) -> ReasonQuerySet:
        """Return the reasons with the words of their last version: `title`, `text`, `number`, `written_at`."""
        last = ReasonVersion.objects.filter(reason=OuterRef("pk")).order_by("-number")
        names = ("title", "text", "number", "written_at")
        return self.annotate(**{name: Subquery(last.values(name)[:1]) for name in names}).order_by(
            "rule", "title", "pk"
        )


class Reason(models.Model):
    """A paragraph kept for letters, about one rule or about none; its words are its last version's."""

    rule = models.CharField("règle", max_length=60, blank=True)
    retired_at = models.DateTimeField("retirée le", null=True, blank=True)

    objects = ReasonQuerySet.as_manager()

    class Meta:
        verbose_name = "formulation"
        verbose_name_plural = "formulations"
        ordering = ["rule", "pk"]

    def __str__(self) -> str:
        return f"Formulation {self.pk} {self.rule}".strip()


class ReasonVersion(models.Model):
    """The words of a reason from one day on; versions are added, never changed."""

    reason = models.ForeignKey(
        Reason, on_delete=models.CASCADE, related_name="versions", verbose_name="formulation"
    )
    number = models.PositiveIntegerField("version")
    title = models.CharField("titre", max_length=120)
    text = models.TextField("texte")
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="écrite par"
    )
    written_at = models.DateTimeField("écrite le")

    class Meta:
        verbose_name = "version d’une formulation"
        verbose_name_plural = "versions des formulations"
        ordering = ["reason", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["reason", "number"],
                name="reason_version_once",
                violation_error_message="Quelqu’un d’autre vient d’écrire cette version.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} (version {self.number})"
