"""Missions: one expert firm at work on one dossier, its holds, reports and the client's satisfaction."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, FilteredRelation, Q
from django.utils.crypto import constant_time_compare, salted_hmac

from applications.models.company import BPIFRANCE_READERS
from applications.models.dossier import MONEY, Dossier
from applications.models.dossier_sets import filed_for
from applications.workflow.states import FREED, MissionState, State
from experts.models import ExpertFirm
from portal.accounts.models import Membership
from portal.documents.models import Document

_OVER = Q(is_current=True, dossier__state__in=sorted(FREED | {State.PAID, State.CLOSED})) | Q(
    is_current=False, state__in=[MissionState.PAID, MissionState.ENDED]
)


class MissionQuerySet(models.QuerySet["Mission"]):
    """Sets of missions with a meaning."""

    def visible_to(self, user: Any) -> MissionQuerySet:
        """A firm sees its own missions, Bpifrance those of dossiers it opens, a company none; nobody an erased one."""
        if user.staff_role in BPIFRANCE_READERS:
            return self.filter(filed_for(user.staff_role, "dossier__"))
        ours = Membership.objects.filter(user=user, is_active=True).values("organisation")
        return self.filter(firm__organisation__in=ours, dossier__erased_on__isnull=True)

    def of_either_side(self, user: Any) -> MissionQuerySet:
        """Return those of a firm or a company of which `user` is a member, once the request was filed."""
        ours = Membership.objects.filter(user=user, is_active=True).values("organisation")
        return self.filter(
            Q(firm__organisation__in=ours) | Q(dossier__company__organisation__in=ours),
            dossier__submitted_at__isnull=False,
            dossier__erased_on__isnull=True,
        )

    def over(self) -> MissionQuerySet:
        """Return those of which nothing more is expected: paid, ended, or of a dossier without sequel."""
        return self.filter(_OVER)

    def running(self) -> MissionQuerySet:
        """Return the others."""
        return self.exclude(_OVER)

    def with_corrections_due(self) -> MissionQuerySet:
        """Return them with `corrections_due_on`, the civil date of the corrections asked of the expert, if any runs."""
        asked = FilteredRelation(
            "deadlines", condition=Q(deadlines__kind="corrections", deadlines__closed_on__isnull=True)
        )
        return self.annotate(asked=asked).annotate(corrections_due_on=F("asked__due_on"))


class Mission(models.Model):
    """One expert firm at work on one dossier; closure and payment belong to it."""

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="missions", verbose_name="dossier"
    )
    firm = models.ForeignKey(
        ExpertFirm, on_delete=models.PROTECT, related_name="missions", verbose_name="cabinet"
    )
    rank = models.PositiveSmallIntegerField("rang", default=1)
    is_current = models.BooleanField("mission en cours du dossier", default=True)
    state = models.CharField(
        "état", max_length=20, choices=MissionState.choices, default=MissionState.ENGAGED
    )
    began_on = models.DateField("retenu le")
    replaced_on = models.DateField("remplacé le", null=True, blank=True)
    replacement_motive = models.TextField("motif du remplacement", blank=True)

    conflict_free = models.BooleanField("sans conflit d’intérêts", null=True, blank=True)
    conflict_statement = models.TextField("déclaration d’intérêts", blank=True)
    conflict_declared_at = models.DateTimeField("déclaration faite le", null=True, blank=True)
    conflict_declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="déclaration faite par",
    )

    work_started_on = models.DateField("commencée le", null=True, blank=True)
    work_ended_on = models.DateField("terminée le", null=True, blank=True)
    report_due_on = models.DateField("rapport dû le", null=True, blank=True)
    report_given_on = models.DateField("rapport remis à l’entreprise le", null=True, blank=True)
    closure_submitted_on = models.DateField("clôture envoyée le", null=True, blank=True)

    # [{target, reason}]: what the officer last asked to mend in the closure.
    corrections = models.JSONField("corrections demandées", default=list, blank=True)

    restitution_on = models.DateField("restitution le", null=True, blank=True)
    restitution_confirmed_at = models.DateTimeField("restitution confirmée le", null=True, blank=True)
    restitution_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="restitution confirmée par",
    )
    restitution_evidence = models.TextField("preuve retenue par Bpifrance", blank=True)
    restitution_contested_at = models.DateTimeField("restitution contestée le", null=True, blank=True)

    # Set by `settle` when the payment is approved, HT.
    final_total = models.DecimalField("total livré", null=True, blank=True, **MONEY)
    final_share = models.DecimalField("quote-part finale de Bpifrance", null=True, blank=True, **MONEY)
    final_company_share = models.DecimalField(
        "quote-part finale de l’entreprise", null=True, blank=True, **MONEY
    )
    # [{item, eligible}] as settled: what a later mission of the same dossier finds already used.
    settled_lines = models.JSONField("lignes soldées", default=list, blank=True)
    payment_approved_on = models.DateField("paiement validé le", null=True, blank=True)
    # Keyed fingerprint of the account that was approved for payment, never the account itself.
    approved_account = models.CharField("empreinte du compte validé", max_length=64, blank=True)

    objects = MissionQuerySet.as_manager()

    class Meta:
        verbose_name = "mission"
        verbose_name_plural = "missions"
        ordering = ["dossier", "rank"]
        indexes = [models.Index(fields=["firm", "state"], name="mission_by_firm")]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "rank"],
                name="mission_rank_once",
                violation_error_message="Cette mission existe déjà.",
            ),
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(is_current=True),
                name="mission_one_current",
                violation_error_message="Un dossier n’a qu’une mission en cours.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier} – {self.firm}"

    @property
    def account_fingerprint(self) -> str:
        """The keyed fingerprint of the firm's present IBAN and BIC: it tells accounts apart, and reveals none."""
        account = f"{self.firm.iban}|{self.firm.bic}"
        return salted_hmac("applications.mission.account", account, algorithm="sha256").hexdigest()

    @property
    def account_is_approved(self) -> bool:
        """True while the firm's account is the one that was approved for payment, or accepted since."""
        return constant_time_compare(self.approved_account, self.account_fingerprint)


