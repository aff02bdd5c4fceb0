"""Messages reach the other side once; notes never leave Bpifrance; what is typed wrong is kept."""

import pytest
from django.urls import reverse

from applications.models import Message, Note
from applications.services import talk
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from portal.notifications.models import Notification
from portal.notifications.outbox import drain
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db
CANARY = "canari-de-la-note-interne"


def told() -> list[tuple[str, str]]:
    drain(clock.now())
    return [(one.recipient.email, one.url) for one in Notification.objects.filter(kind="message")]


def test_bpifrance_writes_to_the_company_and_to_the_expert() -> None:
    journey = Journey().to("under_review")
    client = signed_in(journey.officer)
    address = reverse("officer_message", args=[journey.dossier.pk])
    back = reverse("officer_dossier", args=[journey.dossier.pk])
    answer = client.post(address, {"thread": "company", "body": "Bonjour."})
    assert answer.url == f"{back}#echanges"
    assert told() == [(journey.owner.email, f"/demandes/{journey.dossier.pk}/#echanges")]
    client.post(address, {"thread": "expert", "body": "Bonjour à vous."})
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
        talk.write_note(dossier=journey.dossier, author=journey.officer, body="  \x00 ", now=clock.now())
    client = signed_in(journey.officer)
    answer = client.post(reverse("officer_note", args=[journey.dossier.pk]), {"body": "n" * 5001})
    assert answer.status_code == 200
    assert "n" * 5001 in answer.content.decode()
    answer = client.post(
        reverse("officer_message", args=[journey.dossier.pk]), {"thread": "", "body": "Gardez ceci."}
    )
    assert "Gardez ceci." in answer.content.decode()
    assert not Note.objects.exists()
    assert not Message.objects.exists()


def test_notes_are_bpifrances_alone() -> None:
    journey = Journey().to("under_review")
    note = {"body": CANARY}
    for user in (journey.officer, journey.manager, journey.controller):
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
