"""The contract with Bpifrance, the service contract with the expert and the signed amendments."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.models.dossier import Dossier
from applications.models.mission import Mission
from applications.models.quote import Quote
from portal.documents.models import Document


class Contract(models.Model):
    """The contrat Diagnostic DM; its last signature starts the term (edition 2024, §2.3)."""

    dossier = models.OneToOneField(
        Dossier, on_delete=models.CASCADE, related_name="contract", verbose_name="dossier"
    )
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="PDF"
    )
    # What was sealed: the terms as data, and the hash of their canonical form, shown in the PDF and kept at signature.
    terms = models.JSONField("stipulations")
    sha256 = models.CharField("empreinte", max_length=64)
    bpifrance_signatory = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="signataire de Bpifrance",
    )
    bpifrance_signatory_name = models.CharField("nom du signataire de Bpifrance", max_length=150)
    bpifrance_signatory_capacity = models.CharField("qualité du signataire de Bpifrance", max_length=120)
    signed_by_bpifrance_on = models.DateField("signé par Bpifrance le")
    company_signatory = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="signataire de l’entreprise",
    )
    company_signatory_name = models.CharField("nom du signataire", max_length=150, blank=True)
    company_signatory_capacity = models.CharField("qualité du signataire", max_length=120, blank=True)
    signed_by_company_at = models.DateTimeField("signé par l’entreprise le", null=True, blank=True)
    evidence = models.JSONField("preuve de signature", default=dict, blank=True)

    class Meta:
        verbose_name = "contrat"
        verbose_name_plural = "contrats"
        ordering = ["dossier"]
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_by_company_at__isnull=True) | ~Q(company_signatory_name=""),
                name="contract_signature_named",
                violation_error_message="Une signature porte le nom du signataire.",
            ),
        ]

    def __str__(self) -> str:
        return f"Contrat {self.dossier}"


class ServiceContract(models.Model):
    """The contract between expert and company: confidentiality and intellectual property (§1.2, §3.2)."""

    mission = models.OneToOneField(
        Mission, on_delete=models.CASCADE, related_name="service_contract", verbose_name="mission"
    )
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", verbose_name="exemplaire signé"
    )
    signed_on = models.DateField("signé le")
    confidentiality = models.BooleanField("clause de confidentialité")
    intellectual_property = models.BooleanField("clause de propriété intellectuelle")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="déposé par"
    )
    recorded_at = models.DateTimeField("déposé le")

    class Meta:
        verbose_name = "contrat de prestation"
        verbose_name_plural = "contrats de prestation"
        ordering = ["mission"]

    def __str__(self) -> str:
        return f"Contrat de prestation {self.mission}"


class Amendment(models.Model):
    """An avenant, signed by Bpifrance, company and expert: a new quote version, or a new term where one is allowed.

    A new quote never raises the share and never moves the term; a new term changes no amount.
    """

    class Status(models.TextChoices):
        """Where the amendment stands."""

        OPEN = "open", "À signer"
        SIGNED = "signed", "Signé par tous"
        DROPPED = "dropped", "Abandonné"

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="amendments", verbose_name="dossier"
    )
    rank = models.PositiveSmallIntegerField("rang")
    quote = models.ForeignKey(
        Quote, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="devis modifié"
    )
    # The new expert's mission, where the amendment replaces the expert; it becomes current when all signed.
    mission = models.ForeignKey(
        Mission,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="mission du nouvel expert",
    )
    # Where the amendment extends the term: the term once all have signed.
    new_due_on = models.DateField("nouveau terme", null=True, blank=True)
    motive = models.TextField("objet")
    # SHA-256 of its object and lines, and how the company's signatory was identified.
    sha256 = models.CharField("empreinte", max_length=64, blank=True)
    evidence = models.JSONField("preuve de signature", default=dict, blank=True)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.OPEN)
    opened_on = models.DateField("proposé le")
    officer_signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="signataire de Bpifrance",
    )
    officer_signed_at = models.DateTimeField("signé par Bpifrance le", null=True, blank=True)
    company_signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="signataire de l’entreprise",
    )
    company_signed_at = models.DateTimeField("signé par l’entreprise le", null=True, blank=True)
    expert_signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="signataire de l’expert",
    )
    expert_signed_at = models.DateTimeField("signé par l’expert le", null=True, blank=True)

    class Meta:
        verbose_name = "avenant"
        verbose_name_plural = "avenants"
        ordering = ["dossier", "rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "rank"],
                name="amendment_rank_once",
                violation_error_message="Cet avenant existe déjà.",
            ),
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(status="open"),
                name="amendment_one_open",
                violation_error_message="Un avenant est déjà à la signature.",
            ),
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(status="signed", new_due_on__isnull=False),
                name="amendment_one_extension",
                violation_error_message="Une prolongation a déjà été accordée.",
            ),
            models.CheckConstraint(
                condition=~Q(status="signed")
                | Q(
                    officer_signed_at__isnull=False,
                    company_signed_at__isnull=False,
                    expert_signed_at__isnull=False,
                ),
                name="amendment_signed_by_all",
                violation_error_message="Un avenant signé porte les trois signatures.",
            ),
        ]

    def __str__(self) -> str:
        return f"Avenant {self.rank} – {self.dossier}"
