"""« Pilotage »: the figures of the scheme, each with its chart, its table and the way to its dossiers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.forms import ChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from applications.forms.pilotage import PilotageForm
from applications.services.figures import pilotage, rebuild
from applications.services.figures.blocks import period_words
from applications.services.figures.board import Block, Draw, Figure, Head, Kind, Row
from applications.services.figures.reading import Asked
from applications.views.officer_requests import READERS
from portal import charts, clock
from portal.accounts.access import access
from portal.display import MONTHS, euros, number, percent

Json = dict[str, Any]
DASH = "–"
EMPTY = SafeString("")
SHORT_MONTHS = (
    "janv.",
    "févr.",
    "mars",
    "avr.",
    "mai",
    "juin",
    "juil.",
    "août",
    "sept.",
    "oct.",
    "nov.",
    "déc.",
)
THOUSAND = Decimal(1000)
WRITTEN: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: str,
    Kind.COUNT: number,
    Kind.MONEY: euros,
    Kind.DAYS: lambda days: f"{number(days)}\u00a0j",
    Kind.RATIO: lambda ratio: percent(Decimal(ratio).quantize(Decimal("0.001"))),
    Kind.MEAN: number,
}
# On an axis: short.
MARKED: dict[Kind, Callable[[Any], str]] = {
    **WRITTEN,
    Kind.MONEY: lambda amount: f"{number(Decimal(amount / THOUSAND).quantize(Decimal('0.1')))}\u00a0k€",
}


@require_safe
@access(*READERS)
def board(request: HttpRequest) -> HttpResponse:
    """Show the figures for the months and the dimensions asked."""
    envelopes = pilotage.envelopes()
    form = PilotageForm(request.GET, envelopes=envelopes)
    asked = form.asked(clock.today())
    here = urlencode(_address(asked, form))
    context = {
        "form": form,
        "selects": [form[name] for name in _offered(len(envelopes))],
        "months": [(form["du"], asked.since), (form["au"], asked.until)],
        "told": _told(form, asked),
        "blocks": [_shown(block, here) for block in pilotage.board(asked, envelopes)],
        "today": asked.today,
        "uncounted": rebuild.uncounted().count(),
        "filtered": bool(asked.filters) or bool(request.GET),
    }
    return render(request, "officer/pilotage.html", context)


def _offered(envelopes: int) -> tuple[str, ...]:
    """Return the filters to choose from; a single envelope is no choice."""
    plain = ("volet", "classe", "edition", "region")
    return (*plain, "enveloppe") if envelopes > 1 else plain


def _address(asked: Asked, form: PilotageForm) -> dict[str, str]:
    own = {"du": f"{asked.since:%Y-%m}", "au": f"{asked.until:%Y-%m}", **asked.filters}
    envelope = form.cleaned_data.get("enveloppe")
    return {**own, "enveloppe": envelope} if envelope else own


def _told(form: PilotageForm, asked: Asked) -> str:
    """Return the filters in words, for whoever reads the page on paper."""
    chosen = []
    for name in ("volet", "classe", "edition", "region"):
        field = form.fields[name]
        if isinstance(field, ChoiceField) and (value := form.cleaned_data.get(name)):
            chosen.append(str(dict(field.choices)[value]))  # type: ignore[arg-type]
    return ", ".join([period_words(asked), *chosen])


# --- Blocks ------------------------------------------------------------------------------------------
def _shown(block: Block, here: str) -> Json:
    return {
        "block": block,
        "chart": EMPTY if block.is_empty else _chart(block),
        "legend": _legend(block),
        "tiles": [_cell(figure, kind) | {"label": label} for label, figure, kind in block.tiles],
        "rows": [
            {"name": row.name, "is_total": row.is_total, "cells": _cells(row, block)} for row in block.rows
        ],
        "export": f"{reverse('export_new', args=[f'pilotage-{block.key}'])}?{here}",
    }


def _cells(row: Row, block: Block) -> list[Json]:
    pairs = zip(row.figures, block.heads[1:], strict=True)
    return [_cell(figure, head.kind) | {"label": head.label} for figure, head in pairs]


def _cell(figure: Figure, kind: Kind) -> Json:
    """Return a figure written, with the address of its dossiers; what is not known is a dash."""
    text = DASH if figure.value is None else WRITTEN[kind](figure.value)
    url = f"{reverse('dossier_list')}?{urlencode(figure.link)}" if figure.link else ""
    return {"text": text, "url": url, "n": figure.n, "is_mean": kind is Kind.MEAN}


# --- Charts ------------------------------------------------------------------------------------------
def _drawn(block: Block) -> list[tuple[int, Head, str]]:
    """Return the columns that the chart draws: their place in a row, their head and tone."""
    assert block.chart is not None
    places = {head.key: place for place, head in enumerate(block.heads[1:])}
    heads = {head.key: head for head in block.heads}
    pairs = zip(block.chart.columns, block.chart.tones, strict=True)
    return [(places[key], heads[key], tone) for key, tone in pairs]


def _legend(block: Block) -> list[tuple[str, str]]:
    if block.chart is None or len(block.chart.columns) < 2:
        return []
    return [(head.label, tone) for _, head, tone in _drawn(block)]


def _chart(block: Block) -> SafeString:
    if block.chart is None:
        return EMPTY
    drawn, rows = _drawn(block), [row for row in block.rows if not row.is_total]
    if block.chart.draw is Draw.ROWS:
        rows = [row for row in rows if any(row.figures[place].value is not None for place, _, _ in drawn)]
    series = [
        charts.Series(head.label, tone, [row.figures[place].value for row in rows])
        for place, head, tone in drawn
    ]
    names = ", ".join(head.label.lower() for _, head, _ in drawn)
    text = f"{block.scope} Graphique de : {names}. Les mêmes chiffres sont dans le tableau qui suit."
    frame = charts.Frame(f"graphique-{block.key}", block.title, text, MARKED[drawn[0][1].kind])
    labels = [row.name for row in rows]
    if block.chart.draw is Draw.ROWS:
        return charts.rows(frame, labels, series)
    short = [_short(label) for label in labels]
    if block.chart.draw is Draw.LINES:
        return charts.lines(frame, short, series)
    return charts.columns(frame, short, series, stacked=block.chart.draw is Draw.STACKED)


def _short(label: str) -> str:
    """Return a month in few letters, « mars 26 »; another label as it is, cut."""
    month, _, year = label.partition(" ")
    if month in MONTHS and year.isdecimal():
        return f"{SHORT_MONTHS[MONTHS.index(month)]} {year[2:]}"
    return label.partition("\u00a0:")[0]
