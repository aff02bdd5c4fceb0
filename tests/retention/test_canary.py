"""A dossier whose every text holds a canary word: after its term the word is nowhere, the journal and figures hold."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from applications.models import Company, Dossier, Listing, Payment, Tally, UsedVolet
from applications.services import aid_register
from applications.services.figures import rebuild, tally
from portal import clock
from portal.accounts.models import Organisation, User
from portal.audit.services import verify
from portal.documents.models import Document
from tests.applications import factories as f
from tests.applications import journeys
from tests.applications.journeys import Journey
from tests.retention import planting
from tests.retention.conftest import later, sweep_on
from tests.retention.planting import WORD, files_with_word, found

pytestmark = pytest.mark.django_db


def canary(state: str, monkeypatch: pytest.MonkeyPatch) -> Journey:
    """Return a journey to a state, of people and a company that bear the word, every text of it planted."""
    monkeypatch.setattr(journeys, "MOTIVE", f"{WORD} : un motif assez long pour être lu.")
    journey = Journey()
    planting.name_company(journey.dossier.company)
    planting.nobody(journey.owner)
    journey.to(state)
    planting.fill(journey)
    assert planting.plant(journey) > 60
    planting.deliver(journey)
    return journey


def sums() -> dict[Any, Any]:
    """Return every figure of the pilotage board, cell by cell."""
    tally.fold()
    parts = set(Tally.objects.order_by().values_list("volet", "device"))
    return {part: rebuild.standing(part) for part in parts}


def assert_whole() -> None:
    """Assert that the journal verifies and that counting everything anew changes no figure."""
    assert verify() == []
    report = rebuild.rebuild(today=clock.today())
    assert (report.changed, report.cells) == (0, 0)


@pytest.mark.parametrize("state", ["rejected", "cancelled"])
def test_nothing_is_left_of_a_request_without_sequel(
    state: str, monkeypatch: pytest.MonkeyPatch, storage_folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    journey = canary(state, monkeypatch)
    before = sums()
    assert files_with_word(storage_folder)
    assert sweep_on(later(journey.today, months=24, days=-1)) == {}
    with django_capture_on_commit_callbacks(execute=True):
        done = sweep_on(later(journey.today, months=24))
    assert done["ended"] == 1
    assert list(found()) == []
    assert files_with_word(storage_folder) == []
    assert sums() == before
    assert_whole()
    kept = Dossier.objects.get(pk=journey.dossier.pk)
    assert (kept.number, kept.state, kept.bpifrance_share) == (
        journey.dossier.number,
        state,
        journey.dossier.bpifrance_share,
    )
    assert Company.objects.get(pk=kept.company_id).name == f"Entreprise effacée nº\u00a0{kept.company_id}"
    assert not User.objects.get(pk=journey.owner.pk).is_active
    assert sweep_on(later(journey.today, months=24, days=1)) == {}


def test_a_paid_request_leaves_its_line_in_the_register(
    monkeypatch: pytest.MonkeyPatch, storage_folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    journey = canary("closed", monkeypatch)
    company = journey.dossier.company
    # The scheme goes on: another company was aided since.
    UsedVolet.objects.create(
        company=f.CompanyFactory(), volet=1, edition="2024", used_on=later(months=100), paid_on=later(months=101),
        amount=Decimal(100), origin="reprise", recorded_by=journey.manager,
    )  # fmt: skip
    before, register = sums(), aid_register.totals(Payment.objects.all())
    assert sweep_on(later(journey.today, months=24))["archive"] == 1
    assert list(found())
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_on(later(journey.today, months=120))["paid"] == 1
    spared = ((Company, company.pk), (Organisation, company.organisation_id))
    assert list(found(besides=spared)) == []
    assert files_with_word(storage_folder) == []
    assert aid_register.totals(Payment.objects.all()) == register
    (line,) = aid_register.lines(Payment.objects.all())
    assert (line.company.name, line.dossier) == (f"{WORD} SAS", None)
    company.refresh_from_db()
    assert (company.address, company.facts, company.directory_record) == ("", {}, None)
    assert sums() == before
    assert_whole()


def test_the_register_loses_its_names_ten_years_after_the_last_aid(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    journey = canary("closed", monkeypatch)
    ht = Payment.objects.get().ht
    with django_capture_on_commit_callbacks(execute=True):
        sweep_on(later(journey.today, months=120))
    assert list(found()) == []
    assert Payment.objects.get().ht == ht
    assert_whole()


@pytest.mark.twin
def test_the_twin_that_forgets_a_row_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were one kind of rows left out of the table, the canary would sing."""
    from applications.services.retention import erasing

    monkeypatch.setattr(
        erasing, "GONE", tuple(one for one in erasing.GONE if one[0]._meta.object_name != "Message")
    )
    journey = canary("rejected", monkeypatch)
    sweep_on(later(journey.today, months=24))
    assert any("Message" in place for place in found())


def test_an_erased_dossier_is_in_no_list_and_opens_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = canary("rejected", monkeypatch)
    sweep_on(later(journey.today, months=24))
    for person in (journey.officer, journey.manager, f.AuditorFactory(), journey.owner, journey.expert):
        assert not Dossier.objects.visible_to(person).exists()
    assert not Listing.objects.all().visible_to(journey.manager).exists()
    assert Document.objects.count() == 0
