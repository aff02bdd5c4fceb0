"""What time does to entries: those that nobody can go on with end, companies are reminded of what waits for them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from applications.models import Assistance
from applications.models.assistance import AssistanceQuerySet
from applications.models.dossier import WRITERS_FOR_COMPANIES
from applications.services.assistance import told
from applications.services.assistance.ending import REMINDERS, held_now
from applications.services.assistance.trail import close, has_members
from applications.services.locking import lock
from applications.workflow.states import State
from portal.clock import civil_date
from tariffs.engine.terms import add_months

logger = logging.getLogger(__name__)
End = Assistance.End
Act = Callable[[Assistance, datetime, date], None]


def sweep(*, now: datetime, today: date) -> int:
    """Do what is due, each in its own transaction, once however often this runs; return how many were done.

    One that fails is logged and left for the next time.
    """
    done = 0
    for found, act in _due(today):
        for pk, dossier_id in list(found.order_by("pk").values_list("pk", "dossier_id")):
            try:
                with transaction.atomic():
                    lock(dossier_id)
                    if found.filter(pk=pk).exists():
                        act(held_now(Assistance(pk=pk)), now, today)
                        done += 1
            except Exception:
                logger.exception("Assistance %s could not be swept.", pk)
    return done


def _due(today: date) -> tuple[tuple[AssistanceQuerySet, Act], ...]:
    idle_before = add_months(today, -settings.RETENTION_MONTHS["draft"])
    rows: AssistanceQuerySet = Assistance.objects.all()
    return (
        (
            rows.open().exclude(officer__is_active=True, officer__staff_role__in=WRITERS_FOR_COMPANIES),
            _end_with_its_officer,
        ),
        (
            rows.open().filter(dossier__updated_at__date__lt=idle_before, opened_at__date__lt=idle_before),
            _end_for_silence,
        ),
        (rows.filter(remind_on__lte=today), _remind),
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
