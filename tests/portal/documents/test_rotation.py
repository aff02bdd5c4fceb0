"""Keys that change: everything is encrypted anew, once, while people read; what can't be keeps the file it has."""

import io
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from portal.documents import encryption, rotation, services, storage
from portal.documents.models import Document, PagePreview
from portal.notifications import outbox
from tests.portal.documents.makers import SOUND
from tests.portal.documents.test_encryption import NEW, OLD

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


def reports():
    """Return what must be encrypted here."""
    return Document.objects.filter(kind="report")


@pytest.fixture(autouse=True)
def keys(settings):
    settings.FILE_KEYS = [OLD]
    settings.DOCUMENTS_TO_ENCRYPT = f"{__name__}.reports"


def store(user, *, encrypt=True, kind="report", examine=False):
    file = SimpleUploadedFile("Rapport.pdf", SOUND["pdf"])
    return services.store(file=file, kind=kind, uploaded_by=user, encrypt=encrypt, examine=examine, now=NOW)


def content(document):
    """Return a document's bytes as anybody reads them now."""
    with Document.objects.get(pk=document.pk).file.open("rb") as file:
        return file.read()


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def rotate():
    """Run the command and return what it says."""
    said = io.StringIO()
    call_command("rotate_file_keys", stdout=said, stderr=said)
    return said.getvalue()


def test_all_goes_under_the_new_key_once_and_the_former_files_go(ada, settings, private_storage):
    documents = [store(ada, examine=number == 0) for number in range(3)]
    assert outbox.drain(NOW) == 1
    clear = store(ada, kind="quote", encrypt=False)
    before = set(names(private_storage))
    settings.FILE_KEYS = [NEW, OLD]
    assert "4." in rotate()
    key = encryption.current().name
    assert set(reports().values_list("key_name", flat=True)) == {key}
    assert set(PagePreview.objects.values_list("key_name", flat=True)) == {key}
    after = set(names(private_storage))
    assert len(after) == len(before)
    assert after & before == {clear.file.name}
    assert "0." in rotate()
    assert set(names(private_storage)) == after
    settings.FILE_KEYS = [NEW]
    assert [content(document) for document in documents] == [SOUND["pdf"]] * 3
    with PagePreview.objects.get().file.open("rb") as file:
        assert file.read().startswith(b"\x89PNG")
    clear.refresh_from_db()
    assert clear.key_name == ""


def test_pages_that_still_want_a_former_key_are_told(ada, settings, monkeypatch):
    store(ada, examine=True)
    assert outbox.drain(NOW) == 1
    settings.FILE_KEYS = [NEW, OLD]
    anew = rotation._encrypted_anew

    def killed(row):
        if isinstance(row, PagePreview):
            raise KeyboardInterrupt
        return anew(row)

    with monkeypatch.context() as cut:
        cut.setattr(rotation, "_encrypted_anew", killed)
        with pytest.raises(KeyboardInterrupt):
            rotate()
    assert (rotation.problem(), rotation.is_waiting()) == ("", True)
    settings.FILE_KEYS = [NEW]
    assert "clé absente de DIAGDM_FILE_KEYS\u00a0: 1" in rotation.problem()
    settings.FILE_KEYS = [NEW, OLD]
    assert "1." in rotate()
    assert not rotation.is_waiting()


def test_what_was_kept_clear_and_must_not_be_is_encrypted_with_its_pages(ada, private_storage):
    document = store(ada, encrypt=False, examine=True)
    assert outbox.drain(NOW) == 1
    assert "2." in rotate()
    assert all(
        (private_storage / name).read_bytes().startswith(b"DIAGDMK1") for name in names(private_storage)
    )
    assert content(document) == SOUND["pdf"]


