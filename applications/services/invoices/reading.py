"""Has the files of a closure read by a worker: an invoice's data, a quote's signatures, a report's pages.

What is read stands on a `ClosureReading`, is proposed to the expert, and never taken for true without him.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils.crypto import salted_hmac

from applications.models import ClosureReading, Mission
from experts.services import masked_iban
from portal import clock
from portal.documents import limited
from portal.documents.limited import UnreadableError, run, words_of
from portal.documents.models import Document, DocumentState
from portal.notifications import outbox

logger = logging.getLogger(__name__)

Json = dict[str, Any]
Kind, State = ClosureReading.Kind, ClosureReading.State
# By its place: only whoever writes invoices imports the library.
PROGRAM = Path(__file__).with_name("electronic.py")
SIGNED = Path(limited.__file__).with_name("signed.py")
# Twice these, for a PDF and the data beside it, with the words of its pages (1.5 seconds): within a duty's lease.
SECONDS, GRACE = 15.0, 10.0
# A file that the antivirus still holds is looked at again each minute, for an hour.
LOOK_AGAIN, MOST_LOOKS = timedelta(minutes=1), 60
NOT_IN_TIME = "Le fichier n’a pas pu être lu\u00a0: il est abîmé, ou trop lourd."
REFUSED = "Le fichier a été refusé à l’analyse\u00a0: il n’est pas lu."
STILL_HELD = "L’antivirus n’a pas rendu de réponse\u00a0: le fichier n’est pas lu."
# « Non acquittée » says the contrary, and « TVA acquittée sur les débits » speaks of the tax.
ACQUITTED = re.compile(
    r"(?<!\bnon )(?<!\bpas )(?<!\bencore )(?<!\bêtre )(?<!\bsera )(?<!\btva )(?<!\btaxe )"
    r"\bacquitt(?:é|ée|e|ee)\b(?! (?:sur|d[’']après|selon) les (?:débits|encaissements))"
    r"(?:\D{0,30}(?P<day>\d{2})[/.-](?P<month>\d{2})[/.-](?P<year>\d{4}))?",
    re.IGNORECASE,
)


def ask(
    document: Document,
    *,
    mission: Mission,
    kind: str,
    now: datetime,
    addressee: str = "",
    companion: Document | None = None,
) -> ClosureReading:
    """Have a file read by the worker; asked once per file."""
    reading, created = ClosureReading.objects.get_or_create(
        document=document,
        defaults={
            "mission": mission,
            "kind": kind,
            "addressee": addressee,
            "companion": companion,
            "asked_at": now,
        },
    )
    if created:
        _enqueue(reading, looks=0, due_at=now)
    return reading


def _enqueue(reading: ClosureReading, *, looks: int, due_at: datetime) -> None:
    outbox.enqueue(
        kind="read_closure",
        dedup_key=f"closure-reading:{reading.pk}:{looks}",
        payload={"reading": reading.pk, "looks": looks},
        due_at=due_at,
    )


def read_closure(payload: Json, *, outbox_id: int) -> None:
    """Outbox handler "read_closure": read one file, within its limits; a file that can't be read is not tried again."""
    readings = ClosureReading.objects.select_related("document", "companion")
    reading = readings.filter(pk=payload["reading"], state=State.WAITING).first()
    if reading is None:
        return
    files = [file for file in (reading.document, reading.companion) if file is not None]
    looks = int(payload["looks"])
    if any(file.state == DocumentState.PENDING for file in files) and looks < MOST_LOOKS:
        _enqueue(reading, looks=looks + 1, due_at=clock.now() + LOOK_AGAIN)
        return
    told = _told(reading, files)
    logger.info("closure reading %s (outbox %s): %s", reading.pk, outbox_id, told["state"])
    reading.state, reading.facts, reading.faults = told["state"], told["facts"], told["faults"]
    reading.read_at = clock.now()
    reading.save(update_fields=["state", "facts", "faults", "read_at"])


def _told(reading: ClosureReading, files: Iterable[Document]) -> Json:
    for file in files:
        if not file.is_readable:
            return _faulty(REFUSED if file.state == DocumentState.REFUSED else STILL_HELD)
    jobs = {Kind.INVOICE: _invoice, Kind.SIGNED_QUOTE: _signatures, Kind.REPORT: _pages}
    try:
        return jobs[Kind(reading.kind)](reading)
    except (UnreadableError, FileNotFoundError, ValueError) as error:
        logger.warning("closure reading %s is not made: %s", reading.pk, error)
        return _faulty(NOT_IN_TIME)


def _faulty(fault: str) -> Json:
    return {"state": State.FAULTY, "facts": {}, "faults": [fault]}


def _content(document: Document) -> bytes:
    with document.file.open("rb") as file:
        return bytes(file.read())


def _invoice(reading: ClosureReading) -> Json:
    content = _content(reading.document)
    told = read_invoice(content, _content(reading.companion) if reading.companion else None)
    facts = told["facts"]
    if facts:
        iban = facts.pop("iban")
        facts["iban"], facts["account"] = masked_iban(iban), account_mark(iban)
    said, on = acquittal(_words(content) + facts.get("notes", []))
    told["facts"] = {**facts, "acquitted": said, "acquitted_on": on.isoformat() if on else ""}
    return told


def read_invoice(content: bytes, companion: bytes | None = None) -> Json:
    """Return {state, facts, faults} of a PDF, else of the UBL or CII file beside it; raises UnreadableError.

    What the PDF carries is what counts: data beside it never take its place.
    """
    told = _job("pdf", content)
    if companion is not None and told["state"] == State.NOT_STRUCTURED:
        told = _job("xml", companion)
    return told


def _job(name: str, content: bytes) -> Json:
    told: Json = json.loads(run(PROGRAM, name, content, seconds=SECONDS, grace=GRACE))
    return told


def account_mark(iban: str) -> str:
    """Return a keyed fingerprint of an IBAN: it tells accounts apart, and reveals none; "" for none."""
    written = "".join(iban.split()).upper()
    return (
        salted_hmac("applications.invoices.account", written, algorithm="sha256").hexdigest() if iban else ""
    )


def _words(content: bytes) -> list[str]:
    try:
        return list(words_of(content).texts)
    except UnreadableError:
        return []


def acquittal(texts: Iterable[str]) -> tuple[bool, date | None]:
    """Tell whether an invoice bears the mention « acquittée », and since when where a date follows it."""
    said = False
    for text in texts:
        for found in ACQUITTED.finditer(" ".join(text.split())):
            said = True
            if found["day"]:
                try:
                    return True, date(int(found["year"]), int(found["month"]), int(found["day"]))
                except ValueError:
                    continue
    return said, None


def _signatures(reading: ClosureReading) -> Json:
    content = _content(reading.document)
    words = words_of(content)
    if not words.signatures:
        return {"state": State.READ, "facts": {"pages": words.pages, "signatures": []}, "faults": []}
    facts = json.loads(run(SIGNED, "signatures", content, seconds=SECONDS, grace=GRACE))
    return {"state": State.READ, "facts": facts, "faults": []}


def _pages(reading: ClosureReading) -> Json:
    if reading.document.extension != "pdf":
        return {"state": State.NOT_STRUCTURED, "facts": {}, "faults": []}
    return {"state": State.READ, "facts": {"pages": words_of(_content(reading.document)).pages}, "faults": []}
