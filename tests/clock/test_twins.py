"""The twins of the clock: another zone, another month, no look at what was missed; each promise then breaks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import time_machine

from applications.models import Deadline
from applications.services import deadlines
from diagdm.celery import app
from portal import clock
from portal.notifications import rounds
from tariffs.engine.rules import company
from tariffs.engine.terms import as_day
from tests.applications.journeys import Journey
from tests.clock import test_months_and_nights as nights
from tests.clock.test_ages_and_freshness import on
from tests.clock.test_outage import OUTAGE, run_missed
from tests.tariffs.engine.cases import status

pytestmark = pytest.mark.twin
DAY = timedelta(days=1)
LATE = datetime(2027, 3, 31, 23, 30, tzinfo=UTC)


def signed_on() -> date | None:
    """Return the civil date of a contract signed at 23:30 UTC on 31 March."""
    with time_machine.travel(datetime(2027, 3, 30, 10, tzinfo=UTC), tick=False):
        journey = Journey(volet=4).to("contract_sent")
    journey.now = LATE
    journey.to("in_progress")
    signed: date | None = journey.dossier.signed_on
    return signed


@pytest.mark.django_db
def test_in_greenwich_a_signature_of_1_april_would_be_of_31_march(monkeypatch: pytest.MonkeyPatch) -> None:
    assert signed_on() == date(2027, 4, 1)
    monkeypatch.setattr(clock, "PARIS", UTC)
    assert signed_on() == date(2027, 3, 31)


@pytest.mark.parametrize(("ahead", "night"), [(1, nights.TO_SUMMER[0]), (2, nights.TO_WINTER[0])])
def test_a_fixed_hour_would_move_midnight_on_the_nights_that_change_it(
    monkeypatch: pytest.MonkeyPatch, ahead: int, night: date
) -> None:
    check = {1: nights.test_midnight_around_the_night_that_loses_an_hour}.get(
        ahead, nights.test_midnight_around_the_night_that_has_an_hour_twice
    )
    check(night)
    monkeypatch.setattr(clock, "PARIS", timezone(timedelta(hours=ahead)))
    with pytest.raises(AssertionError):
        check(night)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2024, 8, 31), 18, date(2026, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2024, 2, 29), 18, date(2025, 8, 29)),
    ],
)
def test_months_of_thirty_days_would_end_on_another_day(
    monkeypatch: pytest.MonkeyPatch, start: date, months: int, end: date
) -> None:
    nights.test_the_cases_that_the_promises_name(start, months, end)
    monkeypatch.setattr(nights, "add_months", lambda day, count: day + 30 * count * DAY)
    with pytest.raises(AssertionError):
        nights.test_the_cases_that_the_promises_name(start, months, end)


def test_years_of_365_days_would_make_a_company_older_a_day_early(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = {"company__created_on": "2021-03-01", "company__equity": "-1.00"}
    eve = on(date(2024, 3, 1) - DAY, **lost)
    assert status("company.not_in_difficulty", **eve) == "pass"
    monkeypatch.setattr(
        company, "months_later", lambda day, months: as_day(day + timedelta(days=365 * months // 12))
    )
    assert status("company.not_in_difficulty", **eve) == "fail"


@pytest.mark.django_db
def test_without_the_look_at_what_was_missed_nothing_goes_out_after_the_outage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app.loader.import_default_modules()
    journey = Journey().to("contract_sent")
    due = Deadline.objects.filter(dossier=journey.dossier, kind="signature")
    first = deadlines.plan_of("signature")[0].offset
    silent = journey.now + timedelta(days=first) - OUTAGE
    due.update(next_on=clock.civil_date(silent + OUTAGE))
    with time_machine.travel(silent + OUTAGE + timedelta(hours=12), tick=False):
        with monkeypatch.context() as patch:
            patch.setattr(rounds, "missed", lambda _now: [])
            run_missed()
            assert due.filter(next_on__lte=clock.today()).exists()
        run_missed()
        assert not due.filter(next_on__lte=clock.today()).exists()
