"""Filling in a closure: what was delivered, the invoices and the documents, by the mission's firm.

Every write takes the dossier's lock and is refused once the closure was sent. Whether the closure is
complete is `closure_checks`' business; here each entry is only refused where it can't be meant.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from applications.models import ClosureReading, DeliveredLine, DossierDocument, Invoice, Mission, Quote
from applications.services.closure_checks import BPIFRANCE_ADDRESS, is_bpifrance_address, vat_fault
from applications.services.closure_corrections import LINE_FIELDS, with_answer
from applications.services.invoices import depositing, reading
from applications.services.mission.told import record
from applications.services.mission_work import (
    CLOSING,
    TEXT_LENGTH,
    keep_file,
    put_piece,
    refused,
    require_past,
    working,
)
from applications.services.sensitivity import is_watched
from applications.services.settlement import contracted_amounts, quote_of
from applications.services.signals.marks import mark_of
from applications.workflow.refusals import Stale
from applications.workflow.states import State
from portal.accounts.models import User
from portal.display import euros
from portal.documents.models import Document

Kind = DossierDocument.Kind
Addressee = Invoice.Addressee
ALLOWED: dict[str, tuple[str, ...]] = {
    Kind.FINAL_REPORT: ("pdf", "docx", "xlsx", "pptx"),
    Kind.SIGNED_QUOTE: ("pdf",),
}
READ_AS: dict[str, str] = {
    Kind.FINAL_REPORT: ClosureReading.Kind.REPORT,
    Kind.SIGNED_QUOTE: ClosureReading.Kind.SIGNED_QUOTE,
}
CHANGED_MEANWHILE = (
    "Un collègue a modifié ces lignes depuis l’affichage de la page. Rien n’a été écrasé\u00a0: "
    "rechargez la page, puis reportez vos changements."
)


# --- What was delivered --------------------------------------------------------------------------
def delivered_fingerprint(mission: Mission) -> str:
    """Return what tells two states of the delivered lines apart, to be sent back with the form."""
    rows = mission.delivered_lines.order_by("item").values_list("item", *LINE_FIELDS)
    return hashlib.sha256(json.dumps(list(rows), default=str).encode()).hexdigest()[:16]


def save_delivered_lines(
    mission: Mission,
    *,
    lines: Iterable[Mapping[str, Any]],
    seen: str,
    actor: User,
    now: datetime,
) -> None:
    """Write what the report says of each item: {item, delivered (HT), report_reference, …}.

    `seen` is the fingerprint of the lines on the page; raises Stale when they changed since.
    """
    with working(mission, actor=actor, stages=CLOSING) as current:
        if seen != delivered_fingerprint(current):
            raise Stale(CHANGED_MEANWHILE)
        contracted = contracted_amounts(quote_of(current))
        for line in lines:
            _check_line(line, contracted, now, ended_on=current.work_ended_on)
            DeliveredLine.objects.update_or_create(
                mission=current,
                item=line["item"],
                defaults=_told_of(line),
            )
        current.delivered_lines.exclude(item__in=contracted).delete()


def _told_of(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is written of a delivered line, with the mark of its reference to the report."""
    told = {name: line[name] for name in LINE_FIELDS if name in line}
    if "report_reference" in told:
        told["reference_mark"] = mark_of(told["report_reference"])
    return told


def _check_line(
    line: Mapping[str, Any], contracted: Mapping[str, Decimal], now: datetime, *, ended_on: date | None
) -> None:
    item, start, end = line["item"], line.get("audited_from"), line.get("audited_until")
    if item not in contracted:
        raise refused("Ce poste ne figure pas au devis accepté.", field=item)
    if line["delivered"] < 0:
        raise refused("Un montant livré ne peut pas être négatif.", field=f"{item}-delivered")
    if start is not None and end is not None and end < start:
        raise refused("L’audit finit avant d’avoir commencé.", field=f"{item}-audited_until")
    if end is not None and ended_on is not None and end > ended_on:
        raise refused(
            f"L’audit finit après la fin déclarée de la prestation, le {ended_on:%d/%m/%Y}.",
            remedy="Corrigez ses dates.",
            field=f"{item}-audited_until",
        )
    for name, day in (("audited_from", start), ("audited_until", end)):
        if day is not None:
            require_past(day, now, field=f"{item}-{name}")


