"""Makes the electronic invoices of the tests: a right one, and each way of being wrong."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from pypdf import PdfWriter

from applications.services.invoices import electronic

SIREN, OTHER_SIREN = "732829320", "552100554"
IBAN, OTHER_IBAN = "FR7630006000011234567890189", "FR1420041010050500013M02606"
BPIFRANCE = {
    "name": "Bpifrance",
    "addr_l1": "6/8 boulevard Haussmann",
    "postcode": "75009",
    "city": "Paris",
    "country_code": "FR",
}


@cache
def blank() -> bytes:
    """Return a PDF of one empty page."""
    return pages(1)


def pages(count: int, *, password: str = "") -> bytes:
    """Return a PDF of so many empty pages."""
    writer, target = PdfWriter(), io.BytesIO()
    for _ in range(count):
        writer.add_blank_page(width=200, height=200)
    if password:
        writer.encrypt(password)
    writer.write(target)
    return target.getvalue()


def terms(
    ht: str = "12000.00", vat: str = "2400.00", ttc: str = "14400.00", **changed: Any
) -> dict[str, Any]:
    """Return the business terms of a right invoice to Bpifrance, some of them changed (BT_1 for « BT-1 »)."""
    seller = {
        "name": "Cabinet Conseil",
        "legal_identifier": changed.pop("siren", SIREN),
        "legal_identifier_schemeid": "0002",
        "addr_l1": "1 rue de la Paix",
        "postcode": "75002",
        "city": "Paris",
        "country_code": "FR",
    }
    right: dict[str, Any] = {
        "BT-1": "F-2026-001",
        "BT-2": "2026-11-20",
        "BT-3": "380",
        "BT-5": "EUR",
        "BT-9": "2026-12-20",
        "BT-72": "2026-11-18",
        "BT-81": "30",
        "BT-84": IBAN,
        "BG-4": seller,
        "BG-7": dict(BPIFRANCE),
        "BT-106": ht,
        "BT-109": ht,
        "BT-110": vat,
        "BT-112": ttc,
        "BT-115": ttc,
        "BG-23": [{"BT-116": ht, "BT-117": vat, "BT-118": "S", "BT-119": "20.00"}],
        "BG-25": [
            {
                "BT-126": "1",
                "BT-153": "Quote-part",
                "BT-129": "1",
                "BT-130": "C62",
                "BT-146": ht,
                "BT-131": ht,
                "BT-151": "S",
                "BT-152": "20.00",
            }
        ],
    }
    return right | {name.replace("_", "-"): value for name, value in changed.items()}


def xml(**changed: Any) -> bytes:
    """Return the data of an invoice."""
    return electronic.written(terms(**changed))


def facturx(data: bytes | None = None, **changed: Any) -> bytes:
    """Return a Factur-X file: an empty page and the data of an invoice."""
    return electronic.joined(blank(), data or xml(**changed), title="Facture", author="Cabinet")


def with_attachment(name: str, content: bytes) -> bytes:
    """Return a PDF with any file attached."""
    writer, target = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=200, height=200)
    writer.add_attachment(name, content)
    writer.write(target)
    return target.getvalue()


WRONG: dict[str, dict[str, Any]] = {
    "one_cent": {"ht": "12000.01", "vat": "2400.00", "ttc": "14400.01"},
    "addressee": {
        "BG_7": {
            **BPIFRANCE,
            "name": "Bpifrance Participations",
            "addr_l1": "27 avenue du Général Leclerc",
            "postcode": "94710",
            "city": "Maisons-Alfort",
        }
    },
    "early": {"BT_2": "2020-01-01"},
    "reused_number": {"BT_1": "F-DEJA"},
    "siren": {"siren": OTHER_SIREN},
    "iban": {"BT_84": OTHER_IBAN},
}
UBL = b"""<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
<cbc:ID>U-1</cbc:ID><cbc:IssueDate>2026-11-20</cbc:IssueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PostalAddress><cac:Country><cbc:IdentificationCode>FR</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
<cac:PartyTaxScheme><cbc:CompanyID>FR44732829320</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyLegalEntity><cbc:RegistrationName>Cabinet</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PostalAddress><cbc:StreetName>6/8 boulevard Haussmann</cbc:StreetName><cbc:CityName>Paris</cbc:CityName><cbc:PostalZone>75009</cbc:PostalZone><cac:Country><cbc:IdentificationCode>FR</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
<cac:PartyLegalEntity><cbc:RegistrationName>Bpifrance</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
<cac:Delivery><cbc:ActualDeliveryDate>2026-11-18</cbc:ActualDeliveryDate></cac:Delivery>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">20.00</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">100.00</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">20.00</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>20</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="EUR">120.00</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="EUR">120.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="C62">1</cbc:InvoicedQuantity><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount><cac:Item><cbc:Name>Audit</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>20</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item><cac:Price><cbc:PriceAmount currencyID="EUR">100.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
</Invoice>
"""
BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">&c;</Invoice>"""
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>"""
