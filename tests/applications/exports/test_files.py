"""The three formats: what a spreadsheet reads of them, and that no cell of theirs is taken for a formula."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from applications.exports import csv_lines, jobs, ods_file, xlsx_file
from applications.exports.columns import Column, Kind, Lot, cells
from portal.clock import PARIS

COLUMNS = (
    Column("texte", "Texte", "a"),
    Column("nombre", "Nombre", "b", Kind.WHOLE),
    Column("montant", "Montant", "c", Kind.MONEY),
    Column("jour", "Jour", "d", Kind.DATE),
    Column("instant", "Instant", "e", Kind.MOMENT),
    Column("mot", "Mot", "f", labels={"a": "Accepté"}),
)
WHEN = datetime(2026, 7, 1, 23, 30, tzinfo=PARIS)
ROW = ('Été; "l’an"\nneuf', 7, Decimal("-1234.50"), date(2026, 2, 28), WHEN, "a")
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
DANGEROUS = ["=1+1", "+33 1", "-2", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "=cmd|' /C calc'!A0"]


def read(rows: list[tuple[Any, ...]]) -> list[Lot]:
    return list(cells(COLUMNS, [rows]))


def as_csv(rows: list[tuple[Any, ...]]) -> list[list[str]]:
    content = b"".join(csv_lines.lines(COLUMNS, read(rows)))
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def written(kind: str, rows: list[tuple[Any, ...]], **more: Any) -> ZipFile:
    file = io.BytesIO()
    {"xlsx": xlsx_file, "ods": ods_file}[kind].write(file, "Dossiers", COLUMNS, read(rows), **more)
    return ZipFile(file)


def ods_rows(archive: ZipFile) -> list[Any]:
    return list(ET.fromstring(archive.read("content.xml")).iter(TABLE + "table-row"))


def xlsx_cells(archive: ZipFile, sheet: int = 1) -> list[Any]:
    return list(ET.fromstring(archive.read(f"xl/worksheets/sheet{sheet}.xml")).iter(SHEET + "c"))


def test_csv_is_what_a_french_spreadsheet_opens() -> None:
    head, row = as_csv([ROW])
    assert head == ["Texte", "Nombre", "Montant", "Jour", "Instant", "Mot"]
    assert row == [ROW[0], "7", "-1234,50", "2026-02-28", "2026-07-01 23:30", "Accepté"]


def test_numbers_and_dates_stay_what_they_are() -> None:
    found = {cell.get("r"): cell for cell in xlsx_cells(written("xlsx", [ROW]))}
    assert found["B2"].get("t") is None
    assert found["B2"].find(SHEET + "v").text == "7"
    assert Decimal(found["C2"].find(SHEET + "v").text) == Decimal("-1234.50")
    assert found["D2"].find(SHEET + "v").text == "46081"
    row = ods_rows(written("ods", [ROW]))[1]
    assert [cell.get(OFFICE + "value-type") for cell in row] == [
        "string",
        "float",
        "float",
        "date",
        "date",
        "string",
    ]
    assert row[2].get(OFFICE + "value") == "-1234.50"
    assert row[3].get(OFFICE + "date-value") == "2026-02-28"
    assert row[4].get(OFFICE + "date-value") == "2026-07-01T23:30:00"


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    row = (text, 1, None, None, None, text)
    assert as_csv([row])[1][0] == "'" + text
    assert as_csv([row])[1][5] == "'" + text
    first = xlsx_cells(written("xlsx", [row]))[6]
    assert first.find(SHEET + "f") is None
    assert "".join(first.itertext()).startswith("'")
    content = written("ods", [row]).read("content.xml").decode()
    assert "table:formula" not in content
    assert "".join(ods_rows(written("ods", [row]))[1][0].itertext()).startswith("'")


def test_what_xml_cannot_hold_and_what_excel_cuts() -> None:
    row = ("a\x00\x08b" + "é" * 40_000, None, None, None, None, None)
    assert len(as_csv([row])[1][0]) == 32_767
    assert "".join(ods_rows(written("ods", [row]))[1][0].itertext()).startswith("abé")
    assert written("xlsx", [row]).testzip() is None


def test_an_absent_value_is_an_empty_cell() -> None:
    row = (None, None, None, None, None, None)
    assert as_csv([row])[1] == [""] * 6
    assert len(xlsx_cells(written("xlsx", [row]))) == 6
    assert all(cell.get(OFFICE + "value-type") is None for cell in ods_rows(written("ods", [row]))[1])


def test_an_unknown_code_is_shown_not_lost() -> None:
    assert as_csv([("", 1, None, None, None, "zz")])[1][5] == "zz"


def test_a_list_longer_than_a_sheet_goes_on_in_another() -> None:
    assert len(xlsx_cells(written("xlsx", [ROW] * 5, most=2), sheet=3)) == 12
    archive = written("ods", [ROW] * 5, most=2)
    tables = ET.fromstring(archive.read("content.xml")).iter(TABLE + "table")
    assert [len(list(table)) for table in tables] == [3, 3, 2]
    assert archive.infolist()[0].filename == "mimetype"


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_memory_does_not_grow_with_the_rows(kind: str, tmp_path: Any) -> None:
    def lots(count: int) -> Iterator[Lot]:
        for _ in range(count):
            yield next(cells(COLUMNS, [[ROW] * 200]))

    def peak(count: int) -> int:
        with (tmp_path / f"{count}").open("wb") as file:
            tracemalloc.start()
            jobs.write(file, kind, "Dossiers", COLUMNS, lots(count))
            highest = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return highest

    assert peak(40) < peak(4) + 400_000
