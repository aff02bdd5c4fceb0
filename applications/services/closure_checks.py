"""What a closure must hold before it is sent, and again before it is paid."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from applications.models import DossierDocument, Invoice, Mission
from applications.services.settlement import AUDIT_ITEMS, contracted_amounts, quote_of, settlement_of
from applications.workflow.refusals import Obstacle
from portal.display import euros
from portal.documents.models import DocumentState
from tariffs import catalogue

Kind = DossierDocument.Kind
REQUIRED = (Kind.FINAL_REPORT, Kind.SIGNED_QUOTE)
BPIFRANCE_ADDRESS_WORDS = ("haussmann", "75009")
BPIFRANCE_ADDRESS = "Bpifrance, 6/8 boulevard Haussmann, 75009 Paris"


def documents(mission: Mission) -> Iterator[Obstacle]:
    """The final report and the signed quote are there and readable."""
    pieces = {
        piece.kind: piece
        for piece in mission.documents.filter(
            replaced_at__isnull=True, document__isnull=False
        ).select_related("document")
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
        elif piece.document is not None and piece.document.state != DocumentState.CLEAN:
            yield Obstacle(
                f"unread_{kind.value}",
                f"Le fichier « {kind.label} » n’a pas fini d’être analysé.",
                "Patientez quelques instants.",
                field=kind.value,
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
                f"Le poste « {label} » n’est pas renseigné.",
                "Indiquez ce qui a été livré et où le rapport en rend compte.",
                field=item,
            )
            continue
        if line.delivered < amount and not line.shortfall_reason.strip():
            yield Obstacle(
                f"shortfall:{item}",
                f"Le poste « {label} » est livré pour moins que prévu, sans explication.",
                "Donnez la raison.",
                field=item,
            )
        if line.delivered > 0 and not line.report_reference.strip():
            yield Obstacle(
                f"no_reference:{item}",
                f"Le poste « {label} » ne renvoie à aucune partie du rapport.",
                "Indiquez la section ou la page.",
                field=item,
            )
        if (
            mission.dossier.volet == 5
            and item in AUDIT_ITEMS
            and line.delivered > 0
            and not line.audited_until
        ):
            yield Obstacle(
                f"no_audit_dates:{item}",
                f"L’audit « {label} » n’a pas de dates.",
                "Indiquez son début et sa fin : la qualification PASSI est vérifiée à ces dates.",
                field=item,
            )
    for item in delivered.keys() - contracted.keys():
        yield Obstacle(
            f"not_contracted:{item}",
            f"Le poste « {item_label(mission, item)} » ne figure pas au devis accepté.",
            "Retirez-le.",
            field=item,
        )


def invoices(mission: Mission) -> Iterator[Obstacle]:
    """Acquitted invoices to the company and one to Bpifrance add up to the final shares, to the cent."""
    current = list(mission.invoices.filter(replaced_at__isnull=True).select_related("document"))
    to_company = [i for i in current if i.addressee == Invoice.Addressee.COMPANY]
    to_bpifrance = [i for i in current if i.addressee == Invoice.Addressee.BPIFRANCE]
    for invoice in current:
        if invoice.document.state != DocumentState.CLEAN:
            yield Obstacle(
                f"unread_invoice:{invoice.pk}",
                f"Le fichier de la facture {invoice.number} n’a pas fini d’être analysé.",
                "Patientez quelques instants.",
                field=f"{invoice.addressee}_invoice",
            )
    settlement = settlement_of(mission)
    yield from _company_invoices(to_company, settlement["company_share"])
    yield from _bpifrance_invoice(to_bpifrance, settlement["bpifrance_share"])


def _company_invoices(found: list[Invoice], share: Decimal) -> Iterator[Obstacle]:
    if not found and share > 0:
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
    if total != share:
        yield Obstacle(
            "company_invoices_differ",
            f"Les factures à l’entreprise totalisent {euros(total)} HT pour une quote-part de {euros(share)}.",
            "Corrigez la facture : un centime d’écart est refusé.",
            field="company_invoice",
        )


def _bpifrance_invoice(found: list[Invoice], share: Decimal) -> Iterator[Obstacle]:
    if not found:
        yield Obstacle(
            "no_bpifrance_invoice",
            "La facture de la quote-part de Bpifrance manque.",
            f"Déposez-la, adressée à {BPIFRANCE_ADDRESS}.",
            field="bpifrance_invoice",
        )
        return
    invoice = found[0]
    if invoice.ht != share:
        yield Obstacle(
            "bpifrance_invoice_differs",
            f"La facture à Bpifrance est de {euros(invoice.ht)} HT pour une quote-part de {euros(share)}.",
            "Corrigez la facture : un centime d’écart est refusé.",
            field="bpifrance_invoice",
        )
    address = invoice.addressed_to.lower()
    if not all(word in address for word in BPIFRANCE_ADDRESS_WORDS):
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


def dated_before_contract(mission: Mission) -> list[str]:
    """Return what is dated before the contract's signature: it puts the mission on hold (edition 2024, §2.2)."""
    signed_on = mission.dossier.signed_on
    term = catalogue.get_edition(mission.dossier.edition).term
    if signed_on is None or term.starts_on_event != "contract_signed":
        return []
    found = []
    if mission.work_started_on is not None and mission.work_started_on < signed_on:
        found.append("le démarrage de la prestation")
    quote = mission.documents.filter(kind=Kind.SIGNED_QUOTE, replaced_at__isnull=True).first()
    if quote is not None and quote.issued_on is not None and quote.issued_on < signed_on:
        found.append("le devis signé")
    found += [
        f"la facture {invoice.number}"
        for invoice in mission.invoices.filter(replaced_at__isnull=True, issued_on__lt=signed_on)
    ]
    return found
