"""The doors by which workers and the scheduler reach the outbox."""

from celery import shared_task

from portal import clock
from portal.notifications import outbox, rounds, signs
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
    signs.show(Heartbeat.CHAIN)


@shared_task
def worker_sign() -> None:
    """Write that a worker is alive, whoever asked."""
    signs.show(Heartbeat.WORKER)


@shared_task
def catch_up() -> None:
    """Ring for the recurring tasks that were missed."""
    rounds.catch_up(clock.now())
