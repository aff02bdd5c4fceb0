"""The doors by which workers and the scheduler reach the outbox."""

from celery import shared_task

from portal import clock
from portal.notifications import outbox
from portal.notifications.models import Heartbeat


@shared_task
def work_outbox(outbox_id: int) -> None:
    """Do one duty, if it is still to be done."""
    outbox.work(outbox_id, clock.now())


@shared_task
def relay_outbox() -> None:
    """Ring for what the doorbell missed."""
    outbox.relay(clock.now())


@shared_task
def heartbeat() -> None:
    """Write that scheduler and worker are alive: the health page trusts this row only."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"beat_at": clock.now()})
