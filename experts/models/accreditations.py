"""What a firm is accredited for: its requests, the papers they rest on, and what two persons decided."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from portal.documents.models import Document


class FirmPaper(models.Model):
    """A file by which the firm proves something: a CV, its insurance, its tax and social position."""

    class Kind(models.TextChoices):
        """What the file is."""

        CV = "cv", "CV"
        INSURANCE = "insurance", "Attestation d’assurance professionnelle"
        TAX = "tax", "Attestation fiscale et sociale"

    firm = models.ForeignKey(
        "experts.ExpertFirm", on_delete=models.CASCADE, related_name="papers", verbose_name="cabinet"
    )
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    document = models.OneToOneField(
        Document, on_delete=models.PROTECT, related_name="+", verbose_name="fichier"
    )
    insurer = models.CharField("assureur", max_length=150, blank=True)
    valid_from = models.DateField("valable du", null=True, blank=True)
    valid_until = models.DateField("valable jusqu’au", null=True, blank=True)
    issued_on = models.DateField("daté du", null=True, blank=True)
    added_at = models.DateTimeField("transmis le")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="transmis par"
    )
    # The day on which the sweep next tells of the end; null once all was told.
    next_notice_on = models.DateField("prochain avis d’échéance", null=True, blank=True)

    class Meta:
        verbose_name = "justificatif du cabinet"
        verbose_name_plural = "justificatifs du cabinet"
        ordering = ["-added_at", "-pk"]
        indexes = [
            models.Index(
                fields=["next_notice_on"], condition=Q(next_notice_on__isnull=False), name="paper_to_tell"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="insurance")
                | Q(valid_from__isnull=False, valid_until__gte=F("valid_from")),
                name="paper_insurance_dated",
                violation_error_message="Une attestation d’assurance porte son début et sa fin.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="tax") | Q(issued_on__isnull=False),
                name="paper_tax_dated",
                violation_error_message="Une attestation fiscale et sociale porte sa date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.document}"


class AccreditationQuerySet(models.QuerySet["Accreditation"]):
    """Sets of accreditations with a meaning."""

    def in_force(self, on: date) -> AccreditationQuerySet:
        """Return those granted, not suspended and within their dates (both ends included).

        What was renewed runs to its own end, unless its renewal is suspended or withdrawn meanwhile.
        """
        status = Accreditation.Status
        return self.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=on),
            status__in=[status.GRANTED, status.RENEWED],
            granted_on__lte=on,
        ).exclude(renewals__status__in=[status.SUSPENDED, status.WITHDRAWN])

    def open(self) -> AccreditationQuerySet:
        """Return the requests that Bpifrance has to decide."""
        return self.filter(status=Accreditation.Status.REQUESTED)

    def current(self) -> AccreditationQuerySet:
        """Return what stands for each firm and volet: granted or suspended, at most one."""
        return self.filter(status__in=Accreditation.STANDING)


class Accreditation(models.Model):
    """Bpifrance's agreement (agrément) that a firm works on one volet: one row per request, renewals included."""

    class Status(models.TextChoices):
        """Where the request stands."""

        REQUESTED = "requested", "Demandé"
        GRANTED = "granted", "Agréé"
        REFUSED = "refused", "Refusé"
        SUSPENDED = "suspended", "Suspendu"
        WITHDRAWN = "withdrawn", "Retiré"
        RENEWED = "renewed", "Renouvelé"

    STANDING = ("granted", "suspended")

    firm = models.ForeignKey(
        "experts.ExpertFirm", on_delete=models.CASCADE, related_name="accreditations", verbose_name="cabinet"
    )
    volet = models.PositiveSmallIntegerField("volet", validators=[MinValueValidator(1), MaxValueValidator(5)])
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.REQUESTED)
    # The accreditation that goes on while this renewal is studied.
    renews = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="renewals",
        verbose_name="renouvelle",
    )
    references = models.TextField("références", blank=True)
    papers = models.ManyToManyField(
        FirmPaper, blank=True, related_name="accreditations", verbose_name="justificatifs"
    )
    requested_at = models.DateTimeField("demandé le", auto_now_add=True)
    charter_version = models.CharField("version de la charte", max_length=20, blank=True)
    charter_accepted_on = models.DateField("charte acceptée le", null=True, blank=True)
    charter_accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="charte acceptée par",
    )
    granted_on = models.DateField("agréé le", null=True, blank=True)
    valid_until = models.DateField("valable jusqu’au", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="décidé par",
    )
    motive = models.TextField("motif", blank=True)
    next_notice_on = models.DateField("prochain avis d’échéance", null=True, blank=True)

    objects = AccreditationQuerySet.as_manager()

    class Meta:
        verbose_name = "agrément"
        verbose_name_plural = "agréments"
        ordering = ["firm", "volet", "pk"]
        indexes = [
            models.Index(
                fields=["next_notice_on"],
                condition=Q(next_notice_on__isnull=False),
                name="accreditation_to_tell",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "volet"],
                condition=Q(status="requested"),
                name="accreditation_one_request",
                violation_error_message="Ce cabinet a déjà une demande à l’étude pour ce volet.",
            ),
            models.UniqueConstraint(
                fields=["firm", "volet"],
                condition=Q(status__in=["granted", "suspended"]),
                name="accreditation_one_standing",
                violation_error_message="Ce cabinet a déjà un agrément pour ce volet.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["granted", "suspended", "renewed"]) | Q(granted_on__isnull=False),
                name="accreditation_granted_dated",
                violation_error_message="Un agrément accordé porte sa date.",
            ),
            models.CheckConstraint(
                condition=Q(volet__gte=1, volet__lte=5),
                name="accreditation_volet",
                violation_error_message="Le volet va de 1 à 5.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.firm} – volet {self.volet} ({self.get_status_display()})"

    @property
    def was_asked(self) -> bool:
        """True where the firm asked for it; Bpifrance records what it agreed elsewhere without references."""
        return bool(self.references)

    def has_ended(self, on: date) -> bool:
        """True where it is granted and past its end on the civil date `on`."""
        return self.status == self.Status.GRANTED and self.valid_until is not None and self.valid_until < on


class AccreditationDecision(models.Model):
    """A decision of two persons: one proposes it with its motive, a manager who is another follows it or not."""

    class Name(models.TextChoices):
        """What is decided."""

        GRANT = "grant", "Agréer"
        REFUSE = "refuse", "Refuser"
        SUSPEND = "suspend", "Suspendre"
        REINSTATE = "reinstate", "Lever la suspension"
        WITHDRAW = "withdraw", "Retirer"

    class Status(models.TextChoices):
        """Where the decision stands."""

        PROPOSED = "proposed", "À décider"
        TAKEN = "taken", "Prise"
        SET_ASIDE = "set_aside", "Écartée"

    accreditation = models.ForeignKey(
        Accreditation, on_delete=models.CASCADE, related_name="decisions", verbose_name="agrément"
    )
    name = models.CharField("décision", max_length=10, choices=Name.choices)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.PROPOSED)
    valid_from = models.DateField("à compter du", null=True, blank=True)
    valid_until = models.DateField("jusqu’au", null=True, blank=True)
    motive = models.TextField("motif")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="proposée par"
    )
    proposed_at = models.DateTimeField("proposée le")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="décidée par",
    )
    decided_at = models.DateTimeField("décidée le", null=True, blank=True)
    answer = models.TextField("réponse du responsable", blank=True)

    class Meta:
        verbose_name = "décision d’agrément"
        verbose_name_plural = "décisions d’agrément"
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["accreditation"],
                condition=Q(status="proposed"),
                name="accreditation_one_proposal",
                violation_error_message="Une décision est déjà proposée.",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="accreditation_four_eyes",
                violation_error_message="Une décision se prend à deux personnes.",
            ),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_at__isnull=True)
                | Q(status__in=["taken", "set_aside"], decided_by__isnull=False, decided_at__isnull=False),
                name="accreditation_decision_dated",
                violation_error_message="Une décision prise porte sa date et son auteur.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_name_display()} – {self.accreditation}"
