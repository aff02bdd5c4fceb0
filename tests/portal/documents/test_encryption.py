"""Encrypted files: read as they were deposited, with their key, in their place, whole, or not at all."""

import base64
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.documents import encryption, services, storage
from portal.documents.encryption import HEADER_BYTES, PIECE, PROOF, BadKeys, Decrypting, Encrypting, keyring
from portal.documents.faults import FileDamaged, KeyMissing
from portal.documents.models import Document
from tests.portal.documents.makers import SOUND
from tests.portal.documents.test_download import NOW, address

OLD, NEW = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7)


@pytest.fixture(autouse=True)
def keys(settings):
    settings.FILE_KEYS = [OLD]
    settings.DOCUMENT_POLICY = "tests.portal.documents.test_download.own_only"


def sealed(content, whose="document:1"):
    """Return bytes as they are kept."""
    return Encrypting(io.BytesIO(content), key=encryption.current(), whose=whose).read()


def unsealed(kept, whose="document:1"):
    """Return kept bytes as they are read."""
    return Decrypting(io.BytesIO(kept), key_name=encryption.current().name, whose=whose).read()


class Slow(io.BytesIO):
    """A source that gives less than it is asked, as a network does."""

    def read(self, size=-1):
        return super().read(min(size, 1000) if size > 0 else size)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_kept_comes_back_byte_for_byte_and_says_nothing(size):
    content = bytes(number % 251 for number in range(size))
    kept = sealed(content)
    assert unsealed(kept) == content
    pieces = max(1, -(-size // PIECE))
    assert len(kept) == HEADER_BYTES + size + pieces * PROOF
    assert size < 20 or content[:20] not in kept
    slowly = Encrypting(Slow(content), key=encryption.current(), whose="document:1").read()
    assert Decrypting(Slow(slowly), key_name=encryption.current().name, whose="document:1").read() == content


def test_the_same_file_is_never_kept_twice_the_same():
    assert sealed(b"rapport") != sealed(b"rapport")


def test_the_header_names_its_format_and_its_key():
    kept = sealed(b"rapport")
    assert kept[:8] == b"DIAGDMK1"
    assert kept[8:16].hex() == encryption.current().name


CONTENT = bytes(3 * PIECE)
WHOLE = PIECE + PROOF
TAMPERED = {
    "a byte changed": lambda kept: kept[:-1] + bytes([kept[-1] ^ 1]),
    "a byte of the salt changed": lambda kept: kept[:20] + bytes([kept[20] ^ 1]) + kept[21:],
    "the last piece cut": lambda kept: kept[:-WHOLE],
    "cut amid a piece": lambda kept: kept[: HEADER_BYTES + WHOLE + 100],
    "two pieces swapped": lambda kept: (
        kept[:HEADER_BYTES]
        + kept[HEADER_BYTES + WHOLE : HEADER_BYTES + 2 * WHOLE]
        + kept[HEADER_BYTES : HEADER_BYTES + WHOLE]
        + kept[HEADER_BYTES + 2 * WHOLE :]
    ),
    "a piece twice": lambda kept: kept[: HEADER_BYTES + WHOLE] + kept[HEADER_BYTES:],
    "something after": lambda kept: kept + b"more",
    "the header alone": lambda kept: kept[:HEADER_BYTES],
    "half a header": lambda kept: kept[:10],
    "nothing": lambda kept: b"",
    "a clear file in its place": lambda kept: SOUND["pdf"],
    "another format": lambda kept: b"DIAGDMK2" + kept[8:],
}


@pytest.mark.parametrize("case", TAMPERED)
def test_what_is_not_what_was_written_is_never_read_to_its_end(case):
    with pytest.raises(FileDamaged):
        unsealed(TAMPERED[case](sealed(CONTENT)))


def test_another_files_bytes_are_not_read_in_its_place():
    with pytest.raises(FileDamaged):
        unsealed(sealed(b"rapport", whose="document:2"))


def test_every_key_opens_and_the_first_closes(settings):
    kept, former = sealed(b"rapport"), encryption.current().name
    settings.FILE_KEYS = [NEW, OLD]
    assert encryption.current().name != former
    assert Decrypting(io.BytesIO(kept), key_name=former, whose="document:1").read() == b"rapport"
    settings.FILE_KEYS = [NEW]
    with pytest.raises(KeyMissing, match=former):
        Decrypting(io.BytesIO(kept), key_name=former, whose="document:1")


@pytest.mark.parametrize("written", ["courte", "A" * 44, "é" * 44, base64.b64encode(bytes(31)).decode()])
def test_a_key_that_is_none_is_named_by_its_rank_and_never_shown(written):
    with pytest.raises(BadKeys, match="file key 2") as refused:
        keyring((OLD, written))
    assert written not in str(refused.value)
    assert OLD not in repr(keyring((OLD,)))


def test_both_ways_of_writing_base_64_are_one_key():
    secret = bytes([251] * 32)
    ways = [base64.b64encode(secret).decode(), base64.urlsafe_b64encode(secret).decode()]
    assert len(keyring(tuple(ways))) == 1


# --- Documents -----------------------------------------------------------------------------------
def deposited(user, **more):
    """Return an encrypted document."""
    file = SimpleUploadedFile("Rapport.pdf", SOUND["pdf"])
    return services.store(file=file, kind="quote", uploaded_by=user, encrypt=True, now=NOW, **more)


def on_disk(folder):
    """Return the bytes of the only kept file."""
    (path,) = (path for path in folder.rglob("*") if path.is_file())
    return path.read_bytes()


@pytest.mark.django_db
def test_the_disk_holds_nothing_clear_and_the_row_tells_of_the_clear_file(ada, private_storage):
    document, clear = (
        deposited(ada),
        services.store_bytes(content=SOUND["pdf"], name="a.pdf", kind="x", now=NOW),
    )
    assert (document.size, document.sha256) == (clear.size, clear.sha256)
    assert (document.is_encrypted, clear.is_encrypted) == (True, False)
    services.storage.remove_quietly([clear.file.name])
    assert b"%PDF" not in on_disk(private_storage)
    with document.file.open("rb") as file:
        assert file.read() == SOUND["pdf"]
    with Document.objects.get(pk=document.pk).file as unopened:
        assert unopened.read() == SOUND["pdf"]


@pytest.mark.django_db
def test_its_reader_sees_no_difference(client, ada):
    document = deposited(ada)
    client.force_login(ada)
    answer = client.get(address(document))
    assert b"".join(answer.streaming_content) == SOUND["pdf"]
    assert answer["Content-Length"] == str(len(SOUND["pdf"]))


@pytest.mark.django_db
def test_without_its_key_a_sentence_and_no_byte(client, ada, settings, caplog):
    document = deposited(ada)
    settings.FILE_KEYS = [NEW]
    client.force_login(ada)
    answer = client.get(address(document))
    assert answer.status_code == 503
    assert "sa clé n’est pas disponible" in answer.content.decode()
    assert document.key_name in caplog.text
    assert OLD not in caplog.text


@pytest.mark.django_db
def test_a_file_changed_on_the_disk_is_not_opened(client, ada, private_storage):
    document = deposited(ada)
    (path,) = (path for path in private_storage.rglob("*") if path.is_file())
    path.write_bytes(SOUND["pdf"])
    client.force_login(ada)
    answer = client.get(address(document))
    assert answer.status_code == 503
    assert "plus tel qu’il a été déposé" in answer.content.decode()
    assert b"%PDF" not in answer.content


@pytest.mark.django_db
def test_a_large_file_made_by_the_portal_is_encrypted_by_pieces(ada, private_storage):
    made = io.BytesIO(b"zip" * 500_000)
    made.seek(0, io.SEEK_END)
    document = services.store_made(
        file=made, name="a.zip", kind="export", uploaded_by=ada, now=NOW, encrypt=True
    )
    assert document.size == 1_500_000
    assert b"zipzip" not in on_disk(private_storage)
    with document.file.open("rb") as file, storage.gone_through(file) as whole:
        assert whole.read() == made.getvalue()
        whole.seek(0)
        assert whole.read(3) == b"zip"


@pytest.mark.django_db
def test_the_pictures_of_its_pages_are_encrypted_too(client, ada, private_storage):
    from portal.notifications import outbox

    document = deposited(ada, examine=True)
    assert outbox.drain(NOW) == 1
    assert all(b"PNG" not in path.read_bytes() for path in private_storage.rglob("*") if path.is_file())
    client.force_login(ada)
    page = client.get(reverse("document_page", args=[document.pk, 1]))
    assert page.content.startswith(b"\x89PNG")


@pytest.mark.django_db
def test_without_any_key_nothing_sensitive_is_taken(ada, settings, private_storage):
    from portal.documents.checks import FileRefused

    settings.FILE_KEYS = []
    with pytest.raises(FileRefused, match="rien n’a été gardé"):
        deposited(ada)
    assert not [path for path in private_storage.rglob("*") if path.is_file()]
