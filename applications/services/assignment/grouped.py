"""One notice for all the dossiers that an assignment of many gave to somebody, or took from somebody."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.urls import reverse

from applications.models import Absence, BulkAssignment, BulkAssignmentItem
from portal.accounts.models import StaffRole, User
from portal.clock import civil_date
from portal.display import number
from portal.notifications.services import notify

FAMILY, KIND = "progress", "many_assigned"


def tell(bulk: BulkAssignment, *, now: datetime) -> None:
    """Tell each officer of the dossiers he was given or is rid of, and his cover; once per assignment and person."""
    done = bulk.items.filter(result=BulkAssignmentItem.Result.DONE).select_related(
        "officer", "previous", "dossier"
    )
    items = list(done)
    received = Counter(one.officer for one in items if one.officer is not None)
    for officer, count in received.items():
        _tell_received(bulk, officer, count, now)
    lost = Counter(one.previous for one in items if one.previous is not None)
    for previous, count in lost.items():
        if previous.serves_as(StaffRole.OFFICER):
            names = sorted({str(one.officer) for one in items if one.previous == previous})
            _tell_lost(bulk, previous, count, ", ".join(names), now)


def _tell_received(bulk: BulkAssignment, officer: User, count: int, now: datetime) -> None:
    given = f"{number(count)} dossiers vous sont confiés" if count > 1 else "Un dossier vous est confié"
    _notify(bulk, officer, "to", given, now)
    for absence in Absence.objects.covered(civil_date(now)).filter(person=officer).select_related("cover"):
        theirs = f"{number(count)} dossiers sont confiés" if count > 1 else "Un dossier est confié"
        title = f"{theirs} à {officer}, dont vous assurez l’intérim"
        _notify(bulk, absence.cover, f"cover{officer.pk}", title, now)


def _tell_lost(bulk: BulkAssignment, previous: User, count: int, names: str, now: datetime) -> None:
    taken = f"{number(count)} de vos dossiers sont confiés" if count > 1 else "Un de vos dossiers est confié"
    _notify(bulk, previous, "from", f"{taken} à {names}", now)


def _notify(bulk: BulkAssignment, person: User, side: str, title: str, now: datetime) -> None:
    if person.pk == bulk.owner_id:
        return
    notify(
        recipients=[person],
        kind=KIND,
        title=title[:200],
        body=f"Par {bulk.owner}. Motif\u00a0: {bulk.motive}",
        url=f"{reverse('dossier_list')}?vue=mine",
        action="Voir mes dossiers",
        family=FAMILY,
        event_ref=f"bulk:{bulk.pk}:{side}",
        now=now,
    )
