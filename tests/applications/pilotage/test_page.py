"""The page « Pilotage » and the list it leads to: empty, asked nonsense, in words, exported."""

import csv
import io

import pytest
from django.urls import reverse

from applications.exports import jobs
from applications.models import Listing
from applications.services.figures import marks, pilotage
from portal import clock
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.officer.conftest import signed_in
from tests.applications.officer.test_lists import numbers, shown

pytestmark = pytest.mark.django_db


def test_an_empty_portal_has_its_page() -> None:
    page = signed_in(f.ControllerFactory()).get(reverse("pilotage"))
    assert page.status_code == 200
    content = page.content.decode()
    assert "Aucune demande n’a été déposée dans cette période." in content
    assert '<svg class="dm-chart"' not in content
    assert "data-dm-dossiers" not in content


@pytest.mark.parametrize(
    "query",
    [{"du": "x", "au": "2026-13", "volet": "9", "enveloppe": "-1"}, {"du": "0001-01"}, {"au": "9999-12"}],
)
def test_what_is_not_of_the_list_asks_nothing(query: dict[str, str]) -> None:
    Journey().to("submitted")
    assert signed_in(f.AuditorFactory()).get(reverse("pilotage"), query).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "du=x",
        "sur=x",
        "du=2026-01",
        "sur=decision&du=9999-12&au=0001-01",
        "constat=a",
        "avis=%00",
        "enveloppe=a",
    ],
)
def test_the_list_ignores_marks_that_do_not_read(query: str) -> None:
    dossier = Journey().to("submitted").dossier
    assert signed_in(f.OfficerFactory()).get(f"{reverse('dossier_list')}?vue=all&{query}").status_code == 200
    assert dossier.number


def test_a_chip_says_what_is_asked_and_takes_it_away() -> None:
    journey = Journey().to("rejected")
    rule = next(one for one in Listing.objects.get().marks.split("|") if one)
    asked = {"sur": "decision", "du": "2026-01", "au": "2030-01", "constat": rule, "vue": "all"}
    context = shown(journey.officer, **asked)
    texts = [chip["text"] for chip in context["chips"]]
    assert texts[0] == "Décidé de janvier 2026 à janvier 2030"
    assert texts[1].startswith("Rejeté pour")
    assert "sur" not in context["chips"][0]["query"]
    assert "du=" not in context["chips"][0]["query"]
    assert "constat" not in context["chips"][1]["query"]
    assert numbers(context) == [journey.dossier.number]


def test_a_saved_view_keeps_what_a_figure_asked() -> None:
    officer = f.OfficerFactory()
    client = signed_in(officer)
    query = "vue=all&sur=decision&du=2026-01&issue=rejetee"
    answer = client.post(reverse("saved_view_keep"), {"name": "Rejets", "query": query})
    assert answer["Location"].endswith(query)


# --- Exports -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", list(pilotage.TITLES))
def test_each_table_is_exported_as_the_page_shows_it(key: str) -> None:
    Journey(volet=1).to("closed")
    Journey(volet=1).to("rejected")
    officer = f.OfficerFactory()
    client = signed_in(officer)
    sheet = jobs.SHEETS[f"pilotage-{key}"]
    columns = [column.key for column in sheet.columns()]
    for written_as in ("csv", "xlsx", "ods"):
        address = reverse("export_new", args=[sheet.key])
        answer = client.post(f"{address}?volet=1", {"columns": columns, "format": written_as})
        if not sheet.rows(officer, {"volet": "1"}, clock.today()).count():
            assert key in {"constats", "retards", "satisfaction"}
            continue
        assert answer.status_code == 200
        content = b"".join(answer.streaming_content)
        assert content
        if written_as == "csv":
            lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
            page = client.get(reverse("pilotage"), {"volet": "1"}).context["blocks"]
            block = next(one["block"] for one in page if one["block"].key == key)
            assert [line[0] for line in lines[1:]] == [row.name for row in block.rows]


def test_every_mark_has_its_words() -> None:
    values = {
        "sur": "depot",
        "du": "2026-01",
        "au": "2026-03",
        "etape": "3-sorti",
        "issue": "acceptee",
        "constat": "lifted:expert.passi",
        "avis": "mission:4",
        "enveloppe": "12",
        "argent": "paye",
        "attente": "dated",
        "nature": "term",
        "cours": "oui",
    }
    assert set(values) == set(marks.MARKS)
    known = marks.known(values)
    assert dict(known) == values
    assert len(marks.told(known)) == len(values) - 2
