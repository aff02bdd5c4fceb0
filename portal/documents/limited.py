"""Has a file read or drawn by a process of its own, whose time and memory are counted."""

import json
import logging
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

LAUNCHER, DRAWING = (Path(__file__).with_name(name) for name in ("alone.py", "drawing.py"))
# Reading is done while the person waits; drawing by a worker, within the lease of its duty.
READ_SECONDS = 1.5
DRAW_SECONDS = 8.0
GRACE_SECONDS = 4.0
DRAWN_AS = {"pdf": "pdf", "png": "picture", "jpg": "picture"}


class UnreadableError(Exception):
    """The file could not be read or drawn within its limits."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a PDF says: how many pages, how many signatures, and the text of its first pages."""

    pages: int
    signatures: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pictures:
    """How many pages a file has, and the first of them as PNG, in order."""

    pages: int
    drawn: tuple[bytes, ...]


def words_of(content: bytes) -> Words:
    """Return what a PDF says; raises UnreadableError after 1.5 seconds at most."""
    told = json.loads(run(DRAWING, "read", content, seconds=READ_SECONDS, grace=0.0))
    return Words(told["pages"], told["signatures"], tuple(told["words"]))


def pictures_of(content: bytes, extension: str) -> Pictures:
    """Return a file's first pages; raises UnreadableError after 12 seconds at most, KeyError for another kind."""
    answer = run(DRAWING, DRAWN_AS[extension], content, seconds=DRAW_SECONDS, grace=GRACE_SECONDS)
    (pages,), drawn, place = struct.unpack_from(">I", answer), [], 4
    while place < len(answer):
        (length,) = struct.unpack_from(">I", answer, place)
        drawn.append(answer[place + 4 : place + 4 + length])
        place += 4 + length
    return Pictures(pages, tuple(drawn))


def run(program: Path, job: str, content: bytes, *, seconds: float, grace: float) -> bytes:
    """Return what a program's job answers for a file, in a process of its own (`alone.py`).

    Raises UnreadableError when it fails, or after `seconds` + `grace`.
    """
    command = [sys.executable, "-I", str(LAUNCHER), str(program), job, str(seconds)]
    try:
        done = subprocess.run(  # noqa: S603 our own program, no shell; the file goes by its standard input
            command, input=content, capture_output=True, timeout=seconds + grace, env={}, check=True
        )
    except subprocess.TimeoutExpired:
        raise UnreadableError(f"{job}: stopped after {seconds + grace} seconds") from None
    except (subprocess.CalledProcessError, OSError) as error:
        reason = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip().rpartition("\n")[2]
        raise UnreadableError(f"{job}: {error} {reason}"[:300]) from error
    return done.stdout
