"""Pictures of pages: drawn by a worker once the file is clean, shown to whoever may read the file, to nobody else."""

import io
import subprocess
from datetime import UTC, datetime

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.utils import IntegrityError
from django.urls import reverse
from PIL import Image

from portal.documents import drawing, limited, previews, services
from portal.documents.models import Document, PagePreview
from portal.documents.policy import ReadRight
from portal.notifications import outbox
from tests.portal.documents.makers import SOUND, picture, written

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def own_only(user, document):
    """Let a person read what that person deposited, and remember the reading of reports."""
    chain = "dossier:7" if document.kind == "report" else None
    return ReadRight(allowed=document.uploaded_by_id == user.pk, logged_chain=chain)


def nothing(document):
    """Expect nothing of a scan."""


@pytest.fixture(autouse=True)
def policy(settings):
    settings.DOCUMENT_POLICY = f"{__name__}.own_only"
    settings.DOCUMENT_SCANNED = f"{__name__}.nothing"


@pytest.fixture
def reader(client, ada):
    client.force_login(ada)
    return client


@pytest.fixture
def stranger(client):
    from portal.accounts.models import User

    client.force_login(User.objects.create_user("bob@example.fr", full_name="Bob Durand"))
    return client


def deposit(user, content, name="Devis.pdf", kind="quote", *, examine=True, encrypt=False):
    file = SimpleUploadedFile(name, content)
    return services.store(
        file=file,
        kind=kind,
        uploaded_by=user,
        allowed=tuple(SOUND),
        examine=examine,
        encrypt=encrypt,
        now=NOW,
    )


def drawn(user, content=None, **more):
    """Return a document whose pages are drawn."""
    document = deposit(user, content or written(pages=[["Un"], ["Deux"], ["Trois"]]), **more)
    assert outbox.drain(NOW) == 1
    document.refresh_from_db()
    return document


def preview_url(document):
    return reverse("document_preview", args=[document.pk])


def page_url(document, number=1):
    return reverse("document_page", args=[document.pk, number])


def test_the_worker_draws_each_page_once(ada, private_storage):
    document = drawn(ada)
    assert (document.preview, document.page_count) == ("ready", 3)
    pages = list(document.page_previews.all())
    assert [page.number for page in pages] == [1, 2, 3]
    for page in pages:
        with page.file.open("rb") as file, Image.open(io.BytesIO(file.read())) as image:
            assert image.format == "PNG"
            assert image.size == (page.width, page.height)
            assert page.width <= drawing.WIDTH
            assert page.height <= drawing.HEIGHT
    assert outbox.drain(NOW) == 0


@pytest.mark.parametrize(("kind", "size"), [("PNG", (3000, 500)), ("JPEG", (800, 4000)), ("PNG", (20, 10))])
def test_a_photograph_is_made_smaller_never_larger(ada, kind, size):
    extension = {"PNG": "png", "JPEG": "jpg"}[kind]
    document = drawn(ada, picture(kind, size), name=f"photo.{extension}")
    page = document.page_previews.get()
    assert page.width <= min(size[0], drawing.WIDTH)
    assert page.height <= min(size[1], drawing.HEIGHT)


def test_a_photograph_is_upright_and_says_nothing_of_its_camera(ada):
    output = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Ada"
    Image.new("RGB", (40, 20)).save(output, "JPEG", exif=exif)
    page = drawn(ada, output.getvalue(), name="photo.jpg").page_previews.get()
    assert (page.width, page.height) == (20, 40)
    with page.file.open("rb") as file:
        assert b"Camera" not in file.read()


def test_only_the_first_pages_are_drawn(ada):
    document = drawn(ada, written(pages=[[str(number)] for number in range(drawing.PAGES_DRAWN + 5)]))
    assert document.page_previews.count() == drawing.PAGES_DRAWN
    assert document.page_count == drawing.PAGES_DRAWN + 5


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx"])
def test_office_documents_have_no_preview_and_it_is_said(ada, reader, kind):
    document = deposit(ada, SOUND[kind], name=f"a.{kind}")
    assert outbox.drain(NOW) == 0
    page = reader.get(preview_url(document)).content.decode()
    assert "n’a pas d’aperçu ici" in page
    assert reverse("document_download", args=[document.pk]) in page


def test_a_file_that_nobody_asked_to_examine_is_neither_read_nor_drawn(ada):
    document = deposit(ada, written("Fait le 14 mars 2026"), examine=False)
    assert outbox.drain(NOW) == 0
    assert (document.date_read, document.preview) == (None, "")


