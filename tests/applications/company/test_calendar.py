"""The terms in one's own calendar: a secret that is shown once, read by rights of the moment, and revoked."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from applications.models import CalendarFeed, Deadline
from applications.services import calendar
from applications.views.calendar import FeedThrottle
from portal import clock
from portal.accounts.models import Membership, User
from tests.applications import factories as f
from tests.applications.journeys import Journey

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def nobody_asked_yet() -> None:
    FeedThrottle.cache.clear()


def signed_in(user: User) -> Client:
    """Return a browser signed in."""
    client = Client()
    client.force_login(user)
    return client


def link_of(user: User) -> str:
    """Make a person's link and return its path."""
    return reverse("calendar_feed", kwargs={"token": calendar.make_feed(user=user, now=clock.now())})


def events(user: User) -> list[tuple[date, str]]:
    """Return the events of a person's calendar as (day, title)."""
    found = Calendar.from_ical(calendar.to_ical(calendar.entries_of(user))).walk("VEVENT")
    return [(one.decoded("dtstart"), str(one["summary"]).replace("\u00a0", " ")) for one in found]


# --- What it holds -------------------------------------------------------------------------------------
def test_an_event_lasts_all_day_with_two_alarms_and_nothing_but_the_number(settings: object) -> None:
    settings.PORTAL_URL = "https://portail.example"  # type: ignore[attr-defined]
    journey = Journey().to("contract_sent")
    term = Deadline.objects.get(kind="signature", closed_on=None)
    content = calendar.to_ical(calendar.entries_of(journey.owner))
    parsed = Calendar.from_ical(content)
    (event,) = parsed.walk("VEVENT")
    assert parsed["method"] == "PUBLISH"
    assert event["uid"] == f"echeance-{term.pk}@portail.example"
    assert event["dtstart"].params["VALUE"] == "DATE"
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (term.due_on, term.due_on + DAY)
    assert event["sequence"] == term.dossier.version
    assert event["summary"] == f"{journey.dossier} (volet 1)\u00a0: lire et signer le contrat"
    assert event["url"] == f"https://portail.example/demandes/{journey.dossier.pk}/"
    assert [one.decoded("trigger") for one in event.walk("VALARM")] == list(calendar.ALARMS)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    for word in (journey.dossier.company.name, journey.dossier.device.name, journey.owner.email):
        assert word.encode() not in content.replace(b"\r\n ", b"")


def test_an_alarm_rings_at_nine_a_week_and_a_day_before() -> None:
    begins = datetime(2026, 12, 8)  # noqa: DTZ001 an all-day event begins at the reader's own midnight
    rings = [begins + before for before in calendar.ALARMS]
    assert [f"{one:%d %H:%M}" for one in rings] == ["01 09:00", "07 09:00"]


def test_the_same_terms_give_the_same_bytes_and_a_change_another_sequence() -> None:
    journey = Journey().to("contract_sent")
    first = calendar.to_ical(calendar.entries_of(journey.owner))
    assert calendar.to_ical(calendar.entries_of(journey.owner)) == first
    version = journey.dossier.version
    type(journey.dossier).objects.filter(pk=journey.dossier.pk).update(version=version + 1)
    assert b"SEQUENCE:%d" % (version + 1) in calendar.to_ical(calendar.entries_of(journey.owner))


def test_a_term_that_closes_disappears() -> None:
    journey = Journey().to("contract_sent")
    assert len(events(journey.owner)) == 1
    journey.act("sign", journey.owner, code=journey.code(), reauthenticated=True)
    (only,) = events(journey.owner)
    assert "fin de la prestation" in only[1]
    Deadline.objects.update(closed_on=journey.today)
    assert events(journey.owner) == []
    assert Calendar.from_ical(calendar.to_ical([])).walk("VEVENT") == []


# --- Whose ---------------------------------------------------------------------------------------------
def test_each_side_reads_what_it_has_to_do() -> None:
    journey = Journey().to("in_progress")
    due_on, number = journey.dossier.due_on, journey.dossier.number
    assert events(journey.owner) == [(due_on, f"{number} (volet 1) : fin de la prestation")]
    assert events(journey.expert) == [
        (due_on, f"{number} (volet 1) : achever la prestation et la déclarer terminée")
    ]
    assert events(journey.officer) == [(due_on, f"{number} (volet 1) : fin de la prestation")]
    for stranger in (
        journey.manager,
        f.OfficerFactory(),
        f.owner_of(f.CompanyFactory()),
        f.owner_of(f.ExpertFirmFactory()),
        f.AdministratorFactory(),
    ):
        assert events(stranger) == []


