"""Who gets which dossier: the rules, their switch, absences with their cover, and assignments of many at once."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from applications.models.dossier import Dossier
from portal.accounts.models import StaffRole, User


class AssignmentRule(models.Model):
    """Which officers get the dossiers of some volets and regions; an empty list asks nothing."""

    rank = models.PositiveIntegerField("rang")
    name = models.CharField("nom", max_length=80)
    volets = models.JSONField("volets", default=list, blank=True)
    # As the list filters them.
    regions = models.JSONField("régions", default=list, blank=True)
    officers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="assignment_rules", verbose_name="chargés d’affaires"
    )
    # Live dossiers of one officer above which the rule gives nothing more; null: as many as come.
    ceiling = models.PositiveIntegerField("plafond par personne", null=True, blank=True)
    is_on = models.BooleanField("en service", default=True)

    class Meta:
        verbose_name = "règle d’affectation"
        verbose_name_plural = "règles d’affectation"
        ordering = ["rank", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ceiling__isnull=True) | Q(ceiling__gte=1),
                name="assignment_rule_ceiling",
                violation_error_message="Le plafond est d’un dossier au moins.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AssignmentSwitch(models.Model):
    """The one row that turns all the rules on or off; whoever assigns by them or changes them holds it first."""

    ONLY = 1

    id = models.PositiveSmallIntegerField("identifiant", primary_key=True, default=ONLY, editable=False)
    is_on = models.BooleanField("règles en service", default=True)

    class Meta:
        verbose_name = "interrupteur des règles d’affectation"
        verbose_name_plural = "interrupteur des règles d’affectation"
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1),
                name="assignment_switch_one",
                violation_error_message="Il n’y a qu’un interrupteur des règles.",
            ),
        ]

    def __str__(self) -> str:
        return "en service" if self.is_on else "suspendues"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """Sets of absences with a meaning."""

    def on(self, day: date) -> AbsenceQuerySet:
        """Return those of that civil date, both ends included, unless ended early."""
        return self.filter(since__lte=day, until__gte=day, ended_at__isnull=True)

    def covered(self, day: date) -> AbsenceQuerySet:
        """Return those of that date of an officer whose cover is there to stand in."""
        officer = StaffRole.OFFICER
        there = self.on(day).filter(cover__is_active=True, cover__staff_role=officer)
        return there.filter(person__staff_role=officer)

    def standing(self) -> AbsenceQuerySet:
        """Return those that were not ended early, whatever their dates."""
        return self.filter(ended_at__isnull=True)

    def visible_to(self, user: User) -> AbsenceQuerySet:
        """Return a manager's view of all, an officer's own and those he covers."""
        if user.staff_role == StaffRole.MANAGER:
            return self.all()
        return self.filter(Q(person=user) | Q(cover=user)) if user.staff_role else self.none()

    def editable_by(self, user: User) -> AbsenceQuerySet:
        """Return those a person may change: a manager anybody's, an officer his own."""
        return self.visible_to(user) if user.staff_role == StaffRole.MANAGER else self.filter(person=user)


class Absence(models.Model):
    """An officer is away from one civil date to another, both included; a colleague stands in."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="absences",
        verbose_name="personne absente",
    )
    cover = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="covers",
        verbose_name="intérim",
    )
    since = models.DateField("du")
    until = models.DateField("au")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="saisie par"
    )
    recorded_at = models.DateTimeField("saisie le")
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = "absence"
        verbose_name_plural = "absences"
        ordering = ["-since", "-pk"]
        indexes = [models.Index(fields=["until", "since"], name="absence_days")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=F("since")),
                name="absence_ends_after_start",
                violation_error_message="L’absence doit se terminer après avoir commencé.",
            ),
            models.CheckConstraint(
                condition=~Q(person=F("cover")),
                name="absence_covered_by_another",
                violation_error_message="L’intérim est assuré par une autre personne.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}\u00a0: du {self.since:%d/%m/%Y} au {self.until:%d/%m/%Y}"


class BulkAssignmentQuerySet(models.QuerySet["BulkAssignment"]):
    """Sets of assignments of many dossiers with a meaning."""

    def running(self) -> BulkAssignmentQuerySet:
        """Return those confirmed and not yet finished."""
        return self.filter(stage__in=[BulkAssignment.Stage.WAITING, BulkAssignment.Stage.RUNNING])


class BulkAssignment(models.Model):
    """Many dossiers given at once: judged first, shown, confirmed, then done one by one."""

    class Stage(models.TextChoices):
        """How far it is."""

        PREPARED = "prepared", "À confirmer"
        WAITING = "waiting", "En attente"
        RUNNING = "running", "En cours"
        DONE = "done", "Terminée"
        FAILED = "failed", "Interrompue"
        CANCELLED = "cancelled", "Abandonnée"

    id = models.UUIDField("identifiant", primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="préparée par"
    )
    # Null: by the rules.
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="confiés à",
    )
    motive = models.TextField("motif")
    # Where the dossiers were taken from, in words.
    source = models.CharField("origine", max_length=200)
    stage = models.CharField("état", max_length=10, choices=Stage.choices, default=Stage.PREPARED)
    failure = models.CharField("raison de l’échec", max_length=300, blank=True)
    prepared_at = models.DateTimeField("préparée le")
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)

    objects = BulkAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = "affectation groupée"
        verbose_name_plural = "affectations groupées"
        ordering = ["-prepared_at", "pk"]
        indexes = [models.Index(fields=["-prepared_at"], name="bulk_assignment_latest")]

    def __str__(self) -> str:
        return f"{self.source} ({self.get_stage_display().lower()})"

    @property
    def is_running(self) -> bool:
        """True while dossiers are being given."""
        return self.stage in {self.Stage.WAITING, self.Stage.RUNNING}

    @property
    def tone(self) -> str:
        """The badge's tone."""
        tones: dict[Any, str] = {
            self.Stage.DONE: "success",
            self.Stage.FAILED: "danger",
            self.Stage.CANCELLED: "neutral",
            self.Stage.PREPARED: "warning",
        }
        return tones.get(self.stage, "info")


class BulkAssignmentItem(models.Model):
    """One dossier of an assignment of many: as it was judged, and what became of it."""

    class Result(models.TextChoices):
        """What becomes of it; only what is ready is tried."""

        READY = "ready", "Peut être affecté"
        BLOCKED = "blocked", "Ne peut pas l’être"
        DONE = "done", "Affecté"
        CHANGED = "changed", "A changé entre-temps"

    bulk = models.ForeignKey(
        BulkAssignment, on_delete=models.CASCADE, related_name="items", verbose_name="affectation groupée"
    )
    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+", verbose_name="dossier")
    # The act of the table, and the dossier's version, at the preflight.
    act = models.CharField("acte", max_length=20)
    version = models.PositiveIntegerField("version")
    previous = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="chargé d’affaires précédent",
    )
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="chargé d’affaires choisi",
    )
    # The rule that chose, and the live dossiers of each officer it weighed, by account.
    rule = models.PositiveIntegerField("règle", null=True, blank=True)
    loads = models.JSONField("charges", default=dict, blank=True)
    result = models.CharField("résultat", max_length=10, choices=Result.choices)
    # Why this officer, or what stands in the way.
    why = models.TextField("pourquoi", blank=True)

    class Meta:
        verbose_name = "dossier d’une affectation groupée"
        verbose_name_plural = "dossiers d’une affectation groupée"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["bulk", "dossier"],
                name="bulk_assignment_item_once",
                violation_error_message="Ce dossier est déjà dans l’affectation groupée.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier} – {self.get_result_display()}"
