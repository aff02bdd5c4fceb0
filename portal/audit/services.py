"""Writes the journal: appends an event, erases the names it held, and records each day's hashes."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from portal.audit import hashing
from portal.audit.models import ChainHead, Event, EventDetail, HeadRecord
from portal.audit.verification import Problem, verify

__all__ = ["Problem", "append", "erase_detail", "erase_details", "record_heads", "verify"]


def append(
    *,
    chain: str,
    name: str,
    at: datetime,
    actor: AbstractBaseUser | None,
    data: Mapping[str, Any],
    motive: str = "",
    names: Mapping[str, Any] | None = None,
) -> Event:
    """Append one event to a chain and return it; two callers at once wait for each other.

    `data` holds ids and codes only (strings, whole numbers, booleans, lists and mappings of them);
    what must be erasable one day goes into `names` and `motive`. `actor` is None for a sweep.
    Raises TransactionManagementError outside a transaction: an event lives or dies with what it tells.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("audit.append must be called in the transaction of what it records")
    ChainHead.objects.get_or_create(chain=chain)
    head = ChainHead.objects.select_for_update().get(chain=chain)
    detail = _detail(names=dict(names or {}), motive=motive)
    content: dict[str, Any] = {
        "chain": chain,
        "sequence": head.sequence + 1,
        "name": name,
        "at": at,
        "actor_ref": actor.pk if actor else None,
        "data": dict(data),
        "detail_hash": _hash_of(detail),
        "previous_hash": head.hash,
    }
    event = Event.objects.create(**content, hash=hashing.hash_of_event(**content))
    if detail:
        detail.event = event
        detail.save()
    head.sequence, head.hash = event.sequence, event.hash
    head.save(update_fields=["sequence", "hash"])
    return event


def _detail(*, names: dict[str, Any], motive: str) -> EventDetail | None:
    if not names and not motive:
        return None
    return EventDetail(salt=secrets.token_hex(32), names=names, motive=motive)


def _hash_of(detail: EventDetail | None) -> str:
    if detail is None:
        return ""
    return hashing.hash_of_detail(salt=detail.salt, names=detail.names, motive=detail.motive)


def erase_detail(event: Event, *, now: datetime) -> None:
    """Erase the names, the motive and the salt of an event; the chain stays valid.

    Without the salt the remaining hash can't be tried against likely names. An event without
    details, or erased before, is left as it is.
    """
    EventDetail.objects.filter(event=event, erased_at=None).update(
        salt="", names={}, motive="", erased_at=now
    )


def erase_details(chains: Iterable[str], *, now: datetime) -> int:
    """Erase the names, motives and salts of every event of these chains; return how many were."""
    details = EventDetail.objects.filter(event__chain__in=list(chains), erased_at=None)
    return details.update(salt="", names={}, motive="", erased_at=now)


@transaction.atomic
def record_heads(*, day: date) -> HeadRecord:
    """Record the hashes of every event since the last record, once a day; a second call returns the first's.

    The digest returned should also be kept where the database's owner can't write (it is logged by
    the task): `verify_audit --digest DAY=DIGEST` compares it later.
    """
    latest = HeadRecord.objects.select_for_update().order_by("-day").first()
    if latest is not None and latest.day >= day:
        return latest
    hashes = {}
    for head in ChainHead.objects.select_for_update().order_by("chain"):
        if head.sequence > head.recorded:
            fresh = Event.objects.filter(chain=head.chain, sequence__gt=head.recorded)
            hashes[head.chain] = [
                head.recorded + 1,
                list(fresh.order_by("sequence").values_list("hash", flat=True)),
            ]
            head.recorded = head.sequence
            head.save(update_fields=["recorded"])
    previous = latest.digest if latest else ""
    return HeadRecord.objects.create(
        day=day,
        hashes=hashes,
        previous_digest=previous,
        digest=hashing.digest_of_record(day=day, hashes=hashes, previous_digest=previous),
    )
