"""Every figure of « Pilotage » opens exactly its dossiers, and the page costs the same whatever there is."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.exports import jobs
from applications.forms.officer_list import DossierFilterForm
from applications.management.demo.crowd import Crowd
from applications.services import worklist
from applications.services.figures import tally
from portal import clock
from portal.accounts.models import User
from tests.applications import factories as f
from tests.applications.officer.conftest import signed_in
from tests.applications.officer.test_lists import numbers, shown

pytestmark = pytest.mark.django_db
# Session, account and unread notices; then envelopes, their sums, every sum of the page, drafts.
PAGE_QUERIES = 8
LINK = re.compile(r'href="/gestion/\?([^"]+)" data-dm-dossiers="(\d+)">([^<]*)<')


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Two hundred dossiers for all the tests of this file, taken away afterwards."""
    from django.db import transaction

    with django_db_blocker.unblock():
        block = transaction.atomic()
        block.__enter__()
        Crowd(clock.now()).add(200, lambda _: None)
        yield
        transaction.set_rollback(True)
        block.__exit__(None, None, None)


def links(user: User, **query: Any) -> list[tuple[str, int, str]]:
    content = signed_in(user).get(reverse("pilotage"), query).content.decode()
    return [(unescape(where), int(n), text) for where, n, text in LINK.findall(content)]


def behind(user: User, query: str) -> int:
    """How many dossiers the list finds under an address."""
    asked, today = QueryDict(query), clock.today()
    form = DossierFilterForm(asked)
    wanted = form.wanted(tab=asked["vue"], words="", today=today)
    assert set(asked) <= {"vue", *form.chosen}, (query, form.chosen)
    found = worklist.filtered(user, wanted)
    return found.filter(worklist.tab_condition(asked["vue"], user, today)).count()


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"du": "2020-01", "volet": "2"},
        {"du": "2020-01", "classe": "dm.IIb"},
        {"du": "2020-01", "edition": "2024", "region": "Bretagne"},
    ],
)
def test_every_figure_opens_exactly_its_dossiers(query: dict[str, str]) -> None:
    officer = f.OfficerFactory()
    found = links(officer, **query)
    assert len(found) > 40
    for where, n, text in found:
        assert behind(officer, where) == n > 0, (where, text)


def test_a_list_that_a_figure_led_to_says_what_it_leaves_out(client: Client) -> None:
    client.force_login(f.OfficerFactory())
    said = "Un dossier archivé ou effacé compte encore dans"
    assert said in client.get("/gestion/?vue=all&etape=3").content.decode()
    assert said not in client.get("/gestion/?vue=all&volet=1").content.decode()


@pytest.mark.usefixtures("crowd")
def test_the_list_itself_and_its_export_find_what_a_figure_counts() -> None:
    officer = f.OfficerFactory()
    seen = set[str]()
    for where, n, _ in links(officer, du="2020-01"):
        kinds = ",".join(sorted(dict(parse_qsl(where))))
        if kinds in seen or n > 50:
            continue
        seen.add(kinds)
        context = shown(officer, **dict(parse_qsl(where)))
        assert len(numbers(context)) == context["total"] == n
        assert context["chips"] or "vue=late" in where
        columns = jobs.SHEETS["dossiers"].chosen(officer, ["numero"])
        exported = jobs.read(officer, "dossiers", where, columns)
        assert sum(len(lot) for lot in exported) == n
    assert len(seen) > 8


@pytest.mark.usefixtures("crowd")
def test_the_page_costs_the_same_whatever_there_is() -> None:
    client = signed_in(f.ManagerFactory())

    def queries(**query: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("pilotage"), query).status_code == 200
        return len(seen)

    assert queries() == queries(du="2020-01") == queries(volet="1", region="Bretagne") == PAGE_QUERIES
    tally.fold()
    assert queries() == PAGE_QUERIES
