"""The signs of life of scheduler and workers: who shows them, and what they say together."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import Celery, bootsteps
from celery.beat import PersistentScheduler, Scheduler
from django.db import Error, close_old_connections

from portal import clock
from portal.notifications.models import Heartbeat

logger = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
# A sign is shown each minute; one missed, or late behind other work, alarms nobody.
SILENCE = timedelta(minutes=5)
WORKER_SIGN = "portal.notifications.tasks.worker_sign"


def show(name: str) -> None:
    """Write that whoever bears this name is alive now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": clock.now()})


# --- Who shows them -----------------------------------------------------------------------------------
class ShowsLife(Scheduler):
    """A scheduler that writes its own sign of life, without broker nor worker."""

    _shown_at: float | None = None

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Send what is due, and once a minute say that this process does."""
        at = time.monotonic()
        if self._shown_at is None or at - self._shown_at >= EVERY_SECONDS:
            self._shown_at = at
            _show_scheduler()
        return super().tick(*args, **kwargs)


class BeatScheduler(ShowsLife, PersistentScheduler):
    """Celery's own scheduler, with its sign of life."""


def _show_scheduler() -> None:
    try:
        close_old_connections()
        show(Heartbeat.SCHEDULER)
    except Error as error:
        # What is due is sent all the same: the scheduler only rings.
        logger.warning("the scheduler's sign of life was not written (%s)", type(error).__name__)


class WorkerSign(bootsteps.StartStopStep):
    """Has each worker ask itself for a sign of life every minute, whether or not the scheduler runs."""

    requires = ("celery.worker.components:Timer",)
    _entry: Any = None

    def start(self, parent: Any) -> None:
        """Ask at once, then each minute."""
        ask(parent.app)
        self._entry = parent.timer.call_repeatedly(EVERY_SECONDS, ask, (parent.app,))

    def stop(self, parent: Any) -> None:  # noqa: ARG002 (Celery's signature)
        """Ask no more."""
        if self._entry is not None:
            self._entry.cancel()
            self._entry = None


def ask(app: Celery) -> None:
    """Send the workers' own task; a broker that is down is the doorbell's to tell."""
    try:
        app.send_task(WORKER_SIGN, expires=EVERY_SECONDS)
    except Exception as error:  # noqa: BLE001 each broker fails with exceptions of its own
        logger.warning("a worker's sign of life was not asked for (%s)", type(error).__name__)


# --- What they say ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Signs:
    """Who shows life at one instant; an instant is None where nobody ever did."""

    chain_at: datetime | None
    scheduler_at: datetime | None
    worker_at: datetime | None
    chain: bool
    scheduler: bool
    worker: bool


def read(now: datetime) -> Signs:
    """Read all signs of life: one statement."""
    names = (Heartbeat.CHAIN, Heartbeat.SCHEDULER, Heartbeat.WORKER)
    found = dict(Heartbeat.objects.filter(name__in=names).values_list("name", "beat_at"))
    chain, scheduler, worker = (found.get(name) for name in names)
    # The chain needs both: while it works, both do, even where a start without these signs still runs.
    works = _is_fresh(chain, now)
    return Signs(
        chain_at=chain,
        scheduler_at=scheduler,
        worker_at=worker,
        chain=works,
        scheduler=works or _is_fresh(scheduler, now),
        worker=works or _is_fresh(worker, now),
    )


def _is_fresh(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at <= SILENCE
