"""The tables of « Pilotage » as lists to export: the very figures of the page, for the same filters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from applications.exports.columns import Column, Kind
from applications.exports.ready import Ready
from applications.exports.sheets import Query, Sheet
from applications.models.company import BPIFRANCE_READERS
from applications.services.figures import pilotage
from applications.services.figures.asking import asked_of
from applications.services.figures.board import Head
from applications.services.figures.board import Kind as Figured
from portal import clock
from portal.accounts.models import User

# A share is written in hundredths and a mean with its decimals: both as amounts are.
KINDS = {
    Figured.TEXT: Kind.TEXT,
    Figured.COUNT: Kind.WHOLE,
    Figured.DAYS: Kind.WHOLE,
    Figured.MONEY: Kind.MONEY,
    Figured.RATIO: Kind.MONEY,
    Figured.MEAN: Kind.MONEY,
}
UNITS = {Figured.MONEY: " (euros HT)", Figured.RATIO: " (%)", Figured.DAYS: " (jours)"}


def _value(kind: Figured, value: Any) -> Any:
    return value * 100 if kind is Figured.RATIO and isinstance(value, Decimal) else value


def _rows(key: str, user: User, query: Query, today: date) -> Ready:
    if user.staff_role not in BPIFRANCE_READERS:
        return Ready([])
    block = pilotage.one_block(key, asked_of(query, today))
    lines = []
    for row in block.rows:
        pairs = zip(block.heads[1:], row.figures, strict=True)
        line: Mapping[str, Any] = {head.key: _value(head.kind, one.value) for head, one in pairs}
        lines.append({block.heads[0].key: row.name, **line})
    return Ready(lines)


def _column(head: Head) -> Column:
    return Column(head.key, head.label + UNITS.get(head.kind, ""), head.key, KINDS[head.kind])


def _columns(key: str) -> tuple[Column, ...]:
    return tuple(_column(head) for head in pilotage.heads(key, clock.today()))


FILTERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "du": ("Du mois", {}),
    "au": ("Au mois", {}),
    "volet": ("Volet", {}),
    "classe": ("Classe", {}),
    "edition": ("Édition", {}),
    "region": ("Région", {}),
    "enveloppe": ("Enveloppe n°", {}),
}
SHEETS: dict[str, Sheet] = {
    f"pilotage-{key}": Sheet(
        f"pilotage-{key}", title, "pilotage", partial(_rows, key), partial(_columns, key), FILTERS
    )
    for key, title in pilotage.TITLES.items()
}
