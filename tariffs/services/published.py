"""The editions kept in the database, verified when they are read, for the catalogue of every process."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db import DatabaseError

from tariffs.engine.editions import Edition, EditionError, Editions, Fault
from tariffs.engine.loading import read_content
from tariffs.models import EditionText

logger = logging.getLogger(__name__)

# What the journal remembers of each publication that stands: code, then digest and first day.
Remembered = Mapping[str, tuple[str, date]]
Withheld = dict[str, tuple[date, EditionError]]


def trusted(row: EditionText) -> Edition:
    """Return the edition of a text; EditionError where text, digest, code or date disagree."""
    edition = read_content(row.text.encode("utf-8"), row.file_name, row.digest)
    if (edition.code, edition.in_force_from) != (row.code, row.in_force_from):
        raise _error(row.code, "le code ou la date de sa ligne n’est pas celui de son texte.")
    return edition


def _error(code: str, message: str) -> EditionError:
    return EditionError(Fault(f"édition {code}", "", "", message))


class PublishedTexts:
    """The catalogue's source: looks at the rows every `every` seconds, and reads a text once.

    `witness` tells what the journal remembers, so that a row changed, removed or added by hand is withheld.
    While the database does not answer, what was read before still holds.
    """

    def __init__(self, every: float, witness: Callable[[], Remembered]) -> None:
        self._every = every
        self._witness = witness
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._stamp: tuple[Any, ...] | None = None
        self._known: Editions | None = None
        self._read: dict[str, tuple[Edition, bytes]] = {}

    def editions(self, closed: Editions, *, within: float | None = None) -> Editions:
        """Return the closed editions and the published texts, as they were less than `within` seconds ago."""
        known, newest = self._known, self._every if within is None else within
        if known is not None and time.monotonic() - self._looked_at < newest:
            return known
        with self._lock:
            if self._known is None or time.monotonic() - self._looked_at >= newest:
                self._look(closed)
            return self._known or closed

    def content(self, code: str) -> bytes:
        """Return the text of an edition byte for byte; KeyError where it has none of that code."""
        return self._read[code][1]

    def _look(self, closed: Editions) -> None:
        """Read again what changed. Where nothing was ever read, the next call tries anew."""
        try:
            rows = EditionText.objects.published()
            stamp = tuple(rows.values_list("pk", "code", "digest", "in_force_from"))
            if stamp != self._stamp:
                self._known = self._gathered(closed, list(rows))
                self._stamp = stamp
        except DatabaseError as error:
            logger.error("the published editions can't be read: %s", error)  # noqa: TRY400 the cause is the database's
            if self._known is None:
                return
        self._looked_at = time.monotonic()

    def _gathered(self, closed: Editions, rows: list[EditionText]) -> Editions:
        remembered = self._witness()
        read: dict[str, tuple[Edition, bytes]] = {}
        withheld: Withheld = {}
        for row in rows:
            try:
                read[row.code] = self._verified(row, remembered, closed)
            except EditionError as error:
                withheld[row.code] = remembered.get(row.code, ("", row.in_force_from))[1], error
        for code, (_, since) in remembered.items():
            if code not in read and code not in withheld and code not in closed.by_code:
                withheld[code] = since, _error(code, "publiée selon le journal, son texte a disparu.")
        for code, (_, reason) in withheld.items():
            logger.error("edition %s is withheld: %s", code, reason)
        self._read = read
        added = [edition for code, (edition, _) in read.items() if code not in closed.by_code]
        every = sorted([*closed.all, *added], key=lambda edition: edition.in_force_from)
        return Editions(tuple(every), withheld)

    def _verified(self, row: EditionText, remembered: Remembered, closed: Editions) -> tuple[Edition, bytes]:
        """Return the edition of a row; the very object of the last reading where nothing changed."""
        edition = trusted(row)
        if remembered.get(row.code) != (row.digest, row.in_force_from):
            raise _error(row.code, "ce texte n’est pas celui que le journal dit publié.")
        if row.code in closed.by_code and closed.by_code[row.code].digest != row.digest:
            raise _error(row.code, "le fichier livré avec le portail n’est pas le texte publié.")
        before = self._read.get(row.code)
        if before is not None and before[0].digest == edition.digest:
            return before
        return edition, row.text.encode("utf-8")
