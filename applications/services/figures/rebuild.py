"""Counts everything anew from the dossiers and their journals, and says what differed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.db.models import Q, QuerySet, Sum

from applications.models import EVERY, Listing, Tally
from applications.services import listing
from applications.services.figures import tally
from applications.services.figures.facts import READ, Cell, cells_of, difference
from applications.services.figures.facts import Sum as Number
from applications.services.figures.reading import euros

logger = logging.getLogger(__name__)

BATCH = 500
# What one run of the worker counts at most, of rows that were never counted.
CAUGHT_UP = 5000


@dataclass(frozen=True, slots=True)
class Report:
    """What a rebuilding found: dossiers counted, those that counted for something else, sums that were wrong."""

    dossiers: int
    changed: int
    cells: int


def rebuild(*, today: date, say: Callable[[str], object] = lambda _: None) -> Report:
    """Count every dossier anew, then set right the sums that are not those of the dossiers.

    People may act meanwhile: each batch is counted under its rows' locks, and rows and sums are compared as they
    were at one moment.
    """
    dossiers, changed = 0, 0
    for keys in _batches():
        changed += recount(keys, today=today)
        dossiers += len(keys)
        say(f"{dossiers} dossiers counted.")
    tally.fold()
    return Report(dossiers, changed, mend())


def _batches() -> Iterator[list[int]]:
    last = 0
    while keys := list(_after(last)):
        yield keys
        last = keys[-1]


def _after(last: int) -> list[int]:
    found = Listing.objects.filter(pk__gt=last).order_by("pk")
    return list(found.values_list("pk", flat=True)[:BATCH])


def recount(keys: list[int], *, today: date) -> int:
    """Count these dossiers from their journals; return how many counted for something else before."""
    with transaction.atomic():
        before = {pk: cells_of(row) for pk, row in tally.held(keys).items()}
        listing.refresh(keys, today=today, anew=True)
        after = {pk: cells_of(row) for pk, row in tally.held(keys).items()}
        return sum(before[pk] != cells for pk, cells in after.items())


def catch_up(*, today: date) -> int:
    """Count rows that never were, after an upgrade; return how many.

    A batch that can't be counted is told in the log and does not keep the others from it.
    """
    found = uncounted().order_by("pk")
    keys = list(found.values_list("pk", flat=True)[:CAUGHT_UP])
    done = 0
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        try:
            listing.refresh(batch, today=today)
        except Exception:
            logger.exception("dossiers %s to %s can't be counted", batch[0], batch[-1])
        else:
            done += len(batch)
    return done


def uncounted() -> QuerySet[Listing]:
    """Return the rows that no figure counts yet."""
    return Listing.objects.filter(reached__isnull=True)


# --- The sums against the rows -------------------------------------------------------------------
Part = tuple[int, str]


def mend() -> int:
    """Append what the sums lack, or have too much, of what the rows count for; return how many cells were wrong."""
    listed = Listing.objects.order_by().values_list("volet", "device").distinct()
    counted = Tally.objects.exclude(device=EVERY).order_by().values_list("volet", "device").distinct()
    wrong = 0
    for part in sorted({*listed, *counted}):
        with one_sight():
            changes = difference(standing(part), expected(part))
            tally.append(changes)
            wrong += len(changes)
    tally.fold()
    return wrong + tally.roll()


@contextmanager
def one_sight() -> Iterator[None]:
    """Read rows and sums as they were at one moment: what acts change meanwhile is in neither."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def standing(part: Part) -> dict[Cell, Number]:
    """Return the sums of a volet and class as they stand, by edition and region."""
    names = ("measure", "day", "volet", "device", "edition", "region", "key", "value")
    plain = Q(volet=part[0], device=part[1]) & ~Q(edition=EVERY) & ~Q(region=EVERY)
    found = Tally.objects.filter(plain).order_by().values_list(*names)
    rows = found.annotate(count=Sum("n"), money=Sum("cents"))
    sums = {Cell(*row[:8]): Number(row[8], euros(row[9])) for row in rows}
    return {cell: one for cell, one in sums.items() if one.n or one.amount}


def expected(part: Part) -> dict[Cell, Number]:
    """Return the sums that the rows of a volet and class count for."""
    total: dict[Cell, Number] = {}
    rows = Listing.objects.filter(volet=part[0], device=part[1]).only(*READ).order_by("pk")
    for row in rows.iterator(chunk_size=BATCH):
        for cell, (n, amount) in cells_of(row).items():
            held = total.get(cell, Number(0))
            total[cell] = Number(held.n + n, held.amount + amount)
    return total
