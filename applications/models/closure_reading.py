"""What the portal read in a closure's files, proposed and never taken for true; and the invoices it drafts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.models.closure import Invoice
from applications.models.mission import Mission
from portal.documents.models import Document


class ClosureReadingQuerySet(models.QuerySet["ClosureReading"]):
    """Sets of readings with a meaning."""

    def unconfirmed(self) -> ClosureReadingQuerySet:
        """Invoices that were deposited and wait for the expert's confirmation: their file is no piece yet."""
        return self.filter(kind=ClosureReading.Kind.INVOICE, document__piece__isnull=True)


class ClosureReading(models.Model):
    """What one file of a closure says of itself: an invoice's data, a quote's signatures, a report's pages."""

    class Kind(models.TextChoices):
        """What is looked for in the file."""

        INVOICE = "invoice", "Facture"
        SIGNED_QUOTE = "signed_quote", "Devis signé"
        REPORT = "report", "Rapport final"

    class State(models.TextChoices):
        """How far the reading is."""

        WAITING = "waiting", "Lecture en cours"
        READ = "read", "Lue"
        NOT_STRUCTURED = "not_structured", "Sans données électroniques"
        FAULTY = "faulty", "Illisible"

    document = models.OneToOneField(
        Document, on_delete=models.CASCADE, related_name="closure_reading", verbose_name="fichier"
    )
    # The UBL or CII file given beside a PDF that holds no data.
    companion = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="données jointes",
    )
    mission = models.ForeignKey(
        Mission, on_delete=models.CASCADE, related_name="closure_readings", verbose_name="mission"
    )
    kind = models.CharField("nature", max_length=12, choices=Kind.choices)
    addressee = models.CharField("destinataire", max_length=10, choices=Invoice.Addressee.choices, blank=True)
    state = models.CharField("état", max_length=14, choices=State.choices, default=State.WAITING)
    # As `services.invoices.electronic` and `portal.documents.signed` tell them.
    facts = models.JSONField("ce qui est lu", default=dict, blank=True)
    faults = models.JSONField("défauts", default=list, blank=True)
    asked_at = models.DateTimeField("demandée le")
    read_at = models.DateTimeField("lue le", null=True, blank=True)

    objects = ClosureReadingQuerySet.as_manager()

    class Meta:
        verbose_name = "lecture d’une pièce de clôture"
        verbose_name_plural = "lectures des pièces de clôture"
        ordering = ["mission", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="invoice", addressee__in=Invoice.Addressee.values)
                | (~Q(kind="invoice") & Q(addressee="")),
                name="closure_reading_addressee",
                violation_error_message="Seule une facture a un destinataire.",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", read_at__isnull=True)
                | (~Q(state="waiting") & Q(read_at__isnull=False)),
                name="closure_reading_dated",
                violation_error_message="Une lecture faite porte sa date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.get_state_display()}"

    @property
    def is_read(self) -> bool:
        """True once the file's data are known."""
        return self.state == self.State.READ


class InvoiceDraft(models.Model):
    """An electronic invoice made from the contract, with the number and the date that the expert gave."""

    mission = models.ForeignKey(
        Mission, on_delete=models.CASCADE, related_name="invoice_drafts", verbose_name="mission"
    )
    addressee = models.CharField("destinataire", max_length=10, choices=Invoice.Addressee.choices)
    number = models.CharField("numéro de facture", max_length=60)
    issued_on = models.DateField("datée du")
    # What the PDF prints and the data hold, frozen.
    content = models.JSONField("contenu")
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="facture"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="demandée par"
    )
    made_at = models.DateTimeField("demandée le")

    class Meta:
        verbose_name = "facture préparée"
        verbose_name_plural = "factures préparées"
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.number} ({self.get_addressee_display()})"
