"""What an offer is worth: item by item, under the ceilings of its device, as the engine says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from applications.services.offers.pricing import amount_of, are_half_days, figures_of

DAY = date(2026, 3, 2)


def worth(volet: int, *lines: tuple[str, str, str], kind: str = "dm", risk_class: str = "IIa") -> Any:
    listed = [{"item": item, "amount": Decimal(amount), "complexity": word} for item, amount, word in lines]
    return figures_of(volet=volet, device_kind=kind, risk_class=risk_class, lines=listed, today=DAY)


def test_the_lines_of_an_item_are_summed_before_its_ceiling_applies() -> None:
    figures = worth(
        1, ("qms_support", "30000.00", ""), ("qms_support", "15000.00", ""), ("travel", "600.00", "")
    )
    item = figures.items[0]
    assert (item.amount, item.ceiling, item.eligible, item.excess) == (45000, 40000, 40000, 5000)
    assert (item.bpifrance, item.company) == (20000, 25000)
    assert figures.travel == 600
    assert (figures.total, figures.bpifrance_share, figures.company_share) == (45600, 20000, 25600)


def test_the_shares_of_the_items_add_up_to_that_of_the_offer_to_the_cent() -> None:
    figures = worth(1, ("qms_support", "100.01", ""), ("qms_training", "100.01", ""))
    assert figures.bpifrance_share == Decimal("100.01")
    assert sum(item.bpifrance for item in figures.items) == figures.bpifrance_share
    assert sum(item.company for item in figures.items) == figures.company_share


def test_the_ceilings_are_those_of_the_device_of_the_request() -> None:
    assert worth(1, ("qms_support", "1.00", ""), risk_class="III").items[0].ceiling == 60000
    assert not worth(1, ("qms_support", "1.00", ""), risk_class="I").is_funded
    assert worth(4, ("cybersecurity_strategy", "1.00", ""), kind="digital_solution", risk_class="").is_funded


def test_a_class_that_is_not_known_leaves_no_ceiling_and_no_share() -> None:
    for risk_class in ("", "B"):
        figures = worth(1, ("qms_support", "1000.00", ""), risk_class=risk_class)
        assert (figures.is_funded, figures.bpifrance_share, figures.company_share) == (False, 0, 1000)


def test_the_indicative_price_of_a_complexity_stands_beside_the_line() -> None:
    figures = worth(5, ("code_audit", "12000.00", "medium"), ("penetration_test", "5000.00", "simple"))
    assert [(one.amount, one.price, one.is_above) for one in figures.indicative] == [
        (12000, 10000, True),
        (5000, 5000, False),
    ]
    assert "quote.benchmark" in {finding["rule"] for finding in figures.findings}


def test_days_come_by_halves_and_half_a_cent_is_rounded_up() -> None:
    assert are_half_days(Decimal("2.5"))
    assert not are_half_days(Decimal("2.3"))
    assert amount_of(days=Decimal("0.5"), daily_rate=Decimal("901.01")) == Decimal("450.51")
