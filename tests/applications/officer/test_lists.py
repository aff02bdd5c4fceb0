"""The lists: exact tabs, filters that combine, search, stable pages, and a number of queries that never grows."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Deadline, Dossier, Listing
from applications.services import listing, worklist
from applications.services.paging import page_of
from portal import clock
from portal.accounts.models import User
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db
LIST_QUERIES = 10
SEARCH_QUERIES = 11
# Session, account and unread notifications are read by every page; the acts offered are counted apart.
EVERY_PAGE = 3
DOSSIER_QUERIES = 15
ACT_QUERIES = 20


def filed(count: int, *, region: str = "", **fields: Any) -> list[Dossier]:
    """Dossiers as if filed, quickly: one company each."""
    now = clock.now()
    owner = f.UserFactory()
    companies = f.CompanyFactory.create_batch(count, owner=owner, region=region)
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
    dossiers = Dossier.objects.bulk_create(
        Dossier(company=company, number=f"DM-2026-{first + rank:06d}", **{**common, **fields})
        for rank, company in enumerate(companies, start=1)
    )
    if "state_since" in fields:
        # Given by the database when a row is made.
        Dossier.objects.filter(pk__in=[one.pk for one in dossiers]).update(state_since=fields["state_since"])
    relist(*dossiers)
    return dossiers


def relist(*dossiers: Dossier) -> None:
    """Write the rows of dossiers that no act made."""
    listing.refresh([one.pk for one in dossiers], today=clock.today())


def due(dossier: Dossier, on: date) -> None:
    """Give a dossier a running term."""
    Deadline.objects.create(dossier=dossier, kind="term", due_on=on)
    relist(dossier)


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
    due(late, clock.today() - timedelta(days=1))
    due(mine, clock.today())
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


def test_what_ended_is_neither_mine_nor_late() -> None:
    officer = f.OfficerFactory()
    (ended,) = filed(1, state="rejected", officer=officer)
    due(ended, clock.today() - timedelta(days=3))
    counts = tab_counts(shown(officer))
    assert (counts["Mes dossiers"], counts["En retard"], counts["Tous"]) == (0, 0, 1)


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
    assert (
        len(shown(officer, vue="all", volet="neuf", charge="x", tri="rien", age="-1", edition="1")["rows"])
        == 4
    )


def test_filters_by_region_edition_amount_and_age() -> None:
    officer = f.OfficerFactory()
    waiting = clock.now().astimezone(clock.PARIS) - timedelta(days=30)
    (wanted,) = filed(
        1, region="Bretagne", edition="2023", total="30000", bpifrance_share="25000", state_since=waiting
    )
    filed(2, total="30000", bpifrance_share="24999.99")
    for query in ({"region": "Bretagne"}, {"edition": "2023"}, {"montant": "grand"}, {"age": "30"}):
        assert numbers(shown(officer, **query)) == [wanted.number], query
    assert numbers(shown(officer, age="60")) == []
    assert len(numbers(shown(officer, montant="moyen"))) == 2


def test_a_filter_counts_up_to_a_thousand_and_a_tab_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("applications.views.officer_worklist.COUNTED", 3)
    officer = f.OfficerFactory()
    filed(5)
    filed(1, state="incomplete", officer=officer)
    page = signed_in(officer).get(reverse("dossier_list"), {"volet": "1", "vue": "all"})
    counted = {tab["label"]: (tab["count"], tab["more"]) for tab in page.context["tabs"]}
    assert counted["Tous"] == counted["Sans chargé d’affaires"] == (3, True)
    assert counted["Mes dossiers"] == counted["Chez l’entreprise"] == (1, False)
    assert "plus de 3 dossiers" in page.content.decode()
    assert tab_counts(shown(officer))["Tous"] == 6


def test_both_ways_of_counting_agree() -> None:
    officer = f.OfficerFactory()
    for number, state in enumerate(("submitted", "under_review", "incomplete", "in_progress", "closed")):
        dates = dict.fromkeys(("validated_on", "signed_on", "due_on", "report_due_on"), clock.today())
        work = dict.fromkeys(("work_started_on", "work_ended_on"), clock.today())
        made = filed(
            number + 1, state=state, officer=officer if number % 2 else f.OfficerFactory(), **dates, **work
        )
        due(made[0], clock.today() - timedelta(days=number))
    rows = Listing.objects.all()
    exact = worklist.counts(rows, officer, clock.today(), cap=None)
    assert exact == worklist.counts(rows, officer, clock.today(), cap=100)
    assert exact["all"] == 15


def test_pages_hold_fifty_in_a_stable_order_both_ways() -> None:
    officer = f.OfficerFactory()
    dossiers = filed(120)
    # Filed at the very same instant: only the key tells them apart.
    expected = [one.number for one in reversed(dossiers)]
    query: dict[str, str] = {}
    seen, pages = [], []
    for _ in range(3):
        context = shown(officer, vue="all", **query)
        pages.append(context)
        seen.append(numbers(context))
        query = {"apres": context["page"].after}
    assert [len(page) for page in seen] == [50, 50, 20]
    assert [number for page in seen for number in page] == expected
    assert pages[2]["page"].after == pages[0]["page"].before == ""
    assert numbers(shown(officer, vue="all", avant=pages[2]["page"].before)) == seen[1]
    back = shown(officer, vue="all", avant=pages[1]["page"].before)
    assert numbers(back) == seen[0]
    assert back["page"].before == ""


@pytest.mark.parametrize(
    "mark",
    ["x", "~", "demain~3", "2026-01-01T10:00:00~3", "~99999999999999999999", "NaN~1", "1e999~1", "\x00~1"],
)
@pytest.mark.parametrize("sort", ["", "montant", "echeance"])
def test_a_mark_that_does_not_read_leads_to_the_first_page(mark: str, sort: str) -> None:
    filed(2)
    officer = f.OfficerFactory()
    for side in ("apres", "avant"):
        assert len(numbers(shown(officer, vue="all", tri=sort, **{side: mark}))) == 2


def test_each_order_holds_across_pages() -> None:
    for days in range(6):
        (one,) = filed(
            1,
            submitted_at=clock.now() - timedelta(days=days),
            state_since=clock.now() - timedelta(days=days * 7 % 5),
            total="50000",
            bpifrance_share=str(1000 * (days * 5 % 4)),
        )
        if days % 2:
            due(one, clock.today() + timedelta(days=days))
    for sort in worklist.SORTS.values():
        rows, after = [], ""
        while page := page_of(Listing.objects.all(), sort, size=2, after=after):
            rows += page.rows
            after = page.after
            if not after:
                break
        found = [(getattr(row, sort.column), row.pk) for row in rows]
        assert found == sorted(found, reverse=sort.descending), sort.label
        assert len(found) == 6


def test_a_dossier_filed_meanwhile_shifts_no_page() -> None:
    officer = f.OfficerFactory()
    filed(60)
    first = shown(officer, vue="all")
    filed(5)
    second = shown(officer, vue="all", apres=first["page"].after)
    assert not set(numbers(first)) & set(numbers(second))
    assert len(numbers(second)) == 10


def test_the_number_of_queries_does_not_grow() -> None:
    officer = f.OfficerFactory()
    client = signed_in(officer)

    def queries(**query: Any) -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("dossier_list"), {"vue": "all", **query})
        return len(seen)

    filed(10, version=1)
    few, searched = queries(), queries(q="dm 2026", volet="1")
    filed(990, version=1)
    assert queries() == few == LIST_QUERIES
    assert queries(q="dm 2026", volet="1") == searched == SEARCH_QUERIES


@pytest.mark.twin
def test_a_row_that_asks_for_itself_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    client, asked = signed_in(f.OfficerFactory()), list[int]()
    monkeypatch.setattr(QuerySet, "select_related", lambda one, *_: one.all())
    for count in (10, 20):
        filed(count, version=1)
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("dossier_list"), {"vue": "all"})
        asked.append(len(seen))
    assert LIST_QUERIES < asked[0] < asked[1]


def test_the_columns_are_those_chosen() -> None:
    officer = f.OfficerFactory()
    filed(1, region="Bretagne")
    assert [label for _, label in shown(officer, vue="all")["columns"]][:2] == ["Volet", "État"]
    context = shown(officer, vue="all", col=["verdict", "region", "rien"])
    assert [key for key, _ in context["columns"]] == [
        "volet",
        "etat",
        "charge",
        "montant",
        "depuis",
        "echeance",
    ]
    context = shown(officer, vue="all", col=["verdict", "region"])
    assert [cell.text for _, cell in context["rows"][0]["cells"]] == ["Éligible", "Bretagne"]
    assert "col=verdict&col=region" in context["params"]


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
