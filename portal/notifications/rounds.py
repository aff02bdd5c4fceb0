"""The recurring tasks: each run leaves its instant in the database, and what beat missed is rung for again."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

from celery import current_app
from celery.schedules import crontab
from django.conf import settings

from portal import clock
from portal.clock import PARIS
from portal.notifications.models import Heartbeat

logger = logging.getLogger(__name__)

# How long after its hour a task may still be waiting for a worker before it is rung for again.
GRACE = timedelta(minutes=10)


def remembered(task: Callable[[], None]) -> Callable[[], None]:
    """Write when a task began, once it is done; one that fails stays to be done again.

    Its name is that of the task: the path of the function.
    """

    @wraps(task)
    def run() -> None:
        began = clock.now()
        task()
        name = f"{task.__module__}.{task.__name__}"
        Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": began})

    return run


def latest_slot(when: Any, at: datetime) -> datetime:
    """Return the last instant, not after `at`, at which a crontab of hours and minutes rings; Paris time."""
    today = at.astimezone(PARIS).date()
    slots = (
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS).astimezone(UTC)
        for day in (today, today - timedelta(days=1))
        for hour in sorted(when.hour, reverse=True)
        for minute in sorted(when.minute, reverse=True)
    )
    return next(slot for slot in slots if slot <= at)


def missed(now: datetime) -> list[str]:
    """Return the recurring tasks that were not done since they last had to be, and should have been by now.

    Those that recur after so many seconds are left out: beat itself rings for them as soon as it is back.
    """
    done = dict(Heartbeat.objects.values_list("name", "beat_at"))
    planned = settings.CELERY_BEAT_SCHEDULE.values()
    by_hours = {str(one["task"]): one["schedule"] for one in planned if isinstance(one["schedule"], crontab)}
    return [
        name
        for name, when in by_hours.items()
        if name not in done or done[name] < latest_slot(when, now - GRACE)
    ]


def catch_up(now: datetime) -> list[str]:
    """Ring for each task that was missed, because beat, the broker or the workers were down; return their names.

    What each does is due by its date in the database, so that doing it late, or twice, does it once.
    """
    late = missed(now)
    for name in late:
        logger.warning("recurring task %s was missed: rung for now", name)
        current_app.send_task(name)
    return late
