"""Doors of the workers: each calls one service."""

from celery import shared_task

from applications.services import sweeps
from portal import clock


@shared_task(name="applications.tasks.sweep_deadlines")
def sweep_deadlines() -> None:
    """Do what is due today."""
    sweeps.sweep(now=clock.now(), today=clock.today())
