"""The verification of a closure before it is sent: the one function that the page shows and the guards obey."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from django.db.models import Value, prefetch_related_objects
from django.db.models.functions import Replace, Upper

from applications.models import ClosureReading, DossierDocument, Invoice, Mission
from applications.services import closure_checks, closure_corrections
from applications.services.invoices.comparing import (
    Check,
    Expected,
    Said,
    Verdict,
    compare,
    data_of,
    said_of,
)
from applications.services.invoices.copying import differences
from applications.services.invoices.reading import account_mark
from applications.services.settlement import ZERO, settlement_of
from applications.workflow.refusals import Obstacle
from experts.services import masked_iban

Kind, Addressee = DossierDocument.Kind, Invoice.Addressee
Readings = Mapping[Any, ClosureReading]
PAGE = re.compile(r"\bp(?:ages?|p)?\b\.?\s*(?P<pages>\d{1,4}(?:\s*(?:-|–|à|et|,)\s*\d{1,4})*)", re.IGNORECASE)
COME_BACK = "Revenez ici dans quelques instants."
SIGNED_STATES = {
    "changed": "Le devis a été modifié après la signature de {name}.",
    "broken": "La signature de {name} n’est pas celle de ce fichier.",
}


class State(StrEnum):
    """How a part of the closure stands."""

    DUE = "due"
    MEND = "mend"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the closure: what stands in the way, and what a person should look at without being stopped."""

    slug: str
    label: str
    begun: bool
    obstacles: tuple[Obstacle, ...] = ()
    remarks: tuple[Obstacle, ...] = ()
    facts: tuple[tuple[str, str], ...] = field(default=())

    @property
    def state(self) -> State:
        """To do until it is begun, to mend while something stands in the way."""
        if not self.obstacles:
            return State.GOOD
        return State.MEND if self.begun else State.DUE


@dataclass(frozen=True, slots=True)
class Preflight:
    """A closure examined: its five parts, in order."""

    parts: tuple[Part, ...]
    settlement: Mapping[str, Any]

    @property
    def ready(self) -> bool:
        """True when nothing stands in the way."""
        return not any(part.obstacles for part in self.parts)

    def obstacles(self, *slugs: str) -> Iterator[Obstacle]:
        """Give what stands in the way in these parts."""
        for part in self.parts:
            if part.slug in slugs:
                yield from part.obstacles

    def part(self, slug: str) -> Part:
        """Return a part by its name."""
        return next(part for part in self.parts if part.slug == slug)


def examine(
    mission: Mission,
    *,
    filed: Iterable[DossierDocument] | None = None,
    invoiced: Iterable[Invoice] | None = None,
    settlement: Mapping[str, Any] | None = None,
) -> Preflight:
    """Return what a closure holds, lacks and must explain, each row read once.

    `filed` and `invoiced`, the mission's pieces and invoices, and `settlement` spare reading them again.
    """
    prefetch_related_objects([mission], "delivered_lines")
    if filed is None:
        filed = mission.documents.select_related("document")
    if invoiced is None:
        invoiced = mission.invoices.select_related("document")
    pieces = [piece for piece in filed if piece.replaced_at is None]
    invoices = [invoice for invoice in invoiced if invoice.replaced_at is None]
    settlement = settlement or settlement_of(mission)
    readings = {one.document_id: one for one in ClosureReading.objects.filter(mission=mission)}
    found = list(closure_checks.documents(mission, pieces))
    reading = {
        piece.kind: readings.get(piece.document_id) for piece in pieces if piece.document_id is not None
    }
    by_kind = {piece.kind for piece in pieces}
    lines = [
        *closure_checks.delivered_lines(mission),
        *missing_pages(mission, reading.get(Kind.FINAL_REPORT)),
    ]
    report = [one for one in found if one.field == Kind.FINAL_REPORT]
    quote = [one for one in found if one.field == Kind.SIGNED_QUOTE]
    signed, told = signatures(reading.get(Kind.SIGNED_QUOTE))
    parts = (
        Part("lignes", "Ce qui a été livré", bool(mission.delivered_lines.all()), tuple(lines)),
        Part("rapport", "Rapport final", Kind.FINAL_REPORT in by_kind, tuple(report)),
        Part("devis", "Devis signé", Kind.SIGNED_QUOTE in by_kind, (*quote, *signed), told),
        *_invoice_parts(mission, invoices, settlement, readings),
    )
    unmended = list(closure_corrections.unmended(mission, pieces, invoices))
    return Preflight(tuple(_with_corrections(part, unmended) for part in parts), settlement)


