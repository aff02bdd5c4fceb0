"""Does what is due today, once, however often and by however many it runs."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from applications.models import Deadline
from applications.services import announcements, transitions
from applications.services.deadlines import advance, step_due
from applications.services.locking import lock, lock_all
from portal.sweeps import BATCH, batches, work

# Reminders that go out together: their dossiers are held meanwhile, so that a person who acts waits for a moment only.
TOGETHER = 50


def sweep(*, now: datetime, today: date, batch: int = BATCH) -> int:
    """Do everything that is due on the civil date `today`; return how many deadlines were worked.

    Reminders go out by fifty. What changes a dossier's state is done in a transaction of
    its own, under that dossier's lock, so that two sweeps at once and a person acting meanwhile are safe.
    """
    done = 0
    for found in batches(Deadline.objects.due(today), by="next_on", size=batch):
        acting = {one.pk for one in found if (step := step_due(one, today=today)) and step.act}
        reminding = [one.pk for one in found if one.pk not in acting]
        for start in range(0, len(reminding), TOGETHER):
            some = reminding[start : start + TOGETHER]
            done += work(some, partial(_remind, now=now, today=today), what="Deadline")
        for key in sorted(acting):
            done += work([key], partial(_act, now=now, today=today), what="Deadline")
    return done


def _remind(keys: list[int], *, now: datetime, today: date) -> int:
    """Remind of the terms still due; one whose step is an act by now is left for the next sweep."""
    lock_all(Deadline.objects.filter(pk__in=keys).order_by().values("dossier"))
    moved, done = [], 0
    for deadline in Deadline.objects.due(today).filter(pk__in=keys).order_by("next_on", "pk"):
        step = advance(deadline, today=today)
        if step is not None and step.act:
            continue
        moved.append(deadline)
        if step is not None:
            announcements.remind(deadline, notice=step.notice, now=now)
            done += 1
    Deadline.objects.bulk_update(moved, ["step", "next_on"])
    return done


def _act(keys: list[int], *, now: datetime, today: date) -> int:
    """Do the act of one term, if it is still due."""
    (key,) = keys
    dossier = lock(Deadline.objects.values_list("dossier", flat=True).get(pk=key))
    deadline = Deadline.objects.due(today).filter(pk=key).first()
    step = advance(deadline, today=today) if deadline is not None else None
    if deadline is None or step is None or not step.act:
        return 0
    deadline.save(update_fields=["step", "next_on"])
    transitions.execute(step.act, dossier=dossier, actor=None, expected_version=dossier.version, now=now)
    return 1
