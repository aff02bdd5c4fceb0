"""Does what is due today, once, however often and by however many it runs."""

from __future__ import annotations

import logging
from datetime import date, datetime

from django.db import transaction

from applications.models import Deadline
from applications.services import announcements, transitions
from applications.services.deadlines import advance
from applications.services.locking import lock

logger = logging.getLogger(__name__)


def sweep(*, now: datetime, today: date, batch: int = 500) -> int:
    """Do everything that is due on the civil date `today`; return how many deadlines were worked.

    Each deadline is taken in a transaction of its own under its dossier's lock, so that two sweeps at
    once and a person acting meanwhile are safe. One that fails is logged and left for the next sweep;
    it stops none of the others.
    """
    done = 0
    failed: set[int] = set()
    while True:
        due = Deadline.objects.due(today).exclude(pk__in=failed)
        found = list(due.order_by("next_on", "pk").values_list("pk", "dossier_id")[:batch])
        if not found:
            return done
        for pk, dossier_id in found:
            try:
                done += _work(pk, dossier_id, now=now, today=today)
            except Exception:
                logger.exception("Deadline %s of dossier %s could not be worked.", pk, dossier_id)
                failed.add(pk)


def _work(pk: int, dossier_id: int, *, now: datetime, today: date) -> int:
    with transaction.atomic():
        dossier = lock(dossier_id)
        deadline = Deadline.objects.due(today).filter(pk=pk).first()
        step = advance(deadline, today=today) if deadline is not None else None
        if deadline is None or step is None:
            return 0
        if step.act:
            transitions.execute(
                step.act, dossier=dossier, actor=None, expected_version=dossier.version, now=now
            )
        else:
            announcements.remind(deadline, notice=step.notice, now=now)
        return 1
