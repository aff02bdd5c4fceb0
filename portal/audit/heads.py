"""The daily records kept outside the database: one file a day, never rewritten, time-stamped where a service is set."""

from __future__ import annotations

import json
import logging
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from portal.audit import hashing, stamps
from portal.audit.models import HeadRecord
from portal.notifications.outbox import enqueue
from portal.once import write_once

logger = logging.getLogger(__name__)

Json = dict[str, Any]
FORMAT = 1
NAMED = re.compile(r"\d{4}-\d{2}-\d{2}\.json")
STAMPED = ".tst"
BACKED_UP = re.compile(r"\d{4}-\d{2}-\d{2}\.(json|tst)")
RESULT = "verification.json"
# A service set later stamps these days too; each day's digest covers all days before it.
STAMPED_BACK = timedelta(days=7)


class HeadsError(Exception):
    """The folder or a file can't be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Head:
    """One day's record as its file tells it, and the token beside it where there is one."""

    day: date
    hashes: Mapping[str, Any]
    previous_digest: str
    digest: str
    token: bytes | None

    @property
    def is_whole(self) -> bool:
        """True while the digest is that of the content."""
        computed = hashing.digest_of_record(
            day=self.day, hashes=self.hashes, previous_digest=self.previous_digest
        )
        return computed == self.digest

    def stamp(self) -> stamps.Stamp | None:
        """Return what the token says, None where there is none (« locale »). Raises StampError."""
        return stamps.checked(self.token, self.digest) if self.token is not None else None


def folder() -> Path:
    """Return where the files are kept."""
    return Path(settings.AUDIT_HEADS)


# --- Writing ---------------------------------------------------------------------------------------
def keep_new(*, now: datetime) -> int:
    """Write the file of each record later than the last file, ask for its stamp, and return how many were written.

    Raises HeadsError where a file can't be written, or says something else than the table.
    """
    days = days_kept()
    fresh = HeadRecord.objects.order_by("day")
    if days:
        fresh = fresh.filter(day__gt=days[-1])
    written = [_keep(record) for record in fresh.iterator(chunk_size=50)]
    if settings.TSA_URL:
        since = now.date() - STAMPED_BACK
        for day in [*days, *written]:
            if day >= since and not _token_path(day).exists():
                enqueue(
                    kind="stamp_head", dedup_key=f"stamp_head:{day}", payload={"day": str(day)}, due_at=now
                )
    return len(written)


def content_of(record: HeadRecord) -> str:
    """Return what the file of a record says, in one written form."""
    told = {
        "format": FORMAT,
        "day": record.day.isoformat(),
        "hashes": record.hashes,
        "previous_digest": record.previous_digest,
        "digest": record.digest,
    }
    return json.dumps(told, sort_keys=True, ensure_ascii=False, indent=0) + "\n"


def _keep(record: HeadRecord) -> date:
    _write(path_of(record.day), content_of(record).encode())
    return record.day


def _write(path: Path, content: bytes) -> None:
    """Write a file for good; raises HeadsError where it can't be, or where the one there says something else."""
    try:
        if not write_once(path, content, mode=0o440) and path.read_bytes() != content:
            raise HeadsError(f"{path}: the file kept says something else than the database")
    except OSError as error:
        raise HeadsError(f"{path}: {error.strerror}") from error


def path_of(day: date) -> Path:
    """Return where the file of a day is."""
    return folder() / f"{day.isoformat()}.json"


# --- Time stamps -----------------------------------------------------------------------------------
def _token_path(day: date) -> Path:
    return folder() / f"{day.isoformat()}{STAMPED}"


def token_of(day: date) -> bytes | None:
    """Return the time stamp kept for a day, None for a local record."""
    try:
        return _token_path(day).read_bytes()
    except OSError:
        return None


def stamp_head(payload: Mapping[str, Any], *, outbox_id: int) -> None:
    """Have one day's digest stamped and keep the token beside its file: a duty of the outbox, tried again."""
    day = date.fromisoformat(payload["day"])
    if not settings.TSA_URL or _token_path(day).exists():
        logger.info("outbox %s: nothing to stamp for %s", outbox_id, day)
        return
    head = read_head(path_of(day))
    _write(_token_path(day), stamps.asked(head.digest))


# --- Reading ---------------------------------------------------------------------------------------
def days_kept(place: Path | None = None) -> list[date]:
    """Return the days that have a file, oldest first."""
    place = place or folder()
    if not place.is_dir():
        return []
    return sorted(day for path in place.iterdir() if (day := _day_of(path.name)) is not None)


def _day_of(name: str) -> date | None:
    """Return the day of a file by its name; None for any other file."""
    try:
        return date.fromisoformat(name.removesuffix(".json")) if NAMED.fullmatch(name) else None
    except ValueError:
        return None


def read_head(path: Path) -> Head:
    """Return what one file tells; raises HeadsError where it can't be read."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        token = path.with_suffix(STAMPED)
        return Head(
            day=date.fromisoformat(told["day"]),
            hashes=dict(told["hashes"]),
            previous_digest=str(told["previous_digest"]),
            digest=str(told["digest"]),
            token=token.read_bytes() if token.exists() else None,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HeadsError(f"{path.name} ne peut pas être lu ({type(error).__name__})") from error


def read_heads(place: Path) -> list[Head]:
    """Return what a folder of files, or one file, tells, oldest first; [] for the portal's own before its first.

    Raises HeadsError.
    """
    if place.is_dir() or (place == folder() and not place.exists()):
        return [read_head(place / f"{day.isoformat()}.json") for day in days_kept(place)]
    return [read_head(place)]


# --- Backups ---------------------------------------------------------------------------------------
def names_until(day: date) -> list[str]:
    """Return the names of the files of the days up to this one, and of their time stamps."""
    paths = (path for one in days_kept() if one <= day for path in (path_of(one), _token_path(one)))
    return [path.name for path in paths if path.exists()]


def put_back(name: str, content: bytes) -> bool:
    """Write a file of a backup; False where one of that name is there, which stays as it is. Raises HeadsError."""
    if not BACKED_UP.fullmatch(name):
        raise HeadsError(f"{name}: no name of a daily record")
    try:
        return write_once(folder() / name, content, mode=0o440)
    except OSError as error:
        raise HeadsError(f"{name}: {error.strerror}") from error


# --- The last verification -------------------------------------------------------------------------
def keep_result(*, at: datetime, events: int, files: int, problems: Iterable[str]) -> None:
    """Keep what the last verification found, for the page « Journal »; raises HeadsError."""
    told = {"at": at.isoformat(), "events": events, "files": files, "problems": list(problems)[:100]}
    path = folder() / RESULT
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(told, file, ensure_ascii=False)
        Path(draft).replace(path)
    except OSError as error:
        raise HeadsError(f"{path}: {error.strerror}") from error


def last_result() -> Json | None:
    """Return what the last verification found {at, events, files, problems}; None before the first."""
    try:
        told: Json = json.loads((folder() / RESULT).read_text(encoding="utf-8"))
        return {**told, "at": datetime.fromisoformat(told["at"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None
