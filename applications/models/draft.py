"""What a request remembers while it is written: text not understood yet, who changed what, who is there."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from applications.models.dossier import Dossier


class DraftStep(models.Model):
    """What one step of a request under writing holds besides its answers; gone once the request is filed."""

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="draft_steps", verbose_name="dossier"
    )
    step = models.CharField("étape", max_length=20)
    # {"fields": {input: text as typed}, "base": {answer: digest when it was typed}}; never read as a fact.
    typed = models.JSONField("saisie à corriger", default=dict, blank=True)
    # {answer: {"by": key of the person, "at": instant in ISO 8601}}
    changes = models.JSONField("dernières modifications", default=dict, blank=True)
    # {"from": key of the earlier dossier, "answers": [...], "to_confirm": [...]}
    carried = models.JSONField("réponses reprises", default=dict, blank=True)

    class Meta:
        verbose_name = "étape d’un brouillon"
        verbose_name_plural = "étapes de brouillons"
        ordering = ["dossier", "step"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "step"],
                name="draft_step_once",
                violation_error_message="Cette étape du brouillon existe déjà.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} – {self.dossier}"


class DraftPresence(models.Model):
    """Where one person last was in a request under writing; gone once the request is filed."""

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="presences", verbose_name="dossier"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="personne"
    )
    step = models.CharField("étape", max_length=20)
    seen_at = models.DateTimeField("vu à")

    class Meta:
        verbose_name = "présence dans un brouillon"
        verbose_name_plural = "présences dans des brouillons"
        ordering = ["dossier", "-seen_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "user"],
                name="draft_presence_once",
                violation_error_message="La présence de cette personne est déjà connue.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.dossier}"
