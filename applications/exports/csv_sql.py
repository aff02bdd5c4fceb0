"""The same CSV, its lines written by PostgreSQL: it formats as it reads, and Python only passes the lines on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet

from applications.exports.columns import DANGEROUS, LONGEST, Column, Kind
from applications.exports.csv_lines import head
from applications.exports.rows import LOT

# Constants of this file and column names that it numbers itself: nothing a person typed is put into the statement.
_SIGNS = "".join(sorted(DANGEROUS))
_WRITTEN = {
    Kind.WHOLE: "{c}::text",
    Kind.MONEY: "replace({c}::text, '.', ',')",
    Kind.DATE: "to_char({c}, 'YYYY-MM-DD')",
    Kind.MOMENT: "to_char({c} AT TIME ZONE 'Europe/Paris', 'YYYY-MM-DD HH24:MI')",
}


def pieces(columns: Sequence[Column], rows: QuerySet[Any], *, size: int = LOT) -> Iterator[tuple[bytes, int]]:
    """Give the file by pieces with the number of rows in each, its header first, by a server-side cursor."""
    yield head(columns), 0
    query = rows.prefetch_related(None).values_list(*[c.path for c in columns]).query
    # A list that can hold nothing has a statement too.
    inner, given = query.get_compiler(DEFAULT_DB_ALIAS, elide_empty=False).as_sql()
    names = [f"c{number}" for number in range(len(columns))]
    params: list[Any] = []
    told = [_cell(column, name, params) for column, name in zip(columns, names, strict=True)]
    line = " || ';' || ".join(f"coalesce({one}, '')" for one in told)
    statement = f"SELECT {line} FROM ({inner}) AS found({', '.join(names)})"  # noqa: S608 see above
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, [*params, *given])
        while lot := cursor.fetchmany(size):
            yield "".join([f"{row[0]}\r\n" for row in lot]).encode(), len(lot)


def _cell(column: Column, name: str, params: list[Any]) -> str:
    """Return the SQL of one cell, and add what its placeholders take, in order."""
    if column.labels:
        whens = []
        for code, words in column.labels.items():
            params.extend((str(code).lower() if isinstance(code, bool) else str(code), _quoted(words)))
            whens.append("WHEN %s THEN %s")
        params.append(_SIGNS)
        return f"CASE {name}::text {' '.join(whens)} ELSE {_text(name)} END"
    if column.kind is Kind.TEXT:
        params.append(_SIGNS)
        return _text(name)
    return _WRITTEN[column.kind].format(c=name)


def _text(name: str) -> str:
    """Return the SQL of a text between quotes, an apostrophe before what a spreadsheet takes for a formula."""
    mark = f"CASE WHEN strpos(%s, left({name}::text, 1)) > 0 AND {name}::text <> '' THEN '''' ELSE '' END"
    text = f"left({mark} || {name}::text, {LONGEST})"
    return f"""'"' || replace({text}, '"', '""') || '"'"""


def _quoted(words: str) -> str:
    doubled = words.replace('"', '""')
    return f'"{doubled}"'
