"""Outbox handlers that only tests use: they write, fail or dawdle on demand."""

from portal.notifications.models import Heartbeat, Outbox

CALLS = []


def remember(payload, *, outbox_id):
    """Write one row of its own and remember the call."""
    CALLS.append((payload, outbox_id))
    Heartbeat.objects.create(name=f"row-{outbox_id}", beat_at=Outbox.objects.get(pk=outbox_id).created_at)


def fail(payload, *, outbox_id):
    """Write one row, then fail: the row must not stay."""
    remember(payload, outbox_id=outbox_id)
    raise OSError("serveur\x00 injoignable")


def dawdle(payload, *, outbox_id):
    """Lose the lease amid the work, as a worker frozen a while does."""
    remember(payload, outbox_id=outbox_id)
    Outbox.objects.filter(pk=outbox_id).update(locked_until=None)
