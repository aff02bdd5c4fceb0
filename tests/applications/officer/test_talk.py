"""Messages reach the other side once; notes never leave Bpifrance; what is typed wrong is kept."""

import pytest
from django.urls import reverse

from applications.models import Message, Note
from applications.services import notes, talk
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from portal.accounts.models import User
from portal.notifications.models import Notification
from portal.notifications.outbox import drain
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db
CANARY = "canari-de-la-note-interne"


def page_of(journey: Journey) -> dict[str, int]:
    """What a page shown now carries in its forms."""
    journey.dossier.refresh_from_db()
    last = journey.dossier.notes.order_by("pk").last()
    return {"version": journey.dossier.version, "seen": last.pk if last else 0}


def write(journey: Journey, author: User, body: str) -> Note:
    page = page_of(journey)
    return notes.write(
        dossier=journey.dossier,
        author=author,
        body=body,
        now=clock.now(),
        expected_version=page["version"],
        seen=page["seen"],
    )


def told() -> list[tuple[str, str]]:
    drain(clock.now())
    return [(one.recipient.email, one.url) for one in Notification.objects.filter(kind="message")]


def test_bpifrance_writes_to_the_company_and_to_the_expert() -> None:
    journey = Journey().to("under_review")
    client = signed_in(journey.officer)
    address = reverse("officer_message", args=[journey.dossier.pk])
    back = reverse("officer_dossier", args=[journey.dossier.pk])
    answer = client.post(address, {**page_of(journey), "thread": "company", "body": "Bonjour."})
    assert answer.url == f"{back}#echanges"
    assert told() == [(journey.owner.email, f"/demandes/{journey.dossier.pk}/#echanges")]
    client.post(address, {**page_of(journey), "thread": "expert", "body": "Bonjour à vous."})
    assert {email for email, _ in told()} == {journey.owner.email, journey.expert.email}
    assert Message.objects.get(thread="expert").mission == journey.mission
    page = client.get(back).content.decode()
    assert "Bonjour à vous." in page


def test_the_company_and_the_expert_write_to_the_officer() -> None:
    journey = Journey().to("under_review")
    for author, thread in ((journey.owner, "company"), (journey.expert, "expert")):
        talk.post_message(
            dossier=journey.dossier, author=author, thread=thread, body="Une question.", now=clock.now()
        )
    assert [email for email, _ in told()] == [journey.officer.email] * 2


def test_managers_are_told_while_nobody_is_in_charge() -> None:
    journey = Journey().to("submitted")
    talk.post_message(
        dossier=journey.dossier, author=journey.owner, thread="company", body="Allô ?", now=clock.now()
    )
    assert [email for email, _ in told()] == [journey.manager.email]


def test_nobody_writes_in_anothers_thread() -> None:
    journey = Journey().to("under_review")
    for author, thread in (
        (journey.owner, "expert"),
        (journey.expert, "company"),
        (f.AuditorFactory(), "company"),
        (f.UserFactory(), "company"),
    ):
        with pytest.raises(NotYours):
            talk.post_message(
                dossier=journey.dossier, author=author, thread=thread, body="Moi.", now=clock.now()
            )
    draft = f.DossierFactory()
    with pytest.raises(NotYours):
        talk.post_message(
            dossier=draft, author=f.owner_of(draft.company), thread="company", body="Moi.", now=clock.now()
        )


def test_an_empty_or_endless_text_is_refused_and_kept() -> None:
    journey = Journey().to("under_review")
    with pytest.raises(Refused):
        write(journey, journey.officer, "  \x00 ")
    client = signed_in(journey.officer)
    answer = client.post(
        reverse("officer_note", args=[journey.dossier.pk]), {**page_of(journey), "body": "n" * 5001}
    )
    assert answer.status_code == 200
    assert "n" * 5001 in answer.content.decode()
    answer = client.post(
        reverse("officer_message", args=[journey.dossier.pk]),
        {**page_of(journey), "thread": "", "body": "Gardez ceci."},
    )
    assert "Gardez ceci." in answer.content.decode()
    assert not Note.objects.exists()
    assert not Message.objects.exists()


def test_notes_are_bpifrances_alone() -> None:
    journey = Journey().to("under_review")
    for user in (journey.officer, journey.manager, journey.controller):
        note = {**page_of(journey), "body": CANARY}
        assert (
            signed_in(user).post(reverse("officer_note", args=[journey.dossier.pk]), note).status_code == 302
        )
    for user in (journey.owner, journey.expert, f.AuditorFactory()):
        assert (
            signed_in(user).post(reverse("officer_note", args=[journey.dossier.pk]), note).status_code == 403
        )
    page = reverse("officer_dossier", args=[journey.dossier.pk])
    assert signed_in(f.AuditorFactory()).get(page).content.decode().count(CANARY) == 3
    assert CANARY not in signed_in(journey.owner).get(f"/demandes/{journey.dossier.pk}/").content.decode()
    assert (
        CANARY
        not in signed_in(journey.expert).get(f"/expert/missions/{journey.mission.pk}/").content.decode()
    )


