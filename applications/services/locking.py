"""The one lock of a dossier: whoever writes to it, or to any of its parts, holds its row first."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from applications.models import Dossier


def lock(dossier_id: int) -> Dossier:
    """Return the dossier read anew under its row lock, held until the transaction ends.

    Call it inside `transaction.atomic()`, before anything of the dossier is read for a decision. Where the
    database has no row locks (SQLite), the write transaction itself keeps others out.
    """
    return (
        Dossier.objects.select_for_update(of=("self",))
        .select_related("company", "device", "officer", "firm")
        .get(pk=dossier_id)
    )


def lock_all(dossiers: QuerySet[Any, Any]) -> None:
    """Hold the rows of many dossiers, given by a query of their keys, until the transaction ends.

    Always in the order of the keys, so that two that hold many wait for one another and never both ways.
    """
    held = Dossier.objects.select_for_update(of=("self",)).filter(pk__in=dossiers)
    list(held.order_by("pk").values_list("pk"))
