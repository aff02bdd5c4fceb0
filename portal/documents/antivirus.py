"""Asks ClamAV about a file, over its own protocol (INSTREAM); without an address there is nothing to ask."""

import socket
import struct
import time
from contextlib import closing

from django.conf import settings

CHUNK = 64 * 1024
TIMEOUT_SECONDS = 20.0
MAX_ANSWER = 4096


class ScanError(Exception):
    """The antivirus gave no verdict: the file stays unread until it does."""


def is_configured() -> bool:
    """Tell whether files must be found clean by an antivirus before anybody reads them."""
    return bool(settings.CLAMD_ADDRESS)


def is_clean(content: bytes) -> bool:
    """Return the antivirus' verdict; raises ScanError when it can't be reached or understood, within 20 seconds.

    settings.CLAMD_ADDRESS is "host:port" or the path of a Unix socket.
    """
    deadline = time.monotonic() + TIMEOUT_SECONDS
    try:
        with closing(_connect(settings.CLAMD_ADDRESS)) as connection:
            whole = _sent(connection, content, deadline)
            answer = _answer(connection, deadline)
    except (OSError, ValueError) as error:
        raise ScanError(f"clamd does not answer: {error}") from error
    # It found what it looked for before it had read all: that is a verdict. That all is clean is none.
    if answer.endswith(" FOUND"):
        return False
    if answer == "stream: OK" and whole:
        return True
    raise ScanError(f"clamd answered {answer!r}, expected OK or FOUND")


def _connect(address: str) -> socket.socket:
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(TIMEOUT_SECONDS)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS)


def _sent(connection: socket.socket, content: bytes, deadline: float) -> bool:
    """Send a file; False where the antivirus closed its ear before the end: it may have said why."""
    try:
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), CHUNK):
            part = content[start : start + CHUNK]
            _allow(connection, deadline)
            connection.sendall(struct.pack(">I", len(part)) + part)
        connection.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def _answer(connection: socket.socket, deadline: float) -> str:
    """Return what the antivirus says; raises ScanError where its answer has no end."""
    received = b""
    while b"\0" not in received:
        _allow(connection, deadline)
        part = connection.recv(1024)
        received += part
        if not part or len(received) > MAX_ANSWER:
            raise ScanError(f"clamd's answer has no end: {received[:100]!r}")
    return received.split(b"\0")[0].decode("ascii", errors="replace").strip()


def _allow(connection: socket.socket, deadline: float) -> None:
    """Give a step what is left of the time: an antivirus that speaks a byte a minute is one that is silent."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError(f"no verdict within {TIMEOUT_SECONDS} seconds")
    connection.settimeout(left)
