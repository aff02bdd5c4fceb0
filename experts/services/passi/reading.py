"""Reads ANSSI's list from a CSV: one provider a line, or what is wrong with the line."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import IO

from experts.models import AuditScope
from experts.policy import FIRST_DAY, LAST_DAY
from experts.services.numbers import clean_siren
from experts.services.refusals import Refused

COLUMNS = ("siren", "raison_sociale", "portees", "valide_du", "valide_au")
NAME_LENGTH = 200
ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
FRENCH = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
ACRONYM = re.compile(r"\b(?:\w\.){2,}")
LEGAL_FORMS = re.compile(
    r"\b(?:societe par actions simplifiee(?: unipersonnelle)?|societe a responsabilite limitee|societe anonyme|"
    r"societe|sasu|sas|sarl|eurl|selarl|selas|snc|scop|sca|scs|sa|gie|gmbh|ltd|inc)\b"
)


class ListRefused(Exception):
    """The file can't be read as ANSSI's list; `str()` says in French what to do."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What identifies a provider on the list: its SIREN, or its compared name where it has none."""

    siren: str
    name_key: str

    @property
    def key(self) -> str:
        """The text by which two lists are compared."""
        return self.siren or f"~{self.name_key}"


@dataclass(frozen=True, slots=True)
class Row:
    """A line that is taken; `note` says what of it was kept out."""

    line: int
    provider: Provider
    name: str
    scopes: tuple[str, ...]
    valid_from: date
    valid_until: date
    note: str = ""

    @property
    def content(self) -> tuple[object, ...]:
        """What makes two lines of one provider the same."""
        return (self.provider.siren, self.name, self.scopes, self.valid_from, self.valid_until)


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that is not taken, and whom it names where that can be read."""

    line: int
    message: str
    provider: Provider | None = None


def name_key(name: str) -> str:
    """Return a name without accents, capitals, punctuation and legal form."""
    plain = ACRONYM.sub(lambda found: found.group().replace(".", "") + " ", unaccented(name)).replace(
        "&", " et "
    )
    plain = " ".join(re.sub(r"[^a-z0-9]+", " ", plain).split())
    bare = " ".join(LEGAL_FORMS.sub(" ", plain).split())
    return bare or plain


def unaccented(text: str) -> str:
    """Return a text in small letters without accents, its apostrophes straight."""
    parts = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()


SCOPES = {
    " ".join(re.sub(r"[^a-z]+", " ", unaccented(scope.label)).split()): scope.value for scope in AuditScope
}


def rows_of(file: IO[bytes]) -> Iterator[Row | Fault]:
    """Give each line of the list, blank ones left out; a line's number is that of the file where it begins.

    Raises ListRefused for another encoding or heading. A quote that is never closed ends the reading.
    """
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        lines = _lines(text)
        _check_heading(next(lines, (1, [])))
        for line, cells in lines:
            if isinstance(cells, str):
                yield Fault(line, cells)
            elif any(cell.strip() for cell in cells):
                yield _row(line, cells)
    except UnicodeDecodeError as error:
        raise ListRefused(
            "Ce fichier n’est pas en UTF-8\u00a0: enregistrez-le au format «\u00a0CSV UTF-8\u00a0»."
        ) from error
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[tuple[int, list[str] | str]]:
    """Give (line, cells), or (line, what is wrong) for a line whose quotes can't be read."""
    reader = csv.reader(text, delimiter=";", strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, "Les guillemets de cette ligne ne se lisent pas\u00a0: doublez-les, ou fermez-les."


def _check_heading(first: tuple[int, list[str] | str]) -> None:
    cells = first[1] if isinstance(first[1], list) else []
    found = [unaccented(cell).strip().replace(" ", "_") for cell in cells]
    while found and not found[-1]:
        found.pop()
    if tuple(found) != COLUMNS:
        raise ListRefused(
            f"La première ligne doit être\u00a0: {';'.join(COLUMNS)}. Partez de ce titre, avec le point-virgule pour "
            "séparateur."
        )


def _row(line: int, cells: list[str]) -> Row | Fault:
    values = [" ".join(cell.split()) for cell in cells]
    while len(values) > len(COLUMNS) and not values[-1]:
        values.pop()
    if len(values) != len(COLUMNS):
        return Fault(
            line,
            f"Cette ligne a {len(values)} colonnes au lieu de {len(COLUMNS)}\u00a0: un texte qui contient un "
            "point-virgule s’écrit entre guillemets.",
        )
    siren, name, scopes, start, end = values
    faults: list[str] = []
    number = _siren(siren, faults)
    _check_name(name, faults)
    known, note = _scopes(scopes, faults)
    dates = _dates(start, end, faults)
    provider = Provider(number, name_key(name)[:NAME_LENGTH])
    if faults or dates is None:
        named = provider if provider.siren or provider.name_key else None
        return Fault(line, " ".join(faults), named)
    return Row(line, provider, name, known, *dates, note)


def _siren(typed: str, faults: list[str]) -> str:
    if not typed:
        return ""
    try:
        return clean_siren(typed)
    except Refused:
        faults.append(f"Le SIREN «\u00a0{typed[:20]}\u00a0» n’est pas valable.")
        return ""


def _check_name(name: str, faults: list[str]) -> None:
    if not name_key(name):
        faults.append("La raison sociale manque.")
    elif len(name) > NAME_LENGTH:
        faults.append(f"La raison sociale dépasse {NAME_LENGTH} caractères.")
    elif any(unicodedata.category(sign) == "Cc" for sign in name):
        faults.append("La raison sociale contient un caractère illisible.")


def _scopes(typed: str, faults: list[str]) -> tuple[tuple[str, ...], str]:
    """Return the scopes known, in ANSSI's order, and a sentence about those that are not."""
    asked = [part.strip() for part in typed.split("|") if part.strip()]
    keys = [" ".join(re.sub(r"[^a-z]+", " ", unaccented(part)).split()) for part in asked]
    known = {SCOPES[key] for key in keys if key in SCOPES}
    unknown = [part for part, key in zip(asked, keys, strict=True) if key not in SCOPES]
    note = ""
    if unknown:
        listed = ", ".join(f"«\u00a0{part[:60]}\u00a0»" for part in unknown)
        note = f"Portée inconnue\u00a0: {listed}."
    if not known:
        faults.append(note or "Aucune portée n’est indiquée.")
    elif note:
        note += " Elle n’est pas prise\u00a0; le reste de la ligne l’est."
    return tuple(scope for scope in AuditScope.values if scope in known), note


def _dates(start: str, end: str, faults: list[str]) -> tuple[date, date] | None:
    first, last = _date(start, "valide_du", faults), _date(end, "valide_au", faults)
    if first is None or last is None:
        return None
    if last < first:
        faults.append("La fin de validité précède le début.")
        return None
    return first, last


def _date(typed: str, column: str, faults: list[str]) -> date | None:
    iso, french = ISO.fullmatch(typed), FRENCH.fullmatch(typed)
    parts = iso.groups() if iso else tuple(reversed(french.groups())) if french else None
    if parts is not None:
        with suppress(ValueError):
            day = date(*(int(part) for part in parts))
            if FIRST_DAY <= day <= LAST_DAY:
                return day
            faults.append(f"La date {column} («\u00a0{typed}\u00a0») a une année invraisemblable.")
            return None
    found = f"«\u00a0{typed[:20]}\u00a0»" if typed else "vide"
    faults.append(f"La date {column} ({found}) s’écrit AAAA-MM-JJ ou JJ/MM/AAAA.")
    return None
