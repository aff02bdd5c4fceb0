"""What is logged, sent and notified, removed after its term; rows are found by their numbers, which follow time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet

from applications.models import DossierImport
from applications.services.retention.erasing import ERASED, record
from portal.accounts.models import Invitation, JoinRequest, OneTimeCode
from portal.documents import services as documents
from portal.notifications.models import Notification, Outbox

BATCH = 1000


def due(before: datetime) -> dict[str, QuerySet[Any]]:
    """Return what was logged before an instant and serves no more, by code."""
    settled = Q(done_at__isnull=False) | Q(dead_at__isnull=False)
    closed = Q(accepted_at__lt=before) | Q(revoked_at__lt=before) | Q(expires_at__lt=before)
    return {
        "outbox": _older(Outbox, "created_at", before).filter(settled),
        "notifications": _older(Notification, "created_at", before),
        "sessions": Session.objects.filter(expire_date__lt=before),
        "codes": _older(OneTimeCode, "created_at", before),
        "invitations": _older(Invitation, "created_at", before).filter(closed),
        "join_requests": _older(JoinRequest, "asked_at", before).filter(closed_at__lt=before),
        "imports": DossierImport.objects.filter(brought_at__lt=before, document__isnull=False),
    }


def _older(model: type[Any], instant: str, before: datetime) -> QuerySet[Any]:
    """Return the rows written before an instant, up to the first number given since.

    Numbers follow time: the first one since is found by halving, some twenty readings of the primary key, and no
    index on the instant is needed.
    """
    rows: QuerySet[Any] = model.objects.order_by("pk")
    last = rows.values_list("pk", flat=True).last()
    low, high = 0, (last or 0) + 1
    while low < high:
        middle = (low + high) // 2
        found = rows.filter(pk__gte=middle).values_list("pk", instant).first()
        if found is None or found[1] >= before:
            high = middle
        else:
            low = found[0] + 1
    older: QuerySet[Any] = model.objects.filter(pk__lt=low)
    return older


def remove(before: datetime, *, now: datetime) -> dict[str, int]:
    """Remove what is due, by batches; return how many rows went, by code."""
    actions: dict[str, Callable[[QuerySet[Any]], int]] = {"imports": _drop_files}
    gone = {code: actions.get(code, _delete)(rows) for code, rows in due(before).items()}
    if any(gone.values()):
        with transaction.atomic():
            counts = {code: count for code, count in gone.items() if count}
            record(ERASED, rule="log", now=now, data={"counts": counts})
    return gone


def _delete(rows: QuerySet[Any]) -> int:
    gone = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.model.objects.filter(pk__in=keys).delete()
        gone += len(keys)
    return gone


def _drop_files(rows: QuerySet[DossierImport]) -> int:
    """An import keeps what its lines became, not the file that was brought."""
    with transaction.atomic():
        files = list(rows.values_list("document", flat=True))
        rows.update(document=None)
        return documents.discard_unused(key for key in files if key is not None)
