"""The door by which the scheduler reaches the journal."""

import logging

from celery import shared_task

from portal import clock
from portal.audit import heads, services
from portal.notifications.rounds import remembered

logger = logging.getLogger(__name__)


@shared_task
@remembered
def record_heads() -> None:
    """Record the day's hashes once, in the table, in the log and in a file out of the database's reach."""
    record = services.record_heads(day=clock.today())
    logger.info("audit record %s=%s", record.day.isoformat(), record.digest)
    heads.keep_new(now=clock.now())
