"""What a column of an exported list is: where its value lies, how it is written, and who may have it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from applications.models.company import BPIFRANCE_READERS
from portal.clock import PARIS

Cell = str | int | Decimal | date | datetime | None
Lot = list[tuple[Cell, ...]]

# A spreadsheet takes a text that begins with one of these for a formula or a command (OWASP, "CSV injection").
# The full-width forms are read as the plain ones by some.
DANGEROUS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
# What a cell of Excel holds at most, in characters.
LONGEST = 32_767


class Kind(Enum):
    """How the cells of a column are written."""

    TEXT = "text"
    WHOLE = "whole"
    MONEY = "money"
    DATE = "date"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `path` is a field or an annotation of the rows, `labels` the French words of its codes.

    `roles` are those of the staff who may have it; `usual` tells whether it is ticked at first.
    """

    key: str
    label: str
    path: str
    kind: Kind = Kind.TEXT
    labels: Mapping[Any, str] = field(default_factory=dict)
    usual: bool = True
    roles: frozenset[str] = BPIFRANCE_READERS


def _text(value: Any) -> str:
    """Return a text that no spreadsheet takes for a formula: an apostrophe goes before a dangerous sign."""
    if value is None:
        return ""
    text = value if type(value) is str else str(value)
    if text[:1] in DANGEROUS:
        text = "'" + text
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _moment(value: datetime | None) -> datetime | None:
    return value.astimezone(PARIS).replace(tzinfo=None, microsecond=0) if value is not None else None


def _converter(column: Column) -> Callable[[Any], Cell] | None:
    if column.labels:
        # A code without words is shown as it is: nothing disappears from an export.
        words = dict(column.labels)
        return lambda code: words.get(code, _text(code))
    return {Kind.TEXT: _text, Kind.MOMENT: _moment}.get(column.kind)


def cells(columns: Iterable[Column], lots: Iterable[list[tuple[Any, ...]]]) -> Iterator[Lot]:
    """Give the rows of the database, lot by lot, as the cells of a sheet.

    Column by column: most values need no call of their own.
    """
    converters = [_converter(column) for column in columns]
    for lot in lots:
        if lot:
            told = [
                values if convert is None else map(convert, values)
                for convert, values in zip(converters, zip(*lot, strict=True), strict=True)
            ]
            yield list(zip(*told, strict=True))
