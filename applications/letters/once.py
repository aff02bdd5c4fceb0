"""Keeps the file that a duty made for a row, once: a second worker that made it too keeps nothing."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction

from portal.documents.services import store_bytes


def keep_once(row: models.QuerySet[Any], *, content: bytes, **fields: Any) -> None:
    """Store the file as the `document` of the only row of a set, under its lock; nothing where it has one by now.

    `fields` are those of `store_bytes`: name, kind, organisation, dates.
    """
    with transaction.atomic():
        locked = row.select_for_update(of=("self",)).get()
        if locked.document_id is not None:
            return
        locked.document = store_bytes(content=content, **fields)
        locked.save(update_fields=["document"])