def test_a_file_that_cannot_be_drawn_is_not_tried_again(ada, reader, monkeypatch):
    def run_away(*args, **options):
        raise subprocess.TimeoutExpired("drawing", 12)

    document = deposit(ada, SOUND["pdf"])
    monkeypatch.setattr(limited.subprocess, "run", run_away)
    assert outbox.drain(NOW) == 1
    document.refresh_from_db()
    assert document.preview == "failed"
    assert "n’a pas pu être fait" in reader.get(preview_url(document)).content.decode()
    assert reader.get(page_url(document)).status_code == 404


def test_drawing_stops_on_time(ada, monkeypatch, within_seconds):
    monkeypatch.setattr(limited, "DRAW_SECONDS", 0.0)
    monkeypatch.setattr(limited, "GRACE_SECONDS", 3.0)
    with within_seconds(3):
        assert limited.pictures_of(SOUND["pdf"], "pdf").drawn == ()


def test_a_preview_may_be_looked_at_by_whoever_may_download(ada, reader):
    document = drawn(ada)
    answer = reader.get(page_url(document, 2))
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.content.startswith(b"\x89PNG")
    assert reader.get(page_url(document, 4)).status_code == 404


def test_pages_are_turned_without_javascript(ada, reader):
    document = drawn(ada)
    page = reader.get(preview_url(document), {"page": 2, "retour": "/demandes/1/"}).content.decode()
    assert page_url(document, 2) in page
    assert "?page=1&amp;retour=/demandes/1/" in page
    assert "?page=3&amp;retour=/demandes/1/" in page
    assert '<a class="btn btn-link" href="/demandes/1/">Revenir</a>' in page
    for odd in ("0", "-1", "99", "x", "9" * 50):
        assert reader.get(preview_url(document), {"page": odd}).status_code == 200


@pytest.mark.parametrize("address", ["https://mal.example/", "//mal.example/", "javascript:alert(1)"])
def test_the_way_back_stays_in_the_portal(ada, reader, address):
    assert "mal.example" not in reader.get(preview_url(drawn(ada)), {"retour": address}).content.decode()


def test_beside_a_form_all_pages_come_in_a_column(ada, reader):
    document = drawn(ada)
    part = reader.get(preview_url(document), headers=HTMX).content.decode()
    assert "<html" not in part
    assert part.count("<img") == 3
    assert "hx-get" not in part


def test_the_column_looks_again_while_it_is_drawn_and_then_leaves_it(ada, reader):
    document = deposit(ada, SOUND["pdf"])
    part = reader.get(preview_url(document), headers=HTMX).content.decode()
    assert "Aperçu en préparation" in part
    assert "?essai=2" in part
    last = reader.get(preview_url(document), {"essai": "20"}, headers=HTMX).content.decode()
    assert "hx-get" not in last
    assert "Rechargez la page" in last


def test_a_strangers_preview_does_not_exist(ada, stranger):
    document = drawn(ada)
    assert stranger.get(preview_url(document)).status_code == 404
    assert stranger.get(page_url(document)).status_code == 404


@pytest.mark.parametrize(("state", "refusal"), [("pending", ""), ("refused", "Virus trouvé.")])
def test_what_is_not_clean_has_no_preview(ada, reader, state, refusal):
    document = drawn(ada)
    Document.objects.filter(pk=document.pk).update(state=state, refusal=refusal, preview="asked")
    assert reader.get(page_url(document)).status_code == 404
    part = reader.get(preview_url(document), headers=HTMX).content.decode()
    assert "<img" not in part
    assert ("Analyse antivirus en cours" if state == "pending" else "refusé") in part


def test_pictures_are_asked_for_once_and_only_of_a_clean_file_that_can_be_drawn(ada):
    document = deposit(ada, SOUND["pdf"], examine=False)
    for state in ("pending", "refused"):
        document.state = state
        assert previews.ask(document, now=NOW) is False
    document.state = "clean"
    assert previews.ask(document, now=NOW) is True
    assert previews.ask(document, now=NOW) is False
    assert previews.ask(deposit(ada, SOUND["docx"], name="a.docx", examine=False), now=NOW) is False


def test_the_database_refuses_a_preview_of_what_is_not_clean(ada):
    document = drawn(ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.filter(pk=document.pk).update(state="pending")


def test_a_picture_lost_on_the_disk_is_a_404(ada, reader):
    document = drawn(ada)
    default_storage.delete(document.page_previews.get(number=1).file.name)
    assert reader.get(page_url(document)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_pictures_go_with_their_document(ada, private_storage):
    document = drawn(ada)
    assert len([path for path in private_storage.rglob("*") if path.is_file()]) == 4
    services.discard(document=document)
    assert not PagePreview.objects.exists()
    assert not [path for path in private_storage.rglob("*") if path.is_file()]
