"""The strict reading of edition files: each key is known, present and of its type, or named among the faults."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from tariffs.engine.editions import Fault

OUTCOMES = ("pass", "review", "warning", "fail")
ABSENT = object()
# What stands for a date that can't be read; nothing uses it, for the file is refused.
NO_DAY = date.min
SHOWN = 60
# No amount, number of months or of people comes near; what is larger would only be costly to write.
LARGEST_WHOLE = 1_000_000
LARGEST_FIGURE = Decimal(10) ** 12
MOST_DECIMALS = 6

T = TypeVar("T")


def shown(value: Any) -> str:
    """A value of the file as a fault names it, cut where it is long."""
    if type(value) is int and abs(value) > LARGEST_WHOLE:
        return "un nombre trop grand"
    text = f"«\u00a0{value}\u00a0»" if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


class Table:
    """One TOML table being read: each key is taken once with its type, and none may be left over.

    What is wrong goes into `faults`, which every table of a file shares, and the reading goes on with a
    value that stands in; whoever reads a file looks at the faults before using anything of it.
    """

    def __init__(self, content: object, file: str, name: str, faults: list[Fault]) -> None:
        self.file = file
        self.name = name
        self.faults = faults
        # The absence of a whole table is told once, not again for each of its keys.
        self.is_muted = content is ABSENT or not isinstance(content, dict)
        self.content: dict[str, Any] = dict(content) if isinstance(content, dict) else {}
        if self.is_muted and content is not ABSENT:
            self.fault("", f"une table est attendue, {shown(content)} est écrit")

    def fault(self, key: str, what: str) -> None:
        """Add a fault that names file, table and key."""
        self.faults.append(Fault(self.file, self.name, key, what))

    def take(self, key: str) -> Any:
        """The value of a key that must be there; ABSENT, and a fault, where it is not."""
        if key not in self.content:
            if not self.is_muted:
                self.fault(key, "cette clé manque")
            return ABSENT
        return self.content.pop(key)

    def close(self) -> None:
        """Refuse whatever was not taken."""
        for key in self.content:
            self.fault(key, "cette clé n’existe pas")
        self.content = {}

    def _read(self, key: str, is_right: Callable[[Any], bool], wanted: str, stand_in: T) -> T:
        value = self.take(key)
        if value is ABSENT:
            return stand_in
        if not is_right(value):
            self.fault(key, f"{wanted} est attendu, {shown(value)} est écrit")
            return stand_in
        found: T = value
        return found

    def text(self, key: str) -> str:
        """A text that is not blank."""
        return self._read(
            key,
            lambda value: isinstance(value, str) and bool(value.strip()),
            "un texte entre guillemets",
            "-",
        )

    def optional_text(self, key: str) -> str | None:
        """A text, or None where the key is absent."""
        return self.text(key) if key in self.content else None

    def whole(self, key: str, least: int = 0) -> int:
        """A whole number."""
        return self._read(
            key,
            lambda value: type(value) is int and least <= value <= LARGEST_WHOLE,
            f"un nombre entier d’au moins {least}",
            least,
        )

    def flag(self, key: str) -> bool:
        """true or false."""
        return self._read(key, lambda value: type(value) is bool, "true ou false", False)

    def decimal(self, key: str) -> Decimal:
        """A figure written as a text, so that it never passes through a float."""
        return Decimal(self._read(key, is_figure, 'un chiffre entre guillemets, comme "250",', "1"))

    def day(self, key: str) -> date:
        """A civil date."""
        return self._read(
            key,
            lambda value: isinstance(value, date) and not isinstance(value, datetime),
            "une date sans guillemets, comme 2027-01-01,",
            NO_DAY,
        )

    def word(self, key: str, words: Iterable[str]) -> str:
        """One of the words."""
        known = tuple(words)
        return self._read(key, lambda value: value in known, f"l’un des mots {', '.join(known)}", known[0])

    def outcome(self, key: str) -> str:
        """The status that an edition gives to a finding."""
        return self.word(key, OUTCOMES)

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self._read(key, _all(lambda value: isinstance(value, str)), "une liste de textes", ()))

    def numbers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        return tuple(
            self._read(key, _all(lambda value: type(value) is int), "une liste de nombres entiers", ())
        )

    def table(self, key: str) -> "Table":
        """A table inside this one."""
        return Table(self.take(key), self.file, self._inside(key), self.faults)

    def tables(self, key: str) -> "list[Table]":
        """A list of tables, of which there is at least one."""
        values: list[Any] = self._read(
            key, lambda value: isinstance(value, list) and bool(value), f"une suite de tables [[{key}]]", []
        )
        return [
            Table(value, self.file, f"{self._inside(key)} {index}", self.faults)
            for index, value in enumerate(values, start=1)
        ]

    def _inside(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def read(self, kind: str, key: str) -> Any:
        """A parameter of a rule, by the kind that the registry gives it."""
        readers: dict[str, Callable[[str], Any]] = {
            "outcome": self.outcome,
            "words": self.words,
            "numbers": self.numbers,
            "whole": self.whole,
            "decimal": self.decimal,
            "text": self.text,
        }
        return readers[kind](key)


def is_figure(value: object) -> bool:
    """Is this a text that writes a figure, finite, not negative and of a reasonable length?"""
    try:
        figure = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        return False
    if not (figure.is_finite() and 0 <= figure < LARGEST_FIGURE):
        return False
    exponent = figure.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MOST_DECIMALS


def _all(is_right: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda values: isinstance(values, list) and all(is_right(value) for value in values)