def test_the_expert_reads_no_term_of_the_company_alone() -> None:
    journey = Journey().to("contract_sent")
    assert events(journey.expert) == []
    assert len(events(journey.owner)) == 1


def test_the_closures_terms_go_to_their_mission() -> None:
    journey = Journey().to("closure_submitted")
    (_, title), *_rest = events(journey.expert)
    assert "restitution" in title
    entry = calendar.entries_of(journey.expert)[0]
    assert entry.path == reverse("mission_detail", args=[journey.mission.pk])


def test_the_number_of_queries_does_not_grow(django_assert_num_queries: object) -> None:
    journey = Journey().to("in_progress")
    for volet in (2, 3, 4):
        other = f.DossierFactory(
            company=journey.dossier.company,
            device=journey.dossier.device,
            volet=volet,
            firm=journey.dossier.firm,
        )
        Journey(other).to("in_progress")
    # Two of terms, one of current missions, one of the rooms: phases to end and next meetings.
    with django_assert_num_queries(4):  # type: ignore[operator]
        assert len(calendar.entries_of(journey.expert)) == 4


# --- The secret ------------------------------------------------------------------------------------------
def test_the_secret_is_shown_once_and_only_its_fingerprint_is_kept() -> None:
    journey = Journey().to("in_progress")
    client = signed_in(journey.owner)
    page = client.post(reverse("calendar_create")).content.decode()
    found = re.search(r"/calendrier/([\w-]{40,})\.ics", page)
    assert found
    token = found[1]
    assert token not in client.get(reverse("calendar_settings")).content.decode()
    feed = CalendarFeed.objects.get()
    assert token not in (feed.token_hash, str(feed))
    assert Client().get(reverse("calendar_feed", kwargs={"token": token})).status_code == 200
    assert feed.token_hash not in page


def test_the_feed_needs_no_account_and_is_kept_by_nobody() -> None:
    journey = Journey().to("in_progress")
    answer = Client().get(link_of(journey.owner))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"
    assert journey.dossier.number.encode() in answer.content
    assert not answer.cookies


def test_a_new_link_ends_the_old_one_and_revoking_ends_it() -> None:
    user = Journey().to("in_progress").owner
    first = link_of(user)
    second = link_of(user)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    client = signed_in(user)
    assert client.get(reverse("calendar_revoke")).status_code == 405
    for _twice in range(2):
        client.post(reverse("calendar_revoke"))
    assert Client().get(second).status_code == 404


def test_rights_are_those_of_the_moment() -> None:
    journey = Journey().to("in_progress")
    link = link_of(journey.owner)
    Membership.objects.filter(user=journey.owner).update(is_active=False)
    assert b"VEVENT" not in Client().get(link).content
    Membership.objects.filter(user=journey.owner).update(is_active=True)
    assert b"VEVENT" in Client().get(link).content
    User.objects.filter(pk=journey.owner.pk).update(is_active=False)
    assert Client().get(link).status_code == 404


@pytest.mark.parametrize("token", ["x", "0" * 43, "é", "%00", "a" * 500])
def test_an_unknown_secret_opens_nothing(token: str) -> None:
    assert Client().get(f"/calendrier/{token}.ics").status_code == 404


def test_whoever_asks_too_often_is_told_to_wait() -> None:
    link = link_of(Journey().to("in_progress").owner)
    codes = [Client().get(link).status_code for _ in range(61)]
    assert codes == [200] * 60 + [429]
    assert Client().get(link, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_the_last_reading_is_written_once_an_hour() -> None:
    user = f.OfficerFactory()
    token = calendar.make_feed(user=user, now=clock.now())
    start = clock.now()
    for minutes, kept in ((0, 0), (59, 0), (60, 60), (100, 60)):
        calendar.read_feed(token=token, now=start + timedelta(minutes=minutes))
        assert CalendarFeed.objects.get().last_used_at == start + timedelta(minutes=kept)


# --- One term ---------------------------------------------------------------------------------------------
def test_one_term_is_a_file_of_its_own_for_those_it_concerns() -> None:
    journey = Journey().to("in_progress")
    term = Deadline.objects.get(kind="term", closed_on=None)
    address = reverse("deadline_ics", args=[term.pk])
    answer = signed_in(journey.owner).get(address)
    assert answer["Content-Disposition"] == f'attachment; filename="echeance-{term.pk}.ics"'
    assert len(Calendar.from_ical(answer.content).walk("VEVENT")) == 1
    assert signed_in(f.owner_of(f.CompanyFactory())).get(address).status_code == 404
    Deadline.objects.update(closed_on=journey.today)
    assert signed_in(journey.owner).get(address).status_code == 404
