"""Writes files under random names and removes them; the disk never learns whose they are or what they were called."""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import IO
from uuid import uuid4

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

logger = logging.getLogger(__name__)

PIECE = 1024 * 1024
ORPHAN_AGE = timedelta(hours=24)


def write(content: bytes) -> str:
    """Keep bytes and return their random name; raises OSError, with nothing left, when there is no room."""
    return _save(ContentFile(content), len(content))


def _save(content: "File[bytes]", size: int) -> str:
    token = uuid4().hex
    name = f"{token[:2]}/{token[2:]}"
    try:
        return default_storage.save(name, content)
    except OSError:
        logger.exception("a file of %s bytes could not be written", size)
        remove_quietly([name])
        raise


def write_stream(file: IO[bytes]) -> tuple[str, int, str]:
    """Keep a file by pieces, however large; return its random name, its size in bytes and its SHA-256.

    Raises OSError, with nothing left, when there is no room.
    """
    file.seek(0)
    hashed = hashlib.sha256()
    while piece := file.read(PIECE):
        hashed.update(piece)
    size = file.tell()
    file.seek(0)
    return _save(File(file), size), size, hashed.hexdigest()


def remove_quietly(names: Iterable[str]) -> None:
    """Remove files; one that can't be removed now goes with the daily sweep."""
    for name in names:
        try:
            default_storage.delete(name)
        except OSError:
            logger.exception("file %s could not be removed; the daily sweep will", name)


def old_files(now: datetime) -> Iterator[str]:
    """Give the names of the kept files that are older than a day."""
    if not default_storage.exists(""):
        return
    folders, _ = default_storage.listdir("")
    for folder in folders:
        _, names = default_storage.listdir(folder)
        for name in (f"{folder}/{one}" for one in names):
            if default_storage.get_modified_time(name) < now - ORPHAN_AGE:
                yield name
