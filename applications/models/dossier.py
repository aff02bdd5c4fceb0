"""The dossier: one request of one company for one volet, and its documents."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from applications.models.company import Company
from applications.models.device import Device
from applications.models.dossier_sets import DossierQuerySet
from applications.workflow.states import (
    AFTER_APPROVAL,
    AFTER_SIGNATURE,
    AFTER_WORK,
    FREED,
    State,
    company_label,
    tone,
)
from experts.models import ExpertFirm
from portal.documents.models import Document

if TYPE_CHECKING:
    from applications.models.mission import Mission

MONEY: dict[str, Any] = {"max_digits": 17, "decimal_places": 2}


class Dossier(models.Model):
    """One request of one company for one volet; `state` is written by `services.transitions` alone."""

    number = models.CharField("numéro", max_length=20, unique=True, null=True, blank=True)
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="dossiers", verbose_name="entreprise"
    )
    device = models.ForeignKey(
        Device,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="dossiers",
        verbose_name="dispositif",
    )
    volet = models.PositiveSmallIntegerField("volet", validators=[MinValueValidator(1), MaxValueValidator(5)])
    edition = models.CharField("édition", max_length=10, blank=True)
    state = models.CharField("état", max_length=20, choices=State.choices, default=State.DRAFT)
    # Number of events in the chain "dossier:<pk>"; a page shown at an older version cannot act.
    version = models.PositiveIntegerField("version", default=0)
    # Counts each change of the request's content while it is a draft or under completion.
    revision = models.PositiveIntegerField("révision", default=0)
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="dossiers_in_charge",
        verbose_name="chargé d’affaires",
    )
    # When the officer took it or was given it: whoever was given nothing for longest comes first.
    assigned_at = models.DateTimeField("confié à", null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="créé par"
    )

    # What the company tells, in the engine's shapes (amounts as strings, exactly as typed).
    company_facts = models.JSONField("faits de l’entreprise", default=dict, blank=True)
    device_facts = models.JSONField("faits du dispositif", default=dict, blank=True)
    declarations = models.JSONField("déclarations", default=dict, blank=True)
    commitments = models.JSONField("engagements cochés", default=dict, blank=True)
    firm = models.ForeignKey(
        ExpertFirm,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="expert choisi",
    )
    # What Bpifrance entered for the company and the company left so: {step: [answers]}; None: it wrote itself.
    entered = models.JSONField("saisi par Bpifrance", null=True, blank=True)
    device_kind = models.CharField("type de dispositif", max_length=20, blank=True)
    device_class = models.CharField("classe", max_length=5, blank=True)

    # Money of the accepted (or filed) quote, HT, as the engine computed it.
    total = models.DecimalField("total du devis", default=0, **MONEY)
    eligible_total = models.DecimalField("montant éligible", default=0, **MONEY)
    bpifrance_share = models.DecimalField("quote-part Bpifrance", default=0, **MONEY)
    company_share = models.DecimalField("quote-part entreprise", default=0, **MONEY)
    verdict = models.CharField("verdict", max_length=15, blank=True)

    created_at = models.DateTimeField("créé le", auto_now_add=True)
    updated_at = models.DateTimeField("modifié le", auto_now=True)
    submitted_at = models.DateTimeField("déposé à", null=True, blank=True)
    judged_on = models.DateField("jugé au", null=True, blank=True)
    validated_on = models.DateField("accepté le", null=True, blank=True)
    rejected_on = models.DateField("rejeté le", null=True, blank=True)
    review_requested_on = models.DateField("réexamen demandé le", null=True, blank=True)
    contract_sent_on = models.DateField("contrat envoyé le", null=True, blank=True)
    signed_on = models.DateField("contrat signé le", null=True, blank=True)
    work_started_on = models.DateField("prestation commencée le", null=True, blank=True)
    work_ended_on = models.DateField("prestation terminée le", null=True, blank=True)
    due_on = models.DateField("terme", null=True, blank=True)
    report_due_on = models.DateField("rapport dû le", null=True, blank=True)
    ended_on = models.DateField("terminé le", null=True, blank=True)
    cancellation_requested_at = models.DateTimeField("annulation demandée à", null=True, blank=True)
    extension_requested_at = models.DateTimeField("prolongation demandée à", null=True, blank=True)
    state_since = models.DateTimeField("dans cet état depuis", auto_now_add=True)

    # Retention (services.retention): since when the desk's lists no longer hold it, when its content was erased,
    # and when the company was last told that its draft would be.
    archived_on = models.DateField("archivé le", null=True, blank=True)
    erased_on = models.DateField("effacé le", null=True, blank=True)
    erasure_told_on = models.DateField("effacement annoncé le", null=True, blank=True)

    objects = DossierQuerySet.as_manager()

    class Meta:
        verbose_name = "dossier"
        verbose_name_plural = "dossiers"
        ordering = ["-submitted_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "-submitted_at", "-id"], name="dossier_by_state"),
            models.Index(fields=["officer", "state", "-submitted_at"], name="dossier_by_officer"),
            models.Index(fields=["officer", "-assigned_at"], name="dossier_last_assigned"),
            models.Index(fields=["volet", "state", "-submitted_at"], name="dossier_by_volet"),
            models.Index(fields=["-submitted_at", "-id"], name="dossier_by_submission"),
            # What the retention sweep scans: only what is kept, by the date from which its term runs.
            models.Index(
                fields=["state", "state_since"], condition=Q(erased_on__isnull=True), name="dossier_kept"
            ),
            models.Index(
                fields=["state", "state_since"],
                condition=Q(archived_on__isnull=True),
                name="dossier_to_archive",
            ),
            models.Index(fields=["updated_at"], condition=Q(state="draft"), name="dossier_idle_draft"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(volet__gte=1, volet__lte=5),
                name="dossier_volet",
                violation_error_message="Le volet va de 1 à 5.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(State)),
                name="dossier_state_known",
                violation_error_message="L’état du dossier est inconnu.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.DRAFT, State.WITHDRAWN])
                | (
                    Q(number__isnull=False, submitted_at__isnull=False, judged_on__isnull=False)
                    & ~Q(edition="")
                ),
                name="dossier_submitted_has_number",
                violation_error_message="Un dossier déposé porte un numéro, une date et une édition.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.UNDER_REVIEW, *sorted(AFTER_APPROVAL)])
                | Q(officer__isnull=False),
                name="dossier_reviewed_has_officer",
                violation_error_message="Un dossier en instruction a un chargé d’affaires.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(AFTER_APPROVAL)) | Q(validated_on__isnull=False),
                name="dossier_approved_dated",
                violation_error_message="Un dossier accepté porte la date de l’acceptation.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(AFTER_SIGNATURE))
                | Q(signed_on__isnull=False, due_on__isnull=False),
                name="dossier_signed_has_term",
                violation_error_message="Un contrat signé porte sa date et son terme.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(AFTER_WORK))
                | Q(work_started_on__isnull=False, work_ended_on__isnull=False, report_due_on__isnull=False),
                name="dossier_work_done_dated",
                violation_error_message="Une prestation terminée porte ses dates.",
            ),
            models.CheckConstraint(
                condition=Q(work_started_on__isnull=True)
                | Q(work_ended_on__isnull=True)
                | Q(work_ended_on__gte=models.F("work_started_on")),
                name="dossier_work_in_order",
                violation_error_message="La prestation ne peut pas finir avant d’avoir commencé.",
            ),
            models.CheckConstraint(
                condition=Q(bpifrance_share__gte=0) & Q(bpifrance_share__lte=models.F("total")),
                name="dossier_share_within_total",
                violation_error_message="La quote-part de Bpifrance dépasse le devis.",
            ),
            models.UniqueConstraint(
                fields=["company", "volet"],
                condition=~Q(state__in=sorted(FREED)),
                name="dossier_one_live_per_volet",
                violation_error_message=(
                    "Une demande est déjà en cours, ou a abouti, pour ce volet. "
                    "Chaque volet ne sert qu’une fois par entreprise."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"Brouillon – volet {self.volet}"

    @property
    def company_state_label(self) -> str:
        """What the company reads of the state."""
        return company_label(self.state)

    @property
    def tone(self) -> str:
        """The badge's tone."""
        return tone(self.state)

    @property
    def is_editable(self) -> bool:
        """True while the company may change the request's content."""
        return self.state in {State.DRAFT, State.INCOMPLETE}

    @property
    def chain(self) -> str:
        """Name of the dossier's chain of audit events."""
        return f"dossier:{self.pk}"

    @property
    def current_mission(self) -> Mission | None:
        """The mission whose state the dossier shows; None before submission."""
        return next((mission for mission in self.missions.all() if mission.is_current), None)


