"""Pages of a sorted list by marks instead of numbers: the thousandth costs what the first does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

# No amount of a list reaches it.
LARGEST = Decimal(10) ** 15
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of a list: by one indexed column never null, ties broken by the key in the same direction.

    `read` makes a value of the column from its text, and raises ValueError or ArithmeticError.
    """

    label: str
    column: str
    read: Callable[[str], Any]
    descending: bool = False

    @property
    def order(self) -> tuple[str, str]:
        """What `order_by` takes."""
        sign = "-" if self.descending else ""
        return f"{sign}{self.column}", f"{sign}pk"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and the marks (a column's value and a key) that lead to those around them."""

    rows: list[Row]
    before: str
    after: str


def page_of(found: QuerySet[Row], sort: Sort, *, size: int, after: str = "", before: str = "") -> Page[Row]:
    """Return the page that follows the mark `after`, or that precedes `before`; the first one without a mark.

    A mark that does not read leads to the first page. Rows added or removed meanwhile shift nothing.
    """
    mark = _read_mark(before or after, sort)
    backwards = bool(before) and mark is not None
    direction = replace(sort, descending=not sort.descending) if backwards else sort
    rows = found.order_by(*direction.order)
    if mark is not None:
        rows = rows.filter(_beyond(mark, direction))
    got = list(rows[: size + 1])
    more, kept = len(got) > size, got[:size]
    if backwards:
        kept.reverse()
    earlier, later = (more, True) if backwards else (mark is not None, more)
    return Page(
        kept,
        mark_of(kept[0], sort) if kept and earlier else "",
        mark_of(kept[-1], sort) if kept and later else "",
    )


def _beyond(mark: tuple[Any, int], sort: Sort) -> Q:
    value, key = mark
    side = "lt" if sort.descending else "gt"
    # The first condition is implied by the second: it is the one that an index serves.
    return Q(**{f"{sort.column}__{side}e": value}) & (
        Q(**{f"{sort.column}__{side}": value}) | Q(**{f"pk__{side}": key})
    )


def mark_of(row: Model, sort: Sort) -> str:
    """Return the mark of a row in an order."""
    value = getattr(row, sort.column)
    return f"{value.isoformat() if isinstance(value, date) else value}~{row.pk}"


def _read_mark(mark: str, sort: Sort) -> tuple[Any, int] | None:
    text, _, key = mark.partition("~")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    try:
        value = sort.read(text)
    except (ValueError, ArithmeticError):
        return None
    if isinstance(value, datetime) and value.tzinfo is None:
        return None
    if isinstance(value, Decimal) and not (value.is_finite() and abs(value) < LARGEST):
        return None
    return value, int(key)
