"""Marks the texts that were written before their marks were, so that they are compared too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from applications.models import DeliveredLine, Device, Offer
from applications.services.signals.marks import mark_of

BATCH = 500


def mark_texts() -> int:
    """Set every mark that is not its text's, and return how many; a second run finds none.

    People may write meanwhile: a text that changed since it was read is left with the mark it was given.
    """
    sources: tuple[tuple[QuerySet[Any], str, str], ...] = (
        (Device.objects.all(), "description", "description_mark"),
        # A method is marked once it is sent.
        (Offer.objects.filter(issued_on__isnull=False), "method", "method_mark"),
        (DeliveredLine.objects.all(), "report_reference", "reference_mark"),
    )
    return sum(_set_right(rows, text, mark) for rows, text, mark in sources)


def _set_right(rows: QuerySet[Any], text: str, mark: str) -> int:
    changed = 0
    for pk, said, known in _read(rows, text, mark):
        right = mark_of(said)
        if right != known:
            changed += rows.filter(**{"pk": pk, text: said, mark: known}).update(**{mark: right})
    return changed


def _read(rows: QuerySet[Any], text: str, mark: str) -> Iterator[tuple[int, str, str]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", text, mark)[:BATCH]):
        yield from batch
        last = batch[-1][0]
