"""The money of a quote, the final settlement, and the dates that follow from dates."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tariffs.engine import CaseError, settle
from tariffs.engine import funding as money
from tariffs.engine.terms import add_months, months_later
from tests.tariffs.engine.cases import evaluated, lines


def funding(volet: int, *given: tuple[str, str], edition: str = "2024", **changes: Any) -> dict[str, Any]:
    """The funding of a quote, as JSON."""
    found = evaluated(volet, edition, quote={"lines": lines(*given)}, **changes).to_json()["funding"]
    assert isinstance(found, dict)
    return found


def test_a_ceiling_is_used_up_in_line_order() -> None:
    found = funding(1, ("qms_training", "5000"), ("qms_training", "5000.01"), ("qms_training", "1"))
    assert [line["eligible"] for line in found["lines"]] == ["5000.00", "3000.00", "0.00"]
    assert [line["excess"] for line in found["lines"]] == ["0.00", "2000.01", "1.00"]
    assert [line["ceiling"] for line in found["lines"]] == ["8000.00"] * 3
    assert (found["eligible_total"], found["excess_total"]) == ("8000.00", "2001.01")


def test_what_is_not_of_the_volet_has_no_ceiling() -> None:
    found = funding(1, ("qms_support", "100"), ("travel", "50"), ("ce_technical_file", "30"))
    assert [line["ceiling"] for line in found["lines"]] == ["40000.00", None, None]
    assert [line["eligible"] for line in found["lines"]] == ["100.00", "0.00", "0.00"]
    assert [line["excess"] for line in found["lines"]] == ["0.00", "0.00", "0.00"]
    assert (found["total"], found["covered_total"]) == ("180.00", "100.00")
    assert (found["bpifrance_share"], found["company_share"]) == ("50.00", "130.00")


def test_odd_cents_are_rounded_down_for_bpifrance() -> None:
    found = funding(1, ("qms_support", "0.01"))
    assert (found["bpifrance_share"], found["company_share"]) == ("0.00", "0.01")
    found = funding(1, ("qms_support", "999.99"))
    assert (found["bpifrance_share"], found["company_share"]) == ("499.99", "500.00")


@pytest.mark.twin
def test_rounded_otherwise_the_share_would_pass_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(money, "ROUND_DOWN", ROUND_HALF_UP)
    assert funding(1, ("qms_support", "999.99"))["bpifrance_share"] == "500.00"
    assert Decimal("500.00") > Decimal("999.99") * money.HALF


@pytest.mark.parametrize("edition", ["2023", "2024"])
def test_funding_is_given_whatever_the_verdict(edition: str) -> None:
    found = funding(1, ("qms_support", "50000"), edition=edition, company__headcount=900)
    assert found["bpifrance_share"] == "20000.00"


def test_no_funding() -> None:
    assert evaluated(quote=None).funding is None
    assert evaluated(quote={}).funding is None
    assert evaluated(device={"kind": "dm"}).funding is None
    assert evaluated(1, device={"kind": "dm", "risk_class": "I"}).funding is None
    assert evaluated(1, device={"kind": "digital_solution"}).funding is None
    assert evaluated(4, device={"kind": "dmdiv", "risk_class": "A"}).funding is None
    assert evaluated(4, device={"kind": "digital_solution"}).funding is not None


def line(item: str = "qms_support", **amounts: Any) -> dict[str, Any]:
    """A line to settle, complete but for what is given."""
    return {
        "item": item,
        "ceiling": "40000",
        "contracted": "40000",
        "delivered": "40000",
        "already_settled": "0",
        "audit_valid": None,
    } | amounts


@pytest.mark.parametrize(
    ("amounts", "eligible"),
    [
        ({}, "40000"),
        ({"contracted": "50000", "delivered": "50000"}, "40000"),
        ({"delivered": "30000.02"}, "30000.02"),
        ({"delivered": "45000"}, "40000"),
        ({"contracted": "35000"}, "35000"),
        ({"already_settled": "15000"}, "25000"),
        ({"already_settled": "15000", "contracted": "50000"}, "25000"),
        ({"already_settled": "15000", "contracted": "20000"}, "5000"),
        ({"already_settled": "15000", "contracted": "10000"}, "0"),
        ({"delivered": "0"}, "0"),
        ({"audit_valid": True}, "40000"),
        ({"audit_valid": False}, "0"),
        ({"ceiling": None}, "0"),
        ({"already_settled": None}, "40000"),
    ],
)
def test_settle_one_item(amounts: dict[str, Any], eligible: str) -> None:
    given = line(**amounts)
    found = settle([given])
    assert found["lines"] == [{"item": "qms_support", "eligible": Decimal(eligible)}]
    assert found["eligible_total"] == Decimal(eligible)
    assert found["bpifrance_share"] == Decimal(eligible) / 2
    assert found["company_share"] == Decimal(given["delivered"]) - found["bpifrance_share"]


def test_settle_rounds_once_and_down() -> None:
    odd = [line("a", delivered="0.01"), line("b", delivered="0.01"), line("c", delivered="0.01")]
    found = settle(odd)
    assert (found["eligible_total"], found["bpifrance_share"]) == (Decimal("0.03"), Decimal("0.01"))
    assert found["company_share"] == Decimal("0.02")


def test_what_one_item_leaves_never_pays_for_another() -> None:
    found = settle([line("a", delivered="0"), line("b", delivered="60000", contracted="60000")])
    assert found["eligible_total"] == 40000


def test_two_missions_never_exceed_what_was_contracted() -> None:
    first = settle([line(contracted="30000.01", delivered="20000.01")])
    settled = first["lines"][0]["eligible"]
    second = settle([line(contracted="30000.01", delivered="20000", already_settled=settled)])
    assert settled + second["lines"][0]["eligible"] == Decimal("30000.01")
    assert first["bpifrance_share"] + second["bpifrance_share"] <= Decimal("15000.00")


def test_settle_takes_decimals_texts_and_ints_and_nothing_else() -> None:
    assert settle([line(delivered=Decimal("10.50"), contracted=11)])["eligible_total"] == Decimal("10.50")
    assert settle([]) == {"lines": [], "eligible_total": 0, "bpifrance_share": 0, "company_share": 0}
    for wrong in ("-1", "1.001", 1.5, True):
        with pytest.raises(CaseError) as caught:
            settle([line("a"), line("b", delivered=wrong)])
        assert caught.value.path == "lines[1].delivered"
    with pytest.raises(CaseError) as caught:
        settle([line("a"), line("a")])
    assert caught.value.path == "lines[1].item"


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2024-08-31", 18, "2026-02-28"),
        ("2023-08-31", 6, "2024-02-29"),
        ("2024-08-31", 6, "2025-02-28"),
        ("2024-02-29", 18, "2025-08-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-01-15", 6, "2026-07-15"),
        ("2026-07-31", 6, "2027-01-31"),
        ("2026-12-31", 18, "2028-06-30"),
        ("2026-03-01", 0, "2026-03-01"),
    ],
)
def test_add_months(start: str, months: int, end: str) -> None:
    assert add_months(date.fromisoformat(start), months).isoformat() == end


def test_months_past_the_calendar() -> None:
    assert months_later(date(9999, 8, 31), 6) == (10000, 2, 29)
    with pytest.raises(OverflowError):
        add_months(date(9999, 8, 31), 6)


@pytest.mark.parametrize(("volet", "months"), [(1, 18), (2, 18), (3, 18), (4, 6), (5, 6)])
def test_term_of_2024(volet: int, months: int) -> None:
    term = evaluated(volet, contract_signed_on="2026-01-31", validated_on="2020-01-01").to_json()["term"]
    due_on = {18: "2027-07-31", 6: "2026-07-31"}[months]
    assert term == {
        "months": months,
        "starts_on_event": "contract_signed",
        "starts_on": "2026-01-31",
        "due_on": due_on,
        "report_due_on": None,
    }


@pytest.mark.parametrize(
    ("volet", "digital", "hardware", "months"),
    [
        (1, None, None, 12),
        (1, False, True, 12),
        (2, True, False, 12),
        (2, True, True, 18),
        (2, False, False, 18),
        (2, False, None, 18),
        (2, None, True, 18),
        (2, None, False, None),
        (2, True, None, None),
        (3, None, None, None),
        (3, True, False, 12),
        (4, True, False, None),
        (5, False, True, None),
    ],
)
def test_term_of_2023(volet: int, digital: bool | None, hardware: bool | None, months: int | None) -> None:
    device = {"kind": "dm", "risk_class": "IIa", "digital_functions": digital, "hardware": hardware}
    evaluation = evaluated(
        volet,
        "2023",
        device=device,
        validated_on="2024-02-29",
        contract_signed_on="2024-03-01",
        work_ended_on="2024-06-30",
    )
    due_on = {12: "2025-02-28", 18: "2025-08-29", None: None}[months]
    assert evaluation.to_json()["term"] == {
        "months": months,
        "starts_on_event": "validated",
        "starts_on": "2024-02-29",
        "due_on": due_on,
        "report_due_on": "2024-07-10",
    }
