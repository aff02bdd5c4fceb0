"""Writes a file once: whole and on the disk before it bears its name, and never anew."""

import os
import tempfile
from pathlib import Path


def write_once(path: Path, content: bytes, *, mode: int = 0o600) -> bool:
    """Write a file, its folder made where it lacks; False where one is there already, which stays as it is.

    Raises OSError, with nothing left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(mode)
        path.hardlink_to(draft)
    except FileExistsError:
        return False
    finally:
        Path(draft).unlink()
    _sync(path.parent)
    return True


def _sync(place: Path) -> None:
    """Have the folder itself on the disk, with the names in it."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
