"""Each age and freshness of the rules: the day before its anniversary, the day itself, the day after."""

from datetime import date, timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from tests.tariffs.engine.cases import evaluated, lines, status

# Ordinary days, ends of months, the leap day and its neighbours, New Year, both changes of hour.
STARTS = [
    date(2016, 2, 29),
    date(2016, 3, 1),
    date(2017, 2, 28),
    date(2017, 8, 31),
    date(2017, 11, 30),
    date(2018, 1, 1),
    date(2017, 12, 31),
    date(2018, 3, 25),
    date(2017, 10, 29),
    date(2018, 6, 15),
]
AROUND = (-1, 0, 1)
DAY = timedelta(days=1)


def around(start: date, **age: int) -> list[tuple[int, date]]:
    """Return the day before, the day and the day after an anniversary."""
    anniversary = start + relativedelta(**age)  # type: ignore[arg-type]
    return [(offset, anniversary + offset * DAY) for offset in AROUND]


def on(day: date, **changes: Any) -> dict[str, Any]:
    """Return a case of a day on which the first edition is in force, with no dated document."""
    undated = [{"kind": "quote"}, {"kind": "tax_return"}]
    return {"on": day.isoformat(), "documents": undated, **changes}


@pytest.mark.parametrize("start", [date(one.year + 3, one.month, min(one.day, 28)) for one in STARTS])
def test_a_startup_is_younger_than_eight_years(start: date) -> None:
    for offset, day in around(start, years=8):
        found = evaluated(**on(day, company__created_on=start.isoformat())).to_json()
        assert found["category"] == ("startup" if offset < 0 else "pme"), (start, day)


def test_a_startup_of_a_leap_day_is_eight_years_old_on_a_leap_day() -> None:
    for offset, day in around(date(2016, 2, 29), years=8):
        found = evaluated(**on(day, company__created_on="2016-02-29")).to_json()
        assert found["category"] == ("startup" if offset < 0 else "pme")


@pytest.mark.parametrize("start", [date(one.year + 5, one.month, min(one.day, 28)) for one in STARTS])
def test_lost_equity_counts_from_three_years_on(start: date) -> None:
    for offset, day in around(start, years=3):
        lost = {"company__created_on": start.isoformat(), "company__equity": "-1.00"}
        found = status("company.not_in_difficulty", **on(day, **lost))
        assert found == ("fail" if offset >= 0 else "pass"), (start, day)


@pytest.mark.parametrize(
    ("rule", "years"), [("documents.regularity_certificate", 1), ("documents.tax_return", 3)]
)
@pytest.mark.parametrize("start", [one.replace(year=2023, day=min(one.day, 28)) for one in STARTS])
def test_a_paper_is_asked_of_a_company_older_than(rule: str, years: int, start: date) -> None:
    for offset, day in around(start, years=years):
        found = status(rule, **on(day, company__created_on=start.isoformat(), documents=[]))
        assert found == ("missing" if offset > 0 else "not_applicable"), (start, day)


def test_a_company_of_a_leap_day_is_older_than_a_year_on_the_first_of_march() -> None:
    for day, asked in ((date(2025, 2, 28), False), (date(2025, 3, 1), True)):
        found = status(
            "documents.regularity_certificate", **on(day, company__created_on="2024-02-29", documents=[])
        )
        assert found == ("missing" if asked else "not_applicable")


@pytest.mark.parametrize(
    "issued",
    [
        date(2025, 11, 30),
        date(2025, 11, 28),
        date(2023, 11, 29),
        date(2025, 12, 31),
        date(2026, 1, 31),
        date(2025, 8, 31),
        date(2025, 12, 29),
        date(2026, 7, 25),
        date(2026, 1, 1),
        date(2025, 6, 15),
    ],
)
def test_a_certificate_is_fresh_for_three_months(issued: date) -> None:
    for offset, day in around(issued, months=3):
        papers = [{"kind": "regularity_certificate", "issued_on": issued.isoformat()}]
        found = status("documents.regularity_certificate", **on(day, documents=papers))
        assert found == ("pass" if offset < 0 else "missing"), (issued, day)


@pytest.mark.parametrize("first", [date(2026, 3, 29), date(2028, 2, 29), date(2026, 12, 31)])
@pytest.mark.parametrize("last", [date(2028, 10, 29), date(2030, 2, 28), date(2029, 12, 31)])
def test_a_qualification_holds_on_both_its_ends(first: date, last: date) -> None:
    passi = {
        "valid_from": first.isoformat(),
        "valid_until": last.isoformat(),
        "scopes": ["code_audit"],
    }
    for edge, inside in ((first, (0, 1)), (last, (-1, 0))):
        for offset in AROUND:
            given = on(edge + offset * DAY, expert__passi=passi, quote__lines=lines(("code_audit", "1.00")))
            assert status("expert.passi", 5, **given) == ("pass" if offset in inside else "fail"), (
                edge,
                offset,
            )


@pytest.mark.parametrize(
    "start", [date(2024, 2, 29), date(2024, 8, 31), date(2026, 3, 29), date(2026, 10, 25)]
)
@pytest.mark.parametrize(("volet", "months"), [(1, 18), (2, 18), (3, 18), (4, 6), (5, 6)])
def test_the_term_of_2024_runs_from_the_signature(start: date, volet: int, months: int) -> None:
    term = evaluated(volet, contract_signed_on=start.isoformat()).to_json()["term"]
    assert (term["months"], term["due_on"]) == (months, (start + relativedelta(months=months)).isoformat())


@pytest.mark.parametrize("start", [date(2023, 8, 31), date(2024, 2, 29), date(2023, 10, 29)])
@pytest.mark.parametrize(
    ("volet", "hardware", "months"), [(1, True, 12), (2, True, 18), (2, False, 12), (3, False, 12)]
)
def test_the_term_of_2023_runs_from_the_validation(
    start: date, volet: int, *, hardware: bool, months: int
) -> None:
    given = {"validated_on": start.isoformat(), "device__hardware": hardware}
    term = evaluated(volet, "2023", **given).to_json()["term"]
    assert (term["months"], term["due_on"]) == (months, (start + relativedelta(months=months)).isoformat())


@pytest.mark.parametrize(
    "ended", [date(2028, 2, 19), date(2027, 2, 18), date(2026, 12, 22), date(2027, 3, 20)]
)
def test_the_report_is_due_ten_calendar_days_after_the_end(ended: date) -> None:
    term = evaluated(1, contract_signed_on="2026-01-31", work_ended_on=ended.isoformat()).to_json()["term"]
    assert term["report_due_on"] == (ended + 10 * DAY).isoformat()
