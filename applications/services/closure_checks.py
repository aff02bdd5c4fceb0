"""What a closure must hold before it is sent, and again before it is paid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from applications.models import DeliveredLine, DossierDocument, Invoice, Mission
from applications.services.settlement import AUDIT_ITEMS, contracted_amounts, quote_of, settlement_of
from applications.workflow.refusals import Obstacle
from experts.models import VatRegime
from portal.display import euros, number
from portal.documents.models import Document, DocumentState
from tariffs import catalogue

Kind = DossierDocument.Kind
REQUIRED = (Kind.FINAL_REPORT, Kind.SIGNED_QUOTE)
CENT = Decimal("0.01")
# The rates of French VAT in force, percent (CGI, art. 278 to 281 nonies; 8.5 and 2.1 overseas and press).
VAT_RATES: dict[str, tuple[Decimal, ...]] = {
    VatRegime.STANDARD: tuple(Decimal(rate) for rate in ("20", "10", "8.5", "5.5", "2.1")),
    VatRegime.FRANCHISE: (Decimal(0),),
    VatRegime.REVERSE_CHARGE: (Decimal(0),),
}
# Its name, and the number and the street with the postcode, as one writes them (« 6-8 bd Haussmann »).
BPIFRANCE_NAME = re.compile(r"\bbpi\s?france\b", re.IGNORECASE)
BPIFRANCE_STREET = re.compile(r"(?<!\d)[68]\b\D{0,20}\bhaussmann\b.*\b75009\b", re.IGNORECASE | re.DOTALL)
BPIFRANCE_ADDRESS = "Bpifrance, 6/8 boulevard Haussmann, 75009 Paris"


def is_bpifrance_address(text: str) -> bool:
    """Tell whether an invoice's addressee is Bpifrance, by its name, at the address where it is invoiced."""
    return bool(BPIFRANCE_NAME.search(text) and BPIFRANCE_STREET.search(text))


def documents(mission: Mission, filed: Iterable[DossierDocument] | None = None) -> Iterator[Obstacle]:
    """The final report and the signed quote are there and readable; `filed` are the mission's pieces, if read."""
    if filed is None:
        filed = mission.documents.select_related("document")
    pieces = {
        piece.kind: piece for piece in filed if piece.replaced_at is None and piece.document is not None
    }
    for kind in REQUIRED:
        piece = pieces.get(kind)
        if piece is None:
            yield Obstacle(
                f"no_{kind.value}",
                f"Il manque : {kind.label.lower()}.",
                "Déposez le fichier.",
                field=kind.value,
            )
        elif piece.document is not None:
            yield from _unclean(piece.document, kind.value, f"« {kind.label} »", field=kind.value)
            if kind == Kind.SIGNED_QUOTE:
                yield from _quote_version(mission, piece)


def _unclean(document: Document, code: str, name: str, *, field: str) -> Iterator[Obstacle]:
    """Tell a file that is still analysed from one that was refused."""
    if document.state == DocumentState.REFUSED:
        yield Obstacle(
            f"refused_{code}",
            f"Le fichier {name} a été refusé à l’analyse : il n’est pas sain.",
            "Déposez un fichier sain.",
            field=field,
        )
    elif document.state != DocumentState.CLEAN:
        yield Obstacle(
            f"unread_{code}",
            f"Le fichier {name} n’a pas fini d’être analysé.",
            "Analyse en cours : patientez quelques instants.",
            field=field,
        )


def _quote_version(mission: Mission, piece: DossierDocument) -> Iterator[Obstacle]:
    """The signed quote was confirmed to be the version accepted last (2024, §2.4)."""
    quote = quote_of(mission)
    if quote is not None and piece.lines_hash != quote.lines_hash:
        yield Obstacle(
            "quote_version_differs",
            f"Le devis signé n’est pas celui de la version {quote.number}, la dernière acceptée.",
            "Déposez le devis de cette version, signé, et confirmez-la.",
            field=Kind.SIGNED_QUOTE.value,
        )


