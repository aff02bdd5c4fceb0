"""Rehearses an edition behind the pages: shows its progress, can be left, goes on where it was left."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from applications.exports.long_jobs import Progress, TooLongError, failures_told
from applications.services.editions import rehearsal as rehearsals
from portal import clock

logger = logging.getLogger(__name__)


def make(payload: dict[str, Any], *, outbox_id: int, renew: Callable[[], None]) -> None:
    """Outbox handler "rehearse_edition": go through the dossiers, a lot at a time.

    Where the time is over, another worker goes on from there.
    """
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
            rehearsals.finish(rehearsal, now=clock.now())
        except TooLongError:
            rehearsals.hand_over(rehearsal, now=clock.now())
        except rehearsals.Cancelled:
            logger.info("rehearsal %s was cancelled (outbox %s)", rehearsal.pk, outbox_id)
