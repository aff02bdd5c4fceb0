"""What a mission is finally worth: puts contracted and delivered amounts before the engine's `settle`."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from applications.models import Dossier, Mission, Quote
from applications.services.evaluation import latest_quote
from experts.models import PassiCertificate
from experts.services import SCOPE_OF_ITEM
from tariffs import catalogue
from tariffs.engine.funding import settle

ZERO = Decimal("0.00")
AUDIT_ITEMS = frozenset(SCOPE_OF_ITEM)


def contracted_amounts(quote: Quote | None) -> dict[str, Decimal]:
    """Return the HT contracted per item of a quote version."""
    amounts: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in quote.lines.all() if quote else ():
        amounts[line.item] += line.amount
    return dict(amounts)


def already_settled(mission: Mission) -> dict[str, Decimal]:
    """Return the eligible HT per item that the dossier's other missions already settled."""
    amounts: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for other in mission.dossier.missions.all():
        if other.pk != mission.pk and other.state in {"payment_approved", "paid"}:
            for line in other.settled_lines:
                amounts[line["item"]] += Decimal(line["eligible"])
    return dict(amounts)


def quote_of(mission: Mission) -> Quote | None:
    """Return the version this mission works under: the dossier's latest, or the firm's own once replaced."""
    dossier: Dossier = mission.dossier
    if mission.is_current:
        return latest_quote(dossier)
    quotes = [
        quote
        for quote in dossier.quotes.all()
        if quote.firm_id == mission.firm_id and quote.accepted_on is not None
    ]
    return max(quotes, key=lambda quote: quote.number, default=None)


def contracted_by_dossier(dossier: Dossier) -> dict[str, Decimal]:
    """Return the HT per item that the dossier contracted, all missions together.

    A replacing expert's quote shares what was contracted out anew and adds nothing; an amendment of lines
    moves the whole by what it changes of the quote in force.
    """
    replacing = {a.quote_id for a in dossier.amendments.all() if a.mission_id is not None}
    whole: dict[str, Decimal] = {}
    own: dict[str, Decimal] = {}
    accepted = [quote for quote in dossier.quotes.all() if quote.accepted_on is not None]
    for quote in sorted(accepted, key=lambda found: found.number):
        lines = contracted_amounts(quote)
        if quote.pk not in replacing:
            whole = shifted(whole, own, lines)
        own = lines
    return whole


def shifted(
    whole: dict[str, Decimal], before: dict[str, Decimal], after: dict[str, Decimal]
) -> dict[str, Decimal]:
    """Return `whole` with the lines `before` taken out and the lines `after` put in, never below zero."""
    items = dict.fromkeys((*whole, *after))
    return {
        item: max(whole.get(item, ZERO) - before.get(item, ZERO), ZERO) + after.get(item, ZERO)
        for item in items
    }


def contracted_for(mission: Mission) -> dict[str, Decimal]:
    """Return the HT per item up to which this mission counts, before what others settled is taken off.

    Its own quote counts on top of what was settled, never above what the dossier contracted.
    """
    own, whole = contracted_amounts(quote_of(mission)), contracted_by_dossier(mission.dossier)
    settled = already_settled(mission)
    return {
        item: min(amount + settled.get(item, ZERO), whole.get(item, ZERO)) for item, amount in own.items()
    }


def settlement_of(mission: Mission) -> dict[str, Any]:
    """Return lines [{item, ceiling, contracted, delivered, eligible}], eligible_total and both shares.

    Amounts are Decimals, euros HT with two decimals. Never above what was contracted or the ceiling, all
    missions of the dossier together; an audit outside its PASSI validity counts for nothing.
    """
    dossier = mission.dossier
    contracted, settled = contracted_for(mission), already_settled(mission)
    lines = [
        {
            "item": delivered.item,
            "ceiling": _ceiling(dossier, delivered.item),
            "contracted": contracted.get(delivered.item, ZERO),
            "delivered": delivered.delivered,
            "already_settled": settled.get(delivered.item, ZERO),
            "audit_valid": _audit_is_valid(mission, delivered),
        }
        for delivered in mission.delivered_lines.all()
    ]
    result = settle(lines)
    return {
        **result,
        "lines": [
            {**line, "eligible": eligible["eligible"]}
            for line, eligible in zip(lines, result["lines"], strict=True)
        ],
    }


def _ceiling(dossier: Dossier, item: str) -> Decimal | None:
    edition = catalogue.get_edition(dossier.edition)
    if item not in edition.items:
        return None
    return catalogue.ceiling(edition, item, dossier.device_kind, dossier.device_class or None)


def _audit_is_valid(mission: Mission, delivered: Any) -> bool:
    """An audit of volet 5 counts where one certificate covers its scope on each of its dates."""
    if mission.dossier.volet != 5 or delivered.item not in AUDIT_ITEMS:
        return True
    if delivered.audited_from is None or delivered.audited_until is None:
        return False
    return all(
        any(
            SCOPE_OF_ITEM[delivered.item] in certificate.scopes
            for certificate in PassiCertificate.objects.filter(firm_id=mission.firm_id).valid(day)
        )
        for day in (delivered.audited_from, delivered.audited_until)
    )
