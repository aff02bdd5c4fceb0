"""A list as ODS, written by hand: the libraries keep the whole document in memory, this keeps one lot of rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from applications.exports.columns import Column, Kind, Lot

# Rows of a table, its header aside: what LibreOffice opens.
MOST = 1_048_575
TYPE = "application/vnd.oasis.opendocument.spreadsheet"
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">
<manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="{TYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>"""
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
 xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" office:version="1.2">
<office:automatic-styles>
<number:number-style style:name="N1"><number:number number:decimal-places="2" number:min-integer-digits="1"
 number:grouping="true"/></number:number-style>
<number:date-style style:name="N2"><number:day number:style="long"/><number:text>/</number:text>
<number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/></number:date-style>
<number:date-style style:name="N3"><number:day number:style="long"/><number:text>/</number:text>
<number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/>
<number:text> </number:text><number:hours number:style="long"/><number:text>:</number:text>
<number:minutes number:style="long"/></number:date-style>
<style:style style:name="head" style:family="table-cell"><style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="money" style:family="table-cell" style:data-style-name="N1"/>
<style:style style:name="date" style:family="table-cell" style:data-style-name="N2"/>
<style:style style:name="moment" style:family="table-cell" style:data-style-name="N3"/>
</office:automatic-styles>
<office:body><office:spreadsheet>"""
FOOT = "</office:spreadsheet></office:body></office:document-content>"
EMPTY = "<table:table-cell/>"


def _text(value: str, style: str = "") -> str:
    clean = escape(ILLEGAL.sub("", value).replace("\t", " "))
    paragraphs = "".join(f"<text:p>{line}</text:p>" for line in clean.split("\n"))
    return f'<table:table-cell{style} office:value-type="string">{paragraphs}</table:table-cell>'


def _number(style: str) -> Callable[[Any], str]:
    before = f'<table:table-cell{style} office:value-type="float" office:value="'
    return lambda value: f'{before}{value}"/>'


def _date(style: str) -> Callable[[Any], str]:
    before = f'<table:table-cell table:style-name="{style}" office:value-type="date" office:date-value="'
    return lambda value: f'{before}{value.isoformat()}"/>'


CELLS: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: _text,
    Kind.WHOLE: _number(""),
    Kind.MONEY: _number(' table:style-name="money"'),
    Kind.DATE: _date("date"),
    Kind.MOMENT: _date("moment"),
}


def write(
    file: IO[bytes], title: str, columns: Sequence[Column], lots: Iterable[Lot], *, most: int = MOST
) -> None:
    """Write the whole document into an open file; a list longer than a table goes on in a further one."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr(ZipInfo("mimetype"), TYPE, compress_type=ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        with archive.open("content.xml", "w", force_zip64=True) as content:
            for piece in _content(title, columns, lots, most):
                content.write(piece.encode())


def _content(title: str, columns: Sequence[Column], lots: Iterable[Lot], most: int) -> Iterator[str]:
    table, row = 1, 0
    yield HEAD + _opening(title, columns, table)
    puts = [CELLS[column.kind] for column in columns]
    for lot in lots:
        rows = []
        for cells in lot:
            if row == most:
                table, row = table + 1, 0
                rows.append("</table:table>" + _opening(title, columns, table))
            told = "".join(
                EMPTY if value is None or value == "" else put(value)
                for put, value in zip(puts, cells, strict=True)
            )
            rows.append(f"<table:table-row>{told}</table:table-row>")
            row += 1
        yield "".join(rows)
    yield "</table:table>" + FOOT


def _opening(title: str, columns: Sequence[Column], table: int) -> str:
    name = quoteattr(title if table == 1 else f"{title} ({table})")
    heads = "".join(_text(column.label, ' table:style-name="head"') for column in columns)
    return f"<table:table table:name={name}><table:table-row>{heads}</table:table-row>"
