"""Private files: whose they are, what they really are, and whether they may be read."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class DocumentState(models.TextChoices):
    """Whether a file may be read."""

    CLEAN = "clean", "sain"
    PENDING = "pending", "analyse en cours"
    REFUSED = "refused", "refusé"


class Document(models.Model):
    """One private file, kept byte for byte under a random name and served only where a policy allows it."""

    id = models.UUIDField("identifiant", primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.SlugField("nature", max_length=50)
    organisation = models.ForeignKey(
        "accounts.Organisation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name="organisation",
    )
    file = models.FileField("fichier", max_length=200)
    original_name = models.CharField("nom d’origine", max_length=150)
    extension = models.CharField("extension", max_length=10)
    content_type = models.CharField("type", max_length=100)
    size = models.PositiveBigIntegerField("taille en octets")
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    state = models.CharField(
        "état", max_length=10, choices=DocumentState.choices, default=DocumentState.PENDING
    )
    refusal = models.CharField("motif de refus", max_length=300, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="déposé par",
    )
    uploaded_at = models.DateTimeField("déposé le")
    issued_on = models.DateField("daté du", null=True, blank=True)
    sealed_at = models.DateTimeField("scellé le", null=True, blank=True)

    class Meta:
        verbose_name = "document"
        verbose_name_plural = "documents"
        ordering = ["-uploaded_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=DocumentState.values),
                name="document_state_known",
                violation_error_message="L’état de ce document est inconnu.",
            ),
            models.CheckConstraint(
                condition=Q(state=DocumentState.REFUSED) | Q(refusal=""),
                name="document_refusal_only_when_refused",
                violation_error_message="Seul un document refusé porte un motif de refus.",
            ),
        ]
        indexes = [models.Index(fields=["sha256"], name="document_sha256")]

    def __str__(self) -> str:
        return self.original_name

    @property
    def is_readable(self) -> bool:
        """Tell whether the file was found clean; nothing else is ever served."""
        return self.state == DocumentState.CLEAN
