"""A firm reads its own prices: never those of the firm before it, nor of the firm after it."""

import pytest
from django.utils import timezone

from applications.letters.render import render_letter
from applications.models import DossierDocument, Letter
from applications.services.documents import may_read
from portal.accounts.models import User
from portal.documents.models import Document
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.workflow.test_replacement import LINES, replace

pytestmark = pytest.mark.django_db


def quote_file(journey: Journey) -> Document:
    document = journey.dossier.documents.get(kind=DossierDocument.Kind.QUOTE).document
    assert document is not None
    return document


def reads(user: User, document: Document) -> bool:
    return may_read(user, document).allowed


@pytest.mark.parametrize("state", ["under_review", "in_progress"])
def test_who_replaces_never_reads_the_first_firms_quote(state: str) -> None:
    journey = Journey().to(state)
    first = journey.expert
    replace(journey)
    assert reads(first, quote_file(journey))
    assert not reads(journey.expert, quote_file(journey))


def test_a_quote_that_was_replaced_is_read_by_no_firm() -> None:
    journey = Journey().to("submitted")
    assert reads(journey.expert, quote_file(journey))
    journey.dossier.documents.filter(kind=DossierDocument.Kind.QUOTE).update(replaced_at=timezone.now())
    assert not reads(journey.expert, quote_file(journey))


def test_a_quote_of_another_firm_than_the_missions_is_not_read() -> None:
    journey = Journey().to("submitted")
    other = f.ExpertFirmFactory()
    journey.dossier.quotes.update(firm=other)
    assert not reads(journey.expert, quote_file(journey))
    assert not reads(f.owner_of(other), quote_file(journey))


def test_an_amendment_is_read_by_the_firm_of_its_lines_only() -> None:
    journey = Journey().to("in_progress")
    first = journey.expert
    replace(journey)
    letter = journey.dossier.letters.get(kind=Letter.Kind.AMENDMENT)
    render_letter({"letter": letter.pk})
    letter.refresh_from_db()
    assert letter.document is not None
    assert not reads(first, letter.document)
    assert reads(journey.expert, letter.document)
    assert reads(journey.owner, letter.document)


def test_an_amendment_of_ones_own_lines_is_read() -> None:
    journey = Journey().to("in_progress")
    journey.act("amend", journey.officer, lines=LINES[:1], motive="Un poste n’est plus utile à l’entreprise.")
    letter = journey.dossier.letters.get(kind=Letter.Kind.AMENDMENT)
    render_letter({"letter": letter.pk})
    letter.refresh_from_db()
    assert letter.document is not None
    assert reads(journey.expert, letter.document)
