"""The door by which the scheduler reaches the kept files."""

import logging

from celery import shared_task

from portal import clock
from portal.documents import services
from portal.notifications.rounds import remembered

logger = logging.getLogger(__name__)


@shared_task
@remembered
def sweep_orphans() -> None:
    """Remove the files that no document names."""
    logger.info("orphan files removed: %s", services.sweep_orphans(now=clock.now()))
