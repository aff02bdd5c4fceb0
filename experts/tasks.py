"""Doors of the workers: each calls one service."""

from celery import shared_task

from experts.services import expiries
from portal import clock
from portal.notifications.rounds import remembered


@shared_task(name="experts.tasks.tell_expiries")
@remembered
def tell_expiries() -> None:
    """Tell the firms and the managers of what ends soon."""
    expiries.sweep(now=clock.now(), today=clock.today())
