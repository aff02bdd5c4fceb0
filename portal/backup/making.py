"""Makes a backup: the database at one moment, then the files and records of it; whole under its name, or not at all."""

import hashlib
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from django.apps import apps
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.backends.base.base import BaseDatabaseWrapper

from portal.audit import heads
from portal.backup import folder as folders
from portal.backup.database import NAME, dumped
from portal.backup.folder import BackupRefused, Kept
from portal.backup.tables import file_columns, rows_of, tables_of

logger = logging.getLogger(__name__)

# Opens a file by its name, to be read from its start to its end.
Opener = Callable[[str], "IO[bytes] | File[bytes]"]


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup made: where, under which digest, how many files, how many of them new, and those not found."""

    folder: Path
    digest: str
    files: int
    copied: int
    missing: list[str]


def make(
    root: Path, *, connection: BaseDatabaseWrapper, texts: Path, now: datetime, check: bool = False
) -> Made:
    """Back up the database, the files and the texts of the editions into a folder of `root` named by the instant.

    A file that the last backup holds is not read again, unless `check`, which also copies anew what changed there.
    What was removed while the backup ran is told in `missing`. Raises OSError and ToolFailed, with nothing left
    under the backup's name.
    """
    name = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = root / f".{name}-{uuid4().hex[:8]}"
    part.mkdir(mode=0o700)
    try:
        manifest: dict[str, Any] = {
            "format": folders.FORMAT,
            "made_at": now.isoformat(),
            "vendor": connection.vendor,
        }
        with dumped(connection, part / NAME) as read:
            manifest["tables"] = _write_rows(read, part)
            manifest["migrations"] = migrations_of(read)
            manifest["heads"] = _last_record(read)
            names = _named_files(read)
        copier = _Copier(root, check=check)
        kept = copier.keep_all(folders.FILES, names, default_storage.open)
        _write_list(part / folders.FILES, kept)
        _write_list(part / folders.HEADS, _kept_records(copier, manifest["heads"]))
        manifest["files"] = {"count": len(kept), "bytes": sum(one.size for one in kept)}
        manifest["missing"] = copier.missing
        shutil.copytree(texts, part / folders.EDITIONS, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
        digest = folders.seal(part, manifest)
        part.rename(root / name)
    except BaseException:
        folders.forget(part)
        raise
    return Made(root / name, digest, len(kept), copier.copied, copier.missing)


def _write_rows(read: BaseDatabaseWrapper, part: Path) -> dict[str, dict[str, Any]]:
    """Write the digest of every row; return {table: {rows, digest}}."""
    found: dict[str, dict[str, Any]] = {}

    def lines() -> Iterator[str]:
        for table in tables_of(read):
            count, hashed = 0, hashlib.sha256()
            for key, digest in rows_of(read, table):
                count += 1
                hashed.update(f"{key}\t{digest}\n".encode())
                yield f"{table}\t{key}\t{digest}"
            found[table] = {"rows": count, "digest": hashed.hexdigest()}

    folders.write_lines(part / folders.ROWS, lines())
    return found


def migrations_of(read: BaseDatabaseWrapper) -> list[str]:
    """Return the migrations that a database went through."""
    with read.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return sorted({f"{app}.{name}" for app, name in cursor.fetchall()})


def _last_record(read: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the day and the digest of the journal's last daily record."""
    with read.cursor() as cursor:
        cursor.execute("SELECT day, digest FROM audit_headrecord ORDER BY day DESC LIMIT 1")
        row = cursor.fetchone()
    return {"day": str(row[0]), "digest": row[1]} if row else {}


def _named_files(read: BaseDatabaseWrapper) -> list[str]:
    """Return the names of the files that the database refers to."""
    quote = read.ops.quote_name
    found: set[str] = set()
    with read.cursor() as cursor:
        for table, column in file_columns(list(apps.get_models())):
            cursor.execute(f"SELECT {quote(column)} FROM {quote(table)} WHERE {quote(column)} <> ''")  # noqa: S608
            found.update(row[0] for row in cursor.fetchall())
    return sorted(found)


def _kept_records(copier: "_Copier", last: dict[str, str]) -> list[Kept]:
    """Keep the journal's records out of the database, up to the last that the database taken knows."""
    if not last:
        return []
    names = heads.names_until(date.fromisoformat(last["day"]))
    return copier.keep_all(folders.HEADS, names, lambda name: (heads.folder() / name).open("rb"))


def _write_list(path: Path, kept: Iterable[Kept]) -> None:
    folders.write_lines(path, (f"{one.name}\t{one.sha256}\t{one.size}" for one in kept))


class _Copier:
    """Copies files into the folder, each content once; knows those of the backup before by their names."""

    def __init__(self, root: Path, *, check: bool) -> None:
        self._root, self._check = root, check
        self._known: dict[tuple[str, str], Kept] = {}
        if not check:
            # A backup that is damaged only costs the reading of every file again.
            with suppress(OSError, ValueError, BackupRefused):
                before = folders.latest(root)
                if before is not None:
                    self._known = {
                        (name, one.name): one for name in folders.LISTS for one in before.listed(name)
                    }
        self.missing: list[str] = []
        self.copied = 0

    def keep_all(self, listed: str, names: Iterable[str], opened: Opener) -> list[Kept]:
        """Return the files as they are kept, but those that are no more where they lay."""
        kept = (self._keep(listed, name, opened) for name in names)
        return [one for one in kept if one is not None]

    def _keep(self, listed: str, name: str, opened: Opener) -> Kept | None:
        known = self._known.get((listed, name))
        if known is not None and self._holds(known):
            return known
        try:
            return self._copied(name, opened)
        except FileNotFoundError:
            logger.warning("file %s was removed, or is missing", name)
            self.missing.append(name)
            return None

    def _holds(self, kept: Kept) -> bool:
        path = folders.blob(self._root, kept.sha256)
        if self._check:
            return path.is_file() and folders.digest_of_path(path) == (kept.sha256, kept.size)
        return path.is_file() and path.stat().st_size == kept.size

    def _copied(self, name: str, opened: Opener) -> Kept:
        part = self._root / f".{uuid4().hex}"
        try:
            with opened(name) as source, part.open("wb") as target:
                sha256, size = folders.digest_of(source, target)
            kept = Kept(name, sha256, size)
            if not self._holds(kept):
                path = folders.blob(self._root, sha256)
                path.parent.mkdir(parents=True, exist_ok=True)
                part.replace(path)
                self.copied += 1
            return kept
        finally:
            part.unlink(missing_ok=True)
