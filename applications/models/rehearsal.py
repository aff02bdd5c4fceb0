"""What an edition that is not published yet would change: one rehearsal, and a line per dossier it touches."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.models.company import BPIFRANCE_READERS
from applications.models.dossier import MONEY, Dossier
from tariffs.models import EditionText


class RehearsalQuerySet(models.QuerySet["Rehearsal"]):
    """Sets of rehearsals with a meaning."""

    def running(self) -> RehearsalQuerySet:
        """Return those that a worker still has to finish."""
        return self.filter(stage__in=[Rehearsal.Stage.WAITING, Rehearsal.Stage.RUNNING])

    def done(self) -> RehearsalQuerySet:
        """Return those that went through every dossier."""
        return self.filter(stage=Rehearsal.Stage.DONE)


class Rehearsal(models.Model):
    """One passage of the filed dossiers under one text of an edition; it writes nothing of them."""

    class Stage(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "En attente"
        RUNNING = "running", "En cours"
        DONE = "done", "Terminée"
        FAILED = "failed", "Échouée"
        CANCELLED = "cancelled", "Annulée"

    id = models.UUIDField("identifiant", primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(
        EditionText, on_delete=models.PROTECT, related_name="rehearsals", verbose_name="texte d’édition"
    )
    # Of the text rehearsed: a rehearsal says nothing of any other.
    digest = models.CharField("empreinte SHA-256", max_length=64)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="demandée par"
    )
    # The dossiers filed, and their snapshots taken, until then are those that are gone through.
    asked_at = models.DateTimeField("demandée le")
    stage = models.CharField("état", max_length=10, choices=Stage.choices, default=Stage.WAITING)
    failure = models.CharField("raison de l’échec", max_length=300, blank=True)
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)
    expected = models.PositiveIntegerField("dossiers à passer", default=0)
    done = models.PositiveIntegerField("dossiers passés", default=0)
    # The last dossier gone through: a worker that takes over begins after it.
    last = models.BigIntegerField("dernier dossier passé", default=0)
    more = models.PositiveIntegerField("reçoivent plus", default=0)
    less = models.PositiveIntegerField("reçoivent moins", default=0)
    verdict_alone = models.PositiveIntegerField("changent d’avis seulement", default=0)
    ineligible = models.PositiveIntegerField("deviennent inéligibles", default=0)
    eligible = models.PositiveIntegerField("ne sont plus inéligibles", default=0)
    unreadable = models.PositiveIntegerField("illisibles", default=0)
    gained = models.DecimalField("en plus", default=0, **MONEY)
    lost = models.DecimalField("en moins", default=0, **MONEY)

    objects = RehearsalQuerySet.as_manager()

    class Meta:
        verbose_name = "répétition d’édition"
        verbose_name_plural = "répétitions d’édition"
        ordering = ["-asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition"],
                condition=Q(stage__in=["waiting", "running"]),
                name="rehearsal_one_at_once",
                violation_error_message="Une répétition de ce texte est déjà en cours.",
            ),
        ]

    def __str__(self) -> str:
        return f"Répétition de {self.edition}"

    @property
    def is_running(self) -> bool:
        """True while a worker still has to finish it."""
        return self.stage in {self.Stage.WAITING, self.Stage.RUNNING}

    @property
    def is_done(self) -> bool:
        """True once every dossier was gone through."""
        return self.stage == self.Stage.DONE

    @property
    def changed(self) -> int:
        """How many dossiers change, in their share or in their verdict."""
        return self.more + self.less + self.verdict_alone

    @property
    def percent(self) -> int:
        """How much is done, 0 to 100; never 100 before the end."""
        return min(99, self.done * 100 // self.expected) if self.expected else 0


class RehearsalLineQuerySet(models.QuerySet["RehearsalLine"]):
    """Sets of lines with a meaning."""

    def visible_to(self, user: Any) -> RehearsalLineQuerySet:
        """Return the lines a person may read: those of Bpifrance who read every filed dossier."""
        return self.all() if user.staff_role in BPIFRANCE_READERS else self.none()


class RehearsalLine(models.Model):
    """What one dossier would get under the edition rehearsed; there is none where nothing changes."""

    class Kind(models.TextChoices):
        """What changes first of all."""

        MORE = "more", "Reçoit plus"
        LESS = "less", "Reçoit moins"
        VERDICT = "verdict", "Change d’avis seulement"
        UNREADABLE = "unreadable", "Illisible"

    class Becomes(models.TextChoices):
        """What its eligibility becomes, where it changes."""

        INELIGIBLE = "ineligible", "Devient inéligible"
        ELIGIBLE = "eligible", "N’est plus inéligible"

    rehearsal = models.ForeignKey(
        Rehearsal, on_delete=models.CASCADE, related_name="lines", verbose_name="répétition"
    )
    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+", verbose_name="dossier")
    volet = models.PositiveSmallIntegerField("volet")
    kind = models.CharField("effet", max_length=10, choices=Kind.choices)
    becomes = models.CharField("éligibilité", max_length=10, choices=Becomes.choices, blank=True)
    verdict_before = models.CharField("verdict avant", max_length=15, blank=True)
    verdict_after = models.CharField("verdict après", max_length=15, blank=True)
    share_before = models.DecimalField("quote-part avant", null=True, blank=True, **MONEY)
    share_after = models.DecimalField("quote-part après", null=True, blank=True, **MONEY)
    # The distance between both shares, by which the list is sorted; 0 where only the verdict changes.
    weight = models.DecimalField("écart", default=0, **MONEY)
    # The names of the rules that say something else.
    rules = models.JSONField("règles", default=list, blank=True)
    reason = models.CharField("pourquoi illisible", max_length=300, blank=True)

    objects = RehearsalLineQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne de répétition"
        verbose_name_plural = "lignes de répétition"
        ordering = ["-weight", "-pk"]
        indexes = [
            models.Index(fields=["rehearsal", "-weight", "-id"], name="rehearsal_line_order"),
            models.Index(fields=["rehearsal", "kind", "-weight", "-id"], name="rehearsal_line_kind"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["rehearsal", "dossier"],
                name="rehearsal_line_once",
                violation_error_message="Un dossier n’a qu’une ligne par répétition.",
            ),
            models.CheckConstraint(
                condition=Q(kind="unreadable", share_after__isnull=True)
                | (~Q(kind="unreadable") & Q(share_before__isnull=False, share_after__isnull=False)),
                name="rehearsal_line_shares",
                violation_error_message="Une ligne a ses deux quotes-parts, ou dit pourquoi non.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} : {self.get_kind_display()}"
