"""Reports for the ministries: who must get what, a parcel made, sent through the table, acknowledged, recalled."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications.exports import verifier
from applications.models import Dossier, DossierDocument, Parcel, Transmission
from applications.services import transmissions
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from portal.audit.models import Event
from portal.audit.services import verify
from portal.documents.models import Document
from portal.notifications import outbox
from portal.notifications.models import Notification
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.officer.conftest import signed_in
from tests.portal.documents.makers import pdf

pytestmark = pytest.mark.django_db
Paid = Callable[..., list[Journey]]


def work() -> None:
    outbox.drain(clock.now() + timedelta(minutes=5))


@pytest.fixture
def paid() -> Iterator[Paid]:
    """Take dossiers to their payment, and the clock to that day: a report is not forwarded before it was given."""
    travels = []

    def make(count: int = 1, **fields: Any) -> list[Journey]:
        journeys = [Journey(**fields).to("paid") for _ in range(count)]
        travels.append(time_machine.travel(max(journey.now for journey in journeys)))
        travels[-1].start()
        return journeys

    yield make
    for travel in reversed(travels):
        travel.stop()


def prepared(*journeys: Journey, recipient: str = "sante") -> Parcel:
    parcel, left_out = transmissions.prepare(
        recipient=recipient,
        keys=[journey.dossier.pk for journey in journeys],
        actor=journeys[0].officer,
        now=clock.now(),
    )
    assert left_out == {}
    work()
    parcel.refresh_from_db()
    return parcel


def sent(journey: Journey, **more: Any) -> Parcel:
    parcel = prepared(journey)
    given = {"sent_on": clock.today(), "now": clock.now(), **more}
    return transmissions.send(parcel=parcel, actor=journey.officer, **given)


def numbers(tab: str, recipient: str = "") -> set[str]:
    return {str(one) for one in transmissions.concerned(f.OfficerFactory(), tab, recipient)}


def test_each_edition_names_its_own_ministries() -> None:
    assert set(transmissions.recipients_of("2024")) == {"economie", "sante"}
    assert set(transmissions.recipients_of("2023")) == {"economie", "sante", "enseignement_superieur", "sgpi"}
    # One ministry, named as the newest edition names it.
    assert transmissions.recipients()["sante"] == "Ministère de la Santé et de l’Accès aux soins"


def test_a_dossier_waits_until_each_ministry_of_its_edition_is_served() -> None:
    journey = Journey().to("paid")
    number = journey.dossier.number
    assert numbers("waiting") == numbers("waiting", "sante") == {number}
    assert numbers("waiting", "sgpi") == numbers("done") == numbers("sent") == set()
    journey.act("forward_report", journey.officer, recipients=["sante"], sent_on=journey.today)
    assert numbers("waiting") == numbers("sent") == numbers("sent", "sante") == {number}
    assert numbers("waiting", "sante") == numbers("sent", "economie") == set()
    journey.act("forward_report", journey.officer, recipients=["economie"], sent_on=journey.today)
    assert numbers("waiting") == set()
    assert numbers("done") == {number}


def test_a_parcel_holds_the_reports_and_their_hashes_and_verifies() -> None:
    first, second = Journey(volet=5).to("paid"), Journey(volet=1).to("paid")
    parcel = prepared(first, second)
    assert parcel.stage == "ready"
    assert parcel.document is not None
    content = BytesIO(parcel.document.file.open("rb").read())
    archive = ZipFile(content)
    manifest = json.loads(archive.read("manifest.json"))
    assert [one["dossier"] for one in manifest["dossiers"]] == sorted(
        [str(first.dossier), str(second.dossier)]
    )
    assert manifest["recipient"]["code"] == "sante"
    reports = {entry["path"]: entry["sha256"] for entry in manifest["files"] if "dossier" in entry}
    kept = DossierDocument.objects.filter(kind="final_report")
    assert set(reports.values()) == {piece.document.sha256 for piece in kept}  # type: ignore[union-attr]
    assert verifier.problems_of(verifier.Archive(content), "") == []
    assert verify(parcel.chain) == []


def test_every_taking_of_a_report_of_volet_5_is_in_its_dossiers_journal() -> None:
    sensitive, other = Journey(volet=5).to("paid"), Journey(volet=1).to("paid")
    parcel = prepared(sensitive, other)
    address = reverse("document_download", args=[parcel.document_id])
    assert signed_in(sensitive.officer).get(address).status_code == 200
    read = Event.objects.filter(name="document_read")
    assert {event.chain for event in read} == {parcel.chain, sensitive.dossier.chain}
    assert {event.actor_ref for event in read} == {sensitive.officer.pk}
    for stranger in (sensitive.owner, sensitive.expert, f.AdministratorFactory()):
        assert signed_in(stranger).get(address).status_code == 404


def test_who_cannot_be_in_a_parcel_is_said_with_the_reason() -> None:
    paid, unpaid, older = Journey().to("paid"), Journey().to("work_done"), Journey().to("paid")
    DossierDocument.objects.filter(dossier=older.dossier, kind="final_report").update(replaced_at=clock.now())
    keys = [journey.dossier.pk for journey in (paid, unpaid, older)]
    parcel, left_out = transmissions.prepare(
        recipient="sante", keys=keys, actor=paid.officer, now=clock.now()
    )
    assert [item.dossier for item in parcel.items.all()] == [paid.dossier]
    assert left_out == {
        str(unpaid.dossier): "le dossier n’est pas payé.",
        str(older.dossier): "aucun rapport final lisible n’y est déposé.",
    }
    with pytest.raises(Refused, match="déjà dans un envoi"):
        transmissions.prepare(recipient="sante", keys=keys[:1], actor=paid.officer, now=clock.now())
    with pytest.raises(Refused, match="ne nomme pas ce destinataire"):
        transmissions.prepare(recipient="sgpi", keys=keys[:1], actor=paid.officer, now=clock.now())
    with pytest.raises(Refused, match="Aucun dossier n’est coché"):
        transmissions.prepare(recipient="sante", keys=[], actor=paid.officer, now=clock.now())


def test_only_an_officer_forwards() -> None:
    journey = Journey().to("paid")
    parcel = prepared(journey)
    for other in (journey.manager, journey.controller, f.AuditorFactory(), journey.owner):
        given = {"actor": other, "now": clock.now()}
        with pytest.raises(NotYours):
            transmissions.prepare(recipient="economie", keys=[journey.dossier.pk], **given)
        with pytest.raises(NotYours):
            transmissions.send(parcel=parcel, sent_on=clock.today(), **given)
        with pytest.raises(NotYours):
            transmissions.drop(parcel=parcel, **given)


def test_sending_forwards_each_report_through_the_table(paid: Paid) -> None:
    first, second = paid(2)
    parcel = prepared(first, second)
    transmissions.send(parcel=parcel, sent_on=clock.today(), actor=first.officer, now=clock.now())
    for journey in (first, second):
        assert Transmission.objects.get(dossier=journey.dossier).recipient == "sante"
        event = Event.objects.get(chain=journey.dossier.chain, name="forward_report")
        assert event.data["parcel"] == parcel.pk
        journey.dossier.refresh_from_db()
        assert journey.dossier.version == event.sequence
    with pytest.raises(Refused):
        transmissions.send(parcel=parcel, sent_on=clock.today(), actor=first.officer, now=clock.now())
    with pytest.raises(Refused):
        transmissions.drop(parcel=parcel, actor=first.officer, now=clock.now())


def test_one_that_stands_in_the_way_stops_the_whole_parcel(paid: Paid) -> None:
    first, second = paid(2)
    parcel = prepared(first, second)
    second.act("forward_report", second.officer, recipients=["sante"], sent_on=second.today)
    with pytest.raises(Refused, match=str(second.dossier)):
        transmissions.send(parcel=parcel, sent_on=clock.today(), actor=first.officer, now=clock.now())
    parcel.refresh_from_db()
    assert parcel.stage == "ready"
    assert not Transmission.objects.filter(dossier=first.dossier).exists()
    assert not Event.objects.filter(chain=first.dossier.chain, name="forward_report").exists()


@pytest.mark.parametrize("days", [-1, 1])
def test_a_sending_is_dated_between_its_making_and_today(paid: Paid, days: int) -> None:
    (journey,) = paid()
    with pytest.raises(Refused, match="entre sa préparation et aujourd’hui"):
        sent(journey, sent_on=clock.today() + timedelta(days=days))


def test_a_dropped_parcel_frees_its_dossiers_and_its_file() -> None:
    journey = Journey().to("paid")
    parcel = prepared(journey)
    transmissions.drop(parcel=parcel, actor=journey.officer, now=clock.now())
    assert not Document.objects.filter(kind="parcel").exists()
    assert prepared(journey).stage == "ready"


def test_a_report_that_changed_on_disk_is_not_sent() -> None:
    journey = Journey().to("paid")
    piece = DossierDocument.objects.get(dossier=journey.dossier, kind="final_report")
    Document.objects.filter(pk=piece.document_id).update(sha256="0" * 64)
    parcel = prepared(journey)
    assert parcel.stage == "failed"
    assert "n’est plus celui qui avait été déposé" in parcel.failure


# --- Receipts and reminders ----------------------------------------------------------------------
def test_a_receipt_has_its_date_its_reference_and_its_proof(paid: Paid) -> None:
    (journey,) = paid()
    parcel = sent(journey)
    client = signed_in(journey.officer)
    address = reverse("parcel_receive", args=[parcel.pk])
    today = clock.today().isoformat()
    assert client.post(address, {"accuse-received_on": today}).status_code == 409
    proof = SimpleUploadedFile("accuse.pdf", pdf())
    typed = {"accuse-received_on": today, "accuse-reference": "SAN-42", "accuse-proof": proof}
    assert client.post(address, typed).status_code == 302
    parcel.refresh_from_db()
    assert (parcel.stage, parcel.receipt_reference, parcel.next_reminder_on) == ("received", "SAN-42", None)
    assert parcel.receipt_proof is not None
    download = reverse("document_download", args=[parcel.receipt_proof_id])
    assert client.get(download).status_code == 200
    assert signed_in(journey.owner).get(download).status_code == 404


def test_a_silent_ministry_is_recalled_to_the_sender_once_per_delay(paid: Paid, settings: Any) -> None:
    settings.TRANSMISSION_RECEIPT_DAYS = 15
    (journey,) = paid()
    parcel, today, now = sent(journey), clock.today(), clock.now()
    assert transmissions.sweep(now=now, today=today + timedelta(days=14)) == 0
    for day in (15, 15, 29, 30, 30):
        transmissions.sweep(now=now, today=today + timedelta(days=day))
    work()
    told = Notification.objects.filter(recipient=journey.officer, kind="parcel_silent")
    assert told.count() == 2
    assert told[0].url == reverse("parcel_detail", args=[parcel.pk])
    parcel.refresh_from_db()
    assert parcel.next_reminder_on == today + timedelta(days=45)


def test_a_reminder_made_is_kept_and_delays_the_next(paid: Paid) -> None:
    (journey,) = paid()
    parcel = sent(journey)
    client = signed_in(journey.officer)
    address = reverse("parcel_remind", args=[parcel.pk])
    today = clock.today()
    typed = {"relance-made_on": today.isoformat(), "relance-note": "Par courriel, au bureau."}
    assert client.post(address, typed).status_code == 302
    page = client.get(reverse("parcel_detail", args=[parcel.pk])).content.decode()
    assert "Par courriel, au bureau." in page
    late = {"relance-made_on": (today + timedelta(days=1)).isoformat(), "relance-note": "x"}
    assert client.post(address, late).status_code == 409
    assert client.post(address, {}).status_code in {409, 422}


# --- Pages ---------------------------------------------------------------------------------------
def test_an_officer_goes_from_the_list_to_the_dossiers_end(paid: Paid) -> None:
    (journey,) = paid()
    client, number = signed_in(journey.officer), journey.dossier.number
    page = client.get(reverse("transmission_list")).content.decode()
    assert number in page
    assert "Choisissez un destinataire" in page
    for code in ("sante", "economie"):
        shown = client.get(reverse("transmission_list"), {"destinataire": code}).content.decode()
        assert f'value="{journey.dossier.pk}" checked' in shown
        made = client.post(
            reverse("parcel_create"), {"destinataire": code, "dossier": [journey.dossier.pk]}, follow=True
        )
        assert "se prépare" in made.content.decode()
        work()
        parcel = Parcel.objects.get(recipient=code)
        address = reverse("parcel_send", args=[parcel.pk])
        assert client.post(address, {"sent_on": clock.today().isoformat()}).status_code == 302
    assert number in client.get(reverse("transmission_list"), {"vue": "done"}).content.decode()
    assert number in client.get(reverse("transmission_list"), {"vue": "sent"}).content.decode()
    assert "Envoi nº" in client.get(reverse("transmission_list"), {"vue": "envois"}).content.decode()
    journey.act("close", journey.officer)
    assert journey.dossier.state == "closed"


def test_who_reads_sees_no_button() -> None:
    journey = Journey().to("paid")
    parcel = prepared(journey)
    for user in (journey.manager, journey.controller, f.AuditorFactory()):
        client = signed_in(user)
        pages = [
            client.get(reverse("transmission_list"), {"destinataire": "sante"}).content.decode(),
            client.get(reverse("parcel_detail", args=[parcel.pk])).content.decode(),
        ]
        for words in ("Préparer l’envoi", "Marquer comme envoyé", "Abandonner cet envoi", "Enregistrer<"):
            assert not any(words in page for page in pages), words


def test_the_lists_queries_do_not_grow(django_assert_max_num_queries: Any) -> None:
    journeys = [Journey().to("paid") for _ in range(3)]
    prepared(journeys[0])
    client = signed_in(journeys[0].officer)
    for query in ({}, {"destinataire": "sante"}, {"vue": "envois"}, {"vue": "sent"}):
        with django_assert_max_num_queries(14):
            client.get(reverse("transmission_list"), query)


def test_an_act_meanwhile_is_seen_at_sending(paid: Paid) -> None:
    """A dossier that left « paid » meanwhile is not forwarded by a parcel made before."""
    (journey,) = paid()
    parcel = prepared(journey)
    Dossier.objects.filter(pk=journey.dossier.pk).update(state="payment_approved")
    with pytest.raises(Refused, match=str(journey.dossier)):
        transmissions.send(parcel=parcel, sent_on=clock.today(), actor=journey.officer, now=clock.now())
