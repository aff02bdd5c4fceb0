"""The portal's workers with a lease of two seconds, a pause that a test may ask for, and guards it may take away."""

import os
from datetime import timedelta
from pathlib import Path

import django
from celery import signals

django.setup()

from diagdm.celery import app  # noqa: E402
from portal.notifications import outbox  # noqa: E402
from portal.notifications.models import Outbox  # noqa: E402
from tests.crashes.handlers import held  # noqa: E402

__all__ = ["app"]

FOLDER = Path(os.environ["DIAGDM_CRASHES"])
LEASE_SECONDS = 2.0
outbox.LEASE = timedelta(seconds=LEASE_SECONDS)


def _close_whoever_holds_it(row, now):
    """Close a duty without asking whether its lease is still this worker's."""
    Outbox.objects.filter(pk=row.pk).update(done_at=now, locked_until=None)


if os.environ.get("DIAGDM_CRASHES_TWIN") == "lease":
    outbox._close = _close_whoever_holds_it


@signals.worker_ready.connect(weak=False)
def tell_ready(sender, **_):
    """Tell the test that the worker takes duties."""
    (FOLDER / f"ready-{sender.hostname.partition('@')[0]}").touch()


@signals.task_postrun.connect(weak=False)
def hold_after(**_):
    """Stop between the commit of a duty and the word to the broker that it is done."""
    asked = FOLDER / "hold-after"
    if asked.exists():
        asked.unlink()
        held(FOLDER, "after")
