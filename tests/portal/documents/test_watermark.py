"""Who reads and when, across the pages that are shown and the copies to be read; never on the file itself."""

import io
from datetime import UTC, datetime

import pypdfium2
import pytest
from django.urls import reverse
from PIL import Image, ImageChops

from portal.audit.models import Event
from portal.documents import limited, watermark
from portal.documents.limited import UnreadableError
from portal.documents.models import Document
from portal.notifications import outbox
from tests.portal.documents.makers import SOUND, picture, written
from tests.portal.documents.test_previews import NOW, deposit, drawn, page_url, preview_url

SAID = "Lu par Ada Martin, le 20/11/2026 à 10 h 30"
TEXT = written(pages=[["Une faille"], ["Une autre"]])


@pytest.fixture(autouse=True)
def policy(settings):
    settings.DOCUMENT_POLICY = "tests.portal.documents.test_previews.own_only"
    settings.DOCUMENT_SCANNED = "tests.portal.documents.test_previews.nothing"


@pytest.fixture
def reader(client, ada):
    client.force_login(ada)
    return client


def copy_url(document):
    return reverse("document_copy", args=[document.pk])


def picture_of(document):
    """Return the picture of the first page as it is kept."""
    with document.page_previews.get(number=1).file.open("rb") as file:
        return file.read()


def page(size=(600, 800), colour="white"):
    output = io.BytesIO()
    Image.new("RGB", size, colour).save(output, "PNG")
    return output.getvalue()


def changed(before, after):
    """Return which part of a picture differs from another, from 0 to 1."""
    with Image.open(io.BytesIO(before)) as first, Image.open(io.BytesIO(after)) as second:
        difference = ImageChops.difference(first.convert("RGB"), second.convert("RGB")).convert("L")
    marked = difference.point([0] * 8 + [255] * 248)
    return sum(marked.histogram()[255:]) / (difference.width * difference.height)


def test_a_page_says_the_name_and_the_minute_in_paris():
    assert watermark.words("Ada Martin", at=NOW) == SAID
    assert watermark.words("Ada Martin", at=datetime(2026, 7, 1, 22, 5, tzinfo=UTC)).endswith(
        "le 02/07/2026 à 00 h 05"
    )


@pytest.mark.parametrize("colour", ["white", (210, 220, 240), "black"])
def test_the_words_are_seen_and_the_page_is_read_through_them(colour):
    sheet = page(colour=colour)
    share = changed(sheet, watermark.stamped(sheet, SAID))
    assert 0.005 < share < 0.25


def test_every_part_of_the_page_bears_them():
    sheet = page((1100, 1556))
    stamped = watermark.stamped(sheet, SAID)
    with Image.open(io.BytesIO(sheet)) as first, Image.open(io.BytesIO(stamped)) as second:
        assert (second.format, second.size) == ("PNG", (1100, 1556))
        difference = ImageChops.difference(first.convert("RGB"), second.convert("RGB"))
        for top in range(0, 1556 - 500, 500):
            assert difference.crop((0, top, 1100, top + 500)).getbbox() is not None


@pytest.mark.parametrize("name", ["", "Łukasz Żółć", "李小龙", "x" * 300])
def test_any_name_can_be_written(name):
    assert watermark.stamped(page(), watermark.words(name, at=NOW)).startswith(b"\x89PNG")


@pytest.mark.parametrize("size", [(1, 1), (20, 10), (40, 1600)])
def test_the_smallest_picture_can_be_stamped(size):
    with Image.open(io.BytesIO(watermark.stamped(page(size), SAID))) as stamped:
        assert stamped.size == size


def test_a_copy_keeps_the_text_and_bears_the_words():
    copy = pypdfium2.PdfDocument(watermark.reading_copy(TEXT, "pdf", SAID))
    original = pypdfium2.PdfDocument(TEXT)
    assert len(copy) == 2
    for number, words in enumerate(("Une faille", "Une autre")):
        assert copy[number].get_textpage().get_text_range().strip() == words
        assert copy[number].get_size() == original[number].get_size()
        images = [one.render(scale=1).to_pil() for one in (original[number], copy[number])]
        assert ImageChops.difference(*(image.convert("RGB") for image in images)).getbbox() is not None


def test_a_copy_of_a_page_whose_corner_is_elsewhere_and_that_is_turned_is_stamped_whole():
    pdf = pypdfium2.PdfDocument(TEXT)
    pdf[0].set_mediabox(100, 200, 700, 1000)
    pdf[0].set_cropbox(100, 200, 700, 1000)
    pdf[0].set_rotation(90)
    output = io.BytesIO()
    pdf.save(output)
    copy = pypdfium2.PdfDocument(watermark.reading_copy(output.getvalue(), "pdf", SAID))
    shown = copy[0].render(scale=1).to_pil().convert("L").point([255] * 250 + [0] * 6)
    left, top, right, bottom = shown.getbbox()
    assert right - left > copy[0].get_width() * 0.9
    assert bottom - top > copy[0].get_height() * 0.9


