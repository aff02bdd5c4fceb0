"""A short table that is there already, such as one of sums: what an export reads where there is no list of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


class Ready:
    """Lines by the paths of their columns; one that a line has not is empty."""

    def __init__(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Keep the lines."""
        self._lines = lines

    def count(self) -> int:
        """Return how many lines there are."""
        return len(self._lines)

    def lots(self, paths: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
        """Give the values at `paths`, all at once."""
        yield [tuple(line.get(path) for path in paths) for line in self._lines]
