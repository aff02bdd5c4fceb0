"""Private files: whose they are, what they really are, and whether they may be read."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.documents.fields import KeptFileField


class DocumentState(models.TextChoices):
    """Whether a file may be read."""

    CLEAN = "clean", "sain"
    PENDING = "pending", "analyse en cours"
    REFUSED = "refused", "refusé"


class PreviewState(models.TextChoices):
    """How far the pictures of a file's pages are."""

    NONE = "", "sans aperçu"
    ASKED = "asked", "en préparation"
    READY = "ready", "prêt"
    FAILED = "failed", "impossible"


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
    file = KeptFileField("fichier", max_length=200)
    key_name = models.CharField("clé de chiffrement", max_length=16, blank=True)
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

    # What the file says of itself, proposed to the person, never taken for true.
    date_read = models.DateField("date lue dans le fichier", null=True, blank=True)
    date_page = models.PositiveSmallIntegerField("page de cette date", null=True, blank=True)
    date_words = models.CharField("mots qui la portent", max_length=120, blank=True)
    is_signed = models.BooleanField("porte une signature électronique", null=True, blank=True)
    preview = models.CharField(
        "aperçu", max_length=10, choices=PreviewState.choices, default=PreviewState.NONE, blank=True
    )
    page_count = models.PositiveIntegerField("nombre de pages", null=True, blank=True)

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
            models.CheckConstraint(
                condition=~Q(preview=PreviewState.READY) | Q(state=DocumentState.CLEAN),
                name="document_preview_only_when_clean",
                violation_error_message="Seul un document sain a un aperçu.",
            ),
            models.CheckConstraint(
                condition=Q(date_read__isnull=True, date_page__isnull=True)
                | Q(date_read__isnull=False, date_page__isnull=False),
                name="document_date_read_on_a_page",
                violation_error_message="Une date lue l’est à une page.",
            ),
        ]
        indexes = [
            models.Index(fields=["sha256"], name="document_sha256"),
            models.Index(fields=["file"], name="document_file"),
            models.Index(fields=["key_name"], name="document_key", condition=~Q(key_name="")),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def whose(self) -> str:
        """Return what is proven with the encrypted file: another's file in its place is not read."""
        return f"document:{self.pk}"

    @property
    def is_encrypted(self) -> bool:
        """Tell whether the file is one of the most sensitive: encrypted where it is kept, read on its page first."""
        return self.key_name != ""

    @property
    def can_be_copied(self) -> bool:
        """Tell whether a PDF to be read can be made of this kind of file; of office documents, none can."""
        return self.extension in {"pdf", "png", "jpg"}

    @property
    def is_readable(self) -> bool:
        """Tell whether the file was found clean; nothing else is ever served."""
        return self.state == DocumentState.CLEAN

    @property
    def has_preview(self) -> bool:
        """Tell whether pictures of its pages may be shown."""
        return self.is_readable and self.preview == PreviewState.READY


class PagePreview(models.Model):
    """One page of a clean document as a picture made by the portal: nothing of the file is left in it."""

    document = models.ForeignKey(
        Document, on_delete=models.CASCADE, related_name="page_previews", verbose_name="document"
    )
    number = models.PositiveSmallIntegerField("page")
    file = KeptFileField("image", max_length=200)
    key_name = models.CharField("clé de chiffrement", max_length=16, blank=True)
    width = models.PositiveSmallIntegerField("largeur en pixels")
    height = models.PositiveSmallIntegerField("hauteur en pixels")

    class Meta:
        verbose_name = "aperçu de page"
        verbose_name_plural = "aperçus de pages"
        ordering = ["document", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "number"],
                name="page_preview_once",
                violation_error_message="Cette page a déjà son image.",
            ),
        ]
        indexes = [models.Index(fields=["file"], name="page_preview_file")]

    def __str__(self) -> str:
        return f"{self.document}, page {self.number}"

    @property
    def whose(self) -> str:
        """Return what is proven with the encrypted picture: another in its place is not shown."""
        return f"page:{self.document_id}:{self.number}"
