"""Gives many dossiers by a worker: the outbox's handler, which shows its progress and can be left or stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from applications.exports.long_jobs import Progress, TooLongError, failures_told
from applications.services.assignment import many
from portal import clock


def work(payload: dict[str, Any], *, outbox_id: int, renew: Callable[[], None]) -> None:
    """Outbox handler "assign_many": give what is still ready.

    After a crash, or where the time is over, another worker goes on from there.
    """
    bulk = many.begin(UUID(payload["bulk"]))
    if bulk is None:
        many.tell_cut_short(UUID(payload["bulk"]), now=clock.now())
        return
    with failures_told(
        f"bulk assignment {bulk.pk} (outbox {outbox_id})",
        lambda sentence: many.fail(bulk, sentence, now=clock.now()),
    ):
        try:
            many.give_all(bulk, now=clock.now, step=Progress(renew))
        except TooLongError:
            many.hand_over(bulk, now=clock.now())
