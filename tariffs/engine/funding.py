"""The money: what is eligible, Bpifrance's share of a quote, and the final share when the work is done.

Amounts are euros HT with two decimals. The share is rounded DOWN to the cent, and so never exceeds its rate.
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple

from tariffs.engine import values
from tariffs.engine.editions import Edition
from tariffs.engine.facts import Case, CaseError
from tariffs.engine.values import CENT

NOTHING = Decimal("0.00")
HALF = Decimal("0.50")


class FundedLine(NamedTuple):
    """One line of the quote: its ceiling (None where it is not of the volet), eligible part and excess."""

    item: str
    amount: Decimal
    ceiling: Decimal | None
    eligible: Decimal
    excess: Decimal

    def to_json(self) -> dict[str, str | None]:
        """The line under the names of the public JSON."""
        return {
            "item": self.item,
            "amount": str(self.amount),
            "ceiling": None if self.ceiling is None else str(self.ceiling),
            "eligible": str(self.eligible),
            "excess": str(self.excess),
        }

    def to_json_text(self) -> str:
        """The same as compact JSON text."""
        ceiling = "null" if self.ceiling is None else f'"{self.ceiling}"'
        return (
            f'{{"item":"{self.item}","amount":"{self.amount}","ceiling":{ceiling},'
            f'"eligible":"{self.eligible}","excess":"{self.excess}"}}'
        )


class Funding(NamedTuple):
    """Who pays what of a quote; `covered_total` is the sum of the volet's lines, excess included."""

    rate: Decimal
    total: Decimal
    covered_total: Decimal
    eligible_total: Decimal
    excess_total: Decimal
    bpifrance_share: Decimal
    company_share: Decimal
    lines: tuple[FundedLine, ...]

    def to_json(self) -> dict[str, Any]:
        """The money under the names of the public JSON, amounts as texts with two decimals."""
        return {
            "rate": str(self.rate),
            "total": str(self.total),
            "covered_total": str(self.covered_total),
            "eligible_total": str(self.eligible_total),
            "excess_total": str(self.excess_total),
            "bpifrance_share": str(self.bpifrance_share),
            "company_share": str(self.company_share),
            "lines": [line.to_json() for line in self.lines],
        }

    def to_json_text(self) -> str:
        """The same as compact JSON text; item codes and amounts need no escape."""
        lines = ",".join([line.to_json_text() for line in self.lines])
        return (
            f'{{"rate":"{self.rate}","total":"{self.total}","covered_total":"{self.covered_total}",'
            f'"eligible_total":"{self.eligible_total}","excess_total":"{self.excess_total}",'
            f'"bpifrance_share":"{self.bpifrance_share}","company_share":"{self.company_share}",'
            f'"lines":[{lines}]}}'
        )


def share_of(eligible: Decimal, rate: Decimal) -> Decimal:
    """Bpifrance's share of an eligible amount, rounded down to the cent."""
    return (eligible * rate).quantize(CENT, ROUND_DOWN)


def fund(case: Case, edition: Edition) -> Funding | None:
    """The funding of the quote, whatever the verdict; None without lines, or ceilings for the device."""
    ceilings = edition.ceilings(case.volet, case.device.column)
    if case.quote is None or not case.quote.lines or ceilings is None:
        return None
    left = dict(ceilings)
    total = covered = eligible_total = NOTHING
    lines: list[FundedLine] = []
    for line in case.quote.lines:
        amount = line.amount
        total += amount
        remaining = left.get(line.item)
        if remaining is None:
            lines.append(FundedLine(line.item, amount, None, NOTHING, NOTHING))
            continue
        eligible = min(amount, remaining)
        left[line.item] = remaining - eligible
        covered += amount
        eligible_total += eligible
        lines.append(FundedLine(line.item, amount, ceilings[line.item], eligible, amount - eligible))
    rate = edition.funding.rate
    share = share_of(eligible_total, rate)
    return Funding(
        rate=rate,
        total=total,
        covered_total=covered,
        eligible_total=eligible_total,
        excess_total=covered - eligible_total,
        bpifrance_share=share,
        company_share=total - share,
        lines=tuple(lines),
    )


def settle(lines: Iterable[Mapping[str, Any]], rate: Decimal = HALF) -> dict[str, Any]:
    """The final shares of a mission, item by item, from what was delivered.

    Each line gives `item`, `ceiling`, `contracted`, `delivered`, `already_settled` (by an earlier mission of
    the dossier, default 0) and `audit_valid` (False for an audit outside its PASSI validity, else ignored).
    A null `ceiling` is that of an uncovered item. Eligible is the least of what was delivered and of what
    earlier missions leave of the contracted amount and of the ceiling; one item never pays for another.
    Returns `lines` [{item, eligible}], `eligible_total`, `bpifrance_share` and `company_share` as Decimals
    with two decimals. CaseError names the field that is no amount, or an item that is given twice.
    """
    settled: list[dict[str, Any]] = []
    seen: set[str] = set()
    delivered_total = eligible_total = NOTHING
    for index, line in enumerate(lines):
        item = line["item"]
        if item in seen:
            raise CaseError(f"lines[{index}].item", "Ce poste est donné deux fois : additionnez ses lignes.")
        seen.add(item)
        delivered = _amount_of(line, "delivered", index)
        eligible = NOTHING if line.get("audit_valid") is False else _eligible(line, delivered, index)
        settled.append({"item": item, "eligible": eligible})
        delivered_total += delivered
        eligible_total += eligible
    share = share_of(eligible_total, rate)
    return {
        "lines": settled,
        "eligible_total": eligible_total,
        "bpifrance_share": share,
        "company_share": delivered_total - share,
    }


def _eligible(line: Mapping[str, Any], delivered: Decimal, index: int) -> Decimal:
    """What is eligible of one item, never below zero."""
    if line.get("ceiling") is None:
        return NOTHING
    already = _amount_of(line, "already_settled", index)
    contracted = _amount_of(line, "contracted", index)
    ceiling = _amount_of(line, "ceiling", index)
    return max(NOTHING, min(delivered, contracted - already, ceiling - already))


def _amount_of(line: Mapping[str, Any], key: str, index: int) -> Decimal:
    """An amount of a line with two decimals; zero where it is absent or None."""
    value = line.get(key)
    if value is None:
        return NOTHING
    try:
        return values.amount(value).quantize(CENT)
    except CaseError as error:
        raise error.under(key).under(index).under("lines") from None
