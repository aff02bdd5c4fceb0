"""What one mission is to be paid: the TTC of the expert's invoice, or its HT, by his VAT regime."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from applications.models import Invoice, Mission
from experts.models import VatRegime


@dataclass(frozen=True, slots=True)
class Due:
    """What one mission is to be paid: HT of Bpifrance's invoice, and what is transferred by the VAT regime."""

    ht: Decimal
    amount: Decimal
    invoice: str


def due_of(mission: Mission) -> Due:
    """Return what is to be transferred, euros: the TTC where the expert invoices VAT, its HT where he does not."""
    invoice = mission.invoices.get(addressee=Invoice.Addressee.BPIFRANCE, replaced_at__isnull=True)
    return Due(invoice.ht, amount_of(invoice, mission.firm.vat_regime), invoice.number)


def amount_of(invoice: Invoice, regime: str) -> Decimal:
    """Return what is transferred for an invoice to Bpifrance by a firm of this VAT regime, euros."""
    taxed = regime == VatRegime.STANDARD or invoice.vat > 0
    return invoice.ttc if taxed else invoice.ht
