"""The expert's quote: its versions, its lines and the hash that says which lines were accepted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal

from django.db import models
from django.db.models import Q

from applications.models.dossier import MONEY, Dossier
from experts.models import ExpertFirm
from portal.documents.models import Document


def hash_of_lines(lines: Iterable[tuple[str, Decimal, str, str]]) -> str:
    """Return the SHA-256 of lines (item, amount with two decimals, complexity, performed by), in their order."""
    told = [[item, format(amount, "f"), complexity, by] for item, amount, complexity, by in lines]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


# How a line’s complexity reads in a sentence, by its key.
COMPLEXITIES = {"simple": "simple", "medium": "moyenne", "complex": "complexe"}


class Quote(models.Model):
    """One version of the expert's offer, HT, for one volet."""

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="quotes", verbose_name="dossier"
    )
    number = models.PositiveSmallIntegerField("version", default=1)
    firm = models.ForeignKey(
        ExpertFirm,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="quotes",
        verbose_name="cabinet",
    )
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="PDF"
    )
    issued_on = models.DateField("daté du", null=True, blank=True)
    signed = models.BooleanField("déjà signé", null=True, blank=True)
    # Set when the request is approved, or when the amendment that brings this version is signed by all.
    accepted_on = models.DateField("accepté le", null=True, blank=True)
    created_at = models.DateTimeField("créé le", auto_now_add=True)

    class Meta:
        verbose_name = "devis"
        verbose_name_plural = "devis"
        ordering = ["dossier", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "number"],
                name="quote_version_once",
                violation_error_message="Cette version du devis existe déjà.",
            ),
        ]

    def __str__(self) -> str:
        return f"Devis {self.dossier} v{self.number}"

    @property
    def lines_hash(self) -> str:
        """SHA-256 of the lines in order; two versions with the same lines have the same hash."""
        return hash_of_lines(
            (line.item, line.amount, line.complexity, line.performed_by) for line in self.lines.all()
        )


class QuoteLine(models.Model):
    """One priced item of a quote, HT."""

    class Complexity(models.TextChoices):
        """The annex's three cases of volet 5."""

        SIMPLE = "simple", "Simple"
        MEDIUM = "medium", "Moyen"
        COMPLEX = "complex", "Complexe"

    class PerformedBy(models.TextChoices):
        """Who carries the item out."""

        EXPERT = "expert", "L’expert"
        THIRD_PARTY = "third_party", "Un organisme tiers"
        OTHER_EXPERT = "other_expert", "Un autre expert"

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines", verbose_name="devis")
    position = models.PositiveSmallIntegerField("rang")
    item = models.CharField("poste", max_length=40)
    label = models.CharField("libellé du devis", max_length=200, blank=True)
    amount = models.DecimalField("montant HT", **MONEY)
    complexity = models.CharField("complexité", max_length=10, choices=Complexity.choices, blank=True)
    performed_by = models.CharField(
        "réalisé par", max_length=15, choices=PerformedBy.choices, default=PerformedBy.EXPERT
    )

    class Meta:
        verbose_name = "ligne de devis"
        verbose_name_plural = "lignes de devis"
        ordering = ["quote", "position"]
        indexes = [models.Index(fields=["item", "quote"], name="quote_line_by_item")]
        constraints = [
            models.UniqueConstraint(
                fields=["quote", "position"],
                name="quote_line_rank_once",
                violation_error_message="Deux lignes du devis portent le même rang.",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0),
                name="quote_line_not_negative",
                violation_error_message="Le montant d’une ligne ne peut pas être négatif.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.amount}"
