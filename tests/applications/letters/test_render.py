"""Every kind of letter becomes a PDF once, from its frozen content, fetching nothing."""

import io
from datetime import UTC, timedelta

import pypdf
import pytest

from applications.letters.render import letter_pdf, render_letter
from applications.models import Letter
from portal import clock
from portal.notifications import outbox
from portal.notifications.models import Outbox
from tests.applications.journeys import MOTIVE, Journey

pytestmark = pytest.mark.django_db
Kind = Letter.Kind
ITEMS = [{"step": "pieces", "target": "quote", "reason": "Le devis est illisible."}]


def text_of(pdf: bytes) -> str:
    """Return the words of a PDF, white space folded."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_main_road_s_letters_hold_their_figures() -> None:
    journey = Journey().to("closed")
    letters = {letter.kind: letter for letter in journey.dossier.letters.all()}
    assert set(letters) == {
        Kind.RECEIPT,
        Kind.APPROVAL,
        Kind.CONTRACT,
        Kind.SIGNED_CONTRACT,
        Kind.AID_STATEMENT,
    }
    for letter in letters.values():
        words = text_of(letter_pdf(letter))
        assert journey.dossier.number in words
        assert journey.dossier.company.name in words
    contract = text_of(letter_pdf(letters[Kind.SIGNED_CONTRACT]))
    assert journey.dossier.contract.sha256 in contract.replace(" ", "")
    assert "SA.58995" in contract
    assert "18 mois" in contract


def test_the_dates_of_letters_are_those_of_paris() -> None:
    # Half past eleven in the evening in UTC is the next day in Paris.
    late = clock.now().astimezone(UTC).replace(hour=23, minute=30) + timedelta(days=1)
    tomorrow = late.date() + timedelta(days=1)
    journey = Journey(now=late).to("under_review")
    journey.act("request_completion", journey.officer, items=ITEMS, message="Merci de compléter.")
    letter = journey.dossier.letters.get(kind=Kind.COMPLETION)
    assert letter.context["on"] == tomorrow.isoformat()
    render_letter({"letter": letter.pk})
    letter.refresh_from_db()
    assert letter.document is not None
    assert letter.document.issued_on == tomorrow


def test_a_rejection_cites_rule_section_and_remedy() -> None:
    journey = Journey().to("under_review")
    journey.act("reject", journey.officer, rules=["company.autonomy"], motive=MOTIVE)
    letter = journey.dossier.letters.get(kind=Kind.REJECTION)
    words = text_of(letter_pdf(letter))
    finding = next(f for f in letter.context["findings"])
    assert finding["source"] in words
    assert MOTIVE in words


def test_the_same_content_gives_the_same_bytes_and_one_document() -> None:
    journey = Journey().to("submitted")
    letter = journey.dossier.letters.get()
    assert letter_pdf(letter) == letter_pdf(letter)
    render_letter({"letter": letter.pk}, outbox_id=1)
    letter.refresh_from_db()
    first = letter.document_id
    assert first is not None
    render_letter({"letter": letter.pk}, outbox_id=1)
    letter.refresh_from_db()
    assert letter.document_id == first


def test_the_worker_makes_the_letters_left_in_the_outbox() -> None:
    journey = Journey().to("submitted")
    assert Outbox.objects.filter(kind="render_letter", done_at=None).exists()
    outbox.drain(journey.now)
    assert not Outbox.objects.filter(kind="render_letter", done_at=None).exists()
    assert journey.dossier.letters.get().document is not None


def test_nothing_is_fetched() -> None:
    journey = Journey().to("under_review")
    hostile = '<img src="file:///etc/passwd"><img src="http://127.0.0.1:9/x.png">'
    journey.act("reject", journey.officer, rules=["company.autonomy"], motive=MOTIVE + hostile)
    letter = journey.dossier.letters.get(kind=Kind.REJECTION)
    words = text_of(letter_pdf(letter))
    assert "<img src=" in words
