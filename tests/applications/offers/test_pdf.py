"""The PDF of an offer: made once by the worker from what was frozen, archivable, without the company's name."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader

from applications.letters.offer import offer_pdf, render_offer
from applications.models import Offer
from tests.applications.offers.builders import asked, sent

pytestmark = pytest.mark.django_db


def test_the_pdf_says_all_that_was_frozen_and_never_who_asks() -> None:
    made = asked()
    offer = sent(made)
    Offer.objects.filter(pk=offer.pk).update(document=None)
    render_offer({"offer": offer.pk})
    render_offer({"offer": offer.pk})
    offer.refresh_from_db()
    assert offer.document is not None
    with offer.document.file.open("rb") as file:
        content = file.read()
    assert content == offer_pdf(offer)
    reader = PdfReader(BytesIO(content))
    assert b'pdfaid:part="3"' in reader.trailer["/Root"]["/Metadata"].get_data()
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for words in (
        offer.reference,
        "38 600,00",
        "19 000,00",
        "Audit à blanc",
        "Frais de déplacement",
        "à titre non exclusif",
        "5 ans après sa fin",
        offer.terms_sha256[:20],
    ):
        assert words in text.replace("\u202f", " ").replace("\u00a0", " "), words
    assert made.company.name not in text
    assert (offer.document.kind, offer.document.organisation) == (
        "offer",
        made.invitation.firm.organisation,
    )


def test_a_draft_has_no_pdf() -> None:
    made = asked()
    offer = sent(made)
    Offer.objects.filter(pk=offer.pk).update(document=None, content={})
    render_offer({"offer": offer.pk})
    assert Offer.objects.get(pk=offer.pk).document is None
