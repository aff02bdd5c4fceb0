"""Draws charts as SVG, on the server: bars side by side or stacked, lines, rows. Colours are classes of the theme.

A chart is a picture of a table that stands under it: its title and its sentence are told to screen readers, its shapes
are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Number = int | Decimal
WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 32
# A row of a chart along rows: its height, its bar, and the width kept for its name.
ROW, THICK, NAMES = 30, 16, 210
LONGEST_NAME = 29
MOST_TICKS = 12
EMPTY = SafeString("")


@dataclass(frozen=True, slots=True)
class Series:
    """One thing drawn: its name, its tone (a class of the theme) and a value for each label; None is not drawn."""

    name: str
    tone: str
    values: Sequence[Number | None]


@dataclass(frozen=True, slots=True)
class Frame:
    """What every chart has: what it is called, what it says in a sentence, how a value is written."""

    key: str
    title: str
    text: str
    write: Callable[[Number], str] = str


def nice(most: float) -> list[int]:
    """Return the marks of an axis from 0 to at least `most`, whole and round, three to six of them."""
    if most <= 3:
        return list(range(max(1, ceil(most)) + 1))
    power = 10 ** floor(log10(most / 4))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times * 5 >= most)
    step = max(1, ceil(step))
    return list(range(0, step * ceil(most / step) + 1, step))


def _place(value: float) -> str:
    """Write a place of the drawing: never the decimal comma of a locale."""
    return f"{value:.1f}"


def _svg(frame: Frame, height: int, inside: SafeString) -> SafeString:
    return format_html(
        '<svg class="dm-chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-titre {}-texte">'
        '<title id="{}-titre">{}</title><desc id="{}-texte">{}</desc>{}</svg>',
        str(WIDTH), str(height), frame.key, frame.key, frame.key, frame.title, frame.key, frame.text, inside,
    )  # fmt: skip


def _axis(frame: Frame, marks: Sequence[int]) -> SafeString:
    base, top = HEIGHT - BOTTOM, marks[-1]
    places = ((base - (base - TOP) * mark / top, mark) for mark in marks)
    return format_html_join(
        "",
        '<line class="dm-chart-grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="dm-chart-mark" x="{}" y="{}">{}</text>',
        (
            (
                str(LEFT),
                str(WIDTH - RIGHT),
                _place(y),
                _place(y),
                str(LEFT - 8),
                _place(y + 4),
                frame.write(mark),
            )
            for y, mark in places
        ),
    )


def _labels(labels: Sequence[str]) -> SafeString:
    """Write the labels under the axis, one in so many where there are more than fit."""
    slot, each = (WIDTH - LEFT - RIGHT) / len(labels), ceil(len(labels) / MOST_TICKS)
    return format_html_join(
        "",
        '<text class="dm-chart-label" x="{}" y="{}">{}</text>',
        (
            (_place(LEFT + slot * (rank + 0.5)), str(HEIGHT - 10), label)
            for rank, label in enumerate(labels)
            if rank % each == 0
        ),
    )


def _heights(series: Sequence[Series]) -> list[float]:
    return [float(value or 0) for one in series for value in one.values]


def _rectangles(bars: Sequence[tuple[str, float, float, float, float, str]]) -> SafeString:
    """Draw bars {tone, x, y, width, height, words}; one without a size is left out."""
    return format_html_join(
        "",
        '<rect class="dm-chart-{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        (
            (tone, _place(x), _place(y), _place(width), _place(height), words)
            for tone, x, y, width, height, words in bars
            if width > 0 and height > 0
        ),
    )


def columns(
    frame: Frame, labels: Sequence[str], series: Sequence[Series], *, stacked: bool = False
) -> SafeString:
    """Draw a column for each label and series, side by side or one upon the other; nothing without values."""
    if not labels or not any(_heights(series)):
        return EMPTY
    ranks = range(len(labels))
    most = (
        max(sum(float(one.values[rank] or 0) for one in series) for rank in ranks)
        if stacked
        else max(_heights(series))
    )
    marks = nice(most)
    slot, base = (WIDTH - LEFT - RIGHT) / len(labels), HEIGHT - BOTTOM
    width = min(slot * 0.72, 48) / (1 if stacked else len(series))
    bars = []
    for rank in ranks:
        start, under = LEFT + slot * (rank + 0.5) - width * (1 if stacked else len(series)) / 2, 0.0
        for place, one in enumerate(series):
            value = one.values[rank] or 0
            height = (base - TOP) * float(value) / marks[-1]
            words = f"{labels[rank]}, {one.name} : {frame.write(value)}"
            x = start + (0 if stacked else place * width)
            bars.append((one.tone, x, base - under - height, width - 1, height, words))
            under += height if stacked else 0
    return _svg(frame, HEIGHT, _axis(frame, marks) + _rectangles(bars) + _labels(labels))


def lines(frame: Frame, labels: Sequence[str], series: Sequence[Series]) -> SafeString:
    """Draw a line for each series, broken where a value is missing; nothing without values."""
    known = [float(value) for one in series for value in one.values if value is not None]
    if not labels or not known:
        return EMPTY
    marks = nice(max(*known, 1))
    slot, base = (WIDTH - LEFT - RIGHT) / len(labels), HEIGHT - BOTTOM
    drawn = EMPTY
    for one in series:
        points = [
            (rank, LEFT + slot * (rank + 0.5), base - (base - TOP) * float(value) / marks[-1], value)
            for rank, value in enumerate(one.values)
            if value is not None
        ]
        drawn += _paths(one, points)
        drawn += format_html_join(
            "",
            '<circle class="dm-chart-{}" cx="{}" cy="{}" r="4"><title>{}</title></circle>',
            (
                (one.tone, _place(x), _place(y), f"{labels[rank]}, {one.name} : {frame.write(value)}")
                for rank, x, y, value in points
            ),
        )
    return _svg(frame, HEIGHT, _axis(frame, marks) + drawn + _labels(labels))


def _paths(one: Series, points: Sequence[tuple[int, float, float, Number]]) -> SafeString:
    """Draw the runs of points that follow each other."""
    runs: list[list[str]] = []
    before = -2
    for rank, x, y, _ in points:
        if rank != before + 1:
            runs.append([])
        runs[-1].append(f"{_place(x)},{_place(y)}")
        before = rank
    return format_html_join(
        "",
        '<polyline class="dm-chart-line dm-chart-line-{}" points="{}"/>',
        ((one.tone, " ".join(run)) for run in runs if len(run) > 1),
    )


def rows(frame: Frame, labels: Sequence[str], series: Sequence[Series]) -> SafeString:
    """Draw a row for each label, the series one after the other along it, their sum at its end."""
    if not labels or not any(_heights(series)):
        return EMPTY
    sums = [sum(float(one.values[rank] or 0) for one in series) for rank in range(len(labels))]
    room, most = WIDTH - NAMES - 76, max(sums)
    bars, texts = [], []
    for rank, label in enumerate(labels):
        y, x = rank * ROW + 7, float(NAMES)
        total = sum((one.values[rank] or 0 for one in series), 0)
        for one in series:
            value = one.values[rank] or 0
            width = room * float(value) / most
            bars.append(
                (one.tone, x, float(y), width, float(THICK), f"{label}, {one.name} : {frame.write(value)}")
            )
            x += width
        texts.append(("dm-chart-name", _place(NAMES - 10), _place(y + 13), _short(label)))
        texts.append(("dm-chart-sum", _place(x + 8), _place(y + 13), frame.write(total)))
    written = format_html_join("", '<text class="{}" x="{}" y="{}">{}</text>', texts)
    return _svg(frame, len(labels) * ROW, _rectangles(bars) + written)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1].rstrip() + "…"
