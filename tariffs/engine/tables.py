"""The strict reading of edition files: each key is known, present and of its type, or named in the error."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tariffs.engine.editions import EditionError

OUTCOMES = ("pass", "review", "warning", "fail")


class Table:
    """One TOML table being read: each key is taken once with its type, and none may be left over."""

    def __init__(self, content: object, file: str, name: str) -> None:
        if not isinstance(content, dict):
            raise EditionError(f"{file}: [{name}]: expected a table")
        self.content: dict[str, Any] = dict(content)
        self.file = file
        self.name = name

    def error(self, key: str, what: str) -> EditionError:
        """The error that names file, table and key."""
        return EditionError(f"{self.file}: [{self.name}] {key}: {what}")

    def take(self, key: str) -> Any:
        """The value of a key that must be there."""
        if key not in self.content:
            raise self.error(key, "missing key")
        return self.content.pop(key)

    def close(self) -> None:
        """Refuse whatever was not taken."""
        for key in self.content:
            raise self.error(key, "unknown key")

    def text(self, key: str) -> str:
        """A text that is not blank."""
        value = self.take(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, f"expected a text, found {value!r}")
        return value

    def optional_text(self, key: str) -> str | None:
        """A text, or None where the key is absent."""
        return self.text(key) if key in self.content else None

    def whole(self, key: str, least: int = 0) -> int:
        """A whole number."""
        value = self.take(key)
        if type(value) is not int or value < least:
            raise self.error(key, f"expected a whole number of at least {least}, found {value!r}")
        return value

    def flag(self, key: str) -> bool:
        """true or false."""
        value = self.take(key)
        if type(value) is not bool:
            raise self.error(key, f"expected true or false, found {value!r}")
        return value

    def decimal(self, key: str) -> Decimal:
        """A figure written as a text, so that it never passes through a float."""
        value = self.take(key)
        try:
            figure = Decimal(value) if isinstance(value, str) else Decimal("NaN")
        except InvalidOperation:
            figure = Decimal("NaN")
        if not figure.is_finite() or figure < 0:
            raise self.error(key, f'expected a figure between quotes, such as "250", found {value!r}')
        return figure

    def day(self, key: str) -> date:
        """A civil date."""
        value = self.take(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.error(key, f"expected a date, found {value!r}")
        return value

    def word(self, key: str, words: tuple[str, ...]) -> str:
        """One of the words."""
        value = self.take(key)
        if value not in words:
            raise self.error(key, f"expected one of {', '.join(words)}, found {value!r}")
        return str(value)

    def outcome(self, key: str) -> str:
        """The status that an edition gives to a finding."""
        return self.word(key, OUTCOMES)

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self.take(key)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self.error(key, f"expected a list of texts, found {values!r}")
        return tuple(values)

    def numbers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        values = self.take(key)
        if not isinstance(values, list) or not all(type(value) is int for value in values):
            raise self.error(key, f"expected a list of whole numbers, found {values!r}")
        return tuple(values)

    def table(self, key: str) -> "Table":
        """A table inside this one."""
        return Table(self.take(key), self.file, f"{self.name}.{key}" if self.name else key)

    def tables(self, key: str) -> "list[Table]":
        """A list of tables, of which there is at least one."""
        values = self.take(key)
        if not isinstance(values, list) or not values:
            raise self.error(key, f"expected tables, found {values!r}")
        name = f"{self.name}.{key}" if self.name else key
        return [Table(value, self.file, f"{name} {index}") for index, value in enumerate(values, start=1)]

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
