"""The money: the envelope, what each dossier commits of it, the payments to experts and what went back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum

from applications.models.company import BPIFRANCE_READERS
from applications.models.dossier import MONEY, Dossier
from applications.models.mission import Mission
from portal.accounts.models import Membership


class Envelope(models.Model):
    """The money set aside for the scheme, HT; approvals commit from it."""

    code = models.CharField("code", max_length=30, unique=True)
    label = models.CharField("libellé", max_length=120)
    amount = models.DecimalField("montant", **MONEY)
    is_open = models.BooleanField("ouverte", default=True)

    class Meta:
        verbose_name = "enveloppe"
        verbose_name_plural = "enveloppes"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_open"],
                condition=Q(is_open=True),
                name="envelope_one_open",
                violation_error_message="Une seule enveloppe est ouverte à la fois.",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def committed(self, *, besides: Dossier | None = None) -> Decimal:
        """Return the sum of what dossiers hold of this envelope, HT, one of them aside when given."""
        held = self.commitments.exclude(dossier=besides) if besides else self.commitments.all()
        return held.aggregate(total=Sum("amount"))["total"] or Decimal(0)

    def remaining(self, *, besides: Dossier | None = None) -> Decimal:
        """Return what can still be committed, HT, whatever one dossier already holds of it when given."""
        return self.amount - self.committed(besides=besides)


class Commitment(models.Model):
    """What one dossier holds of the envelope; unused money returns by lowering the amount."""

    dossier = models.OneToOneField(
        Dossier, on_delete=models.CASCADE, related_name="commitment", verbose_name="dossier"
    )
    envelope = models.ForeignKey(
        Envelope, on_delete=models.PROTECT, related_name="commitments", verbose_name="enveloppe"
    )
    amount = models.DecimalField("montant engagé", **MONEY)

    class Meta:
        verbose_name = "engagement"
        verbose_name_plural = "engagements"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0),
                name="commitment_not_negative",
                violation_error_message="Un engagement ne peut pas être négatif.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier} : {self.amount}"


class PaymentQuerySet(models.QuerySet["Payment"]):
    """Sets of payments with a meaning."""

    def visible_to(self, user: Any) -> PaymentQuerySet:
        """A firm sees its own payments, Bpifrance all of them."""
        if user.staff_role in BPIFRANCE_READERS:
            return self
        return self.filter(
            mission__firm__organisation__in=Membership.objects.filter(user=user, is_active=True).values(
                "organisation"
            ),
            mission__dossier__erased_on__isnull=True,
        )


class Payment(models.Model):
    """One payment of Bpifrance's share to the expert, TTC of its invoice."""

    class Return(models.TextChoices):
        """Why a transfer came back, as banks say it (ISO 20022 return reason codes in their words)."""

        WRONG_ACCOUNT = "AC01", "Numéro de compte inexact (AC01)"
        CLOSED_ACCOUNT = "AC04", "Compte clos (AC04)"
        BLOCKED_ACCOUNT = "AC06", "Compte bloqué (AC06)"
        DECEASED_OR_UNKNOWN = "BE04", "Bénéficiaire inconnu de la banque (BE04)"
        BY_BENEFICIARY = "MD06", "Retour à la demande du bénéficiaire (MD06)"
        OTHER = "MS03", "Raison non précisée par la banque (MS03)"

    mission = models.ForeignKey(
        Mission, on_delete=models.PROTECT, related_name="payments", verbose_name="mission"
    )
    ht = models.DecimalField("montant HT", **MONEY)
    ttc = models.DecimalField("montant payé", **MONEY)
    # The account paid, of which only the country and the last four characters can be read.
    account = models.CharField("compte crédité", max_length=40, blank=True)
    reference = models.CharField("référence du virement", max_length=60)
    paid_on = models.DateField("payé le")
    paid_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="enregistré par"
    )
    recorded_at = models.DateTimeField("enregistré le")
    reversed_on = models.DateField("annulé le", null=True, blank=True)
    reversal_reason = models.CharField("raison du retour", max_length=20, choices=Return.choices, blank=True)
    reversal_motive = models.TextField("motif de la banque", blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = "paiement"
        verbose_name_plural = "paiements"
        ordering = ["-paid_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mission"],
                condition=Q(reversed_on__isnull=True),
                name="payment_once",
                violation_error_message="Cette mission est déjà payée.",
            ),
            models.UniqueConstraint(
                fields=["reference"],
                name="payment_reference_once",
                violation_error_message="Cette référence de virement est déjà enregistrée.",
            ),
            models.CheckConstraint(
                condition=Q(ht__gte=0) & Q(ttc__gte=models.F("ht")),
                name="payment_amounts",
                violation_error_message="Le TTC ne peut pas être inférieur au HT.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} – {self.ttc}"
