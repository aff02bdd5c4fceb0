"""What Bpifrance asked to mend in a closure: how each part was when it was asked, and whether it changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from applications.models import DossierDocument, Invoice, Mission
from applications.workflow.refusals import Obstacle

Json = dict[str, Any]
Kind, Addressee = DossierDocument.Kind, Invoice.Addressee
LINES = "delivered_lines"
LINE_FIELDS = ("delivered", "report_reference", "shortfall_reason", "audited_from", "audited_until")
INVOICE_FIELDS = ("number", "issued_on", "ht", "vat_rate", "vat", "ttc", "acquitted_on", "addressed_to")
OF_INVOICES = {Kind.COMPANY_INVOICE: Addressee.COMPANY, Kind.BPIFRANCE_INVOICE: Addressee.BPIFRANCE}
# The part of the closure in which a correction is mended; any other target is a delivered line.
PART_OF: dict[str, str] = {
    Kind.FINAL_REPORT: "rapport",
    Kind.SIGNED_QUOTE: "devis",
    Kind.COMPANY_INVOICE: "entreprise",
    Kind.BPIFRANCE_INVOICE: "bpifrance",
}
TO_MEND = {
    "rapport": "Remplacez le fichier",
    "devis": "Remplacez le fichier",
    "entreprise": "Corrigez la facture ou son fichier",
    "bpifrance": "Corrigez la facture ou son fichier",
    "lignes": "Corrigez la ligne",
}


def marks_of(
    mission: Mission, pieces: Iterable[DossierDocument], invoices: Iterable[Invoice]
) -> dict[str, str]:
    """Return, by target of a correction, what tells its present content from any other.

    `pieces` and `invoices` are the mission's, those replaced left out.
    """
    told: dict[str, Any] = {}
    for piece in pieces:
        if piece.kind in {Kind.FINAL_REPORT, Kind.SIGNED_QUOTE} and piece.document is not None:
            told[piece.kind] = [piece.document.sha256, piece.issued_on, piece.quote_number]
    every = list(invoices)
    for kind, addressee in OF_INVOICES.items():
        own = [one for one in every if one.addressee == addressee]
        told[kind] = sorted(
            [str(getattr(one, name)) for name in INVOICE_FIELDS] + [one.document.sha256] for one in own
        )
    for line in mission.delivered_lines.all():
        told[line.item] = [getattr(line, name) for name in LINE_FIELDS]
    told[LINES] = sorted([line.item, *map(str, told[line.item])] for line in mission.delivered_lines.all())
    return {target: _mark(content) for target, content in told.items()}


def _mark(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()[:16]


def asked(mission: Mission, items: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Return the corrections [{target, reason}] as they are kept, with the mark of what each one names.

    One that names nothing of the closure (a date given when it is sent, the whole) has none: it is read, and
    stops nobody.
    """
    marks = marks_of(
        mission,
        mission.documents.filter(replaced_at__isnull=True).select_related("document"),
        mission.invoices.filter(replaced_at__isnull=True).select_related("document"),
    )
    kept = []
    for item in items:
        target = str(item.get("target") or "")
        kept.append({"target": target, "reason": str(item["reason"]).strip(), "mark": marks.get(target, "")})
    return kept


def unmended(
    mission: Mission, pieces: Iterable[DossierDocument], invoices: Iterable[Invoice]
) -> Iterator[tuple[str, Obstacle]]:
    """Give (part, obstacle) of each correction whose object is as it was when asked, and that has no answer."""
    if not mission.corrections:
        return
    marks = marks_of(mission, pieces, invoices)
    for item in mission.corrections:
        target, mark = item.get("target", ""), item.get("mark")
        if mark and mark == marks.get(target) and not item.get("answer"):
            part = PART_OF.get(target, "lignes")
            yield (
                part,
                Obstacle(
                    f"uncorrected:{target}",
                    f"Rien n’a changé depuis la correction demandée\u00a0: «\u00a0{_cited(item['reason'])}\u00a0».",
                    f"{TO_MEND[part]}, ou dites dans la vérification pourquoi rien ne change.",
                    field=target,
                ),
            )


def _cited(reason: str) -> str:
    """Return a reason as it is cited in a sentence, whose full stop is enough."""
    return reason.rstrip(".").rstrip()


def with_answer(corrections: Iterable[Json], target: str, answer: str) -> list[Json]:
    """Return the corrections, those of `target` with the expert's reason to change nothing."""
    return [{**one, "answer": answer} if one.get("target") == target else one for one in corrections]
