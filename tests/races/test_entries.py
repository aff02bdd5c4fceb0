"""Several people enter a request for one company at once: one draft is opened, and one person at a time writes it.

The twins take the constraints and the lock away: then several drafts of a volet, and several writers, remain.
"""

from functools import partial
from unittest.mock import patch

import pytest

from applications.models import Assistance, Company, Dossier
from applications.services.assistance import ending, entering
from applications.services.assistance.entering import Heard
from applications.services.filing_company import Lookup
from portal import clock
from portal.accounts.models import User
from tests.applications import factories as f
from tests.races.conftest import ROUNDS, THREADS, at_once, without

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def beginnings(identifier: str) -> list[partial[Assistance]]:
    """Return the same request begun by twenty officers."""
    return [
        partial(
            entering.begin,
            lookup=Lookup("siren", identifier, "off"),
            identity={"name": "Pneumolog"},
            volet=1,
            heard=Heard("phone", clock.today(), contact_email="direction@pneumolog.test"),
            actor=f.OfficerFactory(),
            now=clock.now(),
        )
        for _ in range(THREADS)
    ]


def transfers() -> list[partial[Assistance]]:
    """Return one entry given by twenty managers to twenty officers."""
    company = f.CompanyFactory()
    begin, officer = beginnings(company.identifier)[0], f.OfficerFactory()
    entry = begin(actor=officer)
    return [
        partial(ending.pass_on, entry, to=f.OfficerFactory(), actor=manager, now=clock.now())
        for manager in f.ManagerFactory.create_batch(THREADS)
    ]


def writers() -> int:
    return User.objects.filter(assistances__closed_at__isnull=True, assistances__isnull=False).count()


def test_twenty_officers_open_one_draft_of_a_company() -> None:
    # The rulebooks are read once a process, and not while nineteen others wait for a row.
    beginnings(f.CompanyFactory().identifier)[0]()
    for _ in range(ROUNDS):
        company = f.CompanyFactory()
        assert at_once(beginnings(company.identifier)) == {"done": 1, "Refused": THREADS - 1}
        assert Dossier.objects.get(company=company).assistances.open().count() == 1


def test_twenty_officers_open_one_company() -> None:
    for number in range(ROUNDS):
        identifier = f.siren(41_234_000 + number)
        assert at_once(beginnings(identifier)) == {"done": 1, "Refused": THREADS - 1}
        assert Company.objects.get(identifier=identifier).dossiers.count() == 1


def test_an_entry_is_given_to_one_colleague() -> None:
    for _ in range(ROUNDS):
        before = writers()
        assert at_once(transfers()) == {"done": 1, "Refused": THREADS - 1}
        assert writers() == before + 1


@pytest.mark.twin
def test_without_the_constraint_several_drafts_of_a_volet_are_opened() -> None:
    with without(dossier_one_live_per_volet=Dossier):
        rounds = (beginnings(f.CompanyFactory().identifier) for _ in range(ROUNDS * 3))
        assert any(at_once(prepared)["done"] > 1 for prepared in rounds)


@pytest.mark.twin
def test_without_the_lock_and_the_constraint_several_people_write_one_draft() -> None:
    def read(dossier_id: int) -> Dossier:
        return Dossier.objects.select_related("company", "device", "officer", "firm").get(pk=dossier_id)

    with without(assistance_open_once=Assistance), patch.object(ending, "lock", read):
        rounds = (transfers() for _ in range(ROUNDS * 3))
        assert any(at_once(prepared)["done"] > 1 for prepared in rounds)
