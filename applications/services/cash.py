"""What the company pays its expert: per invoice HT, VAT and TTC, and what is still to come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from applications.models import Dossier, Invoice, Mission
from applications.services.closure_checks import CENT, VAT_RATES
from applications.workflow.states import FREED, USED
from experts.models import ExpertFirm, VatRegime

ZERO = Decimal("0.00")
NOTES: dict[str, str] = {
    VatRegime.STANDARD: "La TVA est celle du taux ordinaire ; la facture de l’expert fait foi.",
    VatRegime.FRANCHISE: "L’expert ne facture pas la TVA (article 293 B du code général des impôts).",
    VatRegime.REVERSE_CHARGE: (
        "L’expert facture sans TVA ; vous la déclarez vous-même à l’administration (autoliquidation)."
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One invoice to the company, or (`estimate`) what remains to be invoiced; euros."""

    label: str
    ht: Decimal
    vat: Decimal
    ttc: Decimal
    rate: Decimal
    issued_on: date | None = None
    acquitted_on: date | None = None
    estimate: bool = False


@dataclass(frozen=True, slots=True)
class Cash:
    """What the company advances, and what it need not: Bpifrance pays its own share to the expert."""

    lines: list[Line]
    ht: Decimal
    vat: Decimal
    ttc: Decimal
    note: str


def usual_rate(regime: str) -> Decimal:
    """Return the rate, percent, at which an expert of this regime usually invoices."""
    return VAT_RATES[regime][0]


def cash_of(dossier: Dossier, mission: Mission | None, invoices: Iterable[Invoice]) -> Cash | None:
    """Return what the company pays of a dossier, `invoices` those it received; None where it pays nothing.

    What no invoice covers yet of the company's share is estimated at the expert's usual rate, until the
    mission is settled or the request has ended.
    """
    lines = [
        Line(
            f"Facture {one.number}",
            one.ht,
            one.vat,
            one.ttc,
            one.vat_rate,
            issued_on=one.issued_on,
            acquitted_on=one.acquitted_on,
        )
        for one in invoices
    ]
    firm = mission.firm if mission is not None else dossier.firm
    regime = firm.vat_regime if firm is not None else VatRegime.STANDARD
    rest = dossier.company_share - sum((line.ht for line in lines), ZERO)
    if rest > 0 and dossier.state not in USED | FREED:
        lines.append(_estimate(rest, firm, first=not lines))
    if not lines:
        return None
    return Cash(
        lines,
        sum((line.ht for line in lines), ZERO),
        sum((line.vat for line in lines), ZERO),
        sum((line.ttc for line in lines), ZERO),
        NOTES[regime],
    )


def _estimate(ht: Decimal, firm: ExpertFirm | None, *, first: bool) -> Line:
    rate = usual_rate(firm.vat_regime if firm is not None else VatRegime.STANDARD)
    vat = (ht * rate / 100).quantize(CENT, ROUND_HALF_UP)
    label = "Votre quote-part, à facturer" if first else "Reste à facturer"
    return Line(label, ht, vat, ht + vat, rate, estimate=True)
