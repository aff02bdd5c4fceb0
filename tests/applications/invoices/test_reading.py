"""Electronic invoices are read in a process of their own; what can't be taken is said, and takes nothing down."""

from decimal import Decimal

import pytest

from applications.services.invoices import comparing, reading
from applications.services.invoices.reading import acquittal, read_invoice
from portal.documents.limited import UnreadableError
from tests.applications.invoices import makers


def test_a_factur_x_file_is_read() -> None:
    told = read_invoice(makers.facturx())
    assert told["state"] == "read"
    facts = told["facts"]
    assert (facts["number"], facts["issued_on"], facts["delivered_on"]) == (
        "F-2026-001",
        "2026-11-20",
        "2026-11-18",
    )
    assert (facts["ht"], facts["vat"], facts["ttc"]) == ("12000.00", "2400.00", "14400.00")
    assert (facts["seller"]["siren"], facts["iban"]) == (makers.SIREN, makers.IBAN)
    assert facts["buyer"]["address"] == "6/8 boulevard Haussmann, 75009 Paris"
    assert facts["rates"] == [{"category": "S", "rate": "20.00"}]


@pytest.mark.parametrize("data", [makers.UBL, makers.xml()], ids=["ubl", "cii"])
def test_the_data_beside_a_pdf_are_read(data: bytes) -> None:
    told = read_invoice(makers.blank(), data)
    assert told["state"] == "read"
    assert told["facts"]["delivered_on"] == "2026-11-18"
    assert told["facts"]["seller"]["siren"] == makers.SIREN


def test_data_beside_a_pdf_never_take_the_place_of_its_own() -> None:
    facts = read_invoice(makers.facturx(), makers.xml(BT_1="F-BESIDE"))["facts"]
    assert facts["number"] == "F-2026-001"
    broken = makers.with_attachment("factur-x.xml", b"<commande/>")
    assert read_invoice(broken, makers.xml())["state"] == "faulty"


def test_a_vat_that_is_left_out_is_not_said() -> None:
    facts = read_invoice(makers.blank(), makers.MINIMUM)["facts"]
    assert (facts["ht"], facts["vat"], facts["ttc"]) == ("12000.00", "", "14400.00")
    said = comparing.said_of(facts)
    assert (said.vat, said.vat_rate) == (None, None)
    without = makers.MINIMUM.replace(b"14400.00", b"12000.00")
    assert read_invoice(makers.blank(), without)["facts"]["vat"] == "0"


def test_a_credit_note_is_negative() -> None:
    facts = read_invoice(makers.facturx(BT_3="381"))["facts"]
    assert (facts["credit_note"], facts["ht"], facts["ttc"]) == (True, "-12000.00", "-14400.00")


@pytest.mark.parametrize("level", ["minimum", "basicwl"])
def test_smaller_profiles_say_less(level: str) -> None:
    data = makers.xml().replace(b"urn:cen.eu:en16931:2017", f"urn:factur-x.eu:1p0:{level}".encode())
    # A full set of data under the name of a smaller profile is not valid there.
    assert read_invoice(makers.blank(), data)["state"] == "faulty"


def test_a_pdf_without_data_is_typed_by_hand() -> None:
    assert read_invoice(makers.blank()) == {"state": "not_structured", "facts": {}, "faults": []}


BAD = {
    "not a PDF": (b"bonjour", None),
    "encrypted": (makers.pages(1, password="secret"), None),
    "truncated": (makers.facturx()[:900], None),
    "unknown data": (makers.with_attachment("factur-x.xml", b"<commande/>"), None),
    "order": (makers.with_attachment("order-x.xml", b"<a><b/></a>"), None),
    "bomb attached": (makers.with_attachment("factur-x.xml", makers.BOMB), None),
    "external entity attached": (makers.with_attachment("factur-x.xml", makers.EXTERNAL), None),
    "two invoices": (makers.two_invoices(), None),
    "bomb beside": (makers.blank(), makers.BOMB),
    "external entity beside": (makers.blank(), makers.EXTERNAL),
    "broken beside": (makers.blank(), makers.xml()[:-30]),
    "empty beside": (makers.blank(), b""),
    "not of its schema": (makers.blank(), makers.xml().replace(b"<ram:TypeCode>380</ram:TypeCode>", b"", 1)),
    "unknown profile": (makers.blank(), makers.xml().replace(b"urn:cen.eu:en16931:2017", b"urn:inconnu")),
    "too big": (makers.blank(), b"<a>" + b" " * (6 * 1024 * 1024) + b"</a>"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_and_gives_no_fact(name: str) -> None:
    told = read_invoice(*BAD[name])
    assert told["state"] == "faulty"
    assert told["facts"] == {}
    assert told["faults"][0].endswith(".")


def test_a_file_that_runs_away_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SECONDS", 0.01)
    monkeypatch.setattr(reading, "GRACE", 0.0)
    with pytest.raises(UnreadableError):
        read_invoice(makers.facturx())


@pytest.mark.parametrize(
    ("text", "said", "day"),
    [
        ("Facture acquittée le 12/11/2026", True, "2026-11-12"),
        ("ACQUITTÉE\nle 02.03.2026 par virement", True, "2026-03-02"),
        ("acquittée", True, None),
        ("acquittée le 45/99/2026", True, None),
        ("Facture payable à trente jours", False, None),
        ("facture non acquittement", False, None),
        ("Facture NON acquittée", False, None),
        ("Cette facture n’est pas encore acquittée le 12/11/2026", False, None),
        ("TVA acquittée sur les débits le 12/11/2026", False, None),
        ("Taxe sur la valeur ajoutée acquittée d’après les encaissements", False, None),
        ("TVA acquittée sur les débits. Facture acquittée le 12/11/2026", True, "2026-11-12"),
    ],
)
def test_the_mention_of_payment_is_found(text: str, said: bool, day: str | None) -> None:
    found, on = acquittal([text])
    assert found is said
    assert (on.isoformat() if on else None) == day


def test_what_is_read_becomes_what_the_invoice_says() -> None:
    facts = read_invoice(makers.facturx())["facts"]
    said = comparing.said_of(facts)
    assert (said.ht, said.vat_rate, said.ttc) == (Decimal(12000), Decimal(20), Decimal(14400))
    assert said.addressed_to == "Bpifrance, 6/8 boulevard Haussmann, 75009 Paris"
    assert comparing.said_of({}) == comparing.Said()


def test_an_account_is_told_apart_and_not_revealed() -> None:
    mark = reading.account_mark(makers.IBAN)
    assert mark == reading.account_mark("FR76 3000 6000 0112 3456 7890 189")
    assert mark != reading.account_mark(makers.OTHER_IBAN)
    assert makers.IBAN not in mark
    assert reading.account_mark("") == ""
