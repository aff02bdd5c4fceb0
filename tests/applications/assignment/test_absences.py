"""Absences: who may record them, what is refused, and what the cover sees and hears meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from applications.models import Absence
from applications.services import morning, talk, worklist
from applications.services.assignment import absences
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from portal.accounts.models import User
from portal.audit.models import Event
from portal.display import of_person
from portal.notifications import outbox
from portal.notifications.models import Notification
from tests.applications import factories as f
from tests.applications.assignment.test_rules import away
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.officer.conftest import signed_in
from tests.applications.officer.test_lists import LIST_QUERIES, filed, numbers, shown, tab_counts

pytestmark = pytest.mark.django_db


def record(
    person: User, cover: User, since: int = 0, until: int = 5, *, actor: User | None = None
) -> Absence:
    """Record an absence, in days from today."""
    today = clock.today()
    return absences.record(
        person=person,
        cover=cover,
        since=today + timedelta(days=since),
        until=today + timedelta(days=until),
        actor=actor or person,
        today=today,
        now=clock.now(),
    )


def refused(*args: Any, **kwargs: Any) -> set[str]:
    with pytest.raises(Refused) as refusal:
        record(*args, **kwargs)
    return {obstacle.code for obstacle in refusal.value.obstacles}


# --- What is refused -----------------------------------------------------------------------------
def test_days_and_people_are_judged() -> None:
    one, two, three = f.OfficerFactory.create_batch(3)
    assert refused(one, one) == {"own_cover"}
    assert refused(one, f.ManagerFactory()) == {"cover_not_an_officer"}
    assert refused(one, f.OfficerFactory(is_active=False)) == {"cover_not_an_officer"}
    assert refused(f.ControllerFactory(), one, actor=f.ManagerFactory()) == {"not_an_officer"}
    assert refused(one, two, 3, 2) == {"order"}
    assert refused(one, two, -5, -1) == {"past"}
    assert refused(one, two, 0, 366) == {"too_long"}
    record(one, two, 5, 10)
    assert refused(one, three, 10, 12) == {"overlap"}
    assert refused(one, three, 0, 5) == {"overlap"}
    record(one, three, 11, 12)
    record(one, three, 0, 4)


def test_whoever_stands_in_is_there_on_each_of_the_days() -> None:
    one, two, three = f.OfficerFactory.create_batch(3)
    record(two, three, 5, 10)
    assert refused(one, two, 0, 5) == {"cover_absent"}
    assert refused(three, one, 10, 20) == {"covers_another"}
    record(one, two, 0, 4)
    record(three, one, 11, 20)


def test_an_absence_ended_early_counts_no_more() -> None:
    one, two, three = f.OfficerFactory.create_batch(3)
    absence = record(one, two, 0, 5)
    absences.end(absence, actor=one, today=clock.today(), now=clock.now())
    record(two, three, 0, 5)
    record(one, three, 0, 5)
    with pytest.raises(Refused):
        absences.end(absence, actor=one, today=clock.today(), now=clock.now())


def test_an_officer_records_his_own_and_a_manager_anybodys() -> None:
    one, two, three = f.OfficerFactory.create_batch(3)
    with pytest.raises(NotYours):
        record(one, two, actor=three)
    absence = record(one, two, actor=f.ManagerFactory())
    today, now = clock.today(), clock.now()
    with pytest.raises(NotYours):
        absences.change(absence, cover=three, since=today, until=today, actor=two, today=today, now=now)
    with pytest.raises(NotYours):
        absences.end(absence, actor=two, today=today, now=now)
    changed = absences.change(absence, cover=three, since=today, until=today, actor=one, today=today, now=now)
    assert (changed.cover, changed.until) == (three, today)
    outbox.drain(clock.now())
    told = set(Notification.objects.filter(kind="absence").values_list("title", "recipient"))
    assert told == {
        (f"Vous assurez l’intérim {of_person(one)}", two.pk),
        (f"Vous assurez l’intérim {of_person(one)}", three.pk),
        (f"Vous n’assurez plus l’intérim {of_person(one)}", two.pk),
        ("Votre absence est enregistrée", one.pk),
    }
    kept = Event.objects.filter(chain=absences.chain_of(one)).order_by("sequence")
    assert [event.name for event in kept] == ["absence_recorded", "absence_changed"]


# --- What the cover sees -------------------------------------------------------------------------
def test_the_cover_finds_the_dossiers_of_the_absent_among_his_own() -> None:
    absent, cover, other = f.OfficerFactory(full_name="Anne Absente"), f.OfficerFactory(), f.OfficerFactory()
    (theirs,) = filed(1, state="under_review", officer=absent)
    (own,) = filed(1, state="under_review", officer=cover)
    filed(1, state="under_review", officer=other)
    filed(1, state="rejected", officer=absent)
    assert numbers(shown(cover)) == [own.number]
    absence = away(absent, cover)
    context = shown(cover)
    assert set(numbers(context)) == {theirs.number, own.number}
    assert tab_counts(context)["Mes dossiers"] == 2
    assert tab_counts(shown(cover, volet="1"))["Mes dossiers"] == 2
    marks = {row["dossier"].number: row["instead_of"] for row in context["rows"]}
    assert marks == {theirs.number: "Anne Absente", own.number: ""}
    page = signed_in(cover).get(reverse("dossier_list")).content.decode()
    assert "en l’absence d’Anne Absente" in page
    # The absent still sees hers, nobody else does, and each day counts by itself.
    assert numbers(shown(absent)) == [theirs.number]
    assert theirs.number not in numbers(shown(other))
    Absence.objects.filter(pk=absence.pk).update(since=clock.today() + timedelta(days=1))
    assert numbers(shown(cover)) == [own.number]


def test_both_ways_of_counting_agree_for_a_cover() -> None:
    absent, cover = f.OfficerFactory(), f.OfficerFactory()
    filed(3, state="under_review", officer=absent)
    filed(2, state="incomplete", officer=cover)
    away(absent, cover)
    rows = worklist.Listing.objects.all()
    covered = worklist.covered_by(cover, clock.today())
    exact = worklist.counts(rows, cover, clock.today(), cap=None, covered=covered)
    assert exact == worklist.counts(rows, cover, clock.today(), cap=100, covered=covered)
    assert exact["mine"] == 5


def test_the_list_costs_a_cover_no_query_more(django_assert_num_queries: Any) -> None:
    cover = f.OfficerFactory()
    for absent in f.OfficerFactory.create_batch(3):
        away(absent, cover)
        filed(2, state="under_review", officer=absent, version=1)
    client = signed_in(cover)
    with django_assert_num_queries(LIST_QUERIES):
        page = client.get(reverse("dossier_list"), {"vue": "mine"})
    assert len(page.context["rows"]) == 6


def test_the_morning_queue_and_the_next_dossier_follow_the_cover() -> None:
    absent, cover = f.OfficerFactory(), f.OfficerFactory()
    waiting = clock.now() - timedelta(days=30)
    theirs = filed(2, state="under_review", officer=absent, state_since=waiting)
    assert morning.morning(cover, today=clock.today()).followed == 0
    away(absent, cover)
    found = morning.morning(cover, today=clock.today())
    assert {one.row.pk for one in found.queue} == {one.pk for one in theirs}
    page = signed_in(cover).get(reverse("morning_queue")).content.decode()
    assert f"en l’absence {of_person(absent)}" in page
    answer = signed_in(cover).get(reverse("dossier_next", args=[theirs[1].pk]), {"vue": "mine"})
    assert answer.url.startswith(reverse("officer_dossier", args=[theirs[0].pk]))


def test_a_cover_who_left_stands_in_for_nobody() -> None:
    absent, cover = f.OfficerFactory(), f.OfficerFactory()
    away(absent, cover)
    filed(1, state="under_review", officer=absent)
    User.objects.filter(pk=cover.pk).update(staff_role="manager")
    assert not Absence.objects.covered(clock.today()).exists()
    page = signed_in(f.ManagerFactory()).get(reverse("assignment_home")).content.decode()
    assert "n’est plus couverte" in page


def test_the_dossiers_page_says_who_is_away_and_who_stands_in() -> None:
    journey = Journey().to("under_review")
    cover = f.OfficerFactory(full_name="Karim Intérim")
    away(journey.officer, cover)
    page = signed_in(cover).get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    assert "en absence jusqu’au" in page
    assert "Karim Intérim assure l’intérim" in page


# --- What the cover hears --------------------------------------------------------------------------
def test_the_cover_and_the_absent_are_both_told() -> None:
    journey = Journey().to("under_review")
    cover = f.OfficerFactory()
    away(journey.officer, cover)
    talk.post_message(
        dossier=journey.dossier, author=journey.owner, thread="company", body="Bonjour.", now=clock.now()
    )
    journey.act("withdraw", journey.owner, motive=MOTIVE)
    outbox.drain(clock.now())
    outbox.drain(clock.now())
    for kind in ("message", "withdraw"):
        told = set(Notification.objects.filter(kind=kind).values_list("recipient", flat=True))
        assert {journey.officer.pk, cover.pk} <= told, kind


# --- The pages -------------------------------------------------------------------------------------
def test_an_officer_records_changes_and_ends_on_the_page() -> None:
    officer, cover = f.OfficerFactory(), f.OfficerFactory()
    client, today = signed_in(officer), clock.today()
    typed = {"since": today.isoformat(), "until": (today + timedelta(days=3)).isoformat(), "cover": cover.pk}
    assert "personne absente" not in client.get(reverse("absence_list")).content.decode().lower()
    assert client.post(reverse("absence_list"), typed).status_code == 302
    absence = Absence.objects.get()
    assert (absence.person, absence.cover, absence.recorded_by) == (officer, cover, officer)
    answer = client.post(reverse("absence_list"), typed)
    assert answer.status_code == 422
    assert "a déjà une absence" in answer.content.decode()
    edited = client.post(reverse("absence_edit", args=[absence.pk]), {**typed, "until": today.isoformat()})
    assert edited.status_code == 302
    page = client.get(reverse("absence_edit", args=[absence.pk])).content.decode()
    assert "Absence enregistrée" in page
    assert "Absence modifiée" in page
    # Its cover reads it and changes nothing; for others it does not exist.
    assert signed_in(cover).get(reverse("absence_edit", args=[absence.pk])).status_code == 403
    assert signed_in(f.OfficerFactory()).get(reverse("absence_edit", args=[absence.pk])).status_code == 404
    assert str(officer) in signed_in(cover).get(reverse("absence_list")).content.decode()
    client.post(reverse("absence_end", args=[absence.pk]))
    absence.refresh_from_db()
    assert absence.ended_at is not None
    assert "elle ne change plus" in client.get(reverse("absence_edit", args=[absence.pk])).content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Choisissez une personne."),
        ({"since": "demain"}, "since"),
        ({"cover": "0"}, "Choisissez un chargé d’affaires en activité."),
    ],
)
def test_an_absence_typed_badly_is_shown_again(typed: dict[str, Any], words: str) -> None:
    answer = signed_in(f.ManagerFactory()).post(reverse("absence_list"), typed)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Absence.objects.exists()