def delivered_lines(mission: Mission) -> Iterator[Obstacle]:
    """Every contracted item is reviewed by the report; a shortfall has its reason, an audit its dates."""
    contracted = contracted_amounts(quote_of(mission))
    delivered = {line.item: line for line in mission.delivered_lines.all()}
    for item, amount in contracted.items():
        label = item_label(mission, item)
        line = delivered.get(item)
        if line is None:
            yield Obstacle(
                f"not_reviewed:{item}",
                f"Le poste « {label} » n’est pas renseigné.",
                "Indiquez ce qui a été livré et où le rapport en rend compte.",
                field=item,
            )
            continue
        if line.delivered < amount and not line.shortfall_reason.strip():
            yield Obstacle(
                f"shortfall:{item}",
                f"Le poste « {label} » est livré pour moins que prévu, sans explication.",
                "Donnez la raison.",
                field=item,
            )
        if line.delivered > 0 and not line.report_reference.strip():
            yield Obstacle(
                f"no_reference:{item}",
                f"Le poste « {label} » ne renvoie à aucune partie du rapport.",
                "Indiquez la section ou la page.",
                field=item,
            )
        if mission.dossier.volet == 5 and item in AUDIT_ITEMS and line.delivered > 0:
            yield from _audit_dates(mission, line, label)
    for item in delivered.keys() - contracted.keys():
        yield Obstacle(
            f"not_contracted:{item}",
            f"Le poste « {item_label(mission, item)} » ne figure pas au devis accepté.",
            "Retirez-le.",
            field=item,
        )


def _audit_dates(mission: Mission, line: DeliveredLine, label: str) -> Iterator[Obstacle]:
    """An audit has both its dates, in order, and ends with the work at the latest."""
    if line.audited_from is None or line.audited_until is None:
        yield Obstacle(
            f"no_audit_dates:{line.item}",
            f"L’audit « {label} » n’a pas de dates, ou n’en a qu’une.",
            "Indiquez son début et sa fin : la qualification PASSI est vérifiée à ces dates.",
            field=line.item,
        )
    elif line.audited_until < line.audited_from:
        yield Obstacle(
            f"audit_dates:{line.item}",
            f"L’audit « {label} » finit avant d’avoir commencé.",
            "Corrigez ses dates.",
            field=line.item,
        )
    elif mission.work_ended_on is not None and line.audited_until > mission.work_ended_on:
        yield Obstacle(
            f"audit_after_work:{line.item}",
            f"L’audit « {label} » finit après la fin déclarée de la prestation, "
            f"le {mission.work_ended_on:%d/%m/%Y}.",
            "Corrigez ses dates.",
            field=line.item,
        )


def vat_fault(regime: str, *, ht: Decimal, rate: Decimal, vat: Decimal) -> tuple[str, str, str] | None:
    """Return (code, sentence, remedy) of a VAT that can't be right, `rate` in percent; None when it is.

    The VAT is the HT by the rate, half a cent rounded up, without any tolerance.
    """
    rates = VAT_RATES[regime]
    if rate not in rates and rates == (Decimal(0),):
        label = VatRegime(regime).label
        remedy = "Indiquez un taux et une TVA de 0, ou corrigez le régime du cabinet."
        return "vat_rate", f"Le cabinet ne facture pas de TVA ({label}).", remedy
    if rate not in rates:
        known = ", ".join(f"{number(one)} %" for one in rates)
        remedy = f"Les taux en vigueur sont {known}."
        return "vat_rate", f"{number(rate)} % n’est pas un taux de TVA en vigueur.", remedy
    expected = (ht * rate / 100).quantize(CENT, ROUND_HALF_UP)
    if vat != expected:
        sentence = (
            f"La TVA ne correspond pas au taux : {number(rate)} % de {euros(ht)} font {euros(expected)}."
        )
        return "vat", sentence, "Corrigez la facture : un centime d’écart est refusé."
    return None


def invoices(
    mission: Mission,
    settlement: Mapping[str, Any] | None = None,
    filed: Iterable[Invoice] | None = None,
) -> Iterator[Obstacle]:
    """Acquitted invoices to the company and one to Bpifrance add up to the final shares, to the cent.

    `settlement` spares settling the mission again where the caller just did, `filed` reading its invoices.
    """
    if filed is None:
        filed = mission.invoices.select_related("document")
    current = [invoice for invoice in filed if invoice.replaced_at is None]
    to_company = [i for i in current if i.addressee == Invoice.Addressee.COMPANY]
    to_bpifrance = [i for i in current if i.addressee == Invoice.Addressee.BPIFRANCE]
    for invoice in current:
        field = f"{invoice.addressee}_invoice"
        name = f"de la facture {invoice.number}"
        yield from _unclean(invoice.document, f"invoice:{invoice.pk}", name, field=field)
        wrong = vat_fault(mission.firm.vat_regime, ht=invoice.ht, rate=invoice.vat_rate, vat=invoice.vat)
        if wrong is not None:
            code, sentence, remedy = wrong
            yield Obstacle(
                f"{code}:{invoice.pk}", f"Facture {invoice.number} : {sentence}", remedy, field=field
            )
    settlement = settlement or settlement_of(mission)
    # A share is known once it is told what was delivered.
    told = bool(settlement["lines"])
    yield from _company_invoices(to_company, settlement["company_share"] if told else None)
    yield from _bpifrance_invoice(to_bpifrance, settlement["bpifrance_share"] if told else None)


