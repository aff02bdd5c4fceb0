"""Around the room: the calendar, the archive, and what the pages cost."""

import hashlib
import json
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.exports import archive
from applications.services import calendar
from portal.audit.models import Event
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.mission.conftest import (
    Start,
    approved,
    browser,
    planned,
    proposed,
    started,
    words,
)

pytestmark = pytest.mark.django_db


# --- Calendar ------------------------------------------------------------------------------------
def days(person: Any) -> list[tuple[Any, str]]:
    return [
        (one.due_on, one.title.replace("\xa0", " ").partition(" : ")[2])
        for one in calendar.entries_of(person)
    ]


def test_phases_and_the_next_meeting_are_in_both_calendars_without_a_word_typed(at: Start) -> None:
    journey = started(at())
    planned(journey)
    signed, meets_on = journey.dossier.signed_on, journey.today + timedelta(days=9)
    proposed(journey, next_meeting_on=meets_on + timedelta(days=1))
    approved(journey, next_meeting_on=meets_on)
    expected = [
        (meets_on, "réunion de la mission"),
        (signed + timedelta(weeks=4), "fin prévue de la phase 1"),
        (signed + timedelta(weeks=12), "fin prévue de la phase 2"),
    ]
    for person in (journey.expert, journey.owner):
        assert days(person)[:3] == expected
        text = calendar.to_ical(calendar.entries_of(person)).decode().replace("\r\n ", "")
        assert "Audit à blanc" not in text
        assert f"UID:phase-{journey.mission.pk}-1@" in text
    for stranger in (journey.officer, f.owner_of(f.ExpertFirmFactory()), f.owner_of(f.CompanyFactory())):
        assert not set(days(stranger)) & set(expected)


def test_a_phase_done_and_the_end_of_the_work_clear_the_calendar(at: Start) -> None:
    journey = started(at())
    planned(journey)
    journey.mission.phases_done.create(
        rank=0, done_on=journey.today, marked_by=journey.expert, marked_at=journey.now
    )
    told = [todo for _, todo in days(journey.owner)]
    assert "fin prévue de la phase 1" not in told
    assert "fin prévue de la phase 2" in told
    journey.to("work_done")
    assert not [todo for _, todo in days(journey.owner) if "phase" in todo]


def test_the_page_of_the_calendar_gives_a_file_of_terms_only(at: Start) -> None:
    journey = started(at())
    planned(journey)
    shown = words(browser(journey.owner).get(reverse("calendar_settings")))
    assert "fin prévue de la phase 1" in shown
    assert shown.count("Cette échéance seule") == 1


# --- Archive -------------------------------------------------------------------------------------
def test_the_archive_holds_what_was_approved_as_it_was_sealed(at: Start) -> None:
    journey = at()
    done = approved(journey, decided="zorg-approuve")
    proposed(journey, decided="zorg-propose")
    file = BytesIO()
    archive.write(file, journey.dossier, now=journey.now, step=lambda _count: None)
    with ZipFile(file) as opened:
        (name,) = [one for one in opened.namelist() if one.startswith("comptes-rendus/")]
        content = opened.read(name)
        everything = b"".join(opened.read(one) for one in opened.namelist())
    assert json.loads(content)["decided"] == "zorg-approuve"
    assert hashlib.sha256(content).hexdigest() == done.sha256
    assert done.sha256 == Event.objects.get(name="minutes_approved").data["sha256"]
    assert b"zorg-propose" not in everything


# --- Cost ----------------------------------------------------------------------------------------
def cost(journey: Journey, person: Any) -> int:
    client = browser(person)
    names = {
        journey.owner: ("company_dossier", journey.dossier.pk),
        journey.officer: ("officer_dossier", journey.dossier.pk),
    }
    name, pk = names.get(person, ("mission_detail", journey.mission.pk))
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse(name, args=[pk])).status_code == 200
    return len(queries)


@pytest.mark.parametrize("who", ["owner", "expert", "officer"])
def test_the_pages_cost_the_same_with_many_minutes(at: Start, who: str) -> None:
    journey = started(at())
    planned(journey)
    approved(journey)
    person = getattr(journey, who)
    before = cost(journey, person)
    for _ in range(8):
        approved(journey)
    proposed(journey)
    assert cost(journey, person) == before


def test_a_dossier_without_minutes_nor_planning_is_asked_nothing_of_them(at: Start) -> None:
    journey = started(at())
    with CaptureQueriesContext(connection) as queries:
        browser(journey.officer).get(reverse("officer_dossier", args=[journey.dossier.pk]))
        browser(journey.owner).get(reverse("company_dossier", args=[journey.dossier.pk]))
    asked = [query["sql"] for query in queries.captured_queries]
    assert not [sql for sql in asked if 'FROM "applications_minutesversion"' in sql.split("WHERE")[0]]
    assert not [sql for sql in asked if sql.startswith('SELECT "applications_phasedone"')]
