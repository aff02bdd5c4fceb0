"""The editions that managers bring to the portal: their text, from draft to publication."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class EditionTextQuerySet(models.QuerySet["EditionText"]):
    """Sets of editions' texts with a meaning."""

    def published(self) -> EditionTextQuerySet:
        """Return those that are in force or will be, the earliest first."""
        return self.filter(state=EditionText.State.PUBLISHED).order_by("in_force_from", "pk")

    def drafts(self) -> EditionTextQuerySet:
        """Return those that somebody still works on, the latest first."""
        return self.filter(state=EditionText.State.DRAFT).order_by("-loaded_at", "-pk")


class EditionText(models.Model):
    """One version of an edition as its TOML text; a text never changes, another version is another row."""

    class State(models.TextChoices):
        """Where the text stands."""

        DRAFT = "draft", "Brouillon"
        REPLACED = "replaced", "Remplacée"
        PUBLISHED = "published", "Publiée"
        WITHDRAWN = "withdrawn", "Retirée"

    # How an address names a text, apart from the code of a published edition.
    ADDRESS = "texte-"

    code = models.CharField("code", max_length=10)
    label = models.CharField("libellé", max_length=80)
    version = models.PositiveSmallIntegerField("version", default=1)
    file_name = models.CharField("nom du fichier", max_length=120)
    text = models.TextField("texte")
    digest = models.CharField("empreinte SHA-256", max_length=64)
    # The date that the text itself names: kept beside it to be sorted and judged by the database.
    in_force_from = models.DateField("en vigueur à partir du")
    state = models.CharField("état", max_length=10, choices=State.choices, default=State.DRAFT)
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="chargée par"
    )
    loaded_at = models.DateTimeField("chargée le")
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="publiée par",
    )
    published_at = models.DateTimeField("publiée le", null=True, blank=True)
    cancel_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="annulation demandée par",
    )
    cancel_asked_at = models.DateTimeField("annulation demandée le", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="retirée par",
    )
    ended_at = models.DateTimeField("retirée le", null=True, blank=True)

    objects = EditionTextQuerySet.as_manager()

    class Meta:
        verbose_name = "texte d’édition"
        verbose_name_plural = "textes d’édition"
        ordering = ["-loaded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version"],
                name="edition_version",
                violation_error_message="Cette version de l’édition existe déjà.",
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(state="draft"),
                name="edition_one_draft",
                violation_error_message="Une édition n’a qu’un brouillon à la fois.",
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(state="published"),
                name="edition_published_once",
                violation_error_message="Une édition ne se publie qu’une fois.",
            ),
            models.UniqueConstraint(
                fields=["in_force_from"],
                condition=Q(state="published"),
                name="edition_one_a_day",
                violation_error_message="Deux éditions n’entrent pas en vigueur le même jour.",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_by__isnull=False, published_at__isnull=False),
                name="edition_published_by",
                violation_error_message="Une édition publiée dit par qui et quand.",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | ~Q(published_by=F("loaded_by")),
                name="edition_second_person",
                violation_error_message="Qui a chargé une édition ne la publie pas.",
            ),
            models.CheckConstraint(
                condition=Q(cancel_asked_by__isnull=True, cancel_asked_at__isnull=True)
                | Q(cancel_asked_by__isnull=False, cancel_asked_at__isnull=False, published_by__isnull=False),
                name="edition_cancel_asked",
                violation_error_message="Seule la publication d’une édition peut être annulée.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published"], ended_at__isnull=True, ended_by__isnull=True)
                | Q(state__in=["replaced", "withdrawn"], ended_at__isnull=False, ended_by__isnull=False),
                name="edition_ended_by",
                violation_error_message="Un texte retiré ou remplacé dit par qui et quand.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}, version {self.version}"

    @property
    def ref(self) -> str:
        """The word that names this very text in an address."""
        return f"{self.ADDRESS}{self.pk}"
