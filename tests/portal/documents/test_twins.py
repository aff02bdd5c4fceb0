"""The twins of the checks: with one of them off, the bad file that it is there for comes in, or is read too early."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.documents import antivirus, checks, services, storage, views
from portal.documents.checks import FileRefused, check, images, office, office_content, pdf
from portal.documents.models import Document
from portal.notifications import outbox
from tests.portal.documents import test_services
from tests.portal.documents.makers import SOUND
from tests.portal.documents.test_bad_files import BAD

pytestmark = pytest.mark.twin
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
# Whose, which check, and what stands in its place.
Off = tuple[Any, str, Any]


def silent(*_: Any) -> None:
    """Stand for a check that is off."""


def taken(kind: str) -> Callable[..., str]:
    return lambda _name: kind


def no_structure(kind: str) -> Off:
    return checks.STRUCTURES, kind, silent


# Each bad file, and the checks without which it comes in.
OFF: dict[str, tuple[Off, ...]] = {
    "one byte too big": ((checks, "MAX_SIZE", 2 * checks.MAX_SIZE), no_structure("pdf")),
    "empty": ((checks, "read", lambda file: file.read()), no_structure("pdf")),
    "pdf password": ((pdf, "_read", silent),),
    "pdf truncated": ((pdf, "_refuse_truncated", silent), (pdf, "_read", silent)),
    "macro document by its name": ((checks, "extension_of", taken("docx")),),
    "svg by its name": ((checks, "extension_of", taken("png")), no_structure("png")),
    "program": (no_structure("pdf"),),
    "web page": (no_structure("pdf"),),
    "svg": (no_structure("png"),),
    "pdf named png": (no_structure("png"),),
    "xlsx named docx": ((office, "_check_types", silent),),
    "pdf around an archive": ((pdf, "refuse_second_format", silent),),
    "pdf script": ((pdf, "_refuse_active", silent),),
    "pdf opening action": ((pdf, "_refuse_active", silent),),
    "pdf launch": ((pdf, "_refuse_active", silent),),
    "pdf with a program": ((pdf, "_refuse_attachment", silent),),
    "pdf bomb in a bomb": ((pdf, "_inflated_size", lambda *_: 0),),
    "pdf picture too large": ((pdf, "_refuse_huge_picture", silent),),
    "png with a tail": ((images, "PNG_END", b""),),
    "macros": ((office, "_check_member", silent),),
    "macros declared": ((office, "_check_types", silent),),
    "embedded program": ((office, "_check_member", silent),),
    "outside template": ((office_content, "_refuse_outside_links", silent),),
    "dde field": ((office_content, "_refuse_dde", silent),),
    "xml entities": ((office_content, "check_part", silent),),
    "zip bomb": ((office, "MAX_RATIO", 10**9),),
    "traversal": ((office, "_safe_name", lambda member: member.filename),),
    "too many pixels in a jpeg": ((images, "_refuse_huge", silent),),
    "eicar in a docx": ((checks, "refuse_eicar", silent), (office, "refuse_eicar", silent)),
    "eicar in a pdf": ((checks, "refuse_eicar", silent), (pdf, "refuse_eicar", silent)),
}


@pytest.mark.parametrize("case", OFF)
def test_without_its_check_a_bad_file_comes_in(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, make, code = BAD[case]
    content = make()
    with pytest.raises(FileRefused) as refusal:
        check(io.BytesIO(content), name)
    assert refusal.value.code == code
    for owner, one, stand_in in OFF[case]:
        if isinstance(owner, dict):
            monkeypatch.setitem(owner, one, stand_in)
        else:
            monkeypatch.setattr(owner, one, stand_in)
    assert check(io.BytesIO(content), name).size == len(content)


@pytest.mark.parametrize("name", ["a\r\nX-Evil: 1.pdf", "a\u202egnp.pdf", "../../etc/a.pdf"])
def test_a_name_that_is_not_cleaned_keeps_what_breaks_a_header(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check(io.BytesIO(SOUND["pdf"]), name).name.isprintable()
    assert "/" not in check(io.BytesIO(SOUND["pdf"]), name).name
    monkeypatch.setattr(checks, "clean_name", lambda given: given)
    assert check(io.BytesIO(SOUND["pdf"]), name).name == name


def test_without_its_removal_a_file_whose_row_failed_stays(
    ada: User, private_storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "remove_quietly", silent)
    with pytest.raises(AssertionError):
        test_services.test_a_row_that_fails_takes_its_file_with_it(ada, private_storage, monkeypatch)


# --- The antivirus, and the door out -------------------------------------------------------------
@pytest.fixture
def waiting(ada: User, settings: Any) -> Document:
    """Give a file of ada's that waits for an antivirus which nobody answers for."""
    settings.DOCUMENT_POLICY = "tests.portal.documents.test_download.own_only"
    settings.DOCUMENT_SCANNED = "tests.portal.documents.test_antivirus.nothing"
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    file = SimpleUploadedFile("Devis.pdf", SOUND["pdf"])
    return services.store(file=file, kind="quote", uploaded_by=ada, now=NOW)


def is_read(client: Client, ada: User, document: Document) -> bool:
    """Tell whether its depositor is given the file's bytes."""
    client.force_login(ada)
    answer: Any = client.get(reverse("document_download", args=[document.pk]))
    return bool(answer.streaming) and b"".join(answer.streaming_content) == SOUND["pdf"]


def test_an_antivirus_that_fails_open_lets_a_file_be_read_unseen(
    client: Client, ada: User, waiting: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert outbox.drain(NOW) == 0
    assert not is_read(client, ada, waiting)
    monkeypatch.setattr(antivirus, "is_clean", lambda _content: True)
    assert outbox.drain(NOW.replace(hour=12)) == 1
    assert is_read(client, ada, waiting)


def test_without_the_look_at_its_state_a_file_is_read_before_it_is_clean(
    client: Client, ada: User, waiting: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_read(client, ada, waiting)
    monkeypatch.setattr(Document, "is_readable", True)
    assert is_read(client, ada, waiting)


def test_without_its_headers_a_file_leaves_as_a_page(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.DOCUMENT_POLICY = "tests.portal.documents.test_download.own_only"
    document = services.store_bytes(
        content=SOUND["pdf"], name="Devis.pdf", kind="quote", uploaded_by=ada, now=NOW
    )
    address = reverse("document_download", args=[document.pk])
    client.force_login(ada)
    assert client.get(address)["Content-Security-Policy"] == "sandbox; default-src 'none'"
    monkeypatch.setattr(views, "HEADERS", {})
    assert "sandbox" not in client.get(address)["Content-Security-Policy"]


def test_without_the_policy_a_stranger_reads_a_file(client: Client, ada: User, settings: Any) -> None:
    settings.DOCUMENT_POLICY = "tests.portal.documents.test_download.own_only"
    document = services.store_bytes(
        content=SOUND["pdf"], name="Devis.pdf", kind="quote", uploaded_by=ada, now=NOW
    )
    stranger = User.objects.create_user("bob@example.fr", full_name="Bob Durand")
    assert not is_read(client, stranger, document)
    settings.DOCUMENT_POLICY = "tests.portal.documents.test_download.everything"
    assert is_read(client, stranger, document)
