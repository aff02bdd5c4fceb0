"""Reads any number of rows in constant memory, lot by lot."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import QuerySet

LOT = 2000

Rows = list[tuple[Any, ...]]


def lots(rows: QuerySet[Any], paths: Sequence[str], *, size: int = LOT) -> Iterator[Rows]:
    """Give the values at `paths` of each row, in the rows' order, `size` rows at a time.

    PostgreSQL keeps the answer and gives it by a server-side cursor.
    """
    plain = rows.prefetch_related(None)
    if connection.vendor == "sqlite":
        yield from _by_number(plain, paths, size)
        return
    found = plain.values_list(*paths).iterator(chunk_size=size)
    while lot := list(islice(found, size)):
        yield lot


def _by_number(rows: QuerySet[Any], paths: Sequence[str], size: int) -> Iterator[Rows]:
    """Read the numbers first (8 bytes a row), then each lot: nothing stays open between two of them.

    SQLite refuses to write beside its own reading once somebody else wrote, and a job writes its progress.
    """
    numbers = array("q", rows.values_list("pk", flat=True).iterator(chunk_size=size))
    unordered = rows.order_by()
    for start in range(0, len(numbers), size):
        wanted = numbers[start : start + size].tolist()
        found = {row[0]: row[1:] for row in unordered.filter(pk__in=wanted).values_list("pk", *paths)}
        yield [found[number] for number in wanted if number in found]
