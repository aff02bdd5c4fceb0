"""A list as CSV: UTF-8 with its mark, semicolons and decimal commas, as French spreadsheets open it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from applications.exports.columns import Column, Kind, Lot

MARK = "\ufeff"


def _money(value: Any) -> str:
    return "" if value is None else str(value).replace(".", ",")


def _moment(value: Any) -> str:
    return "" if value is None else value.isoformat(" ", "minutes")


WRITTEN: dict[Kind, Callable[[Any], str]] = {Kind.MONEY: _money, Kind.MOMENT: _moment}


def head(columns: Sequence[Column]) -> bytes:
    """Return the mark and the first line."""
    return _encoded([[column.label for column in columns]], before=MARK)


def lines(columns: Sequence[Column], lots: Iterable[Lot]) -> Iterator[bytes]:
    """Give the file by pieces, its header first; dates are ISO, which every spreadsheet reads as dates."""
    return (piece for piece, _ in pieces(columns, lots))


def pieces(columns: Sequence[Column], lots: Iterable[Lot]) -> Iterator[tuple[bytes, int]]:
    """Give the same with the number of rows in each piece."""
    writers = [WRITTEN.get(column.kind) for column in columns]
    yield head(columns), 0
    for lot in lots:
        told = [
            values if write is None else map(write, values)
            for write, values in zip(writers, zip(*lot, strict=True), strict=True)
        ]
        yield _encoded(zip(*told, strict=True)), len(lot)


def _encoded(rows: Iterable[Sequence[Any]], *, before: str = "") -> bytes:
    buffer = io.StringIO()
    buffer.write(before)
    csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