def _with_corrections(part: Part, unmended: Iterable[tuple[str, Obstacle]]) -> Part:
    """Return a part with what Bpifrance asked to mend there and that is as it was."""
    asked = tuple(obstacle for slug, obstacle in unmended if slug == part.slug)
    return replace(part, obstacles=(*part.obstacles, *asked)) if asked else part


# --- Report and quote ------------------------------------------------------------------------------
def missing_pages(mission: Mission, reading: ClosureReading | None) -> Iterator[Obstacle]:
    """The pages to which the lines refer are in the report, where its pages are known."""
    pages = reading.facts.get("pages") if reading is not None and reading.is_read else None
    if not pages:
        return
    for line in mission.delivered_lines.all():
        beyond = [page for page in pages_named(line.report_reference) if not 1 <= page <= pages]
        if beyond:
            label = closure_checks.item_label(mission, line.item)
            yield Obstacle(
                f"no_such_page:{line.item}",
                f"Le poste «\u00a0{label}\u00a0» renvoie à la page {beyond[0]} d’un rapport qui en compte {pages}.",
                "Corrigez le renvoi, ou nommez la section.",
                field=line.item,
            )


def pages_named(reference: str) -> list[int]:
    """Return the page numbers that a reference to the report names."""
    return [
        int(page) for found in PAGE.finditer(reference) for page in re.findall(r"\d{1,4}", found["pages"])
    ]


def signatures(reading: ClosureReading | None) -> tuple[list[Obstacle], tuple[Obstacle, ...]]:
    """Return what is wrong with the electronic signatures of the quote, and what is said of them."""
    if reading is None:
        return [], ()
    if reading.state == ClosureReading.State.WAITING:
        told = Obstacle("quote_reading", "Les signatures du devis n’ont pas fini d’être lues.", COME_BACK)
        return [], (told,)
    if not reading.is_read:
        fault = Obstacle(
            "quote_unread",
            "Les signatures du devis n’ont pas pu être lues.",
            "Elles seront vérifiées à la lecture.",
        )
        return [], (fault,)
    found = reading.facts.get("signatures", [])
    if not found:
        told = Obstacle(
            "quote_by_hand",
            "Le devis ne porte pas de signature électronique.",
            "La signature est vérifiée à la lecture.",
        )
        return [], (told,)
    wrong = [
        Obstacle(
            f"quote_{one['state']}:{rank}",
            SIGNED_STATES[one["state"]].format(name=one["name"]),
            "Déposez le fichier tel qu’il a été signé.",
            field=Kind.SIGNED_QUOTE.value,
        )
        for rank, one in enumerate(found)
        if one["state"] in SIGNED_STATES
    ]
    return wrong, tuple(_signature_told(one) for one in found if one["state"] == "intact")


def _signature_told(one: Mapping[str, Any]) -> Obstacle:
    on = f", le {one['at'][8:10]}/{one['at'][5:7]}/{one['at'][:4]}" if one["at"] else ""
    sentence = f"Signé électroniquement par {one['name']}{on}\u00a0; le fichier est intact."
    unknown = f"L’autorité «\u00a0{one['issuer']}\u00a0» n’est pas connue du portail\u00a0: à vérifier à la lecture."
    remedy = "" if one["trusted"] else unknown
    return Obstacle("quote_signed", sentence, remedy)


# --- Invoices --------------------------------------------------------------------------------------
def _invoice_parts(
    mission: Mission,
    invoices: list[Invoice],
    settlement: Mapping[str, Any],
    readings: Readings,
) -> Iterator[Part]:
    found = list(closure_checks.invoices(mission, settlement, invoices))
    seen = seen_elsewhere(mission, [invoice.number for invoice in invoices])
    for slug, addressee, field_name in (
        ("entreprise", Addressee.COMPANY, Kind.COMPANY_INVOICE),
        ("bpifrance", Addressee.BPIFRANCE, Kind.BPIFRANCE_INVOICE),
    ):
        own = [invoice for invoice in invoices if invoice.addressee == addressee]
        obstacles = [one for one in found if one.field == field_name]
        remarks: list[Obstacle] = []
        for invoice in own:
            wanted = expected_of(mission, addressee, settlement, others=own, but=invoice, seen=seen)
            reading = readings.get(invoice.document_id)
            if reading is not None and reading.state == reading.State.WAITING:
                remarks.append(_unread(invoice, field_name))
            for check in _apart(compared(invoice, wanted, reading)):
                told = _told(check, invoice, field_name)
                (obstacles if check.verdict == Verdict.MEND else remarks).append(told)
        yield Part(slug, SHORT[addressee], bool(own), tuple(obstacles), tuple(remarks))