# --- Documents -----------------------------------------------------------------------------------
def add_closure_document(
    mission: Mission,
    *,
    kind: str,
    file: UploadedFile[bytes],
    actor: User,
    now: datetime,
    issued_on: date | None = None,
    quote_number: int | None = None,
) -> DossierDocument:
    """Put the final report or the signed quote in place; an earlier file is kept, marked as replaced.

    `quote_number` is the version that the expert confirms a signed quote to be; it is kept with the hash of
    its lines. Raises FileRefused for the file itself.
    """
    if kind not in ALLOWED:
        raise refused("Cette pièce ne fait pas partie de la clôture.", field="file")
    if issued_on is not None:
        require_past(issued_on, now, field="issued_on")
    with working(mission, actor=actor, stages=CLOSING) as current:
        quote = _confirmed_quote(current, quote_number) if kind == Kind.SIGNED_QUOTE else None
        document = keep_file(
            current,
            file=file,
            kind=kind,
            allowed=ALLOWED[kind],
            actor=actor,
            now=now,
            # Such a report is read by its pages, which name their reader, before it is taken whole.
            examine=is_watched(current.dossier, kind),
        )
        piece = put_piece(current, document=document, kind=kind, actor=actor, now=now, issued_on=issued_on)
        reading.ask(document, mission=current, kind=READ_AS[kind], now=now)
        if quote is not None:
            piece.quote_number, piece.lines_hash = quote.number, quote.lines_hash
            piece.save(update_fields=["quote_number", "lines_hash"])
        return piece


def _confirmed_quote(mission: Mission, quote_number: int | None) -> Quote:
    """Return the latest accepted version, which is the one that the expert confirmed."""
    quote = quote_of(mission)
    if quote is None or quote_number != quote.number:
        raise refused(
            "La version confirmée du devis n’est pas la dernière acceptée.",
            remedy="Rechargez la page et déposez le devis signé de la version qu’elle nomme.",
            field="same_lines",
        )
    return quote


# --- Corrections ---------------------------------------------------------------------------------
def answer_correction(mission: Mission, *, target: str, answer: str, actor: User, now: datetime) -> None:
    """Keep why nothing changes in what Bpifrance asked to mend; the officer reads it beside what was asked."""
    text = answer.strip()
    if len(text) < TEXT_LENGTH:
        raise refused("Dites-le en quelques mots, dix lettres au moins.", field="answer")
    with working(mission, actor=actor, stages=(State.CLOSURE_INCOMPLETE,)) as current:
        if target not in {one.get("target") for one in current.corrections}:
            raise Stale("Cette correction n’est plus demandée. Rien n’a été changé\u00a0: rechargez la page.")
        current.corrections = with_answer(current.corrections, target, text)
        current.save(update_fields=["corrections"])
        record("correction_answered", current, actor=actor, now=now, data={"target": target}, motive=text)


# --- Invoices ------------------------------------------------------------------------------------
def add_invoice(
    mission: Mission,
    *,
    addressee: str,
    fields: Mapping[str, Any],
    actor: User,
    now: datetime,
    file: UploadedFile[bytes] | None = None,
    instead_of: Invoice | None = None,
    deposit: ClosureReading | None = None,
) -> Invoice:
    """Record an invoice with its file; with `instead_of`, the earlier one is kept, marked as replaced.

    `fields`: number, issued_on, ht, vat_rate (percent), vat, ttc, acquitted_on, addressed_to. The file is
    `file`, which is then read, that of a `deposit` that was read, or for a correction the earlier one.
    Raises FileRefused for the file itself.
    """
    with working(mission, actor=actor, stages=CLOSING) as current:
        _check_invoice(current, addressee, fields, now)
        kind = depositing.PIECE_OF[Addressee(addressee)]
        former = _replaced_document(current, instead_of, now) if instead_of else None
        document = former
        if file is not None:
            document = keep_file(
                current, file=file, kind=kind, allowed=("pdf",), actor=actor, now=now, examine=True
            )
            reading.ask(
                document, mission=current, kind=ClosureReading.Kind.INVOICE, addressee=addressee, now=now
            )
        elif deposit is not None:
            document = depositing.still_waiting(deposit, current).document
        if document is None:
            raise refused("Joignez la facture en PDF.", field="file")
        if former is None or document != former:
            day = fields["issued_on"]
            put_piece(
                current, document=document, kind=kind, actor=actor, now=now, issued_on=day, instead=False
            )
        if former is not None and document != former:
            mission.documents.filter(document=former).update(replaced_at=now)
        return _insert_invoice(current, addressee, fields, document)


