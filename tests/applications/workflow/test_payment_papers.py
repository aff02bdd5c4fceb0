"""The certificate of service done and the assignment of a claim: what is kept, who reads it, who lifts it."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from applications.letters.certificate import certificate_pdf
from applications.models import Hold, PendingApproval, ServiceCertificate
from applications.services import aid_register
from portal.notifications import outbox
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.officer.conftest import signed_in
from tests.applications.workflow.test_request import refused
from tests.portal.documents.makers import pdf

pytestmark = pytest.mark.django_db


def closed() -> Journey:
    journey = Journey().to("closure_submitted")
    journey.act("confirm_restitution", journey.owner, restitution_on=journey.today)
    return journey


def test_no_payment_is_approved_before_the_service_is_certified() -> None:
    journey = closed()
    assert refused(journey, "approve_payment", journey.controller) == {"not_certified"}
    journey.act("certify_service", journey.officer)
    assert refused(journey, "certify_service", journey.officer) == {"certified_already"}
    journey.act("approve_payment", journey.controller)


def test_the_certificate_names_what_was_checked_and_never_changes() -> None:
    journey = closed()
    journey.act("certify_service", journey.officer)
    certificate = ServiceCertificate.objects.get()
    outbox.drain(journey.now)
    certificate.refresh_from_db()
    assert certificate.document is not None
    report = journey.mission.documents.get(kind="final_report").document
    words = " ".join(
        page.extract_text() for page in PdfReader(io.BytesIO(certificate_pdf(certificate))).pages
    )
    for expected in (
        "Certificat de service fait",
        journey.dossier.number,
        journey.officer.full_name,
        report.original_name,
        "confirmée par l’entreprise",
        "12 000,00",
    ):
        assert expected in words.replace("\xa0", " ").replace("\u202f", " "), expected
    assert certificate_pdf(certificate) == certificate_pdf(certificate)
    address = reverse("document_download", args=[certificate.document_id])
    for user, status in (
        (journey.officer, 200),
        (journey.controller, 200),
        (f.AuditorFactory(), 200),
        (journey.owner, 404),
        (journey.expert, 404),
    ):
        assert signed_in(user).get(address).status_code == status
    page = signed_in(journey.controller).get(reverse("payment_detail", args=[journey.mission.pk]))
    assert address in page.content.decode()


def test_corrections_make_a_certificate_void() -> None:
    journey = closed()
    journey.act("certify_service", journey.officer)
    journey.to("closure_incomplete")
    assert not ServiceCertificate.objects.filter(void_at=None).exists()
    journey.correct_closure()
    assert refused(journey, "approve_payment", journey.controller) == {"not_certified"}
    journey.to("closed")


def deed() -> SimpleUploadedFile:
    return SimpleUploadedFile("cession.pdf", pdf(), content_type="application/pdf")


def test_an_assigned_claim_is_held_with_its_deed_and_lifted_by_two() -> None:
    journey = closed()
    inputs = {"reason": "assignment", "motive": MOTIVE}
    assert refused(journey, "set_hold", journey.officer, **inputs) == {
        "assignee_missing",
        "notified_missing",
        "deed_missing",
    }
    named = inputs | {"assignee": "Banque du Rhône", "notified_on": journey.today}
    wrong = SimpleUploadedFile("cession.pdf", b"MZ", content_type="application/pdf")
    assert refused(journey, "set_hold", journey.officer, **named, deed=wrong) == {"deed_refused"}
    journey.act("set_hold", journey.officer, **named, deed=deed())
    hold = Hold.objects.get()
    assert (hold.assignee, hold.owner) == ("Banque du Rhône", journey.officer)
    journey.act("certify_service", journey.officer)
    assert refused(journey, "approve_payment", journey.controller) == {"hold:assignment"}
    outcome = journey.act("lift_hold", journey.officer, hold=hold.pk, motive=MOTIVE)
    assert outcome.pending is not None
    assert refused(journey, "lift_hold", f.OfficerFactory(), hold=hold.pk, motive=MOTIVE) == {"same_role"}
    hold.refresh_from_db()
    assert hold.lifted_at is None
    journey.act("lift_hold", journey.controller, motive=MOTIVE)
    hold.refresh_from_db()
    assert hold.lifted_by == journey.controller
    journey.to("payment_approved")


def test_an_assignment_by_its_page_and_the_deed_read_by_the_desk_alone() -> None:
    journey = closed()
    address = reverse("desk_mission_act", args=[journey.mission.pk, "set_hold"])
    typed = {
        "version": journey.dossier.version,
        "reason": "assignment",
        "motive": MOTIVE,
        "assignee": "Banque du Rhône",
        "notified_on": journey.today.isoformat(),
    }
    page = signed_in(journey.controller).post(address, typed).content.decode()
    assert "L’acte de cession manque" in page
    assert "multipart/form-data" in page
    assert signed_in(journey.controller).post(address, typed | {"deed": deed()}).status_code == 302
    hold = Hold.objects.get()
    download = reverse("document_download", args=[hold.document_id])
    assert signed_in(journey.officer).get(download).status_code == 200
    for user in (journey.owner, journey.expert):
        assert signed_in(user).get(download).status_code == 404
    lift = reverse("desk_mission_act", args=[journey.mission.pk, "lift_hold"])
    journey.dossier.refresh_from_db()
    signed_in(journey.controller).post(
        lift, {"version": journey.dossier.version, "hold": hold.pk, "motive": MOTIVE}
    )
    assert PendingApproval.objects.get(status="open").transition == "lift_hold"


def test_the_register_tells_who_got_what_under_which_regime() -> None:
    journey, other = Journey().to("paid"), Journey().to("paid")
    client, page = signed_in(journey.controller), reverse("aid_register")
    shown = client.get(page)
    assert shown.context["totals"]["count"] == 2
    body = shown.content.decode()
    assert "SA.58995" in body
    assert journey.dossier.number in body
    found = client.get(page, {"q": journey.dossier.company.identifier})
    assert [row.dossier for row in found.context["rows"]] == [journey.dossier]
    assert client.get(page, {"volet": "5"}).context["totals"]["count"] == 0
    assert client.get(page, {"annee": "1900", "volet": "x", "q": "\x00"}).status_code == 200
    other.act("reverse_payment", other.payer, motive=MOTIVE, bank_reason="AC04", then="pay")
    other.act("reverse_payment", other.manager)
    assert aid_register.totals(aid_register.aids(journey.controller))["count"] == 1
