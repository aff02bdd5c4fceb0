"""What the expert hands in to be paid: invoices, and what was delivered line by line."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from applications.models.dossier import MONEY
from applications.models.mission import Mission
from portal.documents.models import Document


class Invoice(models.Model):
    """One invoice of a mission, to the company or to Bpifrance; a credit note has negative amounts."""

    class Addressee(models.TextChoices):
        """Who is invoiced, and so who bears the VAT."""

        COMPANY = "company", "Entreprise"
        BPIFRANCE = "bpifrance", "Bpifrance"

    mission = models.ForeignKey(
        Mission, on_delete=models.CASCADE, related_name="invoices", verbose_name="mission"
    )
    addressee = models.CharField("destinataire", max_length=10, choices=Addressee.choices)
    number = models.CharField("numéro de facture", max_length=60)
    issued_on = models.DateField("datée du")
    ht = models.DecimalField("montant HT", **MONEY)
    vat_rate = models.DecimalField("taux de TVA (%)", max_digits=5, decimal_places=2)
    vat = models.DecimalField("TVA", **MONEY)
    ttc = models.DecimalField("montant TTC", **MONEY)
    acquitted_on = models.DateField("acquittée le", null=True, blank=True)
    # The postal address it is made out to, as read on the invoice.
    addressed_to = models.CharField("adressée à", max_length=250, blank=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+", verbose_name="fichier")
    replaced_at = models.DateTimeField("remplacée le", null=True, blank=True)

    class Meta:
        verbose_name = "facture"
        verbose_name_plural = "factures"
        ordering = ["mission", "addressee", "issued_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mission", "number"],
                condition=Q(replaced_at__isnull=True),
                name="invoice_number_once",
                violation_error_message="Cette facture est déjà déposée.",
            ),
            models.UniqueConstraint(
                fields=["mission"],
                condition=Q(replaced_at__isnull=True, addressee="bpifrance"),
                name="invoice_one_to_bpifrance",
                violation_error_message="Bpifrance ne reçoit qu’une facture nette par mission.",
            ),
            models.CheckConstraint(
                condition=Q(ttc=models.F("ht") + models.F("vat")),
                name="invoice_adds_up",
                violation_error_message="Le TTC doit être la somme du HT et de la TVA.",
            ),
        ]

    def __str__(self) -> str:
        return f"Facture {self.number} ({self.get_addressee_display()})"


class DeliveredLine(models.Model):
    """What the report says was delivered of one item: HT over both invoices together."""

    mission = models.ForeignKey(
        Mission, on_delete=models.CASCADE, related_name="delivered_lines", verbose_name="mission"
    )
    item = models.CharField("poste", max_length=40)
    delivered = models.DecimalField("livré, HT", **MONEY)
    report_reference = models.CharField("où le rapport en rend compte", max_length=200, blank=True)
    # The reference's words, hashed (services.signals.marks); "" for a short one.
    reference_mark = models.CharField("empreinte du compte rendu", max_length=64, blank=True)
    shortfall_reason = models.TextField("pourquoi moins que prévu", blank=True)
    audited_from = models.DateField("audit commencé le", null=True, blank=True)
    audited_until = models.DateField("audit terminé le", null=True, blank=True)

    class Meta:
        verbose_name = "ligne livrée"
        verbose_name_plural = "lignes livrées"
        ordering = ["mission", "pk"]
        indexes = [
            models.Index(
                fields=["reference_mark"], condition=~Q(reference_mark=""), name="delivered_by_reference"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["mission", "item"],
                name="delivered_item_once",
                violation_error_message="Ce poste est déjà renseigné.",
            ),
            models.CheckConstraint(
                condition=Q(delivered__gte=0),
                name="delivered_not_negative",
                violation_error_message="Le montant livré ne peut pas être négatif.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.delivered}"