def _replaced_document(mission: Mission, instead_of: Invoice, now: datetime) -> Document:
    replaced = mission.invoices.filter(pk=instead_of.pk, replaced_at__isnull=True).update(replaced_at=now)
    if not replaced:
        raise Stale(
            "Cette facture a déjà été remplacée ou retirée. Rien n’a été changé\u00a0: rechargez la page."
        )
    return instead_of.document


def _insert_invoice(
    mission: Mission, addressee: str, fields: Mapping[str, Any], document: Document
) -> Invoice:
    current = mission.invoices.filter(replaced_at__isnull=True)
    if addressee == Addressee.BPIFRANCE and current.filter(addressee=addressee).exists():
        raise refused(
            "La facture à Bpifrance est déjà déposée\u00a0: une seule facture nette par mission.",
            remedy="Corrigez celle qui existe.",
            field="number",
        )
    if current.filter(number=fields["number"].strip()).exists():
        raise refused("Une facture porte déjà ce numéro.", remedy="Vérifiez-le.", field="number")
    return Invoice.objects.create(
        mission=mission,
        addressee=addressee,
        document=document,
        number=fields["number"].strip(),
        issued_on=fields["issued_on"],
        ht=fields["ht"],
        vat_rate=fields["vat_rate"],
        vat=fields["vat"],
        ttc=fields["ttc"],
        acquitted_on=fields.get("acquitted_on"),
        addressed_to=fields.get("addressed_to") or "",
    )


def remove_invoice(invoice: Invoice, *, actor: User, now: datetime) -> None:
    """Take an invoice out of the closure; its file is kept, marked as replaced."""
    with working(invoice.mission, actor=actor, stages=CLOSING) as current:
        _replaced_document(current, invoice, now)
        current.documents.filter(document=invoice.document_id).update(replaced_at=now)


def _check_invoice(mission: Mission, addressee: str, fields: Mapping[str, Any], now: datetime) -> None:
    """Refuse an invoice that can't be right in itself, whatever the shares."""
    if addressee not in Addressee.values:
        raise refused("Choisissez à qui la facture est adressée.", field="addressee")
    _check_amounts(mission, fields)
    require_past(fields["issued_on"], now, field="issued_on")
    if addressee == Addressee.BPIFRANCE:
        _check_bpifrance(fields)
    elif fields.get("acquitted_on") is None:
        raise refused(
            "La facture de l’entreprise doit être acquittée.",
            remedy="Indiquez la date à laquelle elle vous a payé.",
            field="acquitted_on",
        )
    else:
        require_past(fields["acquitted_on"], now, field="acquitted_on")


def _check_amounts(mission: Mission, fields: Mapping[str, Any]) -> None:
    ht, rate, vat, ttc = (fields[name] for name in ("ht", "vat_rate", "vat", "ttc"))
    fault = vat_fault(mission.firm.vat_regime, ht=ht, rate=rate, vat=vat)
    if fault is not None:
        field, sentence, remedy = fault
        raise refused(sentence, remedy=remedy, field=field)
    if ht + vat != ttc:
        raise refused(
            f"Le TTC n’est pas la somme du HT et de la TVA, soit {euros(ht + vat)}.",
            remedy="Recopiez les trois montants de la facture.",
            field="ttc",
        )


def _check_bpifrance(fields: Mapping[str, Any]) -> None:
    if fields["ht"] <= 0:
        raise refused("La facture à Bpifrance est une facture nette, d’un montant positif.", field="ht")
    if not is_bpifrance_address(fields.get("addressed_to") or ""):
        raise refused(
            "L’adresse n’est pas celle de Bpifrance.",
            remedy=f"La facture doit être adressée à {BPIFRANCE_ADDRESS}.",
            field="addressed_to",
        )
