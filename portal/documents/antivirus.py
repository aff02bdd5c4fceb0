"""Asks ClamAV about a file, over its own protocol (INSTREAM); without an address there is nothing to ask."""

import socket
import struct
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
    """Return the antivirus' verdict; raises ScanError when it can't be reached or understood.

    settings.CLAMD_ADDRESS is "host:port" or the path of a Unix socket.
    """
    try:
        with closing(_connect(settings.CLAMD_ADDRESS)) as connection:
            connection.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), CHUNK):
                part = content[start : start + CHUNK]
                connection.sendall(struct.pack(">I", len(part)) + part)
            connection.sendall(struct.pack(">I", 0))
            answer = _answer(connection)
    except (OSError, ValueError) as error:
        raise ScanError(f"clamd does not answer: {error}") from error
    if answer == "stream: OK":
        return True
    if answer.endswith(" FOUND"):
        return False
    raise ScanError(f"clamd answered {answer!r}, expected OK or FOUND")


def _connect(address: str) -> socket.socket:
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(TIMEOUT_SECONDS)
        connection.connect(address)
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS)


def _answer(connection: socket.socket) -> str:
    received = b""
    while b"\0" not in received and len(received) < MAX_ANSWER:
        part = connection.recv(1024)
        if not part:
            break
        received += part
    return received.split(b"\0")[0].decode("ascii", errors="replace").strip()