class Hold(models.Model):
    """A flag that blocks the approval and the payment of a mission until it is lifted."""

    class Reason(models.TextChoices):
        """Why payment waits."""

        STARTED_EARLY = "started_early", "Prestation, devis signé ou facture antérieurs au contrat"
        INSOLVENCY = "insolvency", "Procédure collective"
        SEIZURE = "seizure", "Saisie"
        ASSIGNMENT = "assignment", "Cession de créance à un tiers"
        BANK_RETURN = "bank_return", "Virement revenu de la banque"
        RESTITUTION = "restitution_contested", "Restitution contestée par l’entreprise"
        IBAN = "iban_change", "Changement de coordonnées bancaires"
        OTHER = "other", "Autre motif"

    mission = models.ForeignKey(
        Mission, on_delete=models.CASCADE, related_name="holds", verbose_name="mission"
    )
    reason = models.CharField("raison", max_length=30, choices=Reason.choices)
    motive = models.TextField("motif")
    # What is dated before the contract, as `closure_checks.early_things` marks it.
    early = models.JSONField("éléments antérieurs au contrat", default=list, blank=True)
    # Whom the claim was assigned to, and the deed that says so.
    assignee = models.CharField("cessionnaire", max_length=200, blank=True)
    notified_on = models.DateField("cession notifiée le", null=True, blank=True)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="acte"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="suivi par",
    )
    set_at = models.DateTimeField("posé le")
    lifted_at = models.DateTimeField("levé le", null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="levé par",
    )
    lifting_motive = models.TextField("motif de la levée", blank=True)

    class Meta:
        verbose_name = "suspension de paiement"
        verbose_name_plural = "suspensions de paiement"
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mission", "reason"],
                condition=Q(lifted_at__isnull=True),
                name="hold_once_per_reason",
                violation_error_message="Cette suspension est déjà posée.",
            ),
            models.CheckConstraint(
                condition=~Q(reason="assignment")
                | (~Q(assignee="") & Q(document__isnull=False, notified_on__isnull=False)),
                name="hold_assignment_documented",
                violation_error_message="Une cession de créance nomme le cessionnaire et garde son acte.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} – {self.mission}"


class MissionReport(models.Model):
    """What the expert reports during the mission: a delay, an incident."""

    class Kind(models.TextChoices):
        """The nature of the report."""

        DELAY = "delay", "Retard"
        INCIDENT = "incident", "Incident"

    mission = models.ForeignKey(
        Mission, on_delete=models.CASCADE, related_name="reports", verbose_name="mission"
    )
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    happened_on = models.DateField("date")
    text = models.TextField("contenu")
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="fichier"
    )
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="déposé par"
    )
    filed_at = models.DateTimeField("déposé le")

    class Meta:
        verbose_name = "événement de mission"
        verbose_name_plural = "événements de mission"
        ordering = ["-happened_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.mission}"


class Satisfaction(models.Model):
    """The company's satisfaction at the end of one phase: a score, or none where it would rather not say.

    `phase` is a code of `services.feedback.phases_of`.
    """

    mission = models.ForeignKey(
        Mission, on_delete=models.CASCADE, related_name="satisfactions", verbose_name="mission"
    )
    phase = models.CharField("phase", max_length=100)
    score = models.PositiveSmallIntegerField(
        "note sur 5", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    comment = models.TextField("commentaire", blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="donnée par"
    )
    given_at = models.DateTimeField("donnée le")

    class Meta:
        verbose_name = "satisfaction"
        verbose_name_plural = "satisfactions"
        ordering = ["mission", "given_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mission", "phase"],
                name="satisfaction_once_per_phase",
                violation_error_message="Cette phase est déjà évaluée.",
            ),
            models.CheckConstraint(
                condition=Q(score__gte=1, score__lte=5),
                name="satisfaction_score",
                violation_error_message="La note va de 1 à 5.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mission} – {self.phase} : {self.score or '–'}/5"
