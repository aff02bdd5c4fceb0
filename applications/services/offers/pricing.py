"""What an offer is worth to the company, item by item, as the engine computes it; nothing is computed beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tariffs import catalogue
from tariffs.engine.editions import Edition
from tariffs.engine.facts import CaseError
from tariffs.engine.funding import share_of

Json = dict[str, Any]
CENT, ZERO, HALF_DAY = Decimal("0.01"), Decimal("0.00"), Decimal("0.5")
# What the engine says of a quote's lines; the rest of its rules read what an offer does not know.
LINE_RULES = ("quote.covered_line", "quote.single_volet", "quote.within_ceilings", "quote.benchmark")


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """One item of the volet: its lines summed, its ceiling (None: not eligible or class unknown) and who pays."""

    item: str
    label: str
    amount: Decimal
    ceiling: Decimal | None
    eligible: Decimal
    excess: Decimal
    bpifrance: Decimal
    company: Decimal

    @property
    def funded(self) -> Json:
        """The item as the bar of ceilings reads it."""
        return {"amount": self.amount, "ceiling": self.ceiling, "excess": self.excess}


@dataclass(frozen=True, slots=True)
class Indicative:
    """A line of volet 5 beside the price seen on the market for its complexity."""

    label: str
    amount: Decimal
    price: Decimal

    @property
    def is_above(self) -> bool:
        """True where the line asks more than the indicative price."""
        return self.amount > self.price


@dataclass(frozen=True, slots=True)
class Figures:
    """The whole offer, HT; `is_funded` False while the class, or the volet, leaves no ceiling to apply."""

    edition: Edition
    items: tuple[ItemFigures, ...]
    travel: Decimal
    uncovered: tuple[tuple[str, Decimal], ...]
    total: Decimal
    eligible_total: Decimal
    excess_total: Decimal
    bpifrance_share: Decimal
    company_share: Decimal
    is_funded: bool
    indicative: tuple[Indicative, ...]
    findings: tuple[Json, ...]


def amount_of(*, days: Decimal, daily_rate: Decimal) -> Decimal:
    """Return the price of days (by halves) at a daily rate, half a cent rounded up."""
    return (days * daily_rate).quantize(CENT, ROUND_HALF_UP)


def are_half_days(days: Decimal) -> bool:
    """Tell whether a number of days comes by halves."""
    return days % HALF_DAY == 0


def figures_of(
    *, volet: int, device_kind: str, risk_class: str, lines: Iterable[Mapping[str, Any]], today: date
) -> Figures:
    """Return the figures of lines {item, amount, complexity} for that device, under the edition of the day."""
    listed = list(lines)
    case: Json = {
        "on": today.isoformat(),
        "volet": volet,
        "device": {"kind": device_kind or None, "risk_class": risk_class or None},
        "quote": {
            "signed": False,
            "lines": [
                {
                    "item": line["item"],
                    "amount": format(line["amount"], "f"),
                    "complexity": line.get("complexity") or None,
                }
                for line in listed
            ],
        },
    }
    try:
        evaluation = catalogue.evaluate_json(case, today=today)
    except CaseError:
        # A class that is none of its kind's: the amounts are shown, the ceilings are not known.
        evaluation = catalogue.evaluate_json({**case, "device": {}}, today=today)
    edition = catalogue.get_edition(evaluation["edition"])
    return _figures(edition, volet, (device_kind, risk_class), listed, evaluation)


def _figures(
    edition: Edition,
    volet: int,
    device: tuple[str, str],
    lines: list[Mapping[str, Any]],
    evaluation: Json,
) -> Figures:
    funding = evaluation["funding"]
    total = sum((line["amount"] for line in lines), ZERO)
    labels = catalogue.uncovered_items(edition)
    uncovered = [line for line in lines if line["item"] in labels]
    apart: dict[str, Decimal] = {}
    for line in uncovered:
        apart[line["item"]] = apart.get(line["item"], ZERO) + line["amount"]
    travel = apart.pop("travel", ZERO)
    items = _items(edition, volet, device, lines, funding)
    share = Decimal(funding["bpifrance_share"]) if funding else ZERO
    return Figures(
        edition=edition,
        items=tuple(items),
        travel=travel,
        uncovered=tuple((labels[item], amount) for item, amount in apart.items()),
        total=total,
        eligible_total=Decimal(funding["eligible_total"]) if funding else ZERO,
        excess_total=Decimal(funding["excess_total"]) if funding else ZERO,
        bpifrance_share=share,
        company_share=total - share,
        is_funded=any(one.ceiling is not None for one in items),
        indicative=tuple(_indicative(edition, lines)),
        findings=tuple(
            finding
            for finding in evaluation["findings"]
            if finding["rule"] in LINE_RULES and finding["status"] in {"fail", "warning"}
        ),
    )


def _items(
    edition: Edition,
    volet: int,
    device: tuple[str, str],
    lines: list[Mapping[str, Any]],
    funding: Json | None,
) -> Iterable[ItemFigures]:
    """Give each item of the volet; what Bpifrance pays of it is the growth of its share, so that items add up."""
    before, eligible_sum, found = ZERO, ZERO, []
    for item, label in catalogue.items(edition, volet).items():
        mine = [line for line in (funding["lines"] if funding else ()) if line["item"] == item]
        amount = sum((line["amount"] for line in lines if line["item"] == item), ZERO)
        eligible = sum((Decimal(line["eligible"]) for line in mine), ZERO)
        eligible_sum += eligible
        share = share_of(eligible_sum, edition.funding.rate)
        found.append(
            ItemFigures(
                item=item,
                label=label,
                amount=amount,
                ceiling=_ceiling(edition, item, *device),
                eligible=eligible,
                excess=sum((Decimal(line["excess"]) for line in mine), ZERO),
                bpifrance=share - before,
                company=amount - (share - before),
            )
        )
        before = share
    return found


def _ceiling(edition: Edition, item: str, kind: str, risk_class: str) -> Decimal | None:
    return catalogue.ceiling(edition, item, kind, risk_class or None)


def _indicative(edition: Edition, lines: list[Mapping[str, Any]]) -> Iterable[Indicative]:
    for line in lines:
        known = edition.items.get(line["item"])
        price = known.indicative.get(line.get("complexity") or "") if known else None
        if known is not None and price is not None:
            yield Indicative(known.label, line["amount"], price.price)
