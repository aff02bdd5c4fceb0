"""« Voir le dossier à une date »: who may, what is shown, what is said unknown, and that nothing is written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Message
from portal import clock
from portal.audit.models import Event
from portal.display import euros, french_date
from tests.applications import factories as f
from tests.applications.officer.conftest import signed_in
from tests.applications.time_machine.roads import Traveller
from tests.applications.time_machine.test_replay import without_facts
from tests.applications.workflow.cast import trace

pytestmark = pytest.mark.django_db
BEGAN = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)


@pytest.fixture
def journey(time_machine: Any) -> Traveller:
    """A dossier paid within two months, an act a day."""
    time_machine.move_to(BEGAN, tick=False)
    journey = Traveller(volet=1, now=BEGAN)
    for state in ("submitted", "under_review", "approved", "contract_sent", "in_progress", "paid"):
        journey.day().to(state)
        time_machine.move_to(journey.now, tick=False)
    time_machine.move_to(journey.now + timedelta(days=3), tick=False)
    return journey


def shown(client: Client, journey: Traveller, **asked: Any) -> str:
    """Return the page's text."""
    answer = client.get(reverse("dossier_then", args=[journey.dossier.pk]), asked)
    assert answer.status_code == 200
    return plain(answer.content.decode())


def plain(text: str) -> str:
    """Return a text with plain spaces."""
    return re.sub(r"\s+", " ", text)


def cells(page: str, label: str) -> list[str]:
    """Return what the comparison says of a line, then and today."""
    found = re.search(rf'<th scope="row">{re.escape(label)}</th> ?<td>(.*?)</td> ?<td[^>]*>(.*?)</td>', page)
    assert found is not None, label
    return [re.sub(r"<span.*?</span>", "", one).strip() for one in found.groups()]


def test_the_page_is_reached_from_the_dossier_by_auditors_and_managers(journey: Traveller) -> None:
    page, then = (reverse(name, args=[journey.dossier.pk]) for name in ("officer_dossier", "dossier_then"))
    for who, may in ((f.AuditorFactory(), True), (f.ManagerFactory(), True), (f.OfficerFactory(), False)):
        client = signed_in(who)
        assert (then in client.get(page).content.decode()) is may
        assert client.get(then).status_code == (200 if may else 403)


def test_the_dossier_is_shown_as_it_was_that_day_beside_today(journey: Traveller) -> None:
    client = signed_in(f.AuditorFactory())
    day = clock.civil_date(BEGAN + timedelta(days=2))
    page = shown(client, journey, le=day.isoformat())
    assert plain(f"Tel qu’il était le {french_date(day)} à 23 h 59") in page
    assert cells(page, "État") == ["En instruction", "Payé"]
    assert cells(page, "Chargé d’affaires") == [journey.officer.full_name] * 2
    assert cells(page, "Contrat signé")[0] == "—"
    share = plain(euros(journey.dossier.bpifrance_share))
    assert cells(page, "Quote-part de Bpifrance, HT") == [share, share]
    assert cells(page, "Paiements")[0] == "—"
    assert "TTC" in cells(page, "Paiements")[1]
    assert "sous l’édition 2024, inchangée depuis" in page
    assert "Le journal en porte l’empreinte" in page
    assert "empreinte inscrite au journal" in page
    assert "Accusé de dépôt" in page
    assert "Lettre d’acceptation" not in page


def test_the_hour_counts(journey: Traveller) -> None:
    client = signed_in(f.AuditorFactory())
    day = clock.civil_date(BEGAN + timedelta(days=2)).isoformat()
    assert cells(shown(client, journey, le=day, heure="10:29"), "État")[0] == "Déposé"
    assert cells(shown(client, journey, le=day, heure="10:30"), "État")[0] == "En instruction"


def test_one_steps_from_event_to_event(journey: Traveller) -> None:
    client = signed_in(f.AuditorFactory())
    then = reverse("dossier_then", args=[journey.dossier.pk])
    for _, rank, photo in journey.album:
        page = shown(client, journey, rang=rank)
        assert cells(page, "Version")[0] == str(photo["version"])
        assert (f'rel="prev" href="{then}?rang={rank - 1}"' in page) is (rank > 1)
        assert (f'rel="next" href="{then}?rang={rank + 1}"' in page) is (rank < journey.dossier.version)
    for wrong in ("0", "999", "x", "-1", "9" * 20):
        assert client.get(then, {"rang": wrong}).status_code == 404


def test_today_differs_from_today_in_nothing(journey: Traveller) -> None:
    page = shown(signed_in(f.AuditorFactory()), journey)
    assert "Aucune différence avec aujourd’hui." in page


def test_a_draft_is_not_shown(journey: Traveller) -> None:
    page = shown(signed_in(f.AuditorFactory()), journey, le=BEGAN.date().isoformat())
    assert "Le dossier n’était pas déposé" in page
    assert "?rang=1" in page
    assert "Pièces et courriers" not in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"le": "hier"}, "n’est pas lisible"),
        ({"le": "2026-09-03", "heure": "25:00"}, "n’est pas lisible"),
        ({"le": "2026-09-03", "heure": "10:00+05:00"}, "n’est pas lisible"),
        ({"le": "0001-01-01"}, "n’est pas lisible"),
        ({"le": "9999-12-31"}, "n’est pas lisible"),
        ({"le": "2030-01-01"}, "est à venir"),
        ({"le": "2026-09-03\x00"}, "n’est pas lisible"),
    ],
)
def test_a_date_that_cannot_be_shown_is_said(journey: Traveller, asked: dict[str, str], said: str) -> None:
    assert said in shown(signed_in(f.AuditorFactory()), journey, **asked)


def test_what_older_events_do_not_tell_is_said_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    without_facts(monkeypatch)
    journey = Traveller(volet=1).to("in_progress")
    page = shown(signed_in(f.AuditorFactory()), journey)
    assert "Une partie de ce passé n’est pas connue" in page
    assert cells(page, "État")[0] == "Prestation en cours"
    assert cells(page, "Accepté")[0] == "Inconnu"
    assert "inconnu pour ce qui précède" in cells(page, "Échéances en cours")[0]
    assert cells(page, "Total du devis, HT")[0] == plain(euros(journey.dossier.total))


def test_a_snapshot_or_a_file_changed_since_is_said(journey: Traveller) -> None:
    journey.dossier.snapshots.update(edition_digest="0" * 64)
    piece = journey.dossier.documents.filter(kind="quote").get()
    piece.document.sha256 = "0" * 64
    piece.document.save()
    page = shown(signed_in(f.AuditorFactory()), journey)
    assert "L’instantané a été modifié" in page
    assert "son texte n’est plus celui qui a jugé" in page
    assert "le fichier n’est pas celui dont le journal porte l’empreinte" in page


def test_it_writes_nothing_and_its_cost_does_not_grow(journey: Traveller) -> None:
    client = signed_in(f.AuditorFactory())
    shown(client, journey)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            shown(client, journey, rang=3)
        return len(seen)

    before, few = trace(), queries()
    for rank in range(30):
        f.DossierDocumentFactory(dossier=journey.dossier)
        Message.objects.create(
            dossier=journey.dossier, author=journey.owner, body=f"{rank}", sent_at=clock.now()
        )
    events = Event.objects.count()
    assert queries() == few <= 14
    assert trace() == before
    assert Event.objects.count() == events
