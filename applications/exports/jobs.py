"""Makes what was asked for: the outbox's handler of exports, which shows its progress and can be stopped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.db import connection

from applications.exports import archive, csv_lines, csv_sql, ods_file, rows, xlsx_file
from applications.exports.columns import Column, Lot, cells
from applications.exports.long_jobs import Progress, failures_told
from applications.exports.ready import Ready
from applications.exports.registry import SHEETS
from applications.exports.sheets import Sheet
from applications.models import Export
from applications.services import exports
from portal import clock
from portal.accounts.models import User

logger = logging.getLogger(__name__)


def counted(lots: Iterable[Lot], step: Callable[[int], None]) -> Iterator[Lot]:
    """Give the same lots, and say after each how many rows went by."""
    done = 0
    for lot in lots:
        yield lot
        done += len(lot)
        step(done)


def read(user: User, key: str, query: str, columns: Sequence[Column]) -> Iterator[Lot]:
    """Return the cells of a list as this person may see it now, lot by lot."""
    found = SHEETS[key].rows(user, dict(parse_qsl(query)), clock.today())
    if isinstance(found, Ready):
        return cells(columns, found.lots([column.path for column in columns]))
    return cells(columns, rows.lots(found, [column.path for column in columns]))


def csv_pieces(user: User, key: str, query: str, columns: Sequence[Column]) -> Iterator[tuple[bytes, int]]:
    """Give a list as CSV by pieces, with the number of rows in each; PostgreSQL writes the lines itself."""
    if connection.vendor == "postgresql":
        found = SHEETS[key].rows(user, dict(parse_qsl(query)), clock.today())
        if not isinstance(found, Ready):
            return csv_sql.pieces(columns, found)
    return csv_lines.pieces(columns, read(user, key, query, columns))


def write(
    file: IO[bytes], written_as: str, title: str, columns: Sequence[Column], lots: Iterable[Lot]
) -> None:
    """Write a list into an open file, in one of the three formats."""
    if written_as == Export.Format.CSV:
        file.writelines(csv_lines.lines(columns, lots))
    elif written_as == Export.Format.XLSX:
        xlsx_file.write(file, title, columns, lots)
    else:
        ods_file.write(file, title, columns, lots)


def file_name(label: str, written_as: str) -> str:
    """Return the name of a list's file, dated."""
    return f"{label} {clock.today().isoformat()}.{written_as}"


def make(payload: dict[str, Any], *, outbox_id: int, renew: Callable[[], None]) -> None:
    """Outbox handler "make_export": make the file, keep it seven days, tell its owner."""
    export = exports.begin(UUID(payload["export"]), now=clock.now())
    if export is None:
        return
    progress = Progress(renew, show=lambda done: exports.advance(export, done))
    with failures_told(
        f"export {export.pk} (outbox {outbox_id})",
        lambda sentence: exports.fail(export, sentence, now=clock.now()),
    ):
        try:
            with TemporaryFile() as file:
                _fill(export, file, progress)
        except exports.Cancelled:
            logger.info("export %s was cancelled (outbox %s)", export.pk, outbox_id)


def _fill(export: Export, file: IO[bytes], progress: Progress) -> None:
    if export.dossier is not None:
        told = archive.write(file, export.dossier, now=clock.now(), step=progress)
        name, done = f"Dossier {export.dossier}.zip", told.pop("files")
    else:
        sheet, told = SHEETS[export.listing], {}
        name, done = file_name(sheet.label, export.format), _fill_list(export, file, sheet, progress)
    exports.finish(export, file=file, name=name, done=done, now=clock.now(), **told)


def _fill_list(export: Export, file: IO[bytes], sheet: Sheet, progress: Progress) -> int:
    """Write a list, say how far it is after each lot, and return how many rows it has."""
    columns, counts = sheet.chosen(export.owner, export.columns), [0]

    def step(done: int) -> None:
        counts.append(done)
        progress(done)

    if export.format == Export.Format.CSV:
        for piece, count in csv_pieces(export.owner, export.listing, export.query, columns):
            file.write(piece)
            step(counts[-1] + count)
    else:
        lots = read(export.owner, export.listing, export.query, columns)
        write(file, export.format, sheet.label, columns, counted(lots, step))
    return counts[-1]
