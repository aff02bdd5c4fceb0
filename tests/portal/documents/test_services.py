"""Keeping files: byte for byte, under random names, all or nothing, unread before they are found clean."""

import errno
import io
import os
import socket
import struct
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from portal.documents import services
from portal.documents.checks import FileRefused
from portal.documents.models import Document
from portal.notifications import outbox
from portal.notifications.models import Outbox
from tests.portal.documents.makers import SOUND, written
from tests.portal.documents.test_bad_files import GOOD

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def store(user, kind="pdf", content=None, name=None):
    """Deposit an ordinary file."""
    file = SimpleUploadedFile(name or f"Devis.{kind}", content or SOUND[kind], content_type="image/gif")
    return services.store(file=file, kind="quote", uploaded_by=user, allowed=tuple(SOUND), now=NOW)


def files(folder):
    """Return every file under a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", SOUND)
def test_allowed_kinds_come_back_byte_for_byte(ada, kind):
    document = store(ada, kind)
    with document.file.open("rb") as file:
        assert file.read() == SOUND[kind]
    assert (document.size, document.extension, document.state) == (len(SOUND[kind]), kind, "clean")


@pytest.mark.django_db
@pytest.mark.parametrize("case", GOOD)
def test_so_does_every_sound_file_of_the_corpus(ada, case):
    name, content = GOOD[case]
    document = store(ada, content=content, name=name)
    with document.file.open("rb") as file:
        assert file.read() == content


@pytest.mark.django_db
def test_the_disk_knows_neither_name_nor_reader(ada, private_storage):
    document = store(ada, name="Secret de Ada.pdf")
    (path,) = files(private_storage)
    assert "Ada" not in str(path.relative_to(private_storage))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert document.original_name == "Secret de Ada.pdf"
    assert document.content_type == "application/pdf"


@pytest.mark.django_db
def test_a_refused_file_leaves_nothing(ada, private_storage):
    with pytest.raises(FileRefused):
        store(ada, content=b"MZ")
    assert not Document.objects.exists()
    assert files(private_storage) == []


@pytest.mark.django_db
def test_a_full_disk_leaves_nothing_and_says_so(ada, private_storage, monkeypatch):
    def fill(self, name, content):
        path = private_storage / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", fill)
    with pytest.raises(FileRefused, match="rien n’a été gardé"):
        store(ada)
    assert files(private_storage) == []
    assert not Document.objects.exists()


@pytest.mark.django_db
def test_a_row_that_fails_takes_its_file_with_it(ada, private_storage, monkeypatch):
    def refuse(self, **options):
        raise RuntimeError("row refused")

    monkeypatch.setattr(Document, "save", refuse)
    with pytest.raises(RuntimeError):
        store(ada)
    assert files(private_storage) == []


@pytest.mark.django_db(transaction=True)
def test_the_sweep_removes_old_orphans_only(ada, private_storage):
    kept = store(ada)
    with transaction.atomic():
        orphan = store(ada)
        transaction.set_rollback(True)
    assert len(files(private_storage)) == 2
    now = datetime.now(tz=UTC)
    assert services.sweep_orphans(now=now) == 0
    old = (now - timedelta(hours=25)).timestamp()
    for path in files(private_storage):
        os.utime(path, (old, old))
    assert services.sweep_orphans(now=now) == 1
    assert default_storage.exists(kept.file.name)
    assert not default_storage.exists(orphan.file.name)


@pytest.mark.django_db
def test_the_sweep_keeps_the_pictures_of_pages(ada, private_storage):
    services.store(
        file=SimpleUploadedFile("a.pdf", SOUND["pdf"]), kind="quote", uploaded_by=ada, examine=True, now=NOW
    )
    assert outbox.drain(NOW) == 1
    paths = files(private_storage)
    assert len(paths) == 2
    for path in paths:
        os.utime(path, (0, 0))
    assert services.sweep_orphans(now=NOW) == 0
    assert files(private_storage) == paths


@pytest.mark.django_db
def test_a_sweep_of_nothing(private_storage):
    assert services.sweep_orphans(now=NOW) == 0


@pytest.mark.django_db(transaction=True)
def test_a_discarded_document_goes_with_its_file_after_the_commit(ada, private_storage):
    document = store(ada)
    with transaction.atomic():
        services.discard(document=document)
        assert len(files(private_storage)) == 1
    assert files(private_storage) == []
    assert not Document.objects.exists()


@pytest.mark.django_db
def test_what_the_portal_writes_itself_is_readable_at_once(settings):
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    document = services.store_bytes(content=SOUND["pdf"], name="Récépissé.pdf", kind="receipt", now=NOW)
    assert (document.state, document.content_type) == ("clean", "application/pdf")


@pytest.fixture
def clamd(settings):
    """Run a small antivirus server that gives one answer, and remember what it was sent."""
    server = socket.create_server(("127.0.0.1", 0))
    settings.CLAMD_ADDRESS = f"127.0.0.1:{server.getsockname()[1]}"
    received = io.BytesIO()
    answer = [b"stream: OK\0"]

    def serve():
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as reader:
            assert reader.read(10) == b"zINSTREAM\0"
            while length := struct.unpack(">I", reader.read(4))[0]:
                received.write(reader.read(length))
            connection.sendall(answer[0])

    thread = threading.Thread(target=serve)
    thread.start()
    yield received, answer
    thread.join(5)
    server.close()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "state"), [(b"stream: OK\0", "clean"), (b"stream: Eicar FOUND\0", "refused")]
)
def test_with_an_antivirus_a_file_waits_for_its_verdict(ada, clamd, answer, state):
    received, answers = clamd
    answers[0] = answer
    document = store(ada)
    assert (document.state, document.is_readable) == ("pending", False)
    assert outbox.drain(NOW) == 1
    document.refresh_from_db()
    assert document.state == state
    assert bool(document.refusal) == (state == "refused")
    assert received.getvalue() == SOUND["pdf"]


@pytest.mark.django_db
def test_a_file_is_examined_once_it_is_found_clean_and_the_scheme_is_told(ada, clamd, settings):
    settings.DOCUMENT_SCANNED = f"{__name__}.remember"
    scanned_then.clear()
    file = SimpleUploadedFile("a.pdf", written("Fait le 14 mars 2026"))
    document = services.store(file=file, kind="quote", uploaded_by=ada, examine=True, now=NOW)
    assert (document.date_read, document.preview) == (None, "")
    assert outbox.drain(NOW) == 2
    document.refresh_from_db()
    assert (document.date_read, document.preview) == (date(2026, 3, 14), "ready")
    assert scanned_then == [(document.pk, "clean")]


scanned_then = []


def remember(document):
    """Remember which document was scanned, and its state then."""
    scanned_then.append((document.pk, document.state))


@pytest.mark.django_db
def test_an_infected_file_is_never_examined(ada, clamd):
    clamd[1][0] = b"stream: Eicar FOUND\0"
    file = SimpleUploadedFile("a.pdf", written("Fait le 14 mars 2026"))
    document = services.store(file=file, kind="quote", uploaded_by=ada, examine=True, now=NOW)
    assert outbox.drain(NOW) == 1
    document.refresh_from_db()
    assert (document.state, document.date_read, document.preview) == ("refused", None, "")


@pytest.mark.django_db
def test_an_answer_that_says_nothing_leaves_the_file_unread(ada, clamd):
    clamd[1][0] = b"INSTREAM size limit exceeded. ERROR\0"
    document = store(ada)
    assert outbox.drain(NOW) == 0
    document.refresh_from_db()
    assert document.state == "pending"
    assert "ScanError" in Outbox.objects.get().last_error


@pytest.mark.django_db
def test_without_its_antivirus_the_file_stays_unread(ada, settings):
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    document = store(ada)
    assert outbox.drain(NOW) == 0
    document.refresh_from_db()
    assert document.state == "pending"
