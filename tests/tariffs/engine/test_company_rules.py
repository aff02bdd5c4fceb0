"""Each rule about the company at its boundaries, and with what is not known."""

from typing import Any

import pytest

from tests.tariffs.engine.cases import evaluated, status

CATEGORY = "company.category"
OLD = "2000-01-01"
BIG = {"company__created_on": OLD, "company__turnover": "60000000"}


@pytest.mark.parametrize(
    ("changes", "expected", "category"),
    [
        ({"headcount": 249}, "pass", "startup"),
        ({"headcount": "249.99"}, "pass", "startup"),
        ({"headcount": 250}, "fail", None),
        ({"headcount": "250.000000000000001"}, "fail", None),
        ({"created_on": "2018-04-01"}, "pass", "startup"),
        ({"created_on": "2018-03-31"}, "pass", "pme"),
        ({"created_on": "2018-03-30"}, "pass", "pme"),
        ({"turnover": "9999999.99"}, "pass", "startup"),
        ({"turnover": "10000000"}, "pass", "pme"),
        ({"turnover": "49999999.99", "balance_sheet": "43000000"}, "pass", "pme"),
        ({"turnover": "50000000.00", "balance_sheet": "43000000"}, "fail", None),
        ({"turnover": "50000000.00", "balance_sheet": "42999999.99"}, "pass", "pme"),
        ({"turnover": "50000000.00", "balance_sheet": None}, "missing", None),
        ({"turnover": None, "balance_sheet": "42999999.99"}, "pass", "pme"),
        ({"turnover": None, "balance_sheet": "43000000"}, "missing", None),
        ({"turnover": None, "balance_sheet": None}, "missing", None),
        ({"headcount": None}, "missing", None),
        ({"headcount": None, "turnover": "50000000", "balance_sheet": "43000000"}, "fail", None),
        ({"headcount": 250, "turnover": None, "balance_sheet": None}, "fail", None),
        ({"created_on": None}, "pass", "pme"),
        ({"created_on": None, "balance_sheet": None}, "pass", "pme"),
    ],
)
@pytest.mark.parametrize("edition", ["2023", "2024"])
def test_category(edition: str, changes: dict[str, Any], expected: str, category: str | None) -> None:
    given = {f"company__{key}": value for key, value in changes.items()}
    evaluation = evaluated(1, edition, **given)
    assert evaluation.finding(CATEGORY).status == expected
    assert evaluation.category == category


def test_eight_years_of_a_29_february() -> None:
    born = {"company__created_on": "2016-02-29", "company__turnover": "1.00"}
    assert evaluated(on="2024-02-28", **born, documents=None).category == "startup"
    assert evaluated(on="2024-02-29", **born, documents=None).category == "pme"


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        *(
            (code, "pass")
            for code in ("FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "WF", "PF", "NC")
        ),
        ("TF", "fail"),
        ("BE", "fail"),
        ("MC", "fail"),
        (None, "missing"),
    ],
)
def test_registered_in_france(country: str | None, expected: str) -> None:
    assert status("company.registered_in_france", company__registered_in=country) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("1000", "fail"),
        ("1900", "fail"),
        ("6540", "fail"),
        ("6599", "fail"),
        ("5710", "pass"),
        ("5202", "pass"),
        ("6411", "review"),
        ("9220", "review"),
        ("2110", "review"),
        (None, "missing"),
    ],
)
def test_legal_form(form: str | None, expected: str) -> None:
    assert status("company.legal_form", company__legal_form=form) == expected


@pytest.mark.parametrize("stage", ["simulation", "submission"])
@pytest.mark.parametrize(
    ("changes", "at_simulation", "at_submission"),
    [
        ({}, "pass", "pass"),
        ({"in_difficulty": True}, "fail", "fail"),
        ({"insolvency_proceedings": True}, "fail", "fail"),
        ({"insolvency_proceedings": True, "in_difficulty": None}, "fail", "fail"),
        ({"insolvency_proceedings": None}, "pass", "pass"),
        ({"in_difficulty": None}, "missing", "missing"),
        ({"equity": "25000.00"}, "pass", "pass"),
        ({"equity": "24999.99"}, "fail", "fail"),
        ({"equity": "24999.99", "in_difficulty": None}, "fail", "fail"),
        ({"equity": "-0.01", "subscribed_capital": None}, "fail", "fail"),
        ({"equity": "-0.01", "subscribed_capital": "0"}, "fail", "fail"),
        ({"equity": "0", "subscribed_capital": "0"}, "pass", "pass"),
        ({"equity": "0", "subscribed_capital": None}, "pass", "missing"),
        ({"equity": None}, "pass", "missing"),
        ({"created_on": None, "equity": "-1"}, "pass", "missing"),
        ({"created_on": None}, "pass", "pass"),
        ({"created_on": "2023-03-31", "equity": "-1"}, "fail", "fail"),
        ({"created_on": "2023-04-01", "equity": "-1"}, "pass", "pass"),
        ({"created_on": "2023-03-30", "equity": "-1"}, "fail", "fail"),
        ({"created_on": "2023-04-01", "equity": None, "subscribed_capital": None}, "pass", "pass"),
    ],
)
def test_not_in_difficulty(
    stage: str, changes: dict[str, Any], at_simulation: str, at_submission: str
) -> None:
    given = {f"company__{key}": value for key, value in changes.items()}
    expected = at_simulation if stage == "simulation" else at_submission
    assert status("company.not_in_difficulty", stage=stage, **given) == expected


