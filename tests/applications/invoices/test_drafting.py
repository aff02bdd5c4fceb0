"""Invoices drafted from the contract: valid for their schema, read back equal, PDF/A-3, whatever the VAT regime."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import facturx
import pytest
from pypdf import PdfReader

from applications.letters.invoice import invoice_pdf, render_invoice
from applications.models import InvoiceDraft
from applications.services import closure
from applications.services.closure_checks import BPIFRANCE_ADDRESS
from applications.services.invoices import depositing, drafting
from applications.services.invoices.comparing import Verdict, compare, data_of, said_of
from applications.services.invoices.reading import account_mark, read_invoice
from applications.services.preflight import expected_of
from applications.services.settlement import settlement_of
from applications.workflow.refusals import Refused
from experts.models import ExpertFirm, VatRegime
from tests.applications.expert.conftest import Start, journey
from tests.applications.invoices import makers
from tests.applications.journeys import Journey

__all__ = ["journey"]
pytestmark = pytest.mark.django_db


def drafted(journey: Start, regime: str, addressee: str, acquitted_on: date | None = None) -> Any:
    made = journey("work_done")
    firm = made.mission.firm
    firm.vat_regime, firm.iban, firm.siren = regime, makers.IBAN, makers.SIREN
    firm.vat_number = "" if regime == VatRegime.FRANCHISE else "FR44732829320"
    firm.address, firm.postcode, firm.city = "1 rue de la Paix", "75002", "Paris"
    firm.save()
    made.fill_closure()
    made.mission.invoices.all().delete()
    draft = drafting.make_draft(
        made.mission,
        addressee=addressee,
        number="F-42",
        issued_on=made.today,
        acquitted_on=acquitted_on,
        actor=made.expert,
        now=made.now,
    )
    return made, draft


def data(content: bytes) -> bytes:
    return bytes(facturx.get_xml_from_pdf(content)[1])


@pytest.mark.parametrize("regime", VatRegime.values)
@pytest.mark.parametrize("addressee", ["company", "bpifrance"])
def test_a_draft_is_valid_and_is_read_back_equal(journey: Start, regime: str, addressee: str) -> None:
    made, draft = drafted(journey, regime, addressee)
    content = invoice_pdf(draft)
    assert facturx.xml_check_xsd(data(content), flavor="factur-x", level="en16931")
    told = read_invoice(content)
    assert told["state"] == "read"
    facts = told["facts"]
    frozen = draft.content
    assert {name: facts[name] for name in ("number", "issued_on", "delivered_on", "ht", "vat", "ttc")} == {
        name: frozen[name] for name in ("number", "issued_on", "delivered_on", "ht", "vat", "ttc")
    }
    assert facts["iban"] == makers.IBAN
    assert facts["rates"] == [{"category": frozen["category"], "rate": frozen["rate"]}]
    assert facts["paid"] == ""
    facts |= {"account": account_mark(facts["iban"])}
    expected = expected_of(made.mission, addressee, settlement_of(made.mission), seen={})
    found = compare(said_of(facts), expected, data_of(facts))
    assert {check.code for check in found if check.verdict != Verdict.GOOD} <= (
        {"acquitted_on"} if addressee == "company" else set()
    ) | ({"vat_number"} if regime == VatRegime.FRANCHISE else set())


def test_a_draft_is_a_pdf_a_3_that_says_nothing_of_a_payment(journey: Start) -> None:
    _made, draft = drafted(journey, VatRegime.STANDARD, "company")
    content = invoice_pdf(draft)
    reader = PdfReader(io.BytesIO(content))
    metadata = reader.xmp_metadata
    assert metadata is not None
    raw = metadata.stream.get_data()
    assert b"<pdfaid:part>3</pdfaid:part>" in raw or b'pdfaid:part="3"' in raw
    assert b"EN 16931" in raw
    assert list(reader.attachments) == ["factur-x.xml"]
    text = reader.pages[0].extract_text()
    assert "F-42" in text
    assert "acquittée" not in text.lower()


def test_an_acquitted_draft_says_so_and_when(journey: Start) -> None:
    _made, draft = drafted(journey, VatRegime.STANDARD, "company", acquitted_on=date(2026, 1, 2))
    content = invoice_pdf(draft)
    facts = read_invoice(content)["facts"]
    assert facts["paid"] == facts["ttc"]
    assert facts["due"] == "0.00"
    assert "Facture acquittée le 02/01/2026." in facts["notes"]
    assert "acquittée le 02/01/2026" in PdfReader(io.BytesIO(content)).pages[0].extract_text()


@pytest.mark.parametrize(
    ("regime", "words"),
    [
        (VatRegime.FRANCHISE, "TVA non applicable, article 293 B du CGI"),
        (VatRegime.REVERSE_CHARGE, "Autoliquidation"),
        (VatRegime.STANDARD, "TVA à 20"),
    ],
)
def test_the_regime_of_vat_is_written(journey: Start, regime: str, words: str) -> None:
    _made, draft = drafted(journey, regime, "bpifrance")
    text = PdfReader(io.BytesIO(invoice_pdf(draft))).pages[0].extract_text().replace("\xa0", " ")
    assert words in " ".join(text.split())
    assert Decimal(draft.content["vat"]) == (2400 if regime == VatRegime.STANDARD else 0)
    assert InvoiceDraft.objects.count() == 1


def refused(made: Any, **changed: Any) -> list[str]:
    """Return the fields on which a draft to Bpifrance is refused."""
    asked = {"addressee": "bpifrance", "number": "F-43", "issued_on": made.today, "acquitted_on": None}
    with pytest.raises(Refused) as refusal:
        drafting.make_draft(made.mission, actor=made.expert, now=made.now, **(asked | changed))
    return [obstacle.field for obstacle in refusal.value.obstacles]


@pytest.mark.parametrize("lacks", ["siren", "address", "city"])
def test_a_draft_needs_what_an_invoice_bears_of_its_firm(journey: Start, lacks: str) -> None:
    made, _draft = drafted(journey, VatRegime.STANDARD, "bpifrance")
    ExpertFirm.objects.filter(pk=made.mission.firm_id).update(**{lacks: ""})
    assert refused(made) == [""]
    assert InvoiceDraft.objects.count() == 1


def test_a_draft_takes_no_number_that_the_firm_used(journey: Start) -> None:
    made, _draft = drafted(journey, VatRegime.STANDARD, "bpifrance")
    made.invoice(made.mission, "company", Decimal(10), acquitted_on=made.today)
    made.mission.invoices.update(number="F-43")
    assert refused(made) == ["number"]
    other = Journey(firm=made.mission.firm).to("work_done")
    other.fill_closure()
    other.mission.invoices.filter(addressee="company").update(number="F-44")
    assert refused(made, number="f-44") == ["number"]


def test_a_draft_serves_once(journey: Start) -> None:
    made, draft = drafted(journey, VatRegime.STANDARD, "bpifrance")
    render_invoice({"draft": draft.pk})
    draft.refresh_from_db()
    found = depositing.use_draft(draft, actor=made.expert, now=made.now)
    assert depositing.use_draft(draft, actor=made.expert, now=made.now) == found
    content = draft.content
    fields = {name: Decimal(content[name]) for name in ("ht", "vat", "ttc")} | {
        "number": draft.number,
        "issued_on": draft.issued_on,
        "vat_rate": Decimal(content["rate"]),
        "addressed_to": BPIFRANCE_ADDRESS,
    }
    kept = closure.add_invoice(
        made.mission, addressee="bpifrance", fields=fields, deposit=found, actor=made.expert, now=made.now
    )
    closure.remove_invoice(kept, actor=made.expert, now=made.now)
    with pytest.raises(Refused, match="déjà servi"):
        depositing.use_draft(draft, actor=made.expert, now=made.now)
