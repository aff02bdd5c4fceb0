"""How an event, its details and a daily record become hashes: one canonical writing, SHA-256."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

PLAIN = (str, bool, int, type(None))


def canonical(value: Any) -> str:
    """Write a JSON value in the one form that is hashed: sorted keys, no spaces, no escapes.

    Raises TypeError on anything that a database may give back otherwise than it was stored
    (floats, dates, decimals: write them as strings), and on keys that are not strings.
    """
    _refuse_ambiguous(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _refuse_ambiguous(value: Any) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"an audited mapping has the key {key!r}; only strings are allowed")
            _refuse_ambiguous(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_ambiguous(item)
    elif not isinstance(value, PLAIN):
        raise TypeError(f"audited data holds {value!r}; write it as a string, a whole number or a boolean")


def digest(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def hash_of_detail(*, salt: str, names: Any, motive: str) -> str:
    """Return the salted hash of the erasable part of an event."""
    return digest(salt + canonical({"motive": motive, "names": names}))


def hash_of_event(
    *,
    chain: str,
    sequence: int,
    name: str,
    at: datetime,
    actor_ref: int | None,
    data: Any,
    detail_hash: str,
    previous_hash: str,
) -> str:
    """Return the hash that binds an event to everything it says and to the event before it."""
    content = {
        "actor": actor_ref,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "chain": chain,
        "data": data,
        "detail": detail_hash,
        "name": name,
        "previous": previous_hash,
        "sequence": sequence,
    }
    return digest(canonical(content))


def digest_of_record(*, day: date, hashes: Any, previous_digest: str) -> str:
    """Return the digest of one daily record, chained to the record before it."""
    return digest(canonical({"day": day.isoformat(), "hashes": hashes, "previous": previous_digest}))
