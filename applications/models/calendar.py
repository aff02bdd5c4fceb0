"""The secret links by which people's own calendars read their terms."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class CalendarFeed(models.Model):
    """One person's link; only the fingerprint of its secret is kept. Revoking deletes the row."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="calendar_feed",
        verbose_name="personne",
    )
    token_hash = models.CharField("empreinte du secret", max_length=64, unique=True)
    created_at = models.DateTimeField("créé le")
    last_used_at = models.DateTimeField("lu pour la dernière fois le", null=True, blank=True)

    class Meta:
        verbose_name = "lien d’agenda"
        verbose_name_plural = "liens d’agenda"

    def __str__(self) -> str:
        return f"Agenda de {self.user}"
