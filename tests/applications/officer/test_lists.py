"""The lists: exact tabs, filters that combine, search, stable pages, and a number of queries that never grows."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Deadline, Dossier
from portal import clock
from portal.accounts.models import User
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db
LIST_QUERIES = 6
# Session, account and unread notifications are read by every page; the acts offered are counted apart.
EVERY_PAGE = 3
DOSSIER_QUERIES = 15
ACT_QUERIES = 20


def filed(count: int, **fields: Any) -> list[Dossier]:
    """Dossiers as if filed, quickly: one company each."""
    now = clock.now()
    owner = f.UserFactory()
    companies = f.CompanyFactory.create_batch(count, owner=owner)
    common = {
        "volet": 1,
        "state": "submitted",
        "edition": "2024",
        "submitted_at": now,
        "judged_on": clock.civil_date(now),
        "created_by": owner,
        "device_kind": "dm",
        "device_class": "IIa",
        "verdict": "eligible",
    }
    first = Dossier.objects.count()
    return Dossier.objects.bulk_create(
        Dossier(company=company, number=f"DM-2026-{first + rank:06d}", **{**common, **fields})
        for rank, company in enumerate(companies, start=1)
    )


def shown(user: User, **query: Any) -> Any:
    return signed_in(user).get(reverse("dossier_list"), query).context


def tab_counts(context: Any) -> dict[str, int]:
    return {tab["label"]: tab["count"] for tab in context["tabs"]}


def numbers(context: Any) -> list[str]:
    return [row["dossier"].number for row in context["rows"]]


def test_tabs_count_exactly() -> None:
    officer = f.OfficerFactory()
    filed(3)
    (mine,) = filed(1, state="under_review", officer=officer)
    filed(1, state="incomplete", officer=officer)
    (late,) = filed(1, state="under_review", officer=f.OfficerFactory())
    f.DossierFactory(pieces=False)
    yesterday = clock.today() - timedelta(days=1)
    Deadline.objects.create(dossier=late, kind="term", due_on=yesterday)
    Deadline.objects.create(dossier=mine, kind="term", due_on=clock.today())
    context = shown(officer)
    assert tab_counts(context) == {
        "Mes dossiers": 2,
        "Sans chargé d’affaires": 3,
        "Chez l’entreprise": 1,
        "Chez l’expert": 0,
        "En retard": 1,
        "Tous": 6,
    }
    assert len(context["rows"]) == 2
    assert numbers(shown(officer, vue="late")) == [late.number]
    assert "Mes dossiers" not in tab_counts(shown(f.ManagerFactory()))


def test_filters_combine_and_stay_in_the_address() -> None:
    officer = f.OfficerFactory()
    filed(2)
    (wanted,) = filed(
        1, volet=4, device_class="I", verdict="needs_review", officer=officer, state="under_review"
    )
    filed(1, volet=4)
    context = shown(
        officer, etat="under_review", volet="4", classe="dm.I", charge=officer.pk, verdict="needs_review"
    )
    assert numbers(context) == [wanted.number]
    assert "volet=4" in context["params"]
    assert "verdict=needs_review" in context["tabs"][0]["query"]
    assert len(shown(officer, vue="all", volet="neuf", charge="x", tri="rien")["rows"]) == 4


def test_search_reads_number_company_siren_expert_and_device() -> None:
    journey = Journey().to("submitted")
    filed(2)
    dossier, officer = journey.dossier, journey.officer
    assert dossier.firm is not None
    assert dossier.device is not None
    spaced = (
        f"{dossier.company.identifier[:3]} {dossier.company.identifier[3:6]} {dossier.company.identifier[6:]}"
    )
    for words in (
        dossier.number,
        dossier.company.name.upper(),
        dossier.company.identifier,
        spaced,
        dossier.firm.name,
        dossier.device.name,
    ):
        assert dossier.number in numbers(shown(officer, q=words)), words
    assert numbers(shown(officer, q="introuvable\x00%")) == []


def test_pages_hold_fifty_in_a_stable_order() -> None:
    officer = f.OfficerFactory()
    filed(120)
    pages = [numbers(shown(officer, vue="all", page=page)) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({number for page in pages for number in page}) == 120
    assert numbers(shown(officer, vue="all", page="x")) == pages[0]
    assert len(numbers(shown(officer, vue="all", page="99"))) == 20


def test_the_number_of_queries_does_not_grow() -> None:
    officer = f.OfficerFactory()
    client = signed_in(officer)

    def queries(**query: Any) -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("dossier_list"), {"vue": "all", **query})
        return len(seen)

    filed(10)
    few, searched = queries(), queries(q="cardio", volet="1")
    filed(990)
    assert queries() == few == LIST_QUERIES
    assert queries(q="cardio", volet="1") == searched == LIST_QUERIES


@pytest.mark.parametrize("state", ["under_review", "in_progress", "closed"])
def test_the_dossiers_page_costs_few_queries(state: str) -> None:
    journey = Journey().to(state)
    auditor, officer = signed_in(f.AuditorFactory()), signed_in(journey.officer)
    page = reverse("officer_dossier", args=[journey.dossier.pk])
    with CaptureQueriesContext(connection) as read:
        auditor.get(page)
    with CaptureQueriesContext(connection) as offered:
        officer.get(page)
    assert len(read) <= DOSSIER_QUERIES + EVERY_PAGE
    assert len(offered) - len(read) <= ACT_QUERIES
