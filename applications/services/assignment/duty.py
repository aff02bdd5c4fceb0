"""What is left to the outbox when a dossier waits for an officer: the rules are read after the commit."""

from __future__ import annotations

from datetime import datetime

from applications.models import Dossier
from applications.workflow.states import State
from portal.notifications.outbox import enqueue


def queue(dossier: Dossier, *, now: datetime) -> None:
    """Have the rules look at a dossier just filed, or filed anew, that nobody is in charge of."""
    if dossier.state != State.SUBMITTED or dossier.officer_id is not None:
        return
    enqueue(
        kind="assign_by_rules",
        dedup_key=f"assign:{dossier.pk}:{dossier.version}",
        payload={"dossier": dossier.pk},
        due_at=now,
    )
