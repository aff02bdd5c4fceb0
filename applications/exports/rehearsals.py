"""Rehearses an edition behind the pages: shows its progress, can be left, goes on where it was left."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings

from applications.exports.long_jobs import Progress, failures_told
from applications.services.editions import rehearsal as rehearsals
from portal import clock

logger = logging.getLogger(__name__)

# The part of a worker's time after which the rest is left to the next one, without any failure.
HANDED_OVER = 0.75


def make(payload: dict[str, Any], *, outbox_id: int, renew: Callable[[], None]) -> None:
    """Outbox handler "rehearse_edition": go through the dossiers, a lot at a time."""
    rehearsal = rehearsals.begin(UUID(payload["rehearsal"]))
    if rehearsal is None:
        return
    progress = Progress(renew)
    with failures_told(
        f"rehearsal {rehearsal.pk} (outbox {outbox_id})",
        lambda sentence: rehearsals.fail(rehearsal, sentence, now=clock.now()),
    ):
        try:
            for done in rehearsals.lots(rehearsal):
                progress(done)
                if time.monotonic() - progress.started > settings.EXPORT_SECONDS * HANDED_OVER:
                    rehearsals.hand_over(rehearsal, now=clock.now())
                    return
            rehearsals.finish(rehearsal, now=clock.now())
        except rehearsals.Cancelled:
            logger.info("rehearsal %s was cancelled (outbox %s)", rehearsal.pk, outbox_id)
