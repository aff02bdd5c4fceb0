"""The payment file: ISO 20022 pain.001.001.09, the version French banks take, valid against its official schema.

Version 09 because the SEPA credit transfer has been on the 2019 edition since 2024, and its transition from
pain.001.001.03 and unstructured addresses ended in November 2026. No address is written: SEPA asks for none.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from django.conf import settings

if TYPE_CHECKING:
    from xmlschema import XMLSchema10

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
SCHEMA = Path(__file__).with_name("pain.001.001.09.xsd")
PARIS = ZoneInfo("Europe/Paris")
# The characters every SEPA bank takes (EPC217-08); names and labels are written with these alone.
LATIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
WRITTEN_OUT = {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "’": "'", "–": "-", "—": "-", "&": "+"}
NAME_LENGTH = 70
LABEL_LENGTH = 140


class InvalidFileError(ValueError):
    """The file written does not follow the schema; the message says where. A defect, never a person's mistake."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, and from which account; `bic` may be empty."""

    name: str
    iban: str
    bic: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """One credit transfer in euros; `reference` reaches the payee and comes back on the bank's statement."""

    reference: str
    amount: Decimal
    creditor: str
    iban: str
    bic: str
    label: str


def payer() -> Payer | None:
    """Return the account that pays, from the settings; None while it is not configured."""
    held = settings.PAYER
    return Payer(held["name"], held["iban"], held["bic"]) if held["name"] and held["iban"] else None


def sepa_text(text: str, length: int) -> str:
    """Return a text in the characters that every SEPA bank takes, cut to `length`."""
    spelt = "".join(WRITTEN_OUT.get(sign, sign) for sign in text)
    plain = unicodedata.normalize("NFKD", spelt)
    kept = "".join(sign if sign in LATIN else "" if unicodedata.combining(sign) else " " for sign in plain)
    return " ".join(kept.split())[:length].strip()


def payment_file(
    *, reference: str, made_at: datetime, execution_on: date, payer: Payer, transfers: Sequence[Transfer]
) -> bytes:
    """Return the file of a batch: the same bytes for the same batch. Raises InvalidFileError."""
    # ElementTree only knows prefixes globally; the namespace is written as the root's own attribute instead.
    root = ET.Element("Document", {"xmlns": NAMESPACE})
    message = ET.SubElement(root, "CstmrCdtTrfInitn")
    total = sum((one.amount for one in transfers), Decimal(0))
    header = ET.SubElement(message, "GrpHdr")
    _text(header, "MsgId", reference)
    _text(header, "CreDtTm", made_at.astimezone(PARIS).replace(microsecond=0, tzinfo=None).isoformat())
    _text(header, "NbOfTxs", str(len(transfers)))
    _text(header, "CtrlSum", f"{total:.2f}")
    _text(ET.SubElement(header, "InitgPty"), "Nm", sepa_text(payer.name, NAME_LENGTH))
    information = ET.SubElement(message, "PmtInf")
    _text(information, "PmtInfId", reference)
    _text(information, "PmtMtd", "TRF")
    _text(information, "NbOfTxs", str(len(transfers)))
    _text(information, "CtrlSum", f"{total:.2f}")
    _text(information, "PmtTpInf/SvcLvl/Cd", "SEPA")
    _text(information, "ReqdExctnDt/Dt", execution_on.isoformat())
    _text(information, "Dbtr/Nm", sepa_text(payer.name, NAME_LENGTH))
    _text(information, "DbtrAcct/Id/IBAN", payer.iban)
    if payer.bic:
        _text(information, "DbtrAgt/FinInstnId/BICFI", payer.bic)
    else:
        _text(information, "DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    _text(information, "ChrgBr", "SLEV")
    for transfer in transfers:
        _transfer(information, transfer)
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
    check(content)
    return content


def _transfer(information: ET.Element, transfer: Transfer) -> None:
    element = ET.SubElement(information, "CdtTrfTxInf")
    _text(element, "PmtId/EndToEndId", transfer.reference)
    amount = ET.SubElement(ET.SubElement(element, "Amt"), "InstdAmt", {"Ccy": "EUR"})
    amount.text = f"{transfer.amount:.2f}"
    if transfer.bic:
        _text(element, "CdtrAgt/FinInstnId/BICFI", transfer.bic)
    _text(element, "Cdtr/Nm", sepa_text(transfer.creditor, NAME_LENGTH))
    _text(element, "CdtrAcct/Id/IBAN", transfer.iban)
    _text(element, "RmtInf/Ustrd", sepa_text(transfer.label, LABEL_LENGTH))


def _text(parent: ET.Element, path: str, text: str) -> None:
    """Write a text at the end of a path of new elements."""
    for name in path.split("/"):
        parent = ET.SubElement(parent, name)
    parent.text = text


def check(content: bytes) -> None:
    """Validate a file against the official schema; raises InvalidFileError with the first fault."""
    fault = next(_schema().iter_errors(io.BytesIO(content)), None)
    if fault is not None:
        raise InvalidFileError(f"pain.001.001.09, {fault.path}: {fault.reason}")


def warm() -> None:
    """Read the schema now, before any row is locked: a process's first time takes a second."""
    _schema()


@cache
def _schema() -> XMLSchema10:
    """Return the official schema, read once per process; imported here because it takes a second."""
    from xmlschema import XMLSchema10  # noqa: PLC0415 (a second to import)

    return XMLSchema10(SCHEMA, allow="local", defuse="always")
