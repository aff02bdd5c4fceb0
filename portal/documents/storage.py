"""Writes, reads and removes files under random names; the disk never learns whose they are, nor what they were called.

Where they lie is a setting (`folder.py`, `bucket.py`). What is written with `encrypt` is encrypted (`encryption.py`).
"""

import hashlib
import io
import logging
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage

from portal.documents import encryption
from portal.documents.encryption import Decrypting, Encrypting
from portal.documents.faults import FileUnavailable

logger = logging.getLogger(__name__)

PIECE = 1024 * 1024
ORPHAN_AGE = timedelta(hours=24)
PROBED = b"diagdm"


@dataclass(frozen=True, slots=True)
class Written:
    """What was kept: its random name, its key's name ("": in clear), and of the clear file the size and SHA-256."""

    name: str
    key_name: str
    size: int
    sha256: str


class _Measured(io.RawIOBase):
    """A file that is counted and hashed while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__()
        self._source = source
        self.size, self.hashed = 0, hashlib.sha256()

    def readable(self) -> bool:
        """Tell that it is read, from its start to its end."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes next."""
        part = self._source.read(len(buffer))
        buffer[: len(part)] = part
        self.size += len(part)
        self.hashed.update(part)
        return len(part)


def write(content: bytes, *, whose: str, encrypt: bool = False) -> Written:
    """Keep bytes; raises OSError, with nothing left, when there is no room or the service is down."""
    return write_stream(io.BytesIO(content), whose=whose, encrypt=encrypt)


def write_stream(file: IO[bytes], *, whose: str, encrypt: bool = False) -> Written:
    """Keep a file by pieces, however large, from where it stands; `whose` is proven with it when it is encrypted.

    Raises OSError, with nothing left, when there is no room or the service is down, KeyMissing, BadKeys.
    """
    measured = _Measured(file)
    key = encryption.current() if encrypt else None
    clear = io.BufferedReader(measured, PIECE)
    kept = clear if key is None else io.BufferedReader(Encrypting(clear, key=key, whose=whose), PIECE)
    name = _save(kept)
    return Written(name, key.name if key else "", measured.size, measured.hashed.hexdigest())


def _save(content: IO[bytes]) -> str:
    token = uuid4().hex
    name = f"{token[:2]}/{token[2:]}"
    try:
        return default_storage.save(name, File(content))
    except OSError:
        logger.exception("a file could not be written")
        remove_quietly([name])
        raise


def opened(name: str, *, key_name: str, whose: str) -> "File[bytes]":
    """Return a kept file to be read in clear, from its start to its end.

    Raises FileNotFoundError, FileUnavailable, KeyMissing, FileDamaged; the last also while it is read.
    """
    kept = default_storage.open(name, "rb")
    if not key_name:
        return kept
    try:
        clear = Decrypting(kept, key_name=key_name, whose=whose)
    except FileUnavailable:
        kept.close()
        logger.exception("file %s can't be decrypted", name)
        raise
    return File(io.BufferedReader(clear, PIECE), name)


@contextmanager
def gone_through(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Give a kept file as one in which a reader may go back: on the disk beyond a megabyte."""
    with tempfile.SpooledTemporaryFile(max_size=PIECE) as held:
        while piece := file.read(PIECE):
            held.write(piece)
        held.seek(0)
        yield held


def remove_quietly(names: Iterable[str]) -> None:
    """Remove files; one that can't be removed now goes with the daily sweep."""
    for name in names:
        try:
            default_storage.delete(name)
        except OSError:
            logger.exception("file %s could not be removed; the daily sweep will", name)


def rehearse() -> None:
    """Write a few bytes, read them again and remove them; raises what the storage raises, OSError when they changed."""
    kept = write(PROBED, whose="probe")
    try:
        with opened(kept.name, key_name="", whose="probe") as file:
            if file.read() != PROBED:
                raise OSError("what is read is not what was written")
    finally:
        default_storage.delete(kept.name)


def old_files(now: datetime) -> Iterator[str]:
    """Give the names of the kept files that are older than a day."""
    for name, written in default_storage.dated():  # type: ignore[attr-defined]
        if written < now - ORPHAN_AGE:
            yield name


def problem() -> str:
    """Return what keeps files from being written and read, a French sentence with what to do; "" for nothing."""
    try:
        rehearse()
    except OSError as error:
        logger.warning("the storage of files does not work: %s", error)
        return (
            "Le stockage des fichiers ne répond pas ou ne rend pas ce qui y est écrit\u00a0: vérifiez le dossier "
            "DIAGDM_VAR/files (place, droits), ou avec DIAGDM_STORAGE=s3 l’adresse, le compartiment et les clés."
        )
    return ""