def _company_invoices(found: list[Invoice], share: Decimal | None) -> Iterator[Obstacle]:
    """Judge the invoices of the company's share, None while it is not known."""
    if not found and share != 0:
        yield Obstacle(
            "no_company_invoice",
            "La facture acquittée de la quote-part de l’entreprise manque.",
            "Déposez-la.",
            field="company_invoice",
        )
        return
    for invoice in found:
        if invoice.acquitted_on is None:
            yield Obstacle(
                f"not_acquitted:{invoice.pk}",
                f"La facture {invoice.number} n’est pas acquittée.",
                "Indiquez la date à laquelle l’entreprise l’a payée.",
                field="company_invoice",
            )
    total = sum((invoice.ht for invoice in found), Decimal(0))
    if share is not None and total != share:
        yield Obstacle(
            "company_invoices_differ",
            f"Les factures à l’entreprise totalisent {euros(total)} HT pour une quote-part de {euros(share)}.",
            "Corrigez la facture : un centime d’écart est refusé.",
            field="company_invoice",
        )


def _bpifrance_invoice(found: list[Invoice], share: Decimal | None) -> Iterator[Obstacle]:
    """Judge the one invoice of Bpifrance's share, None while it is not known; a share of nothing is never invoiced."""
    if share == 0:
        yield Obstacle(
            "nothing_to_pay",
            "De ce qui a été livré, rien n’est pris en charge\u00a0: Bpifrance n’a rien à payer et ne se facture pas.",
            "Vérifiez ce qui a été livré. Si c’est exact, écrivez à Bpifrance\u00a0: un responsable met fin à la "
            "mission sans paiement.",
            field="bpifrance_invoice",
        )
        return
    if not found:
        yield Obstacle(
            "no_bpifrance_invoice",
            "La facture de la quote-part de Bpifrance manque.",
            f"Déposez-la, adressée à {BPIFRANCE_ADDRESS}.",
            field="bpifrance_invoice",
        )
        return
    invoice = found[0]
    if share is not None and invoice.ht != share:
        yield Obstacle(
            "bpifrance_invoice_differs",
            f"La facture à Bpifrance est de {euros(invoice.ht)} HT pour une quote-part de {euros(share)}.",
            "Corrigez la facture : un centime d’écart est refusé.",
            field="bpifrance_invoice",
        )
    if not is_bpifrance_address(invoice.addressed_to):
        yield Obstacle(
            "bpifrance_address",
            "La facture à Bpifrance ne porte pas son adresse.",
            f"Elle doit être adressée à {BPIFRANCE_ADDRESS}.",
            field="bpifrance_invoice",
        )


def item_label(mission: Mission, item: str) -> str:
    """Return the French label of an item in the mission's edition."""
    edition = catalogue.get_edition(mission.dossier.edition)
    known = edition.items.get(item) or edition.uncovered_items.get(item)
    return known.label if known else item


@dataclass(frozen=True, slots=True)
class Early:
    """One thing dated before the contract: what it is, in stable and in French words, and its date."""

    what: str
    label: str
    on: date

    @property
    def mark(self) -> str:
        """What tells it from anything else, and from itself at another date."""
        return f"{self.what}@{self.on}"


def dated_before_contract(mission: Mission) -> list[str]:
    """Return the names of what is dated before the contract's signature."""
    return [found.label for found in early_things(mission)]


def early_things(mission: Mission) -> list[Early]:
    """Return what is dated before the contract's signature: it puts the mission on hold (edition 2024, §2.2)."""
    start = earliest_day(mission)
    return [] if start is None else [found for found in _dated(mission) if found.on < start]


def earliest_day(mission: Mission) -> date | None:
    """Return the contract's signature, where the edition lets nothing begin before it; else None."""
    term = catalogue.get_edition(mission.dossier.edition).term
    return mission.dossier.signed_on if term.starts_on_event == "contract_signed" else None


def _dated(mission: Mission) -> Iterator[Early]:
    if mission.work_started_on is not None:
        yield Early("work", "le démarrage de la prestation", mission.work_started_on)
    quote = mission.documents.filter(kind=Kind.SIGNED_QUOTE, replaced_at__isnull=True).first()
    if quote is not None and quote.issued_on is not None:
        yield Early(f"quote:{quote.pk}", "le devis signé", quote.issued_on)
    for invoice in mission.invoices.filter(replaced_at__isnull=True):
        yield Early(f"invoice:{invoice.pk}", f"la facture {invoice.number}", invoice.issued_on)
    for line in mission.delivered_lines.all():
        if mission.dossier.volet == 5 and line.audited_from is not None:
            label = f"l’audit « {item_label(mission, line.item)} »"
            yield Early(f"audit:{line.item}", label, line.audited_from)
