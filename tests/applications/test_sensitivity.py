"""The reports of volet 5 describe weaknesses: encrypted where they lie, read by name, each opening in the journal."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from applications.models import DossierDocument, MessageAttachment
from applications.services import sensitivity
from applications.services.closure import add_closure_document
from applications.services.documents import may_read
from applications.services.mission import minutes
from applications.services.mission.minutes import Told
from applications.services.mission_work import file_report
from applications.services.readings import readings_of
from applications.services.talk import post_message
from portal import clock
from portal.accounts.models import User
from portal.audit.models import Event
from portal.audit.services import verify
from portal.documents.models import Document
from portal.notifications import outbox
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.officer.conftest import signed_in
from tests.portal.documents.makers import written

pytestmark = pytest.mark.django_db
Kind = DossierDocument.Kind
CONTENT = written(pages=[["Une faille"], ["Une autre"]])


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a maker of journeys, whose clock the portal follows."""

    def make(volet: int, state: str = "work_done") -> Journey:
        journey = Journey(volet=volet).to(state)
        monkeypatch.setattr(clock, "now", lambda: journey.now)
        return journey

    return make


def file(name: str = "rapport.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, CONTENT, content_type="application/pdf")


def filed(journey: Journey) -> Document:
    """Return the final report, filed as an expert does."""
    piece = add_closure_document(
        journey.mission, kind=Kind.FINAL_REPORT, file=file(), actor=journey.expert, now=journey.now
    )
    assert piece.document is not None
    return piece.document


def kept(document: Document) -> bytes:
    """Return the bytes that are kept, as they lie."""
    with default_storage.open(str(document.file.name)) as raw:
        return bytes(raw.read())


@pytest.mark.parametrize("volet", [4, 5])
def test_what_an_expert_files_for_volet_5_is_encrypted_and_for_no_other(start: Any, volet: int) -> None:
    journey = start(volet, "in_progress")
    report = file_report(
        journey.mission,
        kind="incident",
        happened_on=journey.today,
        text="Une faille critique a été trouvée.",
        actor=journey.expert,
        now=journey.now,
        file=file("incident.pdf"),
    )
    version = minutes.start(
        mission=journey.mission,
        actor=journey.expert,
        now=journey.now,
        said=Told(met_on=journey.today, present="Ada", decided="Corriger."),
        file=file("reunion.pdf"),
    )
    post_message(
        dossier=journey.dossier,
        thread="expert",
        mission=journey.mission,
        body="Voici les premiers résultats.",
        author=journey.expert,
        attachments=[file("pentest.pdf")],
        now=journey.now,
    )
    joined = MessageAttachment.objects.get().document
    assert report.document is not None
    assert version.document is not None
    for document in (report.document, version.document, joined):
        assert document.is_encrypted is (volet == 5)
        assert (b"%PDF" in kept(document)) is (volet != 5)
        with document.file.open("rb") as read:
            assert read.read() == CONTENT


@pytest.mark.parametrize("volet", [4, 5])
def test_the_final_report_is_encrypted_and_its_pages_are_drawn_for_volet_5(start: Any, volet: int) -> None:
    journey = start(volet)
    document = filed(journey)
    assert document.is_encrypted is (volet == 5)
    assert document.preview == ("asked" if volet == 5 else "")
    outbox.drain(journey.now)
    assert document.page_previews.count() == (2 if volet == 5 else 0)


def test_reports_filed_before_are_encrypted_by_the_command(start: Any) -> None:
    journey = start(5)
    document = filed(journey)
    with document.file.open("rb") as read:
        clear = read.read()
    document.file.save("rapport", ContentFile(clear), save=False)
    Document.objects.filter(pk=document.pk).update(key_name="", file=document.file.name)
    assert document in sensitivity.to_encrypt()
    call_command("rotate_file_keys", stdout=StringIO())
    document = Document.objects.get(pk=document.pk)
    assert document.is_encrypted
    assert b"%PDF" not in kept(document)


def test_no_other_volets_files_must_be_encrypted(start: Any) -> None:
    filed(start(4))
    assert not sensitivity.to_encrypt().exists()


def test_each_page_copy_and_download_is_told_to_managers_and_auditors_alone(start: Any) -> None:
    journey = start(5)
    document = filed(journey)
    outbox.drain(journey.now)
    reader = Client()
    reader.force_login(journey.owner)
    shown = reader.get(reverse("document_preview", args=[document.pk])).content.decode()
    assert "Copie de lecture" in shown
    assert reader.get(reverse("document_page", args=[document.pk, 2])).status_code == 200
    assert reader.get(reverse("document_copy", args=[document.pk])).content != CONTENT
    original = reader.get(reverse("document_download", args=[document.pk]))
    assert b"".join(original.streaming_content) == CONTENT
    told, total = readings_of(journey.dossier)
    assert [one.how for one in told] == ["Téléchargé", "Copie de lecture", "Page 2"]
    assert ({one.who for one in told}, total) == ({journey.owner.full_name}, 3)
    assert not verify(journey.dossier.chain)
    address = reverse("dossier_readings", args=[journey.dossier.pk])
    for maker, status in ((f.ManagerFactory, 200), (f.AuditorFactory, 200), (f.OfficerFactory, 403)):
        answer = signed_in(maker()).get(address)
        assert answer.status_code == status
        assert (journey.owner.full_name in answer.content.decode()) is (status == 200)


def test_other_volets_have_no_such_list(start: Any) -> None:
    journey = start(4)
    assert (
        signed_in(journey.manager).get(reverse("dossier_readings", args=[journey.dossier.pk])).status_code
        == 404
    )


def test_pages_looked_at_do_not_bury_the_dossiers_history(start: Any) -> None:
    journey = start(5)
    document = filed(journey)
    outbox.drain(journey.now)
    desk = signed_in(journey.officer)
    for _ in range(3):
        desk.get(reverse("document_page", args=[document.pk, 1]))
    assert Event.objects.filter(chain=journey.dossier.chain, name="document_page_seen").count() == 3
    page = desk.get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    assert "document_page_seen" not in page
    assert reverse("document_preview", args=[document.pk]) in page
    assert reverse("dossier_readings", args=[journey.dossier.pk]) not in page
    told = signed_in(journey.manager).get(reverse("officer_dossier", args=[journey.dossier.pk]))
    assert reverse("dossier_readings", args=[journey.dossier.pk]) in told.content.decode()


def test_a_watched_report_is_still_nobody_elses(start: Any) -> None:
    journey = start(5)
    document = filed(journey)
    stranger: User = f.UserFactory()
    assert not may_read(stranger, document)
    assert may_read(journey.owner, document).logged_chain == journey.dossier.chain
