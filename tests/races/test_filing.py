"""A draft begun, edited, sent and given its pieces by several at once: one draft, no lost answer, no piece too many.

The twins take the lock or the constraint away: what was filed is then edited, and pieces pass the limit.
"""

from collections.abc import Callable
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from applications.models import Dossier
from applications.services import filing, filing_pieces, filing_start
from applications.services.transitions import execute
from portal import clock
from tests.applications import factories as f
from tests.applications.journeys import ENGAGED, Journey
from tests.portal.documents.makers import SOUND
from tests.races.conftest import ROUNDS, THREADS, at_once, lock_off, without

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
HEADCOUNT = "77"
ROOM = 4


def edits_and_submissions(journey: Journey) -> list[Callable[[], object]]:
    """Return as many edits of the draft as submissions, all from the page of now."""
    revision = journey.dossier.revision
    edit = partial(
        filing.save_company_facts,
        journey.dossier,
        actor=journey.owner,
        expected_revision=revision,
        facts={**journey.dossier.company_facts, "headcount": HEADCOUNT},
        today=journey.today,
    )
    submit = partial(
        execute,
        "submit",
        dossier=journey.dossier,
        actor=journey.owner,
        expected_version=journey.dossier.version,
        now=journey.now,
        expected_revision=revision,
        **ENGAGED,
    )
    return [edit, submit] * (THREADS // 2)


def test_what_is_filed_is_what_the_page_showed() -> None:
    for _ in range(ROUNDS):
        journey = Journey()
        before = journey.dossier.company_facts
        results = at_once(edits_and_submissions(journey))
        assert results["done"] == 1
        assert set(results) <= {"done", "Stale", "WrongState", "Refused"}
        journey.dossier.refresh_from_db()
        edited = journey.dossier.company_facts["headcount"] == HEADCOUNT
        assert journey.dossier.state == ("draft" if edited else "submitted")
        assert edited or journey.dossier.company_facts == before


@pytest.mark.twin
def test_without_the_lock_what_is_being_filed_is_edited() -> None:
    prepared = edits_and_submissions(Journey())
    with lock_off(filing):
        assert at_once(prepared)["done"] > 1


def deposits(dossier: Dossier, number: int) -> list[Callable[[], object]]:
    """Return as many files joined at once."""
    return [
        partial(
            filing_pieces.add_document,
            dossier,
            actor=dossier.created_by,
            kind="other",
            file=SimpleUploadedFile(f"piece-{rank}.pdf", SOUND["pdf"]),
            today=clock.today(),
        )
        for rank in range(number)
    ]


def joined(dossier: Dossier) -> int:
    return dossier.documents.filter(kind="other", replaced_at=None).count()


def test_four_files_at_once_are_all_kept() -> None:
    for _ in range(ROUNDS):
        dossier = Journey().dossier
        assert at_once(deposits(dossier, 4)) == {"done": 4}
        assert joined(dossier) == 4


def test_of_twenty_files_at_once_as_many_are_kept_as_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dossier = Journey().dossier
    monkeypatch.setattr(filing_pieces, "MAX_FILES", filing_pieces.pieces_of(dossier).count() + ROOM)
    results = at_once(deposits(dossier, THREADS))
    assert results["done"] == joined(dossier) == ROOM
    assert len(results) == 2


@pytest.mark.twin
def test_without_the_lock_pieces_pass_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    dossier = Journey().dossier
    monkeypatch.setattr(filing_pieces, "MAX_FILES", filing_pieces.pieces_of(dossier).count() + ROOM)
    with lock_off(filing):
        at_once(deposits(dossier, THREADS))
    assert joined(dossier) > ROOM


def beginnings() -> list[Callable[[], object]]:
    """Return the same volet begun by twenty members of a company."""
    company = f.CompanyFactory()
    people = [f.owner_of(company)]
    people += [f.MembershipFactory(organisation=company.organisation).user for _ in range(THREADS - 1)]
    begin = partial(
        filing_start.start_dossier, company=company, volet=1, now=clock.now(), today=clock.today()
    )
    return [partial(begin, actor=person) for person in people]


def test_twenty_members_begin_one_draft_of_a_volet() -> None:
    for number in range(1, ROUNDS + 1):
        assert at_once(beginnings()) == {"done": THREADS}
        assert Dossier.objects.count() == number


@pytest.mark.twin
def test_without_the_constraint_members_begin_several() -> None:
    with without(dossier_one_live_per_volet=Dossier):
        assert at_once(beginnings()) == {"done": THREADS}
        assert Dossier.objects.count() > 1
