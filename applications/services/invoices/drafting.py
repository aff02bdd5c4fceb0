"""Drafts an electronic invoice from the contract: the expert gives number and date, and confirms; a worker makes it.

The invoice is the expert's: it says nothing of a payment unless he says that the company paid it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from applications.models import Invoice, InvoiceDraft, Mission
from applications.services.cash import usual_rate
from applications.services.closure_checks import CENT, earliest_day, item_label
from applications.services.mission_work import CLOSING, refused, require_past, working
from applications.services.preflight import seen_elsewhere
from applications.services.settlement import ZERO, settlement_of
from experts.models import VatRegime
from portal.accounts.models import User
from portal.display import short_date
from portal.notifications import outbox

Json = dict[str, Any]
Addressee = Invoice.Addressee
DRAFT_KIND = "invoice_draft"
# UNTDID 5305 categories of VAT, and why there is none (EN 16931, BT-118, BT-120 and BT-121).
CATEGORIES = {VatRegime.STANDARD: "S", VatRegime.FRANCHISE: "E", VatRegime.REVERSE_CHARGE: "AE"}
EXEMPTIONS = {
    VatRegime.FRANCHISE: ("TVA non applicable, article 293 B du CGI", "VATEX-FR-FRANCHISE"),
    VatRegime.REVERSE_CHARGE: ("Autoliquidation", "VATEX-EU-AE"),
}
# The delay and the penalties of the law where no contract says otherwise (code de commerce, art. L441-10, D441-5).
DUE_DAYS = 30
PENALTIES = (
    ("PMD", "Pénalités de retard\u00a0: taux de la Banque centrale européenne majoré de dix points."),
    ("PMT", "Indemnité forfaitaire pour frais de recouvrement\u00a0: 40 €."),
    ("AAB", "Pas d’escompte pour paiement anticipé."),
)
BPIFRANCE = {
    "name": "Bpifrance",
    "siren": "",
    "address": "6/8 boulevard Haussmann",
    "postcode": "75009",
    "city": "Paris",
}


def remaining(mission: Mission, addressee: str) -> Decimal:
    """Return what is still to be invoiced of an addressee's share, HT."""
    share = settlement_of(mission)["bpifrance_share" if addressee == Addressee.BPIFRANCE else "company_share"]
    current = mission.invoices.filter(addressee=addressee, replaced_at__isnull=True)
    return Decimal(share) - sum((invoice.ht for invoice in current), ZERO)


def make_draft(
    mission: Mission,
    *,
    addressee: str,
    number: str,
    issued_on: date,
    acquitted_on: date | None,
    actor: User,
    now: datetime,
) -> InvoiceDraft:
    """Freeze an invoice of what is left of a share, and have its file made; raises Refused."""
    require_past(issued_on, now, field="issued_on")
    with working(mission, actor=actor, stages=CLOSING) as current:
        _check(current, addressee, number.strip(), issued_on)
        if acquitted_on is not None:
            require_past(acquitted_on, now, field="acquitted_on")
        content = content_of(
            current,
            addressee=addressee,
            number=number.strip(),
            issued_on=issued_on,
            acquitted_on=acquitted_on,
        )
        draft = InvoiceDraft.objects.create(
            mission=current,
            addressee=addressee,
            number=number.strip(),
            issued_on=issued_on,
            content=content,
            made_by=actor,
            made_at=now,
        )
        outbox.enqueue(
            kind="draft_invoice",
            dedup_key=f"invoice-draft:{draft.pk}",
            payload={"draft": draft.pk},
            due_at=now,
        )
    return draft


def _check(mission: Mission, addressee: str, number: str, issued_on: date) -> None:
    firm, signed_on = mission.firm, earliest_day(mission)
    if remaining(mission, addressee) <= 0:
        raise refused(
            "Il ne reste rien à facturer à ce destinataire.",
            remedy="Enregistrez ce qui a été livré, ou retirez la facture déjà déposée.",
        )
    if not (firm.siren and firm.address and firm.city):
        raise refused(
            "Le SIREN ou l’adresse de votre cabinet manque, et une facture les porte.",
            remedy="Complétez «\u00a0Mon cabinet\u00a0».",
        )
    if signed_on is not None and issued_on < signed_on:
        raise refused(
            f"Cette date est antérieure à la signature du contrat, le {short_date(signed_on)}.",
            remedy="Une facture antérieure suspend le paiement.",
            field="issued_on",
        )
    own = mission.invoices.filter(replaced_at__isnull=True, number=number).exists()
    if own or seen_elsewhere(mission, [number]):
        raise refused("Une facture de votre cabinet porte déjà ce numéro.", field="number")


