"""Makes the electronic invoices of the tests: a right one, and each way of being wrong."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
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


def two_invoices() -> bytes:
    """Return a Factur-X file that carries a second invoice, which its reader might take."""
    writer, target = PdfWriter(clone_from=io.BytesIO(facturx())), io.BytesIO()
    writer.add_attachment("autre.xml", xml(BT_1="F-2026-002"))
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
UBL, MINIMUM = (Path(__file__).with_name(name).read_bytes() for name in ("ubl.xml", "minimum.xml"))
BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">&c;</Invoice>"""
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>"""
