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
    taxed = mission.firm.vat_regime == VatRegime.STANDARD or invoice.vat > 0
    return Due(invoice.ht, invoice.ttc if taxed else invoice.ht, invoice.number)