def test_writing_is_a_post() -> None:
    journey = Journey().to("under_review")
    client = signed_in(journey.officer)
    for name in ("officer_message", "officer_note"):
        assert client.get(reverse(name, args=[journey.dossier.pk])).status_code == 405


# --- Overtaken -----------------------------------------------------------------------------------
def test_a_note_is_not_written_over_a_colleagues_one_and_is_kept() -> None:
    journey = Journey().to("under_review")
    page = page_of(journey)
    write(journey, journey.manager, "Attendons l’avis du ministère.")
    client, address = signed_in(journey.officer), reverse("officer_note", args=[journey.dossier.pk])
    answer = client.post(address, {**page, "body": "Acceptons dès demain."})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Acceptons dès demain." in text
    assert "Attendons l’avis du ministère." in text
    assert Note.objects.count() == 1
    # The page shown again knows the colleague's note: sent once more, it is kept.
    again = client.post(address, {**page_of(journey), "body": "Acceptons dès demain."})
    assert again.status_code == 302
    assert Note.objects.count() == 2


def test_ones_own_earlier_note_stops_nobody() -> None:
    journey = Journey().to("under_review")
    page = page_of(journey)
    write(journey, journey.officer, "Une première note.")
    address = reverse("officer_note", args=[journey.dossier.pk])
    assert signed_in(journey.officer).post(address, {**page, "body": "Une seconde."}).status_code == 302


@pytest.mark.parametrize("name", ["officer_note", "officer_message"])
def test_words_written_before_a_colleagues_act_are_shown_again_with_it(name: str) -> None:
    journey = Journey().to("under_review")
    page = page_of(journey)
    journey.act("reassign", journey.manager, officer=f.OfficerFactory(), motive=MOTIVE)
    address = reverse(name, args=[journey.dossier.pk])
    answer = signed_in(journey.officer).post(
        address, {**page, "thread": "company", "body": "Je m’en occupe."}
    )
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Je m’en occupe." in text
    assert "Réaffecté" in text
    assert f'name="version" value="{journey.dossier.version}"' in text
    assert not Note.objects.exists()
    assert not Message.objects.exists()


# --- Named in a note -----------------------------------------------------------------------------
def test_whoever_is_named_is_told_without_the_notes_words() -> None:
    journey = Journey().to("under_review")
    journey.manager.full_name = "Léa Martin"
    journey.manager.save()
    note = write(journey, journey.officer, f"@lea MARTIN, qu’en dis-tu ? {CANARY}")
    assert list(note.mentioned.all()) == [journey.manager]
    drain(clock.now())
    line = Notification.objects.get(kind="note")
    assert line.recipient == journey.manager
    assert line.url == f"{reverse('officer_dossier', args=[journey.dossier.pk])}#notes"
    assert CANARY not in line.title + line.body
    page = signed_in(journey.controller).get(reverse("officer_dossier", args=[journey.dossier.pk]))
    assert "Prévenu\u00a0: Léa Martin" in page.content.decode()


def test_neither_the_author_nor_anybody_outside_is_told() -> None:
    journey = Journey().to("under_review")
    for person, name in (
        (journey.officer, "Zoé Auteur"),
        (journey.owner, "Yves Dehors"),
        (journey.expert, "Xavier Expert"),
    ):
        person.full_name = name
        person.save()
    write(journey, journey.officer, "@Zoé Auteur @Yves Dehors @Xavier Expert")
    drain(clock.now())
    assert not Notification.objects.filter(kind="note").exists()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@Olivia Renard merci", {"Olivia Renard"}),
        ("merci @olivia.", {"Olivia Renard"}),
        ("@Karim", set()),
        ("@Karim Benali et @Karim Ziani", {"Karim Benali", "Karim Ziani"}),
        ("@Karim Benalix", set()),
        ("olivia@exemple.fr", set()),
        ("@élodie", {"Élodie Petit"}),
        ("@", set()),
    ],
)
def test_who_an_at_sign_names(text: str, named: set[str]) -> None:
    people = [
        User(full_name=name) for name in ("Olivia Renard", "Karim Benali", "Karim Ziani", "Élodie Petit")
    ]
    assert {person.full_name for person in notes.people_named(text, people)} == named