def test_stopped_in_the_middle_it_goes_on_from_there(ada, settings, monkeypatch):
    for _ in range(4):
        store(ada)
    settings.FILE_KEYS = [NEW, OLD]
    kept, calls = storage.write_stream, []

    def stop(*args, **options):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return kept(*args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(storage, "write_stream", stop)
        with pytest.raises(KeyboardInterrupt):
            rotate()
    assert reports().filter(key_name=encryption.current().name).count() == 2
    assert "2." in rotate()


def test_whoever_reads_meanwhile_reads_the_same_file(ada, settings):
    document = store(ada)
    opened = Document.objects.get(pk=document.pk)
    waiting = Document.objects.get(pk=document.pk)
    settings.FILE_KEYS = [NEW, OLD]
    with opened.file.open("rb") as file:
        first = file.read(10)
        rotate()
        assert first + file.read() == SOUND["pdf"]
    # Its row was read before its file moved.
    with waiting.file.open("rb") as file:
        assert file.read() == SOUND["pdf"]


def test_of_two_at_once_one_names_its_file_and_the_other_leaves_nothing(
    ada, settings, monkeypatch, private_storage
):
    document = store(ada)
    settings.FILE_KEYS = [NEW, OLD]
    real, done = rotation._named, []

    def overtaken(row, former, written):
        if not done:
            done.append(1)
            rotation.rotate()
        return real(row, former, written)

    monkeypatch.setattr(rotation, "_named", overtaken)
    rotate()
    assert len(names(private_storage)) == 1
    assert content(document) == SOUND["pdf"]


def test_a_missing_key_or_changed_bytes_stop_nobody_else_and_are_named(ada, settings, private_storage):
    lost, damaged, sound = (store(ada) for _ in range(3))
    Document.objects.filter(pk=lost.pk).update(key_name="00" * 8)
    (private_storage / damaged.file.name).write_bytes(SOUND["pdf"])
    settings.FILE_KEYS = [NEW, OLD]
    before = (private_storage / damaged.file.name).read_bytes()
    said = io.StringIO()
    with pytest.raises(CommandError, match="gardez toutes les clés"):
        call_command("rotate_file_keys", stdout=said, stderr=said)
    assert str(lost.pk) in said.getvalue()
    assert str(damaged.pk) in said.getvalue()
    assert (private_storage / damaged.file.name).read_bytes() == before
    assert content(sound) == SOUND["pdf"]
    assert len(names(private_storage)) == 3


def test_a_clear_file_that_is_no_longer_the_one_deposited_is_left_as_it_is(ada, private_storage):
    document = store(ada, encrypt=False)
    (private_storage / document.file.name).write_bytes(b"other")
    with pytest.raises(CommandError):
        rotate()
    document.refresh_from_db()
    assert document.key_name == ""
    assert names(private_storage) == [document.file.name]


def test_a_file_that_two_rows_name_stays_for_the_other(ada, settings):
    """The crowd of a demo world shares the bytes it has."""
    first = store(ada, encrypt=False)
    other = store(ada, encrypt=False, kind="quote")
    Document.objects.filter(pk=other.pk).update(file=first.file.name)
    rotate()
    assert content(other) == content(first) == SOUND["pdf"]


def test_bytes_that_are_not_here_are_counted_and_said(ada, private_storage):
    document = store(ada, encrypt=False)
    (private_storage / document.file.name).unlink()
    assert "pas gardé ici, laissés\u00a0: 1" in rotate()


def test_without_a_key_the_command_says_so(settings):
    settings.FILE_KEYS = []
    with pytest.raises(CommandError, match="DIAGDM_FILE_KEYS"):
        rotate()


def test_the_check_says_what_waits_and_what_lacks(ada, settings):
    assert (rotation.problem(), rotation.is_waiting()) == ("", False)
    document = store(ada, encrypt=False)
    assert (rotation.problem(), rotation.is_waiting()) == ("", True)
    rotate()
    assert (rotation.problem(), rotation.is_waiting()) == ("", False)
    settings.FILE_KEYS = [NEW, OLD]
    assert (rotation.problem(), rotation.is_waiting()) == ("", True)
    Document.objects.filter(pk=document.pk).update(key_name="00" * 8)
    assert "sous une clé absente de DIAGDM_FILE_KEYS\u00a0: 1." in rotation.problem()
    settings.FILE_KEYS = []
    assert "DIAGDM_FILE_KEYS" in rotation.problem()