def content_of(
    mission: Mission, *, addressee: str, number: str, issued_on: date, acquitted_on: date | None
) -> Json:
    """Return everything the invoice prints and its data hold: JSON values, so that it never changes afterwards."""
    firm, dossier = mission.firm, mission.dossier
    ht = remaining(mission, addressee)
    rate = usual_rate(firm.vat_regime)
    vat = (ht * rate / 100).quantize(CENT, ROUND_HALF_UP)
    reason, code = EXEMPTIONS.get(VatRegime(firm.vat_regime), ("", ""))
    items = [item_label(mission, line.item) for line in mission.delivered_lines.all() if line.delivered > 0]
    whose = "de Bpifrance" if addressee == Addressee.BPIFRANCE else "de l’entreprise"
    delivered_on = mission.work_ended_on or issued_on
    return {
        "number": number,
        "issued_on": issued_on.isoformat(),
        "delivered_on": delivered_on.isoformat(),
        "due_on": (issued_on + timedelta(days=DUE_DAYS)).isoformat(),
        "acquitted_on": acquitted_on.isoformat() if acquitted_on else "",
        "contract": dossier.number,
        "seller": {
            "name": firm.name,
            "siren": firm.siren,
            "vat_number": firm.vat_number,
            "address": firm.address,
            "postcode": firm.postcode,
            "city": firm.city,
        },
        "buyer": BPIFRANCE if addressee == Addressee.BPIFRANCE else _company(mission),
        "label": f"Diagnostic Dispositif Médical, volet {dossier.volet}\u00a0: quote-part {whose}",
        "items": items,
        "ht": f"{ht:.2f}",
        "rate": f"{rate:.2f}",
        "vat": f"{vat:.2f}",
        "ttc": f"{ht + vat:.2f}",
        "category": CATEGORIES[VatRegime(firm.vat_regime)],
        "exemption": reason,
        "exemption_code": code,
        "iban": firm.iban,
        "bic": firm.bic,
        "notes": [list(note) for note in PENALTIES],
    }


def _company(mission: Mission) -> Json:
    company = mission.dossier.company
    return {
        "name": company.name,
        "siren": company.identifier if company.identifier_scheme == company.Scheme.SIREN else "",
        "address": company.address,
        "postcode": company.postcode,
        "city": company.city,
    }


def terms_of(content: Mapping[str, Any]) -> Json:
    """Return an invoice by the business terms of EN 16931, as the library writes them; BT-72 always given."""
    paid = bool(content["acquitted_on"])
    notes = [{"BT-21": code, "BT-22": text} for code, text in content["notes"]]
    if paid:
        day = short_date(date.fromisoformat(content["acquitted_on"]))
        notes.append({"BT-21": "AAI", "BT-22": f"Facture acquittée le {day}."})
    terms: Json = {
        "BT-1": content["number"],
        "BT-2": content["issued_on"],
        "BT-3": "380",
        "BT-5": "EUR",
        "BT-12": content["contract"],
        "BT-72": content["delivered_on"],
        "BG-1": notes,
        "BG-4": _party(content["seller"]),
        "BG-7": _party(content["buyer"]),
        "BT-106": content["ht"],
        "BT-109": content["ht"],
        "BT-110": content["vat"],
        "BT-112": content["ttc"],
        "BT-115": "0.00" if paid else content["ttc"],
        "BG-23": [_vat(content)],
        "BG-25": [_line(content)],
    }
    if paid:
        terms["BT-113"] = content["ttc"]
    else:
        terms["BT-9"] = content["due_on"]
    if content["iban"]:
        terms |= {"BT-81": "30", "BT-84": content["iban"]}
        if content["bic"]:
            terms["BT-86"] = content["bic"]
    return terms


def _party(told: Mapping[str, str]) -> Json:
    party = {
        "name": told["name"],
        "addr_l1": told["address"],
        "postcode": told["postcode"],
        "city": told["city"],
        "country_code": "FR",
    }
    if told["siren"]:
        party |= {"legal_identifier": told["siren"], "legal_identifier_schemeid": "0002"}
    if told.get("vat_number"):
        party["vat_identifier"] = told["vat_number"]
    return {name: value for name, value in party.items() if value}


def _vat(content: Mapping[str, Any]) -> Json:
    found = {
        "BT-116": content["ht"],
        "BT-117": content["vat"],
        "BT-118": content["category"],
        "BT-119": content["rate"],
    }
    if content["exemption"]:
        found |= {"BT-120": content["exemption"], "BT-121": content["exemption_code"]}
    return found


def _line(content: Mapping[str, Any]) -> Json:
    return {
        "BT-126": "1",
        "BT-153": content["label"],
        "BT-154": ", ".join(content["items"]) or content["label"],
        "BT-129": "1",
        "BT-130": "C62",
        "BT-146": content["ht"],
        "BT-131": content["ht"],
        "BT-151": content["category"],
        "BT-152": content["rate"],
    }