@pytest.mark.parametrize(("value", "expected"), [(True, "pass"), (False, "fail"), (None, "missing")])
def test_tax_and_social(value: bool | None, expected: str) -> None:
    assert status("company.tax_and_social", company__tax_and_social_up_to_date=value) == expected


def holder(share: object, **more: Any) -> dict[str, Any]:
    """A partner whose figures alone are over every bound."""
    figures = {"headcount": 1000, "turnover": "90000000", "balance_sheet": "90000000"}
    return {"name": "Groupe", "share": share} | figures | more


UNKNOWN = {"headcount": None, "turnover": None, "balance_sheet": None}


@pytest.mark.parametrize(
    ("shareholders", "expected"),
    [
        (None, "missing"),
        ([], "pass"),
        ([holder("25")], "pass"),
        ([holder("25.000000000000001")], "fail"),
        ([holder("25"), holder("25")], "pass"),
        ([holder("50", exempt_investor=True)], "pass"),
        ([holder("50.01", exempt_investor=True)], "fail"),
        ([holder("100", kind="person")], "pass"),
        ([holder("40", kind="person", exempt_investor=True)], "pass"),
        ([holder("30", **UNKNOWN)], "missing"),
        ([holder("30", **{**UNKNOWN, "headcount": 800})], "fail"),
        ([holder("30", headcount=793, turnover="0", balance_sheet="0")], "pass"),
        ([holder("50", headcount=475, turnover="0", balance_sheet="0")], "pass"),
        ([holder("50", headcount=476, turnover="0", balance_sheet="0")], "fail"),
        ([holder("50.01", headcount=238, turnover="0", balance_sheet="0")], "fail"),
        ([holder("50.01", headcount=237, turnover="0", balance_sheet="0")], "pass"),
        ([holder("30", headcount=1, turnover=None, balance_sheet="1")], "pass"),
        ([holder("30", headcount=1, turnover="170000000", balance_sheet=None)], "missing"),
        ([holder("30", headcount=1, turnover="170000000", balance_sheet="150000000")], "fail"),
        ([holder("26", **UNKNOWN), holder("74", headcount=238, turnover="0", balance_sheet="0")], "fail"),
        ([{"share": 30}], "missing"),
    ],
)
def test_autonomy(shareholders: list[dict[str, Any]] | None, expected: str) -> None:
    assert status("company.autonomy", company__shareholders=shareholders) == expected


def test_autonomy_adds_exactly() -> None:
    partner = holder("33.333333333333333", headcount="713.999999999999999", turnover=0, balance_sheet=0)
    # 713.999999999999999 × 33.333333333333333 % is just below 238: with 12 people, just below 250.
    assert status("company.autonomy", company__shareholders=[partner]) == "pass"
    assert status("company.autonomy", company__shareholders=[partner | {"headcount": "714.1"}]) == "fail"


@pytest.mark.parametrize("known", [True, False])
def test_autonomy_is_settled_by_the_known_part(known: bool) -> None:
    own = 249 if known else 250
    holders = [{"share": 60}]
    expected = "missing" if known else "fail"
    assert status("company.autonomy", company__headcount=own, company__shareholders=holders) == expected


@pytest.mark.parametrize("edition", ["2023", "2024"])
@pytest.mark.parametrize(
    ("used", "expected"), [([], "pass"), (None, "pass"), ([2, 3], "pass"), ([1], "fail"), ([3, 1, 1], "fail")]
)
def test_volet_unused(edition: str, used: list[int] | None, expected: str) -> None:
    assert status("company.volet_unused", 1, edition, company__volets_used=used) == expected
