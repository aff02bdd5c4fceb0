"""Reads and writes the data of an electronic invoice: the only module that knows the factur-x library.

`JOBS` are run in a process of their own (`portal.documents.alone`), so nothing of the portal is imported here.
A job answers one JSON object {state, facts, faults}: state is "read", "not_structured" (a PDF without data) or
"faulty"; facts are texts, amounts as written and ISO dates; faults are French sentences.
"""

import io
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import facturx
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from pypdf import PdfReader

Json = dict[str, Any]
MOST_XML = 5 * 1024 * 1024
LEVEL = "en16931"
# The identifier schemes of ISO/IEC 6523 that hold a SIREN or a SIRET.
SIREN_SCHEME, SIRET_SCHEME = "0002", "0009"
READABLE = frozenset({"factur-x", "ubl-2.1-invoice", "ubl-2.1-creditnote"})
CREDIT_NOTES = frozenset({"381", "261", "262", "396", "502", "503"})
NOT_XML = "Le fichier XML n’est pas lisible\u00a0: il est abîmé, ou ce n’est pas du XML."
FORBIDDEN = "Le fichier XML contient une déclaration interdite (DTD ou entité)\u00a0: il n’est pas lu."
TOO_BIG = "Le fichier XML est trop volumineux pour une facture\u00a0: il n’est pas lu."
UNKNOWN = "Le fichier XML joint n’est pas une facture Factur-X, ZUGFeRD 2 ou UBL 2.1."
SEVERAL = "Le PDF porte plusieurs factures électroniques\u00a0: gardez la seule qu’il montre."
NOT_VALID = "Les données de la facture ne respectent pas leur profil\u00a0: refaites-la avec votre logiciel."
UNREADABLE = "Le PDF n’est pas lisible\u00a0: il est abîmé ou incomplet."
ENCRYPTED = "Le PDF est protégé par un mot de passe\u00a0: enregistrez-le sans protection."


class Faulty(Exception):
    """The file holds data that can't be taken; the message is for the person who brought it."""


# --- Reading ---------------------------------------------------------------------------------------
def read_pdf(content: bytes, _stop: float) -> bytes:
    """Return what the XML attached to a PDF says; « not structured » where there is none."""
    return _answer(lambda: _attached(content))


def read_xml(content: bytes, _stop: float) -> bytes:
    """Return what a UBL or CII file says."""
    return _answer(lambda: content)


def _answer(source: Any) -> bytes:
    try:
        xml = source()
        facts = None if xml is None else facts_of(xml)
    except Faulty as fault:
        return json.dumps({"state": "faulty", "facts": {}, "faults": [str(fault)]}).encode()
    state = "not_structured" if facts is None else "read"
    return json.dumps({"state": state, "facts": facts or {}, "faults": []}).encode()


def _attached(content: bytes) -> bytes | None:
    found = _xml_files(content)
    if not found:
        return None
    for data in found:
        _refuse_unsafe(data)
    if sum(_is_invoice(data) for data in set(found)) > 1:
        raise Faulty(SEVERAL)
    _name, xml = facturx.get_xml_from_pdf(content, check_xsd=False)
    if not xml:
        raise Faulty(UNKNOWN)
    return bytes(xml)


def _xml_files(content: bytes) -> list[bytes]:
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        encrypted = reader.is_encrypted
        files = [] if encrypted else list(reader.attachments.items())
        found = [data for name, parts in files for data in parts if name.lower().endswith(".xml")]
    except Exception as error:
        raise Faulty(UNREADABLE) from error
    if encrypted:
        raise Faulty(ENCRYPTED)
    return found


def _is_invoice(xml: bytes) -> bool:
    """Tell an invoice from other data that a PDF may carry; the XML is a safe one."""
    try:
        return facturx.get_flavor(facturx.facturx.etree.fromstring(xml)) in READABLE
    except Exception:  # noqa: BLE001 the library says so of any other XML
        return False


