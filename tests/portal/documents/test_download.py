"""The door out: the policy is asked each time, and nothing but a clean attachment leaves."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from portal.audit.models import Event
from portal.documents import services
from portal.documents.policy import ReadRight
from tests.portal.documents.makers import SOUND

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def own_only(user, document):
    """Let a person read what that person deposited, and remember the reading of reports."""
    chain = "dossier:7" if document.kind == "report" else None
    return ReadRight(allowed=document.uploaded_by_id == user.pk, logged_chain=chain)


def everything(user, document):
    """Answer as the simplest policy does."""
    return True


@pytest.fixture(autouse=True)
def policy(settings):
    """Use the policy of these tests."""
    settings.DOCUMENT_POLICY = f"{__name__}.own_only"


@pytest.fixture
def document(ada):
    """Give a clean document of ada's."""
    return services.store_bytes(content=SOUND["pdf"], name="Été.pdf", kind="quote", uploaded_by=ada, now=NOW)


def address(document):
    """Return where a document is read."""
    return reverse("document_download", args=[document.pk])


def test_a_file_leaves_as_an_inert_attachment(client, ada, document):
    client.force_login(ada)
    answer = client.get(address(document))
    assert b"".join(answer.streaming_content) == SOUND["pdf"]
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%C3%89t%C3%A9.pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Length"] == str(len(SOUND["pdf"]))
    assert "ETag" not in answer
    assert not Event.objects.exists()


def test_head_says_the_same_without_the_file(client, ada, document):
    client.force_login(ada)
    answer = client.head(address(document))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Content-Length"] == str(len(SOUND["pdf"]))
    assert client.post(address(document)).status_code == 405


def test_a_visitor_goes_to_the_sign_in(client, document):
    assert client.get(address(document)).status_code == 302


def test_anothers_document_does_not_exist(client, make_other, document):
    client.force_login(make_other)
    assert client.get(address(document)).status_code == 404
    assert client.head(address(document)).status_code == 404
    assert client.get(reverse("document_download", args=[uuid4()])).status_code == 404


@pytest.fixture
def make_other(db):
    """Give another account."""
    from portal.accounts.models import User

    return User.objects.create_user("bob@example.fr", full_name="Bob Durand")


def test_a_policy_may_answer_yes_or_no(client, make_other, document, settings):
    settings.DOCUMENT_POLICY = f"{__name__}.everything"
    client.force_login(make_other)
    answer = client.get(address(document))
    assert b"".join(answer.streaming_content) == SOUND["pdf"]


@pytest.mark.parametrize(("state", "refusal"), [("pending", ""), ("refused", "Virus trouvé.")])
def test_what_is_not_clean_is_not_read(client, ada, document, state, refusal):
    type(document).objects.update(state=state, refusal=refusal)
    client.force_login(ada)
    answer = client.get(address(document))
    assert answer.status_code == 409
    assert (refusal or "en cours") in answer.content.decode()
    assert b"%PDF" not in answer.content


def test_each_reading_of_a_watched_document_leaves_an_event(client, ada, document):
    type(document).objects.update(kind="report")
    client.force_login(ada)
    client.head(address(document))
    assert not Event.objects.exists()
    for _ in range(2):
        answer = client.get(address(document))
        assert b"".join(answer.streaming_content)
    events = Event.objects.filter(chain="dossier:7", name="document_read", actor_ref=ada.pk)
    assert events.count() == 2
    assert events[0].data == {"document": str(document.pk), "kind": "report"}


def test_a_file_lost_on_the_disk_is_a_404(client, ada, document):
    default_storage.delete(document.file.name)
    client.force_login(ada)
    assert client.get(address(document)).status_code == 404
