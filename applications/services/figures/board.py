"""What « Pilotage » shows: each block is one table, its definition and what a chart draws of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from applications.services.figures.reading import Asked

Link = Mapping[str, str]
RATIO = Decimal("0.0001")


class Kind(StrEnum):
    """How a column's values are written."""

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"
    DAYS = "days"
    RATIO = "ratio"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Head:
    """One column of a block."""

    key: str
    label: str
    kind: Kind = Kind.COUNT


@dataclass(frozen=True, slots=True)
class Figure:
    """One value: `link` is the list's filters that find its dossiers, `n` how many they are."""

    value: Any
    n: int = 0
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its name, and a figure for each column after the first; a total stands apart."""

    name: str
    figures: tuple[Figure, ...]
    is_total: bool = False


class Draw(StrEnum):
    """How a chart shows the columns: side by side or one upon the other over months, in lines, or along rows."""

    BARS = "bars"
    STACKED = "stacked"
    LINES = "lines"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Chart:
    """Which columns are drawn, and how; the colours go by their order."""

    draw: Draw
    columns: tuple[str, ...]
    # Names of colours: accent, info, success, warning, danger, neutral.
    tones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One subject of the page: a sentence on what it covers, how it is counted, a table and a chart."""

    key: str
    title: str
    scope: str
    definition: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    empty: str
    chart: Chart | None = None
    tiles: tuple[tuple[str, Figure, Kind], ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """True where no figure is above nought."""
        return not any(one.value for row in self.rows for one in row.figures)


def ratio(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Return a share of a whole; None where there is no whole."""
    return (Decimal(part) / Decimal(whole)).quantize(RATIO) if whole else None


def linker(asked: Asked) -> Callable[..., Link]:
    """Return what makes the list's filters of one figure: those of the page and its own, the latter first."""

    def link(**own: str) -> Link:
        return {"vue": "all", **asked.filters, **own}

    return link


def over(asked: Asked, on: str) -> dict[str, str]:
    """Return the page's period as the list's filters, on one of its dates."""
    return {"sur": on, "du": f"{asked.since:%Y-%m}", "au": f"{asked.until:%Y-%m}"}


def counted(n: int, link: Link) -> Figure:
    """Return a number of dossiers that leads to them; nought leads nowhere."""
    return Figure(n, n, link if n else None)


def valued(value: Any, n: int, link: Link) -> Figure:
    """Return a value drawn from `n` dossiers, which lead to them."""
    return Figure(value, n, link if n else None)