def _refuse_unsafe(xml: bytes) -> None:
    """Refuse what no invoice holds: entities, external or not, a document type, megabytes of text."""
    if len(xml) > MOST_XML:
        raise Faulty(TOO_BIG)
    try:
        fromstring(xml, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Faulty(FORBIDDEN) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Faulty(NOT_XML) from error


def facts_of(xml: bytes) -> Json:
    """Return what an invoice's data says; raises Faulty."""
    _refuse_unsafe(xml)
    tree = facturx.facturx.etree.fromstring(xml)
    try:
        flavor = facturx.get_flavor(tree)
        level = facturx.get_level(tree, flavor)
    except Exception as error:
        raise Faulty(UNKNOWN) from error
    if flavor not in READABLE:
        raise Faulty(UNKNOWN)
    try:
        facturx.xml_check_xsd(tree, flavor=flavor, level=level)
        data = facturx.parse_ubl_cii_xml(
            tree, flavor=flavor, level=level, date_as="string", bytes_as="string", check_xsd=False
        )
    except Exception as error:
        raise Faulty(NOT_VALID) from error
    return _facts(data, flavor, level)


def _facts(data: Json, flavor: str, level: str) -> Json:
    credit = flavor == "ubl-2.1-creditnote" or data.get("BT-3") in CREDIT_NOTES
    notes = [note.get("BT-22", "") for note in data.get("BG-1") or [] if isinstance(note, dict)]
    terms = data.get("BT-20")
    return {
        "profile": f"{flavor} {level}",
        "number": data.get("BT-1", ""),
        "type": data.get("BT-3") or "",
        "issued_on": data.get("BT-2", ""),
        "delivered_on": data.get("BT-72") or data.get("BT-74") or "",
        "currency": data.get("BT-5", ""),
        "credit_note": credit,
        "seller": _party(data.get("BG-4")),
        "buyer": _party(data.get("BG-7")),
        "ht": _signed(data.get("BT-109"), credit),
        "vat": _signed(_vat_total(data), credit),
        "ttc": _signed(data.get("BT-112"), credit),
        "paid": data.get("BT-113") or "",
        "due": data.get("BT-115") or "",
        "rates": [
            {"category": one.get("BT-118", ""), "rate": one.get("BT-119") or "0"}
            for one in data.get("BG-23") or []
        ],
        "iban": _first(data.get("BT-84")).replace(" ", ""),
        "contract": _first(data.get("BT-12")),
        "notes": [note for note in [*notes, _first(terms)] if note],
    }


def _vat_total(data: Json) -> str:
    """Return the VAT; a smaller profile may leave it out, and then it is none only where HT and TTC are one."""
    told, ht, ttc = (str(data.get(term) or "") for term in ("BT-110", "BT-109", "BT-112"))
    same = ht and ttc and Decimal(ht) == Decimal(ttc)
    return told or ("0" if same else "")


def _first(value: Any) -> str:
    """Return a text that a profile may repeat."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value or "")


def _signed(amount: str | None, credit: bool) -> str:
    """Return an amount as an invoice of the portal has it: a credit note's are negative."""
    if not amount:
        return ""
    return f"-{amount}" if credit and not amount.startswith("-") and amount.strip("0.") else amount


def _party(told: Json | None) -> Json:
    told = told or {}
    numbers = dict(told.get("identifiers") or {})
    scheme = told.get("legal_identifier_schemeid")
    if told.get("legal_identifier"):
        numbers[scheme or SIREN_SCHEME] = told["legal_identifier"]
    vat = re.sub(r"\s", "", told.get("vat_identifier") or "")
    address = (told.get(name) or "" for name in ("addr_l1", "addr_l2", "addr_l3"))
    town = f"{told.get('postcode') or ''} {told.get('city') or ''}".strip()
    return {
        "name": told.get("name") or "",
        "siren": next(_sirens(numbers, vat), ""),
        "vat_number": vat,
        "address": ", ".join(part for part in (*address, town) if part),
    }


def _sirens(numbers: Mapping[str | None, str], vat: str) -> Iterator[str]:
    for scheme in (SIREN_SCHEME, SIRET_SCHEME):
        digits = re.sub(r"\D", "", numbers.get(scheme) or "")
        if len(digits) in {9, 14}:
            yield digits[:9]
    french = re.fullmatch(r"FR[0-9A-Z]{2}(\d{9})", vat)
    if french:
        yield french[1]


# --- Writing ---------------------------------------------------------------------------------------
def written(data: Json) -> bytes:
    """Return the XML of an invoice, profile EN 16931, valid against its schema; `data` is by business terms.

    Raises Exception with the library's words where it can't be written: that is a mistake of the portal.
    """
    return bytes(facturx.generate_cii_xml(dict(data), level=LEVEL, check_xsd=True, check_schematron=None))


def joined(pdf: bytes, xml: bytes, *, title: str, author: str) -> bytes:
    """Return a PDF/A-3b with the data of the invoice attached, as Factur-X wants it."""
    metadata = {"author": author, "keywords": "Factur-X", "title": title, "subject": title}
    return bytes(
        facturx.generate_from_binary(
            pdf,
            xml,
            flavor="factur-x",
            level=LEVEL,
            check_xsd=True,
            check_schematron=False,
            pdf_metadata=metadata,
            lang="fr-FR",
            afrelationship="alternative",
        )
    )


JOBS = {"pdf": read_pdf, "xml": read_xml}
