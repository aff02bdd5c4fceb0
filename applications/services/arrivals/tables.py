"""Reads the rows of a CSV or XLSX file as text, one at a time, each with its line number."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import IO, Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from applications.services.arrivals.columns import BY_NAME, REQUIRED

EXTENSIONS = ("csv", "xlsx")
Cells = dict[str, str]
MENDED = "Partez du modèle, ou renommez les colonnes de la première ligne."


class TableRefused(Exception):
    """The file can't be read as a table; `str()` says in French what to do."""


def rows_of(file: IO[bytes], extension: str) -> Iterator[tuple[int, Cells]]:
    """Give (line, {column: text}) of every row that is not empty, the heading left out.

    A CSV is read as it comes; a sheet is held by its reader, within the size that the door allows. What
    a cell computes is never run: its text, or the value the file keeps, is what is read. Raises
    TableRefused for a file whose heading or encoding can't be used, and where its structure breaks.
    """
    raw = _csv(file) if extension == "csv" else _sheet(file)
    heading: list[str] | None = None
    for line, cells in raw:
        if not any(cells):
            continue
        if heading is None:
            heading = _heading(cells)
            continue
        if any(cells[len(heading) :]):
            raise TableRefused(
                f"Ligne {line}\u00a0: il y a plus de cases que de colonnes. Un texte qui contient le séparateur "
                "s’écrit entre guillemets."
            )
        yield line, dict(zip(heading, cells, strict=False))
    if heading is None:
        raise TableRefused(
            "Ce fichier est vide\u00a0: il lui faut une ligne de titres, puis une ligne par dossier."
        )


def count_rows(file: IO[bytes], extension: str) -> int:
    """Return how many rows a file has, the heading left out; raises TableRefused."""
    return sum(1 for _row in rows_of(file, extension))


def _heading(cells: Sequence[str]) -> list[str]:
    """Return the columns' names; spaces, capitals and accents do not matter."""
    names = [_plain(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    unknown = [cell for cell, name in zip(cells, names, strict=False) if name not in BY_NAME]
    if unknown:
        raise TableRefused(f"Colonne inconnue\u00a0: «\u00a0{unknown[0][:60]}\u00a0». {MENDED}")
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise TableRefused(f"La colonne «\u00a0{twice[0]}\u00a0» est là deux fois. {MENDED}")
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise TableRefused(f"Il manque\u00a0: {', '.join(missing)}. {MENDED}")
    return names


def _plain(title: str) -> str:
    return title.casefold().translate(str.maketrans("éèêàôî", "eeeaoi")).replace(" ", "_").replace("-", "_")


def _csv(file: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        first = text.readline()
        text.seek(0)
        reader = csv.reader(text, delimiter=";" if first.count(";") >= first.count(",") else ",", strict=True)
        line = 1
        for cells in reader:
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise TableRefused(
            "Ce fichier n’est pas en UTF-8\u00a0: enregistrez-le au format «\u00a0CSV UTF-8\u00a0», puis déposez-le."
        ) from error
    except csv.Error as error:
        raise TableRefused(
            f"Ligne {reader.line_num}\u00a0: un guillemet n’est pas fermé, ou une case est démesurée. Corrigez-la."
        ) from error
    finally:
        text.detach()


def _sheet(file: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    file.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(file)
        shown = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
        rows: Iterable[Sequence[Any]] = book.get_sheet_by_name(shown[0]).iter_rows() if shown else ()
        for line, cells in enumerate(rows, start=1):
            yield line, [_written(cell) for cell in cells]
    except CalamineError as error:
        raise TableRefused(
            "Ce classeur ne se lit pas\u00a0: enregistrez-le de nouveau au format Excel (.xlsx), sans mot de passe."
        ) from error


def _written(cell: Any) -> str:
    """Return a cell of a sheet as it would be typed: 552100554.0 is 552100554, a date is ISO."""
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and not isinstance(cell, bool):
        return str(int(cell)) if cell.is_integer() else repr(round(cell, 6))
    return str(cell).strip()
