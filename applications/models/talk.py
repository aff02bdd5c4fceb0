"""What people write to each other about a dossier."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from applications.models.dossier import Dossier


class Message(models.Model):
    """A message between the company and Bpifrance, or the expert and Bpifrance."""

    class Thread(models.TextChoices):
        """Who reads it, besides Bpifrance."""

        COMPANY = "company", "Entreprise et Bpifrance"
        EXPERT = "expert", "Expert et Bpifrance"

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="messages", verbose_name="dossier"
    )
    thread = models.CharField("fil", max_length=10, choices=Thread.choices, default=Thread.COMPANY)
    mission = models.ForeignKey(
        "applications.Mission",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name="mission",
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="auteur"
    )
    body = models.TextField("message", max_length=5000)
    sent_at = models.DateTimeField("envoyé le")

    class Meta:
        verbose_name = "message"
        verbose_name_plural = "messages"
        ordering = ["sent_at", "pk"]

    def __str__(self) -> str:
        return f"Message {self.dossier} du {self.sent_at:%d/%m/%Y}"


class Note(models.Model):
    """A private note of Bpifrance; neither the company nor the expert ever sees it."""

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="notes", verbose_name="dossier"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="auteur"
    )
    body = models.TextField("note", max_length=5000)
    written_at = models.DateTimeField("écrite le")

    class Meta:
        verbose_name = "note interne"
        verbose_name_plural = "notes internes"
        ordering = ["-written_at", "-pk"]

    def __str__(self) -> str:
        return f"Note {self.dossier} du {self.written_at:%d/%m/%Y}"
