"""What firm and company write together during a mission: the minutes of their meetings, and the phases done."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from applications.models.company import BPIFRANCE_READERS
from applications.models.mission import Mission
from portal.accounts.models import Membership
from portal.documents.models import Document


def _sides(user: Any, path: str) -> tuple[Q, Q]:
    """Return the conditions « of the firm » and « of the company » on what leads to its minutes by `path`."""
    ours = Membership.objects.filter(user=user, is_active=True).values("organisation")
    return (
        Q(**{f"{path}mission__firm__organisation__in": ours}),
        Q(**{f"{path}mission__dossier__company__organisation__in": ours}),
    )


class MinutesQuerySet(models.QuerySet["Minutes"]):
    """Sets of minutes with a meaning."""

    def visible_to(self, user: Any) -> MinutesQuerySet:
        """Who wrote them sees them, the other side once they were proposed; Bpifrance that they exist."""
        told = Exists(MinutesVersion.objects.filter(minutes=OuterRef("pk")).exclude(state="draft"))
        if user.staff_role:
            return self.filter(told) if user.staff_role in BPIFRANCE_READERS else self.none()
        firm, company = _sides(user, "")
        wrote = Q(side="expert") & firm | Q(side="company") & company
        return self.filter(wrote | (firm | company) & Q(told))


class Minutes(models.Model):
    """The minutes of one meeting, whose text is in their versions; one side writes, the other approves."""

    class Side(models.TextChoices):
        """Who writes."""

        EXPERT = "expert", "Expert"
        COMPANY = "company", "Entreprise"

    mission = models.ForeignKey(
        Mission, on_delete=models.CASCADE, related_name="minutes", verbose_name="mission"
    )
    side = models.CharField("côté", max_length=10, choices=Side.choices)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="commencé par"
    )
    started_at = models.DateTimeField("commencé le")
    # The form it was first typed in: the same form sent twice is one set of minutes.
    key = models.UUIDField("clé du formulaire", unique=True, null=True, blank=True)

    objects = MinutesQuerySet.as_manager()

    class Meta:
        verbose_name = "compte rendu"
        verbose_name_plural = "comptes rendus"
        ordering = ["mission", "-started_at", "-pk"]

    def __str__(self) -> str:
        return f"Compte rendu – {self.mission}"


class MinutesVersionQuerySet(models.QuerySet["MinutesVersion"]):
    """Sets of versions with a meaning."""

    def visible_to(self, user: Any) -> MinutesVersionQuerySet:
        """Drafts are their side's alone; Bpifrance reads what both approved, not what one may still correct."""
        if user.staff_role:
            approved = self.filter(state=MinutesVersion.State.APPROVED)
            return approved if user.staff_role in BPIFRANCE_READERS else self.none()
        firm, company = _sides(user, "minutes__")
        wrote = Q(minutes__side="expert") & firm | Q(minutes__side="company") & company
        return self.filter(wrote | (firm | company) & ~Q(state=MinutesVersion.State.DRAFT))


class MinutesVersion(models.Model):
    """One version of minutes: written freely as a draft, unchanged from the day it is proposed."""

    class State(models.TextChoices):
        """Where the version stands."""

        DRAFT = "draft", "Brouillon"
        PROPOSED = "proposed", "Proposé"
        CORRECTION = "correction", "Correction demandée"
        SUPERSEDED = "superseded", "Remplacé"
        APPROVED = "approved", "Approuvé"

    class Kind(models.TextChoices):
        """What the meeting was for."""

        LAUNCH = "launch", "Réunion de lancement"
        PROGRESS = "progress", "Point d’étape"
        PHASE = "phase", "Fin de phase"
        RESTITUTION = "restitution", "Restitution"
        OTHER = "other", "Autre réunion"

    minutes = models.ForeignKey(
        Minutes, on_delete=models.CASCADE, related_name="versions", verbose_name="compte rendu"
    )
    number = models.PositiveSmallIntegerField("version", default=1)
    state = models.CharField("état", max_length=10, choices=State.choices, default=State.DRAFT)
    kind = models.CharField("réunion", max_length=12, choices=Kind.choices, default=Kind.PROGRESS)
    met_on = models.DateField("réunion du", null=True, blank=True)
    present = models.TextField("présents", blank=True)
    decided = models.TextField("décisions", blank=True)
    next_steps = models.TextField("suites", blank=True)
    next_meeting_on = models.DateField("prochaine réunion le", null=True, blank=True)
    document = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="minutes_versions",
        verbose_name="fichier joint",
    )
    # Counts the saves of a draft: a page older than the last one overwrites nothing.
    revision = models.PositiveIntegerField("révision", default=0)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="rédigée par"
    )
    written_at = models.DateTimeField("enregistrée le")

    # Proposing is the approval of the side that wrote.
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="proposée par",
    )
    proposed_at = models.DateTimeField("proposée le", null=True, blank=True)
    sha256 = models.CharField("empreinte", max_length=64, blank=True)
    # Approval or correction, by the other side. Nobody is named for what was approved before names were kept.
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="réponse de",
    )
    answered_at = models.DateTimeField("réponse le", null=True, blank=True)
    reason = models.TextField("correction demandée", blank=True)

    objects = MinutesVersionQuerySet.as_manager()

    class Meta:
        verbose_name = "version d’un compte rendu"
        verbose_name_plural = "versions des comptes rendus"
        ordering = ["minutes", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["minutes", "number"],
                name="minutes_version_once",
                violation_error_message="Cette version du compte rendu existe déjà.",
            ),
            models.UniqueConstraint(
                fields=["minutes"],
                condition=Q(state="draft"),
                name="minutes_one_draft",
                violation_error_message="Une version du compte rendu est déjà en préparation.",
            ),
            models.UniqueConstraint(
                fields=["minutes"],
                condition=Q(state__in=["proposed", "approved"]),
                name="minutes_one_in_force",
                violation_error_message="Une version du compte rendu est déjà proposée ou approuvée.",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", proposed_at__isnull=True, sha256="")
                | (
                    ~Q(state="draft")
                    & ~Q(sha256="")
                    & Q(proposed_at__isnull=False, proposed_by__isnull=False, met_on__isnull=False)
                ),
                name="minutes_proposed_whole",
                violation_error_message="Un compte rendu proposé est daté, signé de son auteur et scellé.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["approved", "correction"], answered_at__isnull=False)
                | (~Q(state__in=["approved", "correction"]) & Q(answered_at__isnull=True)),
                name="minutes_answered_at",
                violation_error_message="Une réponse à un compte rendu porte sa date.",
            ),
            models.CheckConstraint(
                condition=~Q(state="correction") | ~Q(reason=""),
                name="minutes_correction_has_reason",
                violation_error_message="Une correction se demande avec sa raison.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.number}"


class PhaseDone(models.Model):
    """A phase of the offer's planning that the expert declared done; `rank` is its place there, from 0."""

    mission = models.ForeignKey(
        Mission, on_delete=models.CASCADE, related_name="phases_done", verbose_name="mission"
    )
    rank = models.PositiveSmallIntegerField("rang")
    done_on = models.DateField("terminée le")
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="déclarée par"
    )
    marked_at = models.DateTimeField("déclarée le")

    class Meta:
        verbose_name = "phase terminée"
        verbose_name_plural = "phases terminées"
        ordering = ["mission", "rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["mission", "rank"],
                name="phase_done_once",
                violation_error_message="Cette phase est déjà déclarée terminée.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mission} – phase {self.rank + 1}"
