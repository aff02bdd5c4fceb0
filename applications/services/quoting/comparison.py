"""The offers a company received for one request, side by side; every figure is the engine's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from applications.models import Offer, OfferLine, QuoteRequest
from applications.services.offers.planning import Phase
from applications.services.offers.pricing import Figures, figures_of
from tariffs import catalogue

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Side:
    """One offer in force: what it costs whom, how long it takes, and until when it stands."""

    offer: Offer
    figures: Figures
    days: Decimal
    has_fixed: bool
    phases: tuple[Phase, ...]
    can_be_chosen: bool
    # Said where it was priced under an edition that is no longer in force.
    edition_note: str

    @property
    def firm(self) -> str:
        """The firm's name."""
        return self.offer.invitation.firm.name

    @property
    def not_covered(self) -> Decimal:
        """What no ceiling pays for: above the ceilings, travel and what the scheme never covers."""
        uncovered = sum((amount for _label, amount in self.figures.uncovered), self.figures.travel)
        return self.figures.excess_total + uncovered


# What the page may be ordered by: the word of the address, its label and the key.
SORTS: Mapping[str, tuple[str, Callable[[Side], Any]]] = {
    "reste": ("Reste à votre charge", lambda side: side.figures.company_share),
    "total": ("Total", lambda side: side.figures.total),
    "jours": ("Jours", lambda side: (not side.days, side.days)),
    "cabinet": ("Cabinet", lambda side: side.firm.casefold()),
}
USUAL = "reste"


def compare(request: QuoteRequest, *, today: date, sort: str = USUAL) -> list[Side]:
    """Return the offers that may be compared, in a number of queries that does not grow with them."""
    offers = (
        Offer.objects.in_force()
        .filter(invitation__request=request, invitation__declined_at__isnull=True)
        .select_related("invitation__firm", "terms", "document")
        .prefetch_related("lines")
    )
    sides = [_side(offer, request, today) for offer in offers]
    key = SORTS.get(sort, SORTS[USUAL])[1]
    return sorted(sides, key=lambda side: (key(side), side.firm.casefold(), side.offer.pk))


def _side(offer: Offer, request: QuoteRequest, today: date) -> Side:
    lines = list(offer.lines.all())
    figures = figures_of(
        volet=request.volet,
        device_kind=request.device_kind,
        risk_class=request.risk_class,
        lines=[{"item": one.item, "amount": one.amount, "complexity": one.complexity} for one in lines],
        # A request filed now is judged by the edition of the day, whatever the offer was priced under.
        today=today if request.is_open else offer.issued_on or today,
    )
    return Side(
        offer=offer,
        figures=figures,
        days=sum((one.days for one in lines if one.days is not None), ZERO),
        has_fixed=any(one.pricing == OfferLine.Pricing.FIXED for one in lines),
        phases=tuple(Phase.read(one) for one in offer.planning),
        can_be_chosen=offer.valid_until is None or offer.valid_until >= today,
        edition_note=_edition_note(offer, figures),
    )


def _edition_note(offer: Offer, figures: Figures) -> str:
    if offer.edition in {"", figures.edition.code}:
        return ""
    return (
        f"Ce devis a été chiffré sous «\u00a0{catalogue.get_edition(offer.edition).label}\u00a0»\u00a0; les montants "
        f"sont ceux de «\u00a0{figures.edition.label}\u00a0», qui juge une demande déposée aujourd’hui."
    )


def by_item(sides: list[Side]) -> list[dict[str, Any]]:
    """Return one row per item that an offer prices: its label and, side by side, each offer's figures."""
    rows: dict[str, dict[str, Any]] = {}
    for side in sides:
        for one in side.figures.items:
            if one.amount:
                rows.setdefault(one.item, {"label": one.label, "ceiling": one.ceiling})
    for item, row in rows.items():
        row["cells"] = [
            {"firm": side.firm, "item": next((one for one in side.figures.items if one.item == item), None)}
            for side in sides
        ]
    return list(rows.values())
