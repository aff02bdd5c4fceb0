"""What the tests of retention share: files of their own, and the sweep on a day to come."""

from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from applications.services.retention import sweep
from portal import clock

Sweep = Callable[..., dict[str, int]]


@pytest.fixture(autouse=True)
def storage_folder(tmp_path: Path, settings: Any) -> Path:
    """Keep each test's files in a folder of its own."""
    options = {**settings.STORAGES["default"]["OPTIONS"], "location": str(tmp_path / "files")}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": options},
    }
    return tmp_path / "files"


def later(since: date | None = None, *, months: int = 0, days: int = 0) -> date:
    """Return a civil date to come."""
    return (since or clock.today()) + relativedelta(months=months, days=days)


def at_night(day: date) -> datetime:
    """Return the instant of a day's sweep."""
    return datetime.combine(day, time(4, 10), tzinfo=clock.PARIS)


def sweep_on(day: date) -> dict[str, int]:
    """Run the sweep of that day, and return what it did, without the rules that had nothing to do."""
    done = sweep.sweep(now=at_night(day), today=day)
    return {code: count for code, count in done.items() if count and code != "log"}
