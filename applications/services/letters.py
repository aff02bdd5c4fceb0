"""Orders letters: a frozen content now, a PDF by the worker."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from applications.models import Dossier, Letter
from portal.notifications.outbox import enqueue


def order(dossier: Dossier, *, kind: str, context: dict[str, Any], event_ref: str, now: datetime) -> Letter:
    """Keep the content of a letter and have its PDF made after commit; once per event and kind."""
    letter, created = Letter.objects.get_or_create(
        event_ref=event_ref,
        kind=kind,
        defaults={"dossier": dossier, "context": context, "created_at": now},
    )
    if created:
        enqueue(
            kind="render_letter",
            dedup_key=f"letter:{event_ref}:{kind}",
            payload={"letter": letter.pk},
            due_at=now,
        )
    return letter
