"""A list as XLSX, row by row: nothing but the current row is in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from applications.exports.columns import Column, Kind, Lot

# Rows of a worksheet, its header aside; a longer list goes on in a further one.
MOST = 1_048_575
WIDTHS = {Kind.TEXT: 24, Kind.WHOLE: 9, Kind.MONEY: 16, Kind.DATE: 12, Kind.MOMENT: 17}
FORMATS = {Kind.MONEY: "#,##0.00", Kind.DATE: "dd/mm/yyyy", Kind.MOMENT: "dd/mm/yyyy hh:mm"}
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

Put = Callable[[Worksheet, int, int, Any], Any]


class _Book:
    """A workbook being written: its formats, its current worksheet and the next free row."""

    def __init__(self, file: IO[bytes], title: str, columns: Sequence[Column], most: int) -> None:
        self.book = xlsxwriter.Workbook(file, OPTIONS)
        self.title, self.columns, self.most = title[:25], columns, most
        self.head = self.book.add_format({"bold": True, "bottom": 1})
        formats = {kind: self.book.add_format({"num_format": text}) for kind, text in FORMATS.items()}
        self.puts = [_put(column.kind, formats.get(column.kind)) for column in columns]
        self.count, self.row = 0, 0
        self.page = self._next_page()

    def _next_page(self) -> Worksheet:
        self.count += 1
        page = self.book.add_worksheet(self.title if self.count == 1 else f"{self.title} ({self.count})")
        page.freeze_panes(1, 0)
        for place, column in enumerate(self.columns):
            page.set_column(place, place, WIDTHS[column.kind])
            page.write_string(0, place, column.label, self.head)
        self.row = 1
        return page

    def write(self, lot: Lot) -> None:
        """Write rows, on a further worksheet where this one is full."""
        puts = list(enumerate(self.puts))
        for cells in lot:
            if self.row > self.most:
                self.page = self._next_page()
            page, row = self.page, self.row
            for place, put in puts:
                value = cells[place]
                if value is not None and value != "":
                    put(page, row, place, value)
            self.row = row + 1


def _put(kind: Kind, written: Any) -> Put:
    if kind is Kind.TEXT:
        return lambda page, row, place, value: page.write_string(row, place, value)
    if kind in {Kind.DATE, Kind.MOMENT}:
        return lambda page, row, place, value: page.write_datetime(row, place, value, written)
    return lambda page, row, place, value: page.write_number(row, place, value, written)


def write(
    file: IO[bytes], title: str, columns: Sequence[Column], lots: Iterable[Lot], *, most: int = MOST
) -> None:
    """Write the whole workbook into an open file; what raised on the way leaves no temporary file behind."""
    book = _Book(file, title, columns, most)
    try:
        for lot in lots:
            book.write(lot)
    finally:
        book.book.close()