@pytest.mark.parametrize(("kind", "extension"), [("PNG", "png"), ("JPEG", "jpg")])
def test_a_photograph_becomes_a_pdf_of_one_page(kind, extension):
    copy = pypdfium2.PdfDocument(watermark.reading_copy(picture(kind, (900, 600)), extension, SAID))
    assert len(copy) == 1
    assert copy[0].get_width() > copy[0].get_height()


def test_a_file_that_cannot_be_copied_says_so_in_time(monkeypatch, within_seconds):
    with within_seconds(5), pytest.raises(UnreadableError):
        watermark.reading_copy(b"%PDF-1.7 no", "pdf", SAID)
    monkeypatch.setattr(watermark, "COPY_SECONDS", 0.0)
    with within_seconds(5), pytest.raises(UnreadableError):
        watermark.reading_copy(TEXT, "pdf", SAID)


# --- Served --------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_page_shown_bears_its_readers_name_and_the_picture_kept_does_not(ada, reader):
    document = drawn(ada, TEXT)
    kept = picture_of(document)
    answer = reader.get(page_url(document))
    assert changed(kept, answer.content) > 0.005
    assert picture_of(document) == kept
    assert "no-store" in answer["Cache-Control"]
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_the_original_stays_as_it_was_deposited(ada, reader):
    document = deposit(ada, TEXT)
    answer = reader.get(copy_url(document))
    assert answer.content.startswith(b"%PDF")
    assert answer.content != TEXT
    assert answer["Content-Disposition"] == 'attachment; filename="Devis (copie de lecture).pdf"'
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in answer["Cache-Control"]
    with Document.objects.get(pk=document.pk).file.open("rb") as file:
        assert file.read() == TEXT


@pytest.mark.django_db
def test_each_page_copy_and_download_of_a_watched_document_is_in_the_journal(ada, reader):
    document = drawn(ada, TEXT, kind="report")
    part = reader.get(preview_url(document)).content.decode()
    assert "inscrit au journal du dossier, à votre nom" in part
    assert not Event.objects.exists()
    reader.head(page_url(document))
    reader.head(copy_url(document))
    assert not Event.objects.exists()
    reader.get(page_url(document, 2))
    reader.get(copy_url(document))
    reader.get(reverse("document_download", args=[document.pk]))
    told = [
        (event.name, event.actor_ref, event.data.get("page")) for event in Event.objects.order_by("sequence")
    ]
    assert told == [
        ("document_page_seen", ada.pk, 2),
        ("document_copied", ada.pk, None),
        ("document_read", ada.pk, None),
    ]


@pytest.mark.django_db
def test_what_was_not_given_is_not_said_to_be_read(ada, reader, monkeypatch):
    document = drawn(ada, TEXT, kind="report")
    monkeypatch.setattr(watermark, "COPY_SECONDS", 0.0)
    answer = reader.get(copy_url(document))
    assert answer.status_code == 409
    assert "page par page" in answer.content.decode()
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_no_copy_is_made_of_an_office_document_nor_of_what_is_not_clean(ada, reader):
    office = deposit(ada, SOUND["docx"], name="a.docx")
    assert reader.get(copy_url(office)).status_code == 404
    waiting = deposit(ada, TEXT, examine=False)
    Document.objects.filter(pk=waiting.pk).update(state="pending")
    assert reader.get(copy_url(waiting)).status_code == 404


@pytest.mark.django_db
def test_a_strangers_copy_does_not_exist(ada, client):
    from portal.accounts.models import User

    document = deposit(ada, TEXT)
    assert client.get(copy_url(document)).status_code == 302
    client.force_login(User.objects.create_user("bob@example.fr", full_name="Bob Durand"))
    assert client.get(copy_url(document)).status_code == 404


@pytest.mark.django_db
def test_a_sensitive_document_offers_its_copy_first(ada, reader):
    document = drawn(ada, TEXT)
    assert copy_url(document) not in reader.get(preview_url(document)).content.decode()
    secret = drawn(ada, TEXT, kind="report", encrypt=True)
    shown = reader.get(preview_url(secret)).content.decode()
    assert copy_url(secret) in shown
    assert "Original" in shown
    assert outbox.drain(NOW) == 0


def test_the_copy_is_made_in_a_process_of_its_own(monkeypatch):
    asked = []
    monkeypatch.setattr(limited, "run", lambda *args, **options: asked.append((args[:2], options)) or b"%PDF")
    watermark.reading_copy(TEXT, "pdf", SAID)
    (((program, job), options),) = asked
    assert (program.name, job) == ("copying.py", "pdf")
    assert options["seconds"] + options["grace"] <= 12
