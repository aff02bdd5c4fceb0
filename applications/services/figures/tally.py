"""Keeps the sums: appends what changes, and folds the changes into cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import connection, transaction

from applications.models import EVERY, Listing, Tally
from applications.services.figures.facts import READ, Cell, Sum, added, cells_of, difference

BATCH = 1000
# How many changes one folding takes at most: a statement of a few seconds, however long nobody folded.
LOT = 20_000
_TABLE = "applications_tally"
_KEPT = "measure, day, volet, device, edition, region, key, value"
# Each choice of class, edition and region: the one of the row, or all of them. The volet is always told apart.
_CHOICES = " UNION ALL ".join(
    f"SELECT {d} AS d, {e} AS e, {r} AS r" for d in (0, 1) for e in (0, 1) for r in (0, 1)
)
# Constants of this module: nothing a person typed is put into the statements.
_MARK = f"""
UPDATE {_TABLE} SET stage = 1
WHERE id IN (SELECT id FROM {_TABLE} WHERE stage = 0 LIMIT %s)
"""  # noqa: S608
_FOLD = f"""
INSERT INTO {_TABLE} (stage, {_KEPT}, n, cents)
SELECT 2, measure, day, volet,
       CASE WHEN c.d = 1 THEN device ELSE '{EVERY}' END, CASE WHEN c.e = 1 THEN edition ELSE '{EVERY}' END,
       CASE WHEN c.r = 1 THEN region ELSE '{EVERY}' END, key, value, SUM(n), SUM(cents)
FROM {_TABLE} CROSS JOIN ({_CHOICES}) AS c
WHERE stage = 1
GROUP BY 2, 3, 4, 5, 6, 7, 8, 9
ORDER BY 2, 3, 4, 5, 6, 7, 8, 9
ON CONFLICT (device, edition, region, measure, day, volet, key, value) WHERE stage = 2
DO UPDATE SET n = {_TABLE}.n + excluded.n, cents = {_TABLE}.cents + excluded.cents
"""  # noqa: S608
_CLEAR = f"DELETE FROM {_TABLE} WHERE stage = 1"  # noqa: S608
_EMPTY = f"DELETE FROM {_TABLE} WHERE stage = 2 AND n = 0 AND cents = 0"  # noqa: S608
_ROLLED = f"device = '{EVERY}' OR edition = '{EVERY}' OR region = '{EVERY}'"
_WHOLE = f"SELECT {_KEPT}, n, cents FROM {_TABLE} WHERE stage = 2 AND ({_ROLLED})"  # noqa: S608
_SUMMED = f"""
SELECT measure, day, volet,
       CASE WHEN c.d = 1 THEN device ELSE '{EVERY}' END AS device,
       CASE WHEN c.e = 1 THEN edition ELSE '{EVERY}' END AS edition,
       CASE WHEN c.r = 1 THEN region ELSE '{EVERY}' END AS region, key, value,
       CAST(SUM(n) AS bigint) AS n, CAST(SUM(cents) AS bigint) AS cents
FROM {_TABLE} CROSS JOIN ({_CHOICES}) AS c
WHERE stage = 2 AND NOT ({_ROLLED}) AND c.d + c.e + c.r < 3
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
HAVING SUM(n) <> 0 OR SUM(cents) <> 0
"""  # noqa: S608
_WRONG = f"""
SELECT (SELECT COUNT(*) FROM (SELECT * FROM ({_SUMMED}) AS a EXCEPT {_WHOLE}) AS lacking)
     + (SELECT COUNT(*) FROM ({_WHOLE} EXCEPT SELECT * FROM ({_SUMMED}) AS a) AS foreigners)
"""  # noqa: S608
_UNROLL = f"DELETE FROM {_TABLE} WHERE stage = 2 AND ({_ROLLED})"  # noqa: S608
_ROLL = f"INSERT INTO {_TABLE} (stage, {_KEPT}, n, cents) SELECT 2, a.* FROM ({_SUMMED}) AS a"  # noqa: S608
# One folding at a time: two would wait for each other's cells.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('diagdm.tally'))"


def held(keys: Iterable[int]) -> dict[int, Listing]:
    """Return the rows of these dossiers as they stand, locked: what is counted of them cannot change meanwhile."""
    rows = Listing.objects.select_for_update(of=("self",)).filter(pk__in=list(keys)).order_by("pk")
    return {row.pk: row for row in rows.only(*READ)}


def append(changes: Mapping[Cell, Sum]) -> None:
    """Append what changes, in the transaction of what changes it."""
    rows = [Tally(**cell._asdict(), n=one.n, cents=int(one.amount * 100)) for cell, one in changes.items()]
    if rows:
        Tally.objects.bulk_create(rows, batch_size=BATCH)


def replace(before: Mapping[int, Listing], after: Iterable[Listing]) -> None:
    """Append the difference between rows as they stood and as they are."""
    parts = []
    for row in after:
        old = before.get(row.pk)
        parts.append(difference(cells_of(old) if old else {}, cells_of(row)))
    append(added(parts))


def fold() -> int:
    """Fold every change into its cells, lot after lot, and return how many there were.

    A lot is folded wholly or not at all: a reader sees its changes or the cells they became, never both nor
    neither, and two at once fold each change once.
    """
    folded = 0
    while lot := _fold_lot():
        folded += lot
    return folded


def _fold_lot() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_ONE_AT_A_TIME)
        cursor.execute(_MARK, [LOT])
        count: int = max(cursor.rowcount, 0)
        if count:
            cursor.execute(_FOLD)
            cursor.execute(_CLEAR)
            cursor.execute(_EMPTY)
        return count


def roll() -> int:
    """Make the cells of several classes, editions or regions agree with those of one; return how many were wrong."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_ONE_AT_A_TIME)
        cursor.execute(_WRONG)
        wrong: int = cursor.fetchone()[0]
        if wrong:
            cursor.execute(_UNROLL)
            cursor.execute(_ROLL)
        return wrong
