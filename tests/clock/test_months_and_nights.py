"""Months added in one step, and the civil day in Paris of an instant, nights that change the hour included."""

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta

from portal.clock import civil_date
from tariffs.engine.terms import add_months

DAYS = [date(2023, 1, 1) + timedelta(days=one) for one in range(7 * 366)]
# The last Sundays of March and October: the clocks change at 01:00 UTC.
TO_SUMMER = [date(2024, 3, 31), date(2025, 3, 30), date(2026, 3, 29), date(2027, 3, 28), date(2028, 3, 26)]
TO_WINTER = [
    date(2024, 10, 27),
    date(2025, 10, 26),
    date(2026, 10, 25),
    date(2027, 10, 31),
    date(2028, 10, 29),
]


@pytest.mark.parametrize("months", [1, 2, 3, 6, 12, 18, 21, 24, 36, 96])
def test_a_term_ends_on_the_same_day_or_on_the_last_of_its_month(months: int) -> None:
    for start in DAYS:
        assert add_months(start, months) == start + relativedelta(months=months), start


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2024, 8, 31), 18, date(2026, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2024, 2, 29), 18, date(2025, 8, 29)),
        (date(2023, 8, 31), 18, date(2025, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_the_cases_that_the_promises_name(start: date, months: int, end: date) -> None:
    assert add_months(start, months) == end


def test_a_term_is_not_counted_month_by_month() -> None:
    step_by_step = date(2024, 8, 31)
    for _ in range(18):
        step_by_step = add_months(step_by_step, 1)
    assert step_by_step == date(2026, 2, 28)
    assert add_months(date(2024, 8, 31), 19) == date(2026, 3, 31) != add_months(step_by_step, 1)


def paris_midnights(day: date, *, before: int, after: int) -> list[tuple[datetime, date]]:
    """Return the last second of a civil day and the first of the next, around a change of hour."""
    found = []
    for on, ahead in ((day - timedelta(days=1), before), (day, after)):
        midnight = datetime(on.year, on.month, on.day, tzinfo=UTC) + timedelta(hours=24 - ahead)
        found += [(midnight - timedelta(seconds=1), on), (midnight, on + timedelta(days=1))]
    return found


@pytest.mark.parametrize("night", TO_SUMMER)
def test_midnight_around_the_night_that_loses_an_hour(night: date) -> None:
    for instant, day in paris_midnights(night, before=1, after=2):
        assert civil_date(instant) == day, instant


@pytest.mark.parametrize("night", TO_WINTER)
def test_midnight_around_the_night_that_has_an_hour_twice(night: date) -> None:
    for instant, day in paris_midnights(night, before=2, after=1):
        assert civil_date(instant) == day, instant


@pytest.mark.parametrize("night", [*TO_SUMMER, *TO_WINTER])
def test_every_minute_of_a_night_that_changes_the_hour_is_of_one_day(night: date) -> None:
    start = datetime(night.year, night.month, night.day, tzinfo=UTC)
    days = [civil_date(start + timedelta(minutes=one)) for one in range(21 * 60)]
    assert set(days) == {night}


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2027, 3, 31, 23, 30, tzinfo=UTC), date(2027, 4, 1)),
        (datetime(2027, 3, 31, 21, 59, tzinfo=UTC), date(2027, 3, 31)),
        (datetime(2027, 12, 31, 22, 59, tzinfo=UTC), date(2027, 12, 31)),
        (datetime(2027, 12, 31, 23, 0, tzinfo=UTC), date(2028, 1, 1)),
        (datetime(2028, 2, 28, 23, 0, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2028, 2, 29, 23, 0, tzinfo=UTC), date(2028, 3, 1)),
    ],
)
def test_an_evening_in_greenwich_is_the_morrow_in_paris(instant: datetime, day: date) -> None:
    assert civil_date(instant) == day
