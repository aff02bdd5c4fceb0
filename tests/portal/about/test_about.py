"""The pages about the portal: what they promise follows the settings, and the status tells the truth."""

from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from applications.services.retention import rules
from portal import clock
from portal.about import views
from portal.notifications.models import Heartbeat, Outbox

MINUTE = timedelta(minutes=1)


def page_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return unescape(response.content.decode())


# --- Contacts and durations ----------------------------------------------------------------------
def test_the_publisher_and_the_contacts_come_from_the_settings(client: Client, settings: Any) -> None:
    settings.ABOUT = settings.ABOUT | {
        "publisher": "Société Exemple",
        "publication_director": "Ada Exemple",
        "host": "Hébergeur Exemple",
        "contact_email": "bonjour@exemple.example",
        "accessibility_email": "acces@exemple.example",
        "dpo_email": "dpo@exemple.example",
    }

    legal = page_of(client, "/mentions-legales/")
    for said in ("Société Exemple", "Ada Exemple", "Hébergeur Exemple", "mailto:bonjour@exemple.example"):
        assert said in legal
    assert "mailto:acces@exemple.example" in page_of(client, "/accessibilite/")
    assert "mailto:dpo@exemple.example" in page_of(client, "/confidentialite/")


def test_the_legal_notice_says_what_the_portal_is_not(client: Client) -> None:
    assert "n’est pas un site officiel de Bpifrance ni de l’État" in page_of(client, "/mentions-legales/")


def test_the_statement_claims_no_more_than_was_done(client: Client) -> None:
    page = page_of(client, "/accessibilite/")

    assert "<b>non conforme</b>" in page
    assert "aucun audit n’a encore été mené par un tiers" in page
    assert "Défenseur des droits" in page


def test_the_durations_are_those_of_the_one_table(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    months = {"draft": 5, "ended": 36, "paid": 132, "log": 7}
    changed = tuple(replace(one, months=months.get(one.code, one.months)) for one in rules.RULES)
    monkeypatch.setattr(rules, "RULES", changed)

    page = page_of(client, "/confidentialite/")

    for said in ("5\u00a0mois", "3\u00a0ans", "11\u00a0ans", "7\u00a0mois"):
        assert said in page
    assert "5\u00a0mois" in page_of(client, "/comprendre/questions/")


def test_a_duration_is_said_as_one_speaks() -> None:
    lengths = [replace(rules.RULES[0], months=months).length for months in (3, 12, 18, 24, 120)]
    assert lengths == [
        "3\u00a0mois",
        "12\u00a0mois",
        "18\u00a0mois",
        "2\u00a0ans",
        "10\u00a0ans",
    ]


# --- Status --------------------------------------------------------------------------------------
@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> datetime:
    instant = clock.now()
    monkeypatch.setattr(views, "now", lambda: instant)
    return instant


def alive(at: datetime, *, ago: timedelta = MINUTE) -> None:
    Heartbeat.objects.update_or_create(name="worker", defaults={"beat_at": at - ago})


def duty(at: datetime, *, ago: timedelta, **more: Any) -> None:
    Outbox.objects.create(kind="email", dedup_key=f"due {ago} {more}", due_at=at - ago, **more)


@pytest.mark.django_db
def test_all_is_well_with_a_sign_of_life_and_nothing_late(
    client: Client, at: datetime, django_assert_num_queries: Any
) -> None:
    alive(at, ago=5 * MINUTE)
    duty(at, ago=10 * MINUTE)
    duty(at, ago=90 * MINUTE, done_at=at)
    duty(at, ago=90 * MINUTE, dead_at=at)

    with django_assert_num_queries(2):
        response = client.get("/etat/")

    assert "Tout fonctionne" in unescape(response.content.decode())
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_a_silent_worker_is_told(client: Client, at: datetime) -> None:
    assert "Les envois sont à l’arrêt" in page_of(client, "/etat/")
    alive(at, ago=6 * MINUTE)
    assert "Les envois sont à l’arrêt" in page_of(client, "/etat/")


@pytest.mark.django_db
def test_a_duty_that_waits_is_told_without_its_inside(client: Client, at: datetime) -> None:
    alive(at)
    duty(at, ago=11 * MINUTE, payload={"to": "secret@exemple.example"})

    page = page_of(client, "/etat/")

    assert "Les envois ont du retard" in page
    assert "secret" not in page
    assert "due 0:11" not in page


def test_without_its_data_the_page_still_answers(
    client: Client, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_now: datetime) -> None:
        raise DatabaseError

    monkeypatch.setattr(views, "health", broken)

    assert "Le service est interrompu" in page_of(client, "/etat/", status=503)
