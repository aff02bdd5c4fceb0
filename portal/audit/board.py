"""What the page « Journal » tells of the last daily records: whether each has its file, and its time stamp."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portal.audit import heads, stamps
from portal.audit.models import HeadRecord
from portal.notifications.models import Outbox

SHOWN = 30
# The files' keys are sorted: the digest stands near the beginning, before the many hashes.
BEGINNING = 400
DIGEST = re.compile(rb'"digest": "([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True)
class Row:
    """One day's record; `agrees`: its file holds the same digest, None without a file.

    `stamp` is None for a local record, and for one whose token is `wrong`. `waits` is what the service last
    answered while the stamp is still to come, "" before the first try, None where none is asked.
    """

    day: date
    digest: str
    agrees: bool | None
    stamp: stamps.Stamp | None
    wrong: bool
    waits: str | None
    given_up: bool


def last_records() -> list[Row]:
    """Return the last records, latest first; two queries."""
    records = HeadRecord.objects.order_by("-day").values_list("day", "digest")[:SHOWN]
    rows = list(records)
    asked = Outbox.objects.filter(dedup_key__in=[f"stamp_head:{day}" for day, _ in rows], done_at=None)
    waiting = {duty.payload["day"]: duty for duty in asked}
    return [_row(day, digest, waiting) for day, digest in rows]


def _row(day: date, digest: str, waiting: Mapping[str, Outbox]) -> Row:
    stamp, wrong = None, False
    token = heads.token_of(day)
    if token is not None:
        try:
            stamp = stamps.checked(token, digest)
        except stamps.StampError:
            wrong = True
    duty = waiting.get(str(day)) if token is None else None
    return Row(
        day=day,
        digest=digest,
        agrees=_agrees(day, digest),
        stamp=stamp,
        wrong=wrong,
        # The outbox puts the kind of the failure before its sentence.
        waits=duty.last_error.partition(": ")[2] if duty is not None else None,
        given_up=duty is not None and duty.dead_at is not None,
    )


def _agrees(day: date, digest: str) -> bool | None:
    """Tell whether the day's file names the same digest; the whole of it is what `verify_audit` reads."""
    try:
        with heads.path_of(day).open("rb") as file:
            found = DIGEST.search(file.read(BEGINNING))
    except OSError:
        return None
    return found is not None and found.group(1).decode() == digest
