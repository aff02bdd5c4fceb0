"""Invoices on the expert's pages: deposited, read, confirmed, compared, drafted; the verification before sending."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications.letters.invoice import render_invoice
from applications.models import ClosureReading, DossierDocument, Invoice, InvoiceDraft
from applications.services import closure
from applications.services.closure_checks import BPIFRANCE_ADDRESS
from applications.services.documents import may_read
from applications.services.invoices import depositing, reading
from applications.services.invoices.comparing import Said, said_of
from applications.services.preflight import pages_named
from applications.workflow.refusals import Stale
from tests.applications import factories as f
from tests.applications.expert.conftest import Start, desk, journey, post
from tests.applications.invoices import makers
from tests.applications.journeys import Journey
from tests.applications.officer.conftest import signed_in

__all__ = ["desk", "journey"]
pytestmark = pytest.mark.django_db
Desk = Any


def file(content: bytes, name: str = "facture.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def read_all() -> None:
    for waiting in ClosureReading.objects.filter(state="waiting"):
        reading.read_closure({"reading": waiting.pk, "looks": 0}, outbox_id=1)


def right(made: Journey, **changed: Any) -> bytes:
    """Return the invoice to Bpifrance that this closure expects."""
    firm, day = made.mission.firm, made.today.isoformat()
    told = {"BT_2": day, "BT_72": day, "BT_84": firm.iban, "siren": firm.siren, **changed}
    return makers.facturx(**{name: value for name, value in told.items() if value})


@pytest.fixture
def closing(journey: Start, desk: Desk) -> Any:
    """Return a closure of which only Bpifrance's invoice lacks, and its expert's browser."""
    made = journey("work_done")
    firm = made.mission.firm
    firm.iban, firm.address, firm.city, firm.postcode = makers.IBAN, "1 rue de la Paix", "Paris", "75002"
    firm.save()
    made.fill_closure()
    made.mission.invoices.get(addressee="bpifrance").delete()
    DossierDocument.objects.filter(kind="bpifrance_invoice").delete()
    return made, desk(made)


def page(client: Any, name: str, *args: Any) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return str(answer.content.decode().replace("\u202f", " ").replace("\xa0", " "))


def deposit(client: Any, made: Journey, content: bytes, **more: Any) -> ClosureReading:
    answer = post(client, made, "invoice_deposit", "bpifrance", file=file(content), **more)
    assert answer.status_code == 302, answer.content.decode()
    found = ClosureReading.objects.get(mission=made.mission, kind="invoice", document__piece__isnull=True)
    assert answer.url == reverse("invoice_confirm", args=[found.pk])
    return found


def confirm(client: Any, found: ClosureReading, **changed: Any) -> Any:
    """Confirm a deposit as the page proposes it."""
    form = client.get(reverse("invoice_confirm", args=[found.pk])).context["form"]
    typed = {name: form[name].value() for name in form.fields}
    return client.post(reverse("invoice_confirm", args=[found.pk]), {**typed, **changed})


def test_a_factur_x_invoice_is_read_confirmed_and_sent(closing: Any) -> None:
    made, client = closing
    found = deposit(client, made, right(made))
    assert "Lecture de la facture en cours" in page(client, "invoice_confirm", found.pk)
    read_all()
    shown = page(client, "invoice_confirm", found.pk)
    assert "Données lues dans la facture" in shown
    assert "À corriger" not in shown
    assert not Invoice.objects.filter(addressee="bpifrance").exists()
    assert confirm(client, found).status_code == 302
    kept = Invoice.objects.get(addressee="bpifrance")
    assert (kept.number, kept.ht, kept.document_id) == ("F-2026-001", Decimal(12000), found.document_id)
    assert "Rien ne s’oppose à l’envoi" in page(client, "closure_preflight", made.mission.pk)
    answer = post(client, made, "closure_send", report_given_on=made.today.isoformat())
    assert answer.status_code == 302
    made.dossier.refresh_from_db()
    assert made.dossier.state == "closure_submitted"


def test_a_page_that_asks_anew_holds_no_form_it_would_wipe(closing: Any) -> None:
    made, client = closing
    found = deposit(client, made, right(made))
    waiting = page(client, "invoice_confirm", found.pk)
    address = reverse("invoice_confirm", args=[found.pk])
    assert f'hx-get="{address}' in waiting
    assert 'name="number"' not in waiting
    for answer in (client.get(f"{address}?essai=20"), client.post(address, {"number": "F-tapé"})):
        shown = answer.content.decode()
        assert f'hx-get="{address}' not in shown
        assert 'name="number"' in shown
    assert "F-tapé" in shown


@pytest.mark.parametrize(
    ("wrong", "verdict", "words"),
    [
        ("one_cent", "À corriger", "0,01 €"),
        ("addressee", "À corriger", "Maisons-Alfort"),
        ("early", "À vérifier", "suspendu"),
        ("siren", "À vérifier", "552 100 554"),
        ("iban", "À vérifier", "2606"),
    ],
)
def test_a_wrong_invoice_is_told_before_anything_is_sent(
    closing: Any, wrong: str, verdict: str, words: str
) -> None:
    made, client = closing
    found = deposit(client, made, right(made, **makers.WRONG[wrong]))
    read_all()
    shown = page(client, "invoice_confirm", found.pk)
    assert verdict in shown
    assert words in shown


@pytest.mark.parametrize("written", ["F-DEJA", "f-deja", "F -DEJA "])
def test_a_number_seen_in_another_dossier_is_told_and_does_not_stop(closing: Any, written: str) -> None:
    made, client = closing
    other = Journey(firm=made.mission.firm).to("work_done")
    other.fill_closure()
    other.mission.invoices.filter(addressee="bpifrance").update(number=written)
    found = deposit(client, made, right(made, **makers.WRONG["reused_number"]))
    read_all()
    assert f"déjà utilisé dans {other.dossier.number}" in page(client, "invoice_confirm", found.pk)
    confirm(client, found)
    shown = page(client, "closure_preflight", made.mission.pk)
    assert "déjà utilisé" in shown
    assert "Rien ne s’oppose à l’envoi" in shown


def test_typing_another_amount_than_the_file_says_is_refused(closing: Any) -> None:
    made, client = closing
    found = deposit(client, made, right(made, **makers.WRONG["one_cent"]))
    read_all()
    confirm(client, found, ht="12000", vat="2400", ttc="14400")
    shown = page(client, "closure_preflight", made.mission.pk)
    assert "montant HT : la saisie dit 12 000,00 €, le fichier 12 000,01 €" in shown
    answer = post(client, made, "closure_send", report_given_on=made.today.isoformat())
    assert answer.status_code == 200
    made.dossier.refresh_from_db()
    assert made.dossier.state == "work_done"


def test_an_early_invoice_does_not_escape_the_hold_by_another_date(closing: Any) -> None:
    made, client = closing
    found = deposit(client, made, right(made, **makers.WRONG["early"]))
    read_all()
    assert confirm(client, found, issued_on=made.today.isoformat()).status_code == 302
    shown = page(client, "closure_preflight", made.mission.pk)
    assert "le fichier 01/01/2020" in shown
    assert "Rien ne s’oppose à l’envoi" not in shown


def test_an_invoice_made_out_to_somebody_else_is_not_saved_by_typing_the_right_address(closing: Any) -> None:
    made, client = closing
    found = deposit(client, made, right(made, **makers.WRONG["addressee"]))
    read_all()
    assert confirm(client, found, addressed_to=BPIFRANCE_ADDRESS).status_code == 302
    shown = page(client, "closure_preflight", made.mission.pk)
    assert "le fichier dit Bpifrance Participations, 27 avenue du Général Leclerc" in shown
    post(client, made, "closure_send", report_given_on=made.today.isoformat())
    made.dossier.refresh_from_db()
    assert made.dossier.state == "work_done"


def test_a_file_that_is_still_read_is_not_told_compared(closing: Any) -> None:
    made, client = closing
    typed = {"number": "F-7", "issued_on": made.today.isoformat()}
    confirm(client, deposit(client, made, right(made, **makers.WRONG["one_cent"])), **typed)
    shown = page(client, "closure_preflight", made.mission.pk)
    assert "Le fichier de la facture F-7 n’a pas fini d’être lu" in shown
    read_all()
    shown = page(client, "closure_preflight", made.mission.pk)
    assert "n’a pas fini d’être lu" not in shown
    assert "la saisie dit F-7" in shown


def test_a_pdf_without_data_is_typed_beside_its_pages(closing: Any) -> None:
    made, client = closing
    found = deposit(client, made, makers.blank())
    read_all()
    shown = page(client, "invoice_confirm", found.pk)
    assert "ne porte pas de données électroniques" in shown
    day = made.today.isoformat()
    assert confirm(client, found, number="F-7", issued_on=day).status_code == 302
    assert Invoice.objects.get(addressee="bpifrance").addressed_to == BPIFRANCE_ADDRESS


def test_the_data_may_come_beside_the_pdf(closing: Any) -> None:
    made, client = closing
    found = deposit(client, made, makers.blank(), companion=file(makers.UBL, "facture.xml"))
    read_all()
    found.refresh_from_db()
    assert (found.state, found.facts["number"]) == ("read", "U-1")


@pytest.mark.parametrize("content", [makers.BOMB, makers.EXTERNAL, b"<html></html>", b"bonjour"])
def test_unsafe_data_are_refused_at_the_door(closing: Any, content: bytes) -> None:
    made, client = closing
    more = {"file": file(makers.blank()), "companion": file(content, "facture.xml")}
    answer = post(client, made, "invoice_deposit", "bpifrance", **more)
    assert answer.status_code == 200
    assert "XML" in answer.content.decode()
    assert not ClosureReading.objects.filter(mission=made.mission, kind="invoice").exists()


def test_a_deposit_is_dropped_or_gives_way(closing: Any) -> None:
    made, client = closing
    first = deposit(client, made, makers.blank())
    second = deposit(client, made, right(made))
    assert not ClosureReading.objects.filter(pk=first.pk).exists()
    assert client.post(reverse("invoice_give_up", args=[second.pk])).status_code == 302
    assert client.get(reverse("invoice_confirm", args=[second.pk])).status_code == 404


def test_what_a_colleague_confirmed_meanwhile_is_not_dropped(closing: Any) -> None:
    made, client = closing
    found = deposit(client, made, right(made))
    read_all()
    assert confirm(client, found).status_code == 302
    with pytest.raises(Stale):
        depositing.give_up(found, actor=made.expert, now=made.now)
    kept = Invoice.objects.get(addressee="bpifrance")
    assert may_read(made.expert, kept.document).allowed


def test_what_a_colleague_dropped_meanwhile_is_not_confirmed(closing: Any) -> None:
    made, client = closing
    found = deposit(client, made, right(made))
    read_all()
    found.refresh_from_db()
    said = {name: getattr(said_of(found.facts), name) for name in Said.__dataclass_fields__}
    depositing.give_up(found, actor=made.expert, now=made.now)
    with pytest.raises(Stale):
        closure.add_invoice(
            made.mission, addressee="bpifrance", fields=said, deposit=found, actor=made.expert, now=made.now
        )
    assert not Invoice.objects.filter(addressee="bpifrance").exists()


def test_another_firm_sees_no_deposit_nor_draft(closing: Any) -> None:
    made, client = closing
    found = deposit(client, made, right(made))
    rival = f.owner_of(f.ExpertFirmFactory())
    assert not may_read(rival, found.document).allowed
    client.force_login(rival)
    for name in ("invoice_confirm", "invoice_give_up"):
        assert client.post(reverse(name, args=[found.pk])).status_code == 404


# --- Drafts ----------------------------------------------------------------------------------------
def drafted(client: Any, made: Journey, slug: str = "bpifrance", **changed: Any) -> InvoiceDraft:
    typed = {"number": "F-42", "issued_on": made.today.isoformat(), "confirmed": "on", **changed}
    assert post(client, made, "invoice_draft", slug, **typed).status_code == 302
    draft = InvoiceDraft.objects.get()
    render_invoice({"draft": draft.pk})
    draft.refresh_from_db()
    return draft


def test_an_invoice_is_drafted_read_back_and_taken(closing: Any) -> None:
    made, client = closing
    draft = drafted(client, made)
    assert draft.document is not None
    assert may_read(made.expert, draft.document).allowed
    for stranger in (made.owner, made.officer, made.controller):
        assert not may_read(stranger, draft.document).allowed
    answer = client.post(reverse("invoice_draft_use", args=[draft.pk]))
    found = ClosureReading.objects.get(document=draft.document)
    assert answer.url == reverse("invoice_confirm", args=[found.pk])
    read_all()
    shown = page(client, "invoice_confirm", found.pk)
    assert "À corriger" not in shown
    assert "À vérifier" not in shown
    assert confirm(client, found).status_code == 302
    assert "Rien ne s’oppose à l’envoi" in page(client, "closure_preflight", made.mission.pk)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"number": ""}, "obligatoire"),
        ({"confirmed": ""}, "confirmez-les"),
        ({"issued_on": "2999-01-01"}, "à venir"),
        ({"issued_on": "2020-01-01"}, "antérieure à la signature"),
    ],
)
def test_a_draft_needs_what_only_the_expert_knows(closing: Any, changed: dict[str, str], words: str) -> None:
    made, client = closing
    typed = {"number": "F-42", "issued_on": made.today.isoformat(), "confirmed": "on", **changed}
    answer = post(client, made, "invoice_draft", "bpifrance", **typed)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not InvoiceDraft.objects.exists()


def test_nothing_is_drafted_of_a_share_that_is_invoiced(closing: Any) -> None:
    made, client = closing
    assert "Il ne reste rien à facturer" in page(client, "invoice_draft", made.mission.pk, "entreprise")


# --- The verification ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("reference", "pages"),
    [
        ("pages 12 à 40", [12, 40]),
        ("pp. 12-15", [12, 15]),
        ("§ 3, p. 7 et 9", [7, 9]),
        ("partie 3, section 2", []),
    ],
)
def test_pages_are_read_in_a_reference_as_people_write_them(reference: str, pages: list[int]) -> None:
    assert pages_named(reference) == pages


def test_a_page_that_the_report_lacks_is_to_mend(closing: Any) -> None:
    made, client = closing
    piece = DossierDocument.objects.get(mission=made.mission, kind="final_report")
    ClosureReading.objects.create(
        document=piece.document,
        mission=made.mission,
        kind="report",
        state="read",
        facts={"pages": 12},
        asked_at=made.now,
        read_at=made.now,
    )
    made.mission.delivered_lines.filter(item="qms_support").update(report_reference="section 2, p. 14")
    assert "renvoie à la page 14 d’un rapport qui en compte 12" in page(
        client, "closure_preflight", made.mission.pk
    )


def test_what_is_only_to_review_is_shown_to_who_checks_and_approves(closing: Any) -> None:
    made, client = closing
    found = deposit(client, made, right(made, **makers.WRONG["iban"]))
    read_all()
    confirm(client, found)
    assert post(client, made, "closure_send", report_given_on=made.today.isoformat()).status_code == 302
    told = "IBAN : FR•• •••• 2606, au lieu de FR•• •••• 0189"
    pages = [
        (made.officer, "officer_dossier", made.dossier.pk),
        (made.controller, "payment_detail", made.mission.pk),
    ]
    for person, name, pk in pages:
        browser = signed_in(person)
        assert told in page(browser, name, pk)
    made.act("confirm_restitution", made.owner, restitution_on=made.today)
    made.act("certify_service", made.officer)
    for person, name, pk in pages:
        assert told in page(signed_in(person), name, pk)


def test_the_verification_asks_the_same_queries(closing: Any, django_assert_num_queries: Any) -> None:
    made, client = closing
    found = deposit(client, made, right(made))
    read_all()
    confirm(client, found)
    page(client, "closure_preflight", made.mission.pk)
    with django_assert_num_queries(26):
        page(client, "closure_preflight", made.mission.pk)
    for number in range(10):
        made.invoice(made.mission, "company", Decimal(10), acquitted_on=made.today + timedelta(days=number))
    with django_assert_num_queries(26):
        page(client, "closure_preflight", made.mission.pk)
