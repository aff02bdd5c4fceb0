"""An antivirus that refuses, hangs, cuts, lies or babbles: no file is read before it is found clean."""

import socket
import struct
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.documents import antivirus, services
from portal.documents.antivirus import ScanError
from portal.notifications import outbox
from portal.notifications.models import Outbox
from tests.portal.documents.makers import SOUND

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
# Too much for what the system holds between two ends that don't speak.
LARGE = b"x" * 20_000_000


@contextmanager
def clamd(settings, behave, folder=None):
    """Run a small antivirus that behaves once in some way; over a Unix socket in a folder if one is given."""
    if folder is None:
        server = socket.create_server(("127.0.0.1", 0))
        settings.CLAMD_ADDRESS = f"127.0.0.1:{server.getsockname()[1]}"
    else:
        server = socket.socket(socket.AF_UNIX)
        settings.CLAMD_ADDRESS = str(folder / "clamd")
        server.bind(settings.CLAMD_ADDRESS)
        server.listen()
    ended = threading.Event()

    server.settimeout(5)

    def serve():
        try:
            connection, _ = server.accept()
        except TimeoutError:
            return
        with connection:
            behave(connection, ended)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(5)
        server.close()


def listen(connection):
    """Hear a whole file."""
    with connection.makefile("rb") as reader:
        assert reader.read(10) == b"zINSTREAM\0"
        while length := struct.unpack(">I", reader.read(4))[0]:
            reader.read(length)


def answers(said):
    def behave(connection, _ended):
        listen(connection)
        connection.sendall(said)

    return behave


def hangs(connection, ended):
    listen(connection)
    ended.wait(5)


def never_reads(_connection, ended):
    ended.wait(5)


def cuts(connection, _ended):
    connection.recv(100)


def drips(connection, ended):
    listen(connection)
    for letter in b"stream: OK\0":
        if ended.wait(0.2):
            return
        try:
            connection.sendall(bytes([letter]))
        except OSError:
            return


def too_large(connection, _ended):
    """Behave as clamd beyond its StreamMaxLength: it says so, and hears no more."""
    connection.recv(1000)
    connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(1_000_000):
        pass


def clean_before_the_end(connection, _ended):
    connection.recv(1000)
    connection.sendall(b"stream: OK\0")


FAILURES = {
    "says nothing": hangs,
    "never reads": never_reads,
    "cuts": cuts,
    "speaks a letter at a time": drips,
    "size limit": too_large,
    "clean before the end": clean_before_the_end,
    "empty answer": answers(b""),
    "answer without an end": answers(b"stream: OK"),
    "endless answer": answers(b"stream: " * 2000),
    "babble": answers(b"\xff\xfe\xfd stream: OK maybe\0"),
    "another command's answer": answers(b"PONG\0"),
    "unknown command": answers(b"UNKNOWN COMMAND\0"),
    "no memory": answers(b"stream: Can't allocate memory ERROR\0"),
    "clean said in passing": answers(b"stream: OK (not scanned)\0"),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(antivirus, "TIMEOUT_SECONDS", 0.5)


@pytest.mark.parametrize("case", FAILURES)
def test_none_of_these_is_a_verdict(settings, case, within_seconds):
    with clamd(settings, FAILURES[case]), within_seconds(4), pytest.raises(ScanError):
        antivirus.is_clean(LARGE)


@pytest.mark.parametrize("place", ["127.0.0.1:1", "/nowhere/clamd", "clamd", "", "host:port"])
def test_nor_is_an_address_where_nobody_is(settings, place):
    settings.CLAMD_ADDRESS = place
    with pytest.raises(ScanError):
        antivirus.is_clean(b"x")


@pytest.mark.parametrize(("said", "clean"), [(b"stream: OK\0", True), (b"stream: Eicar-Test FOUND\0", False)])
def test_these_two_are(settings, said, clean, tmp_path):
    with clamd(settings, answers(said)):
        assert antivirus.is_clean(b"x") is clean
    with clamd(settings, answers(said), tmp_path):
        assert antivirus.is_clean(b"x") is clean


@pytest.mark.django_db
@pytest.mark.parametrize("case", ["cuts", "babble", "size limit", "says nothing"])
def test_meanwhile_the_file_waits_unread_and_is_scanned_once_the_antivirus_is_back(
    settings, ada, client, case
):
    settings.DOCUMENT_POLICY = "tests.portal.documents.test_download.own_only"
    settings.DOCUMENT_SCANNED = f"{__name__}.nothing"
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    file = SimpleUploadedFile("Devis.pdf", SOUND["pdf"])
    document = services.store(file=file, kind="quote", uploaded_by=ada, examine=True, now=NOW)
    with clamd(settings, FAILURES[case]):
        assert outbox.drain(NOW) == 0
    document.refresh_from_db()
    assert (document.state, document.preview, document.is_signed) == ("pending", "", None)
    client.force_login(ada)
    for name in ("document_download", "document_copy", "document_preview"):
        assert b"%PDF" not in client.get(reverse(name, args=[document.pk])).content
    assert "ScanError" in Outbox.objects.get().last_error
    with clamd(settings, answers(b"stream: OK\0")):
        assert outbox.drain(NOW + timedelta(hours=1)) >= 1
    document.refresh_from_db()
    assert document.state == "clean"


def nothing(document):
    """Expect nothing of a scan."""


def test_time_is_that_of_the_whole_talk(settings):
    start = time.monotonic()
    with clamd(settings, drips), pytest.raises(ScanError):
        antivirus.is_clean(b"x")
    assert time.monotonic() - start < 2
