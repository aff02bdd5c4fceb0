"""What people write to each other about a dossier."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.models.dossier import Dossier


class MessageQuerySet(models.QuerySet["Message"]):
    """Sets of messages with a meaning."""

    def unread(self) -> MessageQuerySet:
        """Return those that nobody of the other side has read."""
        return self.filter(first_read_at__isnull=True)

    def to_bpifrance(self) -> MessageQuerySet:
        """Return those that the company or the expert wrote."""
        return self.filter(from_bpifrance=False)

    def to_them(self) -> MessageQuerySet:
        """Return those that Bpifrance wrote."""
        return self.filter(from_bpifrance=True)


class Message(models.Model):
    """A message between the company and Bpifrance, or the expert and Bpifrance.

    `first_read_at` is when somebody of the other side first read it. `key` names the form it was typed
    in: the same form sent twice is one message.
    """

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
    from_bpifrance = models.BooleanField("écrit par Bpifrance", default=False)
    key = models.UUIDField("clé du formulaire", null=True, blank=True)
    first_read_at = models.DateTimeField("lu le", null=True, blank=True)
    first_read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="lu par",
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "message"
        verbose_name_plural = "messages"
        ordering = ["sent_at", "pk"]
        indexes = [
            models.Index(
                fields=["dossier", "sent_at"], condition=Q(first_read_at__isnull=True), name="message_unread"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["author", "key"],
                name="message_once_per_form",
                violation_error_message="Ce message est déjà envoyé.",
            ),
            models.CheckConstraint(
                condition=Q(first_read_at__isnull=True, first_read_by__isnull=True)
                | Q(first_read_at__isnull=False, first_read_by__isnull=False),
                name="message_read_by_somebody",
                violation_error_message="Un message lu l’est par quelqu’un, à une date.",
            ),
        ]

    def __str__(self) -> str:
        return f"Message {self.dossier} du {self.sent_at:%d/%m/%Y}"


class MessageAttachment(models.Model):
    """A file joined to a message, read by those who read the message."""

    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, related_name="attachments", verbose_name="message"
    )
    document = models.OneToOneField(
        "documents.Document",
        on_delete=models.PROTECT,
        related_name="message_attachment",
        verbose_name="fichier",
    )

    class Meta:
        verbose_name = "pièce jointe"
        verbose_name_plural = "pièces jointes"
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.document)


class Note(models.Model):
    """A private note of Bpifrance; neither the company nor the expert ever sees it."""

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="notes", verbose_name="dossier"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="auteur"
    )
    body = models.TextField("note", max_length=5000)
    mentioned = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", blank=True, verbose_name="personnes citées"
    )
    written_at = models.DateTimeField("écrite le")

    class Meta:
        verbose_name = "note interne"
        verbose_name_plural = "notes internes"
        ordering = ["-written_at", "-pk"]

    def __str__(self) -> str:
        return f"Note {self.dossier} du {self.written_at:%d/%m/%Y}"
