"""What the figures are read from: how many dossiers stand in each cell, and what changed since."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

# In a cell: whatever the class, the edition or the region.
EVERY = "*"


class Tally(models.Model):
    """A number of dossiers, days or answers that agree in everything; `services.figures.tally` alone writes it.

    An act appends what it changes, minus what was and plus what is: no row is ever waited for. The worker folds
    those rows into cells, one for each choice of class, edition and region, all of them (`EVERY`) included: what a
    page reads follows the months, the volets and the words, never the number of dossiers. Every sum over both,
    in one statement, is exact.
    """

    class Stage(models.IntegerChoices):
        """Whether the row is a change or a cell; one being folded is never seen outside its transaction."""

        CHANGE = 0, "Changement"
        FOLDING = 1, "En cours de cumul"
        CELL = 2, "Cumul"

    stage = models.PositiveSmallIntegerField("étape", choices=Stage.choices, default=Stage.CHANGE)
    # A name of `services.figures.facts.Measure`.
    measure = models.CharField("mesure", max_length=15)
    # The first day of a month; of a term, the day itself.
    day = models.DateField("jour")
    volet = models.PositiveSmallIntegerField("volet")
    device = models.CharField("type et classe du dispositif", max_length=30, blank=True)
    edition = models.CharField("édition", max_length=10)
    region = models.CharField("région", max_length=60, blank=True)
    # A state, a rule, a phase, an envelope: what the measure tells apart.
    key = models.CharField("clé", max_length=120, blank=True)
    # A whole number of days, or a score: the bar of a histogram.
    value = models.PositiveIntegerField("valeur", default=0)
    n = models.BigIntegerField("nombre")
    # Whole cents: a sum is exact on every database.
    cents = models.BigIntegerField("centimes", default=0)

    class Meta:
        verbose_name = "cumul"
        verbose_name_plural = "cumuls"
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["stage"], condition=Q(stage__lt=2), name="tally_changes"),
            models.Index(fields=["id"], condition=Q(stage=2, n=0, cents=0), name="tally_empty"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "edition", "region", "measure", "day", "volet", "key", "value"],
                condition=Q(stage=2),
                name="tally_cell_once",
                violation_error_message="Ce cumul existe déjà.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.day:%Y-%m} {self.key} : {self.n}"
