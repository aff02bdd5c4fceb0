"""What time does to entries: those that nobody can go on with end, companies are reminded of what waits for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial

from applications.models import Assistance
from applications.models.assistance import AssistanceQuerySet
from applications.models.dossier_sets import WRITERS_FOR_COMPANIES
from applications.services.assistance import told
from applications.services.assistance.ending import REMINDERS, held_now
from applications.services.assistance.trail import close, has_members
from applications.services.locking import lock
from applications.services.retention.rules import months_of
from applications.workflow.states import State
from portal.clock import PARIS, civil_date
from portal.sweeps import batches, work
from tariffs.engine.terms import add_months

End = Assistance.End
Act = Callable[[Assistance, datetime, date], None]


def sweep(*, now: datetime, today: date) -> int:
    """Do what is due, each in its own transaction, once however often this runs; return how many were done.

    One that fails is logged and left for the next time.
    """
    done = 0
    for found, by, act in _due(today):
        for batch in batches(found, by=by):
            for one in batch:
                do = partial(_do, found=found, act=act, now=now, today=today)
                done += work([one.pk], do, what="Assistance")
    return done


def _do(keys: list[int], *, found: AssistanceQuerySet, act: Act, now: datetime, today: date) -> int:
    (key,) = keys
    lock(Assistance.objects.values_list("dossier", flat=True).get(pk=key))
    if not found.filter(pk=key).exists():
        return 0
    act(held_now(Assistance(pk=key)), now, today)
    return 1


def _due(today: date) -> tuple[tuple[AssistanceQuerySet, str, Act], ...]:
    """Return what is due, the indexed column by which it is read, and what is done about it."""
    idle_before = add_months(today, -months_of("draft"))
    midnight = datetime.combine(idle_before, time.min, tzinfo=PARIS)
    rows: AssistanceQuerySet = Assistance.objects.all()
    return (
        (
            rows.open().exclude(officer__is_active=True, officer__staff_role__in=WRITERS_FOR_COMPANIES),
            "opened_at",
            _end_with_its_officer,
        ),
        (
            rows.open().filter(dossier__updated_at__lt=midnight, opened_at__lt=midnight),
            "opened_at",
            _end_for_silence,
        ),
        (rows.filter(remind_on__lte=today), "remind_on", _remind),
    )


def _end_with_its_officer(held: Assistance, now: datetime, _today: date) -> None:
    """The managers choose who goes on."""
    close(held, End.LEFT, actor=None, now=now)
    told.left(held, now=now)


def _end_for_silence(held: Assistance, now: datetime, _today: date) -> None:
    """A draft that nobody touched for as long as drafts are kept."""
    close(held, End.EXPIRED, actor=None, now=now)


def _remind(held: Assistance, now: datetime, today: date) -> None:
    """The company, or, while nobody of it came, the officer whose invitation was not followed."""
    waits = held.dossier.state == State.DRAFT
    if waits and has_members(held.dossier.company):
        told.reminder(held, now=now)
    elif waits:
        told.unclaimed(held, now=now)
    held.remind_on = _following(held, today) if waits else None
    held.save(update_fields=["remind_on"])


def _following(held: Assistance, today: date) -> date | None:
    assert held.closed_at is not None
    handed_on = civil_date(held.closed_at)
    days = (handed_on + timedelta(days=one) for one in REMINDERS)
    return next((day for day in days if day > today), None)