class NumberSeries(models.Model):
    """The last number given in a year; its row is locked while a number is taken."""

    year = models.PositiveSmallIntegerField("année", unique=True)
    last = models.PositiveIntegerField("dernier numéro", default=0)

    class Meta:
        verbose_name = "série de numéros"
        verbose_name_plural = "séries de numéros"
        ordering = ["year"]

    def __str__(self) -> str:
        return f"{self.year} : {self.last}"


class DossierDocument(models.Model):
    """One piece of a dossier: a private file in its role, or the reason why it cannot be given."""

    class Kind(models.TextChoices):
        """The role of the file in the dossier."""

        QUOTE = "quote", "Devis de l’expert, non signé"
        REGULARITY = "regularity_certificate", "Attestation de régularité fiscale et sociale"
        TAX_RETURN = "tax_return", "Liasse fiscale"
        DEROGATION = "derogation_evidence", "Justificatif de dérogation"
        OTHER = "other", "Autre pièce"
        SERVICE_CONTRACT = "service_contract", "Contrat de prestation signé"
        FINAL_REPORT = "final_report", "Rapport final"
        SIGNED_QUOTE = "signed_quote", "Devis signé"
        COMPANY_INVOICE = "company_invoice", "Facture acquittée de la quote-part entreprise"
        BPIFRANCE_INVOICE = "bpifrance_invoice", "Facture de la quote-part Bpifrance"
        MINUTES = "minutes", "Compte rendu"
        RECEIPT = "receipt", "Accusé de dépôt"
        LETTER = "letter", "Courrier"
        CONTRACT = "contract", "Contrat Diagnostic DM"
        AMENDMENT = "amendment", "Avenant"
        EVIDENCE = "evidence", "Preuve de signature"
        RECEIVED_LETTER = "received_letter", "Courrier reçu de l’entreprise"

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="documents", verbose_name="dossier"
    )
    mission = models.ForeignKey(
        "applications.Mission",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name="mission",
    )
    kind = models.CharField("nature", max_length=30, choices=Kind.choices)
    document = models.OneToOneField(
        Document,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="piece",
        verbose_name="fichier",
    )
    issued_on = models.DateField("daté du", null=True, blank=True)
    # A date typed badly: shown again with its sentence, never read by a rule.
    issued_typed = models.CharField("date saisie", max_length=40, blank=True)
    covers = models.JSONField("couvre", default=list, blank=True)
    # A signed quote: the accepted version that the expert confirmed it to be, and the hash of its lines.
    quote_number = models.PositiveSmallIntegerField("version du devis", null=True, blank=True)
    lines_hash = models.CharField("empreinte des lignes", max_length=64, blank=True)
    absent_because = models.TextField("pourquoi la pièce ne peut pas être fournie", blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="ajouté par",
    )
    added_at = models.DateTimeField("ajouté le", auto_now_add=True)
    replaced_at = models.DateTimeField("remplacé le", null=True, blank=True)
    # The piece whose place this one takes once its file is found clean; until then that one counts.
    replaces = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="replacements",
        verbose_name="remplace",
    )

    class Meta:
        verbose_name = "pièce"
        verbose_name_plural = "pièces"
        ordering = ["added_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(document__isnull=False, absent_because=""))
                | (Q(document__isnull=True) & ~Q(absent_because="")),
                name="piece_is_file_or_reason",
                violation_error_message="Une pièce est un fichier, ou la raison de son absence.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.dossier}"

    @property
    def proposed_on(self) -> date | None:
        """The date read in the file, for the person to confirm; None once a date was given or typed."""
        if self.document is None or self.issued_on is not None or self.issued_typed:
            return None
        return self.document.date_read

    @property
    def contradicts_file(self) -> bool:
        """True where the date given is not the one read in the file."""
        read = self.document.date_read if self.document else None
        return self.issued_on is not None and read is not None and read != self.issued_on
