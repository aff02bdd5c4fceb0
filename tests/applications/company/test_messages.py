"""Messages with Bpifrance: files joined, readings kept, sent once, and never read by the other thread."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from applications.models import Message, MessageAttachment
from applications.services import talk
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from portal.accounts.models import User
from portal.documents.models import Document
from portal.notifications import outbox
from portal.notifications.models import Notification
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.portal.documents import makers

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    """Return a browser signed in."""
    client = Client()
    client.force_login(user)
    return client


def pdf(name: str = "plan.pdf") -> SimpleUploadedFile:
    """Return a sound file."""
    return SimpleUploadedFile(name, makers.pdf())


def bad(name: str = "virus.exe") -> SimpleUploadedFile:
    """Return a file that is never taken."""
    return SimpleUploadedFile(name, b"MZ")


def send(journey: Journey, user: User | None = None, **typed: Any) -> Any:
    """Write to Bpifrance as the company."""
    url = reverse("company_message", args=[journey.dossier.pk])
    data = {"message-body": "Voici le plan."} | {f"message-{name}": value for name, value in typed.items()}
    return signed_in(user or journey.owner).post(url, data)


def said_by(journey: Journey, author: User, thread: str, **more: Any) -> Message:
    """Post one message by the service."""
    values: dict[str, Any] = {"body": "Bonjour.", "now": journey.now} | more
    return talk.post_message(dossier=journey.dossier, author=author, thread=thread, **values)


@pytest.fixture
def journey() -> Journey:
    return Journey().to("under_review")


# --- Files -------------------------------------------------------------------------------------------
def test_a_message_carries_files_to_the_readers_of_its_thread_only(journey: Journey) -> None:
    assert send(journey, attachments=[pdf("plan.pdf"), pdf("devis.pdf")]).status_code == 302
    message = Message.objects.get()
    assert [str(one) for one in message.attachments.all()] == ["plan.pdf", "devis.pdf"]
    first = message.attachments.all()[0].document
    assert first.organisation == journey.dossier.company.organisation
    address = reverse("document_download", args=[first.pk])
    colleague = f.MembershipFactory(organisation=journey.dossier.company.organisation).user
    for reader in (journey.owner, colleague, journey.officer, journey.manager, f.AuditorFactory()):
        assert signed_in(reader).get(address).status_code == 200
    for stranger in (journey.expert, f.owner_of(f.CompanyFactory()), f.AdministratorFactory()):
        assert signed_in(stranger).get(address).status_code == 404
    for page, reader in (("company_dossier", journey.owner), ("officer_dossier", journey.officer)):
        shown = signed_in(reader).get(reverse(page, args=[journey.dossier.pk])).content.decode()
        assert address in shown


def test_the_experts_files_are_not_the_companys(journey: Journey) -> None:
    url = reverse("mission_message", args=[journey.mission.pk])
    client = signed_in(journey.expert)
    assert client.post(url, {"body": "Mon justificatif.", "attachments": [pdf()]}).status_code == 302
    document = MessageAttachment.objects.get().document
    address = reverse("document_download", args=[document.pk])
    assert document.organisation == journey.mission.firm.organisation
    assert client.get(address).status_code == 200
    assert signed_in(journey.officer).get(address).status_code == 200
    for stranger in (journey.owner, f.owner_of(f.ExpertFirmFactory())):
        assert signed_in(stranger).get(address).status_code == 404
    assert address in client.get(reverse("mission_detail", args=[journey.mission.pk])).content.decode()


def test_bpifrance_joins_files_too(journey: Journey) -> None:
    url = reverse("officer_message", args=[journey.dossier.pk])
    sent = {"thread": "company", "body": "Le modèle attendu.", "attachments": [pdf()]}
    sent["version"] = journey.dossier.version
    assert signed_in(journey.officer).post(url, sent).status_code == 302
    address = reverse("document_download", args=[Document.objects.get(kind="message").pk])
    assert signed_in(journey.owner).get(address).status_code == 200
    assert signed_in(journey.expert).get(address).status_code == 404


def test_a_refused_file_keeps_the_text_and_sends_nothing(journey: Journey) -> None:
    key = str(uuid4())
    answer = send(journey, attachments=[pdf(), bad()], key=key)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Voici le plan." in page
    assert "virus.exe" in page
    assert "votre texte est gardé" in page
    assert key in page
    assert not Message.objects.exists()
    assert not Document.objects.filter(kind="message").exists()
    assert send(journey, attachments=[pdf()], key=key).status_code == 302
    assert Message.objects.count() == 1


def test_five_files_at_most(journey: Journey) -> None:
    assert send(journey, attachments=[pdf(f"{n}.pdf") for n in range(6)]).status_code == 422
    assert send(journey, attachments=[pdf(f"{n}.pdf") for n in range(5)]).status_code == 302
    assert MessageAttachment.objects.count() == 5


def test_a_file_that_waits_for_the_antivirus_is_named_and_not_read(journey: Journey) -> None:
    send(journey, attachments=[pdf()])
    Document.objects.filter(kind="message").update(state="pending")
    document = MessageAttachment.objects.get().document
    address = reverse("document_download", args=[document.pk])
    client = signed_in(journey.owner)
    page = client.get(reverse("company_dossier", args=[journey.dossier.pk])).content.decode()
    assert "analyse en cours" in page
    assert address not in page


# --- Once ----------------------------------------------------------------------------------------------
def test_the_same_form_sent_twice_is_one_message(journey: Journey) -> None:
    key = str(uuid4())
    for _click in range(2):
        assert send(journey, key=key, attachments=[pdf()]).status_code == 302
    assert Message.objects.count() == 1
    assert MessageAttachment.objects.count() == 1
    outbox.drain(clock.now())
    assert Notification.objects.filter(kind="message").count() == 1


def test_anothers_key_is_no_key(journey: Journey) -> None:
    key = uuid4()
    said_by(journey, journey.owner, "company", key=key)
    said_by(journey, journey.officer, "company", key=key)
    assert Message.objects.count() == 2


def test_a_long_message_is_kept_whole_and_a_longer_one_refused(journey: Journey) -> None:
    longest = "é" * talk.LONGEST
    assert send(journey, body=longest + "é").status_code == 422
    assert send(journey, body=longest).status_code == 302
    assert Message.objects.get().body == longest
    with pytest.raises(Refused):
        said_by(journey, journey.owner, "company", body=longest + "é")


# --- Read ----------------------------------------------------------------------------------------------
def test_reading_is_kept_once_with_its_reader_and_shown_to_the_writer(journey: Journey) -> None:
    message = said_by(journey, journey.owner, "company")
    desk = signed_in(journey.officer)
    address = reverse("officer_messages_read", args=[journey.dossier.pk])
    company = signed_in(journey.owner)
    page = reverse("company_dossier", args=[journey.dossier.pk])
    assert "Pas encore lu par Bpifrance" in company.get(page).content.decode()
    desk.get(reverse("officer_dossier", args=[journey.dossier.pk]))
    message.refresh_from_db()
    assert message.first_read_at is None, "a page that is only shown writes nothing"
    assert desk.get(address).status_code == 405
    assert desk.post(address, {"last": message.pk}, headers={"accept": "application/json"}).status_code == 204
    message.refresh_from_db()
    assert message.first_read_by == journey.officer
    first = message.first_read_at
    signed_in(journey.manager).post(address, {"last": message.pk})
    message.refresh_from_db()
    assert (message.first_read_at, message.first_read_by) == (first, journey.officer)
    assert "Lu par Bpifrance le" in company.get(page).content.decode()


def test_only_what_was_shown_and_came_from_the_other_side_is_read(journey: Journey) -> None:
    own = said_by(journey, journey.owner, "company")
    shown = said_by(journey, journey.officer, "company")
    to_expert = said_by(journey, journey.officer, "expert")
    later = said_by(journey, journey.officer, "company")
    address = reverse("company_messages_read", args=[journey.dossier.pk])
    answer = signed_in(journey.owner).post(address, {"last": shown.pk})
    assert answer.url.endswith("#echanges")
    read = set(Message.objects.filter(first_read_by=journey.owner))
    # Writing in a thread had read the company's first message for Bpifrance.
    assert read == {shown}
    assert set(Message.objects.unread()) == {to_expert, later}
    own.refresh_from_db()
    assert own.first_read_by == journey.officer


def test_the_expert_reads_his_thread_only(journey: Journey) -> None:
    to_company = said_by(journey, journey.officer, "company")
    to_expert = said_by(journey, journey.officer, "expert")
    address = reverse("mission_messages_read", args=[journey.mission.pk])
    signed_in(journey.expert).post(address, {"last": to_expert.pk})
    assert list(Message.objects.unread()) == [to_company]


def test_an_auditor_reads_without_a_trace_and_strangers_not_at_all(journey: Journey) -> None:
    message = said_by(journey, journey.owner, "company")
    desk = reverse("officer_messages_read", args=[journey.dossier.pk])
    assert signed_in(f.AuditorFactory()).post(desk, {"last": message.pk}).status_code == 403
    own = reverse("company_messages_read", args=[journey.dossier.pk])
    assert signed_in(f.owner_of(f.CompanyFactory())).post(own, {"last": message.pk}).status_code == 404
    with pytest.raises(NotYours):
        talk.read_thread(dossier=journey.dossier, reader=journey.expert, last=message.pk, now=journey.now)
    assert Message.objects.unread().count() == 1


@pytest.mark.parametrize("last", ["", "x", "0", "-1", "9" * 30])
def test_a_page_that_says_nonsense_reads_nothing(journey: Journey, last: str) -> None:
    said_by(journey, journey.officer, "company")
    address = reverse("company_messages_read", args=[journey.dossier.pk])
    answer = signed_in(journey.owner).post(address, {"last": last}, headers={"accept": "application/json"})
    assert answer.status_code == 400
    assert Message.objects.unread().count() == 1


def test_unread_messages_are_counted_on_the_dossier_and_on_the_home(journey: Journey) -> None:
    for _ in range(2):
        said_by(journey, journey.officer, "company")
    client = signed_in(journey.owner)
    page, home = reverse("company_dossier", args=[journey.dossier.pk]), reverse("company_home")
    assert "2 nouveaux messages" in client.get(page).content.decode()
    shown = client.get(home).content.decode()
    assert "Lire 2 messages de Bpifrance" in shown
    assert f"{page}#echanges" in shown
    last = Message.objects.latest("pk").pk
    client.post(reverse("company_messages_read", args=[journey.dossier.pk]), {"last": last})
    assert "nouveaux messages" not in client.get(page).content.decode()
    assert "messages de Bpifrance" not in client.get(home).content.decode()


def test_messages_stand_in_the_order_they_were_written(journey: Journey) -> None:
    for number in range(3):
        said_by(journey, journey.owner, "company", body=f"Numéro {number}.")
    page = (
        signed_in(journey.owner).get(reverse("company_dossier", args=[journey.dossier.pk])).content.decode()
    )
    assert page.index("Numéro 0.") < page.index("Numéro 1.") < page.index("Numéro 2.")