def _unread(invoice: Invoice, field_name: str) -> Obstacle:
    sentence = f"Le fichier de la facture {invoice.number} n’a pas fini d’être lu, ni comparé à la saisie."
    return Obstacle(f"reading:{invoice.pk}", sentence, COME_BACK, field=field_name)


SHORT = {
    Addressee.COMPANY: "Factures acquittées à l’entreprise",
    Addressee.BPIFRANCE: "Facture à Bpifrance",
}
# Of these the closure's own rules speak already, of the invoices together.
TOLD_ELSEWHERE = frozenset({"ht", "vat", "ttc", "addressed_to", "acquitted_on"})


def _apart(checks: Iterable[Check]) -> Iterator[Check]:
    """Give what a comparison adds to the closure's own rules: what to review, and typing that is not the file's."""
    for check in checks:
        left_to_rules = TOLD_ELSEWHERE if check.verdict == Verdict.MEND else {"ht"}
        if check.verdict in {Verdict.MEND, Verdict.REVIEW} and check.code not in left_to_rules:
            yield check


def _told(check: Check, invoice: Invoice, field_name: str) -> Obstacle:
    label = check.label if check.label[:2].isupper() else check.label[0].lower() + check.label[1:]
    sentence = f"Facture {invoice.number}, {label}\u00a0: {check.read}"
    if check.code.startswith("typed_"):
        sentence = f"Facture {invoice.number}, {label}\u00a0: la saisie dit {check.read}, le fichier {check.expected}"
    elif check.verdict == Verdict.REVIEW and check.code in {"siren", "vat_number", "iban", "addressed_to"}:
        sentence += f", au lieu de {check.expected}"
    return Obstacle(f"{check.code}:{invoice.pk}", f"{sentence}.", check.remedy, field=field_name)


def compared(invoice: Invoice, expected: Expected, reading: ClosureReading | None) -> list[Check]:
    """Return an invoice beside what is expected of it, and what was typed beside what its file says."""
    facts = reading.facts if reading is not None and reading.state != reading.State.WAITING else {}
    data = data_of(facts) if facts else None
    typed = said_by(invoice)
    return [
        *compare(typed, expected, data, acquitted=facts.get("acquitted")),
        *differences(typed, said_of(facts)),
    ]


def said_by(invoice: Invoice) -> Said:
    """Return what the expert confirmed that an invoice says."""
    return Said(
        number=invoice.number,
        issued_on=invoice.issued_on,
        ht=invoice.ht,
        vat_rate=invoice.vat_rate,
        vat=invoice.vat,
        ttc=invoice.ttc,
        acquitted_on=invoice.acquitted_on,
        addressed_to=invoice.addressed_to,
    )


def expected_of(
    mission: Mission,
    addressee: str,
    settlement: Mapping[str, Any],
    *,
    others: Iterable[Invoice] = (),
    but: Invoice | None = None,
    seen: Mapping[str, tuple[str, ...]],
    number: str = "",
) -> Expected:
    """Return what is expected of one invoice: what the others leave of its addressee's share, and whose it is."""
    firm, dossier = mission.firm, mission.dossier
    share = settlement["bpifrance_share" if addressee == Addressee.BPIFRANCE else "company_share"]
    invoiced = sum((one.ht for one in others if but is None or one.pk != but.pk), ZERO)
    company = dossier.company
    return Expected(
        for_bpifrance=addressee == Addressee.BPIFRANCE,
        ht=share - invoiced,
        regime=firm.vat_regime,
        siren=firm.siren,
        vat_number=firm.vat_number,
        iban=masked_iban(firm.iban),
        account=account_mark(firm.iban),
        company=company.name,
        company_siren=company.identifier if company.identifier_scheme == company.Scheme.SIREN else "",
        signed_on=closure_checks.earliest_day(mission),
        seen_in=seen.get(but.number if but else number, ()),
    )


def seen_elsewhere(mission: Mission, numbers: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return, by number, the firm's other dossiers in which an invoice bears it; one query, none for no number.

    A number is the same however it is spaced and whatever its capitals.
    """
    wanted = {number: "".join(number.split()).upper() for number in numbers if number}
    if not wanted:
        return {}
    rows = (
        Invoice.objects.filter(mission__firm=mission.firm_id, replaced_at__isnull=True)
        .exclude(mission=mission)
        .annotate(bare=Upper(Replace("number", Value(" "))))
        .filter(bare__in=set(wanted.values()))
        .order_by("mission__dossier__number", "pk")
        .values_list("bare", "mission__dossier__number")
    )
    found: dict[str, tuple[str, ...]] = {}
    for bare, dossier in rows:
        found[bare] = (*found.get(bare, ()), dossier or "")
    return {number: found[bare] for number, bare in wanted.items() if bare in found}
