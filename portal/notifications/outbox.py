"""The outbox: what must be done is a row in the database, done exactly once by the worker that closes it."""

import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from portal import clock
from portal.notifications.models import Outbox
from portal.privacy import told_error

logger = logging.getLogger(__name__)

# Longer than any handler, mail server's time-outs included; shorter, and a killed worker's duty waits less.
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 10
BACK_OFF_MINUTES = (1, 2, 5, 10, 20, 40, 60, 120, 240)
RINGS_PER_SCAN = 500
SILENCE_SECONDS = 30.0
ERROR_LENGTH = 2000


class LeaseLostError(Exception):
    """The work outlasted its lease and somebody else took the row: what this worker wrote is rolled back."""


class _Doorbell:
    """Publishes to the broker, and after a failure leaves it alone a while.

    A request that writes ten rows while the broker hangs must not wait for it ten times; the
    minute's scan finds the rows anyway.
    """

    def __init__(self) -> None:
        self._silent_until = 0.0

    def ring(self, outbox_id: int, kind: str) -> None:
        """Ask a worker to look at one row; a failure is logged, never raised."""
        if time.monotonic() < self._silent_until:
            return
        try:
            current_app.send_task(
                "portal.notifications.tasks.work_outbox",
                args=[outbox_id],
                queue=settings.OUTBOX_QUEUES.get(kind, settings.CELERY_TASK_DEFAULT_QUEUE),
            )
        except Exception as error:  # noqa: BLE001 each broker fails with exceptions of its own
            self._silent_until = time.monotonic() + SILENCE_SECONDS
            logger.warning("outbox %s: the broker does not answer (%s)", outbox_id, type(error).__name__)
        else:
            # The scan finds a row without knowing who asked for it: this line, in the log, still does.
            logger.info("outbox %s (%s) rung for", outbox_id, kind)


_doorbell = _Doorbell()


def ring(outbox_id: int, kind: str) -> None:
    """Ask a worker of that kind's queue to look at one row now; the minute's scan finds it otherwise."""
    _doorbell.ring(outbox_id, kind)


def enqueue(*, kind: str, dedup_key: str, payload: Mapping[str, Any], due_at: datetime) -> bool:
    """Add a duty in the caller's transaction; False when one with this key was there already.

    `kind` is a key of settings.OUTBOX_HANDLERS; the payload holds JSON values only. Raises KeyError
    for an unknown kind.
    """
    if kind not in settings.OUTBOX_HANDLERS:
        raise KeyError(f"outbox kind {kind!r} is not one of {sorted(settings.OUTBOX_HANDLERS)}")
    row, created = Outbox.objects.get_or_create(
        dedup_key=dedup_key, defaults={"kind": kind, "payload": dict(payload), "due_at": due_at}
    )
    if created:
        transaction.on_commit(partial(ring, row.pk, kind))
    return created


def work(outbox_id: int, now: datetime) -> bool:
    """Do one duty if it is due and free; True when this call did and closed it.

    The lease is taken in a transaction of its own; the handler's writes and the closing share a
    second one, so that they are kept or lost together. A failure counts, waits longer each time,
    and after MAX_ATTEMPTS the row becomes a dead letter that an administrator settles.
    A kind of settings.OUTBOX_LONG has no such transaction: its handler shows its progress, renews the
    lease by `renew()`, and may be run again from the start.
    """
    row = _take(outbox_id, now)
    if row is None:
        return False
    try:
        handler = import_string(settings.OUTBOX_HANDLERS[row.kind])
        if row.kind in settings.OUTBOX_LONG:
            handler(row.payload, outbox_id=row.pk, renew=partial(_renew, row))
            _close(row, now)
        else:
            with transaction.atomic():
                handler(row.payload, outbox_id=row.pk)
                _close(row, now)
    except LeaseLostError:
        logger.warning("outbox %s: the lease was lost, the work is undone", row.pk)
        return False
    except Exception as error:
        logger.exception("outbox %s (%s): attempt %s failed", row.pk, row.kind, row.attempts)
        _give_back(row, now, error)
        return False
    return True


def _take(outbox_id: int, now: datetime) -> Outbox | None:
    """Lease a row that is due and free; None when there is nothing to do.

    The attempt is counted here, so that a duty that kills its worker ends as a dead letter too.
    """
    skip_locked = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        free = Outbox.objects.workable(now)
        row = free.select_for_update(skip_locked=skip_locked).filter(pk=outbox_id).first()
        if row is None:
            return None
        attempts, until = row.attempts + 1, now + LEASE
        # Where the database has no row locks, the conditional update alone decides who wins.
        taken = free.order_by().filter(pk=row.pk).update(locked_until=until, attempts=attempts)
        row.attempts, row.locked_until = attempts, until
        return row if taken else None


def _renew(row: Outbox) -> None:
    """Keep a long duty for a minute more; raises LeaseLostError where somebody else took it."""
    until = clock.now() + LEASE
    mine = Outbox.objects.open().filter(pk=row.pk, locked_until=row.locked_until)
    if not mine.update(locked_until=until):
        raise LeaseLostError
    row.locked_until = until


def _close(row: Outbox, now: datetime) -> None:
    mine = Outbox.objects.open().filter(pk=row.pk, locked_until=row.locked_until)
    if not mine.update(done_at=now, locked_until=None, last_error=""):
        raise LeaseLostError


def _give_back(row: Outbox, now: datetime, error: Exception) -> None:
    changes: dict[str, Any] = {"last_error": told_error(error)[:ERROR_LENGTH], "locked_until": None}
    if row.attempts >= MAX_ATTEMPTS:
        changes["dead_at"] = now
    else:
        changes["locked_until"] = now + back_off(row.attempts)
    Outbox.objects.open().filter(pk=row.pk, locked_until=row.locked_until).update(**changes)


def back_off(attempts: int) -> timedelta:
    """Return how long to wait after the given number of failed attempts."""
    return timedelta(minutes=BACK_OFF_MINUTES[min(attempts, len(BACK_OFF_MINUTES)) - 1])


def relay(now: datetime) -> int:
    """Ring for every row that is due and free, oldest first; return how many.

    It closes nothing: only the worker that does the work does.
    """
    due = list(Outbox.objects.workable(now).values_list("pk", "kind")[:RINGS_PER_SCAN])
    for outbox_id, kind in due:
        ring(outbox_id, kind)
    return len(due)


def drain(now: datetime) -> int:
    """Work everything due, what the handlers add included, and return how many duties were done."""
    done, tried = 0, set[int]()
    while True:
        due = Outbox.objects.workable(now).exclude(pk__in=tried).values_list("pk", flat=True).first()
        if due is None:
            return done
        tried.add(due)
        done += work(due, now)
