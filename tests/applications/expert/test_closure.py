"""The closure: lines, documents, invoices, and its sending."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications.models import DeliveredLine, DossierDocument, Invoice
from applications.services import mission_work
from applications.services.closure import delivered_fingerprint
from applications.services.closure_checks import BPIFRANCE_ADDRESS
from applications.services.settlement import quote_of
from tests.applications.expert.conftest import Start, pdf, post
from tests.applications.journeys import MOTIVE, Journey

pytestmark = pytest.mark.django_db
Desk = Any


def lines(made: Journey, **changed: str) -> dict[str, str]:
    typed = {
        "seen": delivered_fingerprint(made.mission),
        "qms_support-delivered": "20 000,00",
        "qms_support-report_reference": "§ 2",
        "qms_training-delivered": "4000",
        "qms_training-report_reference": "§ 3",
    }
    return typed | {name.replace("__", "-"): value for name, value in changed.items()}


def invoice(made: Journey, addressee: str, ht: str = "12000", **changed: Any) -> dict[str, Any]:
    vat = Decimal(ht) / 5
    typed: dict[str, Any] = {
        "number": f"F-{addressee}",
        "issued_on": made.today.isoformat(),
        "ht": ht,
        "vat_rate": "20",
        "vat": str(vat),
        "ttc": str(Decimal(ht) + vat),
        "file": pdf("facture.pdf"),
    }
    if addressee == "entreprise":
        typed["acquitted_on"] = made.today.isoformat()
    else:
        typed["addressed_to"] = BPIFRANCE_ADDRESS
    return {name: value for name, value in (typed | changed).items() if value is not None}


def closure(client: Any, made: Journey) -> str:
    answer = client.get(reverse("mission_closure", args=[made.mission.pk]))
    assert answer.status_code == 200
    return str(answer.content.decode().replace("\u202f", " ").replace("\xa0", " "))


def test_a_closure_is_filled_sent_and_accepted(journey: Start, desk: Desk) -> None:
    made = journey("work_done")
    client = desk(made)
    assert "À compléter" in closure(client, made)
    assert post(client, made, "closure_lines", **lines(made)).status_code == 302
    assert "12 000,00 €" in closure(client, made)
    assert post(client, made, "closure_document", "rapport", file=pdf("rapport.pdf")).status_code == 302
    signed = {
        "file": pdf("devis.pdf"),
        "issued_on": made.today.isoformat(),
        "same_lines": "on",
        "quote_number": "1",
    }
    assert post(client, made, "closure_document", "devis-signe", **signed).status_code == 302
    for addressee in ("entreprise", "bpifrance"):
        assert post(client, made, "invoice_add", addressee, **invoice(made, addressee)).status_code == 302
    assert "Prête à envoyer" in closure(client, made)
    answer = post(client, made, "closure_send", report_given_on=made.today.isoformat())
    assert answer.url == reverse("mission_detail", args=[made.mission.pk])
    made.dossier.refresh_from_db()
    assert made.dossier.state == "closure_submitted"
    assert "Envoyée" in closure(client, made)
    made.act("confirm_restitution", made.owner, restitution_on=made.today)
    made.act("certify_service", made.officer)
    made.act("approve_payment", made.controller)
    assert made.mission.final_share == Decimal("12000.00")


def test_an_incomplete_closure_says_what_is_missing(journey: Start, desk: Desk) -> None:
    made = journey("work_done")
    answer = post(desk(made), made, "closure_send", report_given_on=made.today.isoformat())
    shown = answer.content.decode()
    assert answer.status_code == 200
    for missing in ("rapport final", "devis signé", "n’est pas renseigné"):
        assert missing in shown
    assert made.dossier.state == "work_done"


def test_lines_are_refused_where_they_cannot_be_meant(journey: Start, desk: Desk) -> None:
    made = journey("work_done")
    client = desk(made)
    kept = post(
        client, made, "closure_lines", **lines(made, qms_support__delivered="beaucoup")
    ).content.decode()
    assert "Écrivez un nombre" in kept
    assert "beaucoup" in kept
    assert (
        "négatif"
        in post(client, made, "closure_lines", **lines(made, qms_support__delivered="-1")).content.decode()
    )
    assert not DeliveredLine.objects.exists()
    post(client, made, "closure_lines", **lines(made, qms_training__delivered="1000"))
    assert "sans explication" in closure(client, made)


def test_two_colleagues_never_overwrite_each_other(journey: Start, desk: Desk) -> None:
    made = journey("work_done")
    client = desk(made)
    first = lines(made)
    assert post(client, made, "closure_lines", **first).status_code == 302
    assert post(client, made, "closure_lines", **(first | {"qms_training-delivered": "1"})).status_code == 409
    assert DeliveredLine.objects.get(item="qms_training").delivered == Decimal("4000.00")


def test_audits_have_their_dates(journey: Start, desk: Desk) -> None:
    made = journey("work_done", volet=5)
    client = desk(made)
    typed = {
        "seen": delivered_fingerprint(made.mission),
        "code_audit-delivered": "9000",
        "code_audit-report_reference": "§ 1",
    }
    post(client, made, "closure_lines", **typed)
    assert "n’a pas de dates" in closure(client, made)
    days = {"code_audit-audited_from": made.today.isoformat(), "code_audit-audited_until": "2020-01-01"}
    seen = {"seen": delivered_fingerprint(made.mission)}
    assert "finit avant" in post(client, made, "closure_lines", **(typed | days | seen)).content.decode()
    days["code_audit-audited_until"] = made.today.isoformat()
    assert post(client, made, "closure_lines", **(typed | days | seen)).status_code == 302
    assert "4 500,00 €" in closure(client, made)


@pytest.mark.parametrize(
    ("addressee", "changed", "sentence"),
    [
        ("bpifrance", {"ttc": "14400.01"}, "n’est pas la somme"),
        ("bpifrance", {"vat": "2000", "ttc": "14000"}, "ne correspond pas au taux"),
        ("bpifrance", {"vat": "2400.01", "ttc": "14400.01"}, "ne correspond pas au taux"),
        ("bpifrance", {"vat_rate": "19,6", "vat": "2352", "ttc": "14352"}, "pas un taux de TVA en vigueur"),
        ("bpifrance", {"addressed_to": "Bpifrance, Maisons-Alfort"}, "n’est pas celle de Bpifrance"),
        ("bpifrance", {"ht": "0", "vat": "0", "ttc": "0"}, "montant positif"),
        ("bpifrance", {"file": None}, "Choisissez le fichier"),
        ("bpifrance", {"file": SimpleUploadedFile("f.pdf", b"<html>")}, "PDF"),
        ("bpifrance", {"issued_on": "2999-01-01"}, "à venir"),
        ("entreprise", {"acquitted_on": ""}, "Indiquez la date"),
        ("entreprise", {"number": ""}, "obligatoire"),
        ("entreprise", {"ht": "12000.001"}, "2 chiffres au plus"),
    ],
)
def test_a_wrong_invoice_is_refused_and_kept(
    journey: Start, desk: Desk, addressee: str, changed: dict[str, Any], sentence: str
) -> None:
    made = journey("work_done")
    client = desk(made)
    post(client, made, "closure_lines", **lines(made))
    answer = post(client, made, "invoice_add", addressee, **invoice(made, addressee, **changed))
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Invoice.objects.exists()
    assert not DossierDocument.objects.filter(kind__endswith="_invoice").exists()


def test_a_firm_without_vat_invoices_none(journey: Start, desk: Desk) -> None:
    made = journey("work_done")
    made.dossier.firm.__class__.objects.update(vat_regime="franchise_293B")
    client = desk(made)
    post(client, made, "closure_lines", **lines(made))
    answer = post(client, made, "invoice_add", "bpifrance", **invoice(made, "bpifrance"))
    assert "ne facture pas de TVA" in answer.content.decode()
    free = {"vat_rate": "0", "vat": "0", "ttc": "12000"}
    assert (
        post(client, made, "invoice_add", "bpifrance", **invoice(made, "bpifrance", **free)).status_code
        == 302
    )


def test_one_cent_of_difference_is_shown_and_refused(journey: Start, desk: Desk) -> None:
    made = journey("work_done")
    made.fill_closure()
    given = made.mission.invoices.get(addressee="bpifrance")
    client = desk(made)
    changed = {"ht": "12000.01", "vat": "2400.00", "ttc": "14400.01", "file": None}
    address = reverse("invoice_edit", args=[given.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, invoice(made, "bpifrance", **changed)).status_code == 302
    assert "0,01 €" in closure(client, made)
    answer = post(client, made, "closure_send", report_given_on=made.today.isoformat())
    assert "centime" in answer.content.decode()
    given.refresh_from_db()
    assert given.replaced_at is not None
    assert client.post(address, invoice(made, "bpifrance")).status_code == 404


def test_bpifrance_gets_one_invoice(journey: Start, desk: Desk) -> None:
    made = journey("work_done")
    made.fill_closure()
    client = desk(made)
    answer = post(client, made, "invoice_add", "bpifrance", **invoice(made, "bpifrance"))
    assert "une seule facture nette" in answer.content.decode()
    other = made.mission.invoices.get(addressee="company").number
    assert (
        "déjà ce numéro"
        in post(
            client, made, "invoice_add", "entreprise", **invoice(made, "entreprise", number=other)
        ).content.decode()
    )


def test_a_credit_note_and_a_deposit_add_up(journey: Start, desk: Desk) -> None:
    made = journey("work_done")
    client = desk(made)
    post(client, made, "closure_lines", **lines(made))
    for number, ht in (("A1", "13000"), ("AV1", "-1000")):
        answer = post(
            client, made, "invoice_add", "entreprise", **invoice(made, "entreprise", ht, number=number)
        )
        assert answer.status_code == 302
    row = client.get(reverse("mission_closure", args=[made.mission.pk])).context["sums"][0]
    assert (row["invoiced"], row["difference"]) == (Decimal("12000.00"), Decimal("0.00"))
    client.post(reverse("invoice_remove", args=[Invoice.objects.get(number="AV1").pk]))
    assert made.mission.invoices.filter(replaced_at__isnull=True).count() == 1


def test_nothing_moves_once_the_closure_is_sent(journey: Start, desk: Desk) -> None:
    made = journey("closure_submitted")
    client = desk(made)
    given = made.mission.invoices.get(addressee="bpifrance")
    assert post(client, made, "closure_lines", **lines(made)).status_code == 409
    assert post(client, made, "closure_document", "rapport", file=pdf()).status_code == 409
    assert post(client, made, "invoice_add", "entreprise", **invoice(made, "entreprise")).status_code == 302
    assert client.post(reverse("invoice_remove", args=[given.pk])).status_code == 409
    assert made.mission.invoices.count() == 2


def test_corrections_are_shown_and_answered(journey: Start, desk: Desk) -> None:
    made = journey("closure_submitted")
    items = [{"target": "final_report", "reason": "La section 4 manque."}]
    made.act("request_corrections", made.officer, items=items, message=MOTIVE)
    client = desk(made)
    shown = closure(client, made)
    assert "La section 4 manque." in shown
    assert "Rapport final" in shown
    report = SimpleUploadedFile("rapport.docx", b"not a docx")
    assert post(client, made, "closure_document", "rapport", file=report).status_code == 200
    assert post(client, made, "closure_document", "rapport", file=pdf("v2.pdf")).status_code == 302
    assert made.mission.documents.filter(kind="final_report", replaced_at__isnull=True).count() == 1
    assert post(client, made, "closure_send", report_given_on=made.today.isoformat()).status_code == 302


def test_the_signed_quote_is_that_of_the_accepted_version(journey: Start, desk: Desk) -> None:
    made = journey("work_done")
    typed = {"file": pdf(), "issued_on": made.today.isoformat(), "quote_number": "1"}
    answer = post(desk(made), made, "closure_document", "devis-signe", **typed)
    assert "dont les lignes ont été acceptées" in answer.content.decode()
    typed["file"] = pdf()
    assert (
        post(desk(made), made, "closure_document", "devis-signe", same_lines="on", **typed).status_code == 302
    )
    piece, quote = made.mission.documents.get(kind="signed_quote"), quote_of(made.mission)
    assert quote is not None
    assert (piece.quote_number, piece.lines_hash) == (quote.number, quote.lines_hash)


@pytest.mark.parametrize("shown", ["2", "", "un"])
def test_a_signed_quote_is_of_the_version_that_the_page_named(journey: Start, desk: Desk, shown: str) -> None:
    made = journey("work_done")
    assert 'name="quote_number" value="1"' in closure(desk(made), made)
    typed = {"file": pdf(), "issued_on": made.today.isoformat(), "same_lines": "on", "quote_number": shown}
    answer = post(desk(made), made, "closure_document", "devis-signe", **typed)
    assert answer.status_code == 200
    assert not made.mission.documents.filter(kind="signed_quote").exists()


def test_a_mission_holds_twenty_files(journey: Start, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made = journey("work_done")
    client = desk(made)
    monkeypatch.setattr(mission_work, "MAX_FILES", made.mission.documents.count() + 1)
    assert post(client, made, "closure_document", "rapport", file=pdf()).status_code == 302
    answer = post(client, made, "closure_document", "rapport", file=pdf("v2.pdf"))
    assert "le maximum" in answer.content.decode()
    monkeypatch.undo()
    monkeypatch.setattr(mission_work, "MAX_FILES", 20)
    monkeypatch.setattr(mission_work, "MAX_BYTES", 10)
    answer = post(client, made, "closure_document", "rapport", file=pdf("v3.pdf"))
    assert "dépasseraient 200 Mo" in answer.content.decode()
    assert made.mission.documents.filter(kind="final_report").count() == 1


def test_there_is_no_closure_before_the_end_of_work(journey: Start, desk: Desk) -> None:
    made = journey("in_progress")
    client = desk(made)
    assert client.get(reverse("mission_closure", args=[made.mission.pk])).status_code == 404
    assert post(client, made, "closure_lines", seen="").status_code == 404


def test_unknown_parts_are_not_found(journey: Start, desk: Desk) -> None:
    made = journey("work_done")
    client = desk(made)
    assert post(client, made, "closure_document", "autre", file=pdf()).status_code == 404
    assert post(client, made, "invoice_add", "autre").status_code == 404


def test_a_correction_is_answered_in_the_verification(journey: Start, desk: Desk) -> None:
    made = journey("closure_submitted")
    items = [{"target": "qms_support", "reason": "Le renvoi est faux."}]
    made.act("request_corrections", made.officer, items=items, message=MOTIVE)
    client = desk(made)
    assert "Prête à envoyer" not in closure(client, made)
    address = reverse("closure_preflight", args=[made.mission.pk])
    shown = client.get(address).content.decode()
    assert "Rien ne s’oppose" not in shown
    assert "Dire pourquoi rien ne change" in shown
    assert "qms_support</b>" not in shown
    refused = post(client, made, "closure_answer", "qms_support", answer="Non.")
    assert "quelques mots" in refused.content.decode()
    assert post(client, made, "closure_answer", "qms_support", answer=MOTIVE).url == address
    shown = client.get(address).content.decode()
    assert MOTIVE in shown
    assert "Rien ne s’oppose" in shown
    assert post(client, made, "closure_send", report_given_on=made.today.isoformat()).status_code == 302
    assert post(client, made, "closure_answer", "qms_support", answer=MOTIVE).status_code == 409


@pytest.mark.parametrize("addressee", ["entreprise", "bpifrance"])
def test_a_share_not_yet_known_is_never_shown_as_nothing(journey: Start, desk: Desk, addressee: str) -> None:
    made = journey("work_done")
    client = desk(made)
    address = reverse("invoice_add", args=[made.mission.pk, addressee])
    assert "Pas encore connue" in client.get(address).content.decode()
    assert post(client, made, "closure_lines", **lines(made)).status_code == 302
    shown = client.get(address).content.decode().replace("\u202f", " ").replace("\xa0", " ")
    assert "Pas encore connue" not in shown
    assert "12 000,00 €" in shown


def test_a_part_that_holds_is_called_so(journey: Start, desk: Desk) -> None:
    made = journey("work_done")
    made.fill_closure()
    shown = closure(desk(made), made)
    assert shown.count("Conforme") == 5
    assert "Les cinq parties sont conformes" in shown
