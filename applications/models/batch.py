"""What leads a payment to the bank: the certificate of service done, the batches and their transfer orders."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.models.dossier import MONEY
from applications.models.mission import Mission
from applications.models.payment import Payment
from portal.documents.models import Document


class ServiceCertificate(models.Model):
    """The officer's statement that the service was done (service fait): what was checked, frozen; then its PDF."""

    mission = models.ForeignKey(
        Mission, on_delete=models.CASCADE, related_name="certificates", verbose_name="mission"
    )
    # What was checked, as the PDF prints it.
    content = models.JSONField("contenu")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="établi par"
    )
    made_at = models.DateTimeField("établi le")
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="PDF"
    )
    # Set when the closure changes afterwards: what was certified is no longer what would be paid.
    void_at = models.DateTimeField("caduc depuis", null=True, blank=True)

    class Meta:
        verbose_name = "certificat de service fait"
        verbose_name_plural = "certificats de service fait"
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mission"],
                condition=Q(void_at__isnull=True),
                name="certificate_one_standing",
                violation_error_message="Le service fait est déjà certifié.",
            ),
        ]

    def __str__(self) -> str:
        return f"Service fait – {self.mission}"


class PaymentBatch(models.Model):
    """Transfer orders that leave in one file: made by one person, approved by another, then matched."""

    class Status(models.TextChoices):
        """Where the batch stands."""

        PREPARED = "prepared", "À valider"
        APPROVED = "approved", "Validé, à rapprocher"
        DONE = "done", "Rapproché"
        CANCELLED = "cancelled", "Annulé"

    # The file's message identification: how bank and portal name the batch.
    reference = models.CharField("référence du lot", max_length=35, unique=True)
    execution_on = models.DateField("exécution demandée le")
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.PREPARED)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="préparé par"
    )
    made_at = models.DateTimeField("préparé le")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="validé par",
    )
    approved_at = models.DateTimeField("validé le", null=True, blank=True)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="fichier"
    )
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="annulé par",
    )
    cancelled_at = models.DateTimeField("annulé le", null=True, blank=True)
    motive = models.TextField("motif de l’annulation", blank=True)
    executed_on = models.DateField("exécuté par la banque le", null=True, blank=True)

    class Meta:
        verbose_name = "lot de virements"
        verbose_name_plural = "lots de virements"
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("made_by")),
                name="batch_four_eyes",
                violation_error_message="Un lot est validé par une autre personne que celle qui l’a préparé.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "done"])
                | Q(approved_by__isnull=False, approved_at__isnull=False, document__isnull=False),
                name="batch_approved_has_file",
                violation_error_message="Un lot validé a son fichier, sa date et la personne qui l’a validé.",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def chain(self) -> str:
        """The name of the batch's chain of audit events."""
        return f"batch:{self.pk}"


class PaymentOrder(models.Model):
    """One transfer of a batch, for one mission; its amount and its account never change."""

    class Status(models.TextChoices):
        """Where the order stands."""

        OPEN = "open", "En cours"
        PAID = "paid", "Payé"
        RETIRED = "retired", "Retiré"

    batch = models.ForeignKey(
        PaymentBatch, on_delete=models.PROTECT, related_name="orders", verbose_name="lot"
    )
    mission = models.ForeignKey(
        Mission, on_delete=models.PROTECT, related_name="payment_orders", verbose_name="mission"
    )
    # End-to-end identification: the bank carries it to the payee and back.
    reference = models.CharField("référence de bout en bout", max_length=35, unique=True)
    ht = models.DecimalField("montant HT", **MONEY)
    amount = models.DecimalField("montant à virer", **MONEY)
    creditor = models.CharField("bénéficiaire", max_length=140)
    # Masked, and the keyed fingerprint that tells whether the firm's account is still this one.
    account = models.CharField("compte crédité", max_length=40)
    account_fingerprint = models.CharField("empreinte du compte", max_length=64)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.OPEN)
    payment = models.OneToOneField(
        Payment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="order",
        verbose_name="paiement",
    )
    # An order of an approved batch may be with the bank: taking it out is asked by one, confirmed by another.
    retiring_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="retrait demandé par",
    )
    retiring_asked_at = models.DateTimeField("retrait demandé le", null=True, blank=True)
    motive = models.TextField("motif du retrait", blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="terminé par",
    )
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)

    class Meta:
        verbose_name = "ordre de virement"
        verbose_name_plural = "ordres de virement"
        ordering = ["batch", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mission"],
                condition=Q(status="open"),
                name="order_one_open_per_mission",
                violation_error_message="Cette mission est déjà dans un lot.",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0) & Q(amount__gte=models.F("ht")),
                name="order_amounts",
                violation_error_message="Le montant à virer est positif et couvre le HT.",
            ),
            models.CheckConstraint(
                condition=Q(status="paid", payment__isnull=False)
                | (~Q(status="paid") & Q(payment__isnull=True)),
                name="order_paid_has_payment",
                violation_error_message="Seul un ordre payé a son paiement.",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
