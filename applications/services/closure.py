"""Filling in a closure: what was delivered, the invoices and the documents, by the mission's firm.

Every write takes the dossier's lock and is refused once the closure was sent. Whether the closure is
complete is `closure_checks`' business; here each entry is only refused where it can't be meant.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from applications.models import DeliveredLine, DossierDocument, Invoice, Mission
from applications.services.closure_checks import BPIFRANCE_ADDRESS, BPIFRANCE_ADDRESS_WORDS
from applications.services.mission_work import CLOSING, keep_file, put_piece, refused, require_past, working
from applications.services.settlement import contracted_amounts, quote_of
from applications.workflow.refusals import Stale
from experts.models import VatRegime
from portal.accounts.models import User
from portal.display import euros, number
from portal.documents.models import Document

Kind = DossierDocument.Kind
Addressee = Invoice.Addressee
ALLOWED: dict[str, tuple[str, ...]] = {
    Kind.FINAL_REPORT: ("pdf", "docx", "xlsx", "pptx"),
    Kind.SIGNED_QUOTE: ("pdf",),
}
PIECE_OF = {Addressee.COMPANY: Kind.COMPANY_INVOICE, Addressee.BPIFRANCE: Kind.BPIFRANCE_INVOICE}
CENT = Decimal("0.01")
# An invoice of several lines may round its VAT line by line.
VAT_ROUNDING = Decimal("0.05")
LINE_FIELDS = ("delivered", "report_reference", "shortfall_reason", "audited_from", "audited_until")
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
            _check_line(line, contracted, now)
            DeliveredLine.objects.update_or_create(
                mission=current,
                item=line["item"],
                defaults={name: line[name] for name in LINE_FIELDS if name in line},
            )
        current.delivered_lines.exclude(item__in=contracted).delete()


def _check_line(line: Mapping[str, Any], contracted: Mapping[str, Decimal], now: datetime) -> None:
    item, start, end = line["item"], line.get("audited_from"), line.get("audited_until")
    if item not in contracted:
        raise refused("Ce poste ne figure pas au devis accepté.", field=item)
    if line["delivered"] < 0:
        raise refused("Un montant livré ne peut pas être négatif.", field=f"{item}-delivered")
    if start is not None and end is not None and end < start:
        raise refused("L’audit finit avant d’avoir commencé.", field=f"{item}-audited_until")
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
) -> DossierDocument:
    """Put the final report or the signed quote in place; an earlier file is kept, marked as replaced.

    Raises FileRefused for the file itself.
    """
    if kind not in ALLOWED:
        raise refused("Cette pièce ne fait pas partie de la clôture.", field="file")
    if issued_on is not None:
        require_past(issued_on, now, field="issued_on")
    with working(mission, actor=actor, stages=CLOSING) as current:
        document = keep_file(current, file=file, kind=kind, allowed=ALLOWED[kind], actor=actor, now=now)
        return put_piece(current, document=document, kind=kind, actor=actor, now=now, issued_on=issued_on)


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
) -> Invoice:
    """Record an invoice with its file; with `instead_of`, the earlier one is kept, marked as replaced.

    `fields`: number, issued_on, ht, vat_rate (percent), vat, ttc, acquitted_on, addressed_to. A corrected
    entry may keep the earlier file. Raises FileRefused for the file itself.
    """
    with working(mission, actor=actor, stages=CLOSING) as current:
        _check_invoice(current, addressee, fields, now)
        document = _replaced_document(current, instead_of, now) if instead_of else None
        if file is not None:
            document = keep_file(
                current,
                file=file,
                kind=PIECE_OF[Addressee(addressee)],
                allowed=("pdf",),
                actor=actor,
                now=now,
            )
            put_piece(
                current,
                document=document,
                kind=PIECE_OF[Addressee(addressee)],
                actor=actor,
                now=now,
                issued_on=fields["issued_on"],
                instead=False,
            )
        if document is None:
            raise refused("Joignez la facture en PDF.", field="file")
        if instead_of is not None and instead_of.document_id != document.pk:
            mission.documents.filter(document=instead_of.document_id).update(replaced_at=now)
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
    if mission.firm.vat_regime != VatRegime.STANDARD and (rate or vat):
        raise refused(
            f"Votre cabinet ne facture pas de TVA ({mission.firm.get_vat_regime_display()}).",
            remedy="Indiquez un taux et une TVA de 0, ou corrigez le régime du cabinet.",
            field="vat_rate",
        )
    expected = (ht * rate / 100).quantize(CENT, ROUND_HALF_UP)
    if abs(vat - expected) > VAT_ROUNDING:
        raise refused(
            f"La TVA ne correspond pas au taux\u00a0: {number(rate)} % de {euros(ht)} font {euros(expected)}.",
            remedy="Recopiez les trois montants de la facture.",
            field="vat",
        )
    if ht + vat != ttc:
        raise refused(
            f"Le TTC n’est pas la somme du HT et de la TVA, soit {euros(ht + vat)}.",
            remedy="Recopiez les trois montants de la facture.",
            field="ttc",
        )


def _check_bpifrance(fields: Mapping[str, Any]) -> None:
    address = (fields.get("addressed_to") or "").lower()
    if fields["ht"] <= 0:
        raise refused("La facture à Bpifrance est une facture nette, d’un montant positif.", field="ht")
    if not all(word in address for word in BPIFRANCE_ADDRESS_WORDS):
        raise refused(
            "L’adresse n’est pas celle de Bpifrance.",
            remedy=f"La facture doit être adressée à {BPIFRANCE_ADDRESS}.",
            field="addressed_to",
        )
