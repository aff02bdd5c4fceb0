"""How what is due is worked: read by its date in batches, each row's failure its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, Q, QuerySet

logger = logging.getLogger(__name__)

BATCH = 500
Row = TypeVar("Row", bound=Model)


def batches(due: QuerySet[Row], *, by: str, size: int = BATCH) -> Iterator[list[Row]]:
    """Give what is due, the oldest first, so many rows at a time.

    `by` is the date or instant column that an index holds. A batch begins after the last row of the one
    before: a row that failed stays due and is not read twice, and none is counted or skipped over.
    """
    ordered = due.order_by(by, "pk")
    following = ordered
    while True:
        found = list(following[:size])
        if found:
            yield found
        if len(found) < size:
            return
        mark, key = getattr(found[-1], by), found[-1].pk
        after = Q(**{f"{by}__gt": mark}) | Q(**{by: mark, "pk__gt": key})
        # The bound that the index is entered by; the other condition alone would be read row by row.
        following = ordered.filter(after, **{f"{by}__gte": mark})


def work(keys: Sequence[Any], do: Callable[[list[Any]], int], *, what: str) -> int:
    """Do something about these rows in one transaction; where it fails, about each in its own.

    `do` takes the keys, looks under a lock whether each is still due, and returns how many it did. A row
    that fails alone is logged under the name `what` and left for the next sweep; it stops none of the others.
    """
    if not keys:
        return 0
    try:
        with transaction.atomic():
            return do(list(keys))
    except Exception:
        if len(keys) == 1:
            logger.exception("%s %s could not be worked: left for the next sweep.", what, keys[0])
            return 0
        logger.warning("%s: %s rows could not be worked together: one by one.", what, len(keys))
    return sum(work([key], do, what=what) for key in keys)
