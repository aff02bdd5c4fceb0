"""The frozen content of letters and contracts: plain data taken at the moment of the act, never looked up again."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from applications.models import (
    Amendment,
    CompletionItem,
    CompletionRequest,
    Contract,
    Dossier,
    DossierDocument,
    Mission,
    Payment,
)
from applications.services.evaluation import latest_quote
from applications.steps import BY_SLUG, step_of_rule
from portal.clock import PARIS
from tariffs.catalogue import get_edition

Json = dict[str, Any]
TOLD_OF_A_FINDING = ("rule", "message", "observed", "expected", "remedy", "source")
PieceKind = DossierDocument.Kind
CLOSURE_PARTS: dict[str, str] = {
    PieceKind.FINAL_REPORT: "Rapport final",
    PieceKind.SIGNED_QUOTE: "Devis signé",
    PieceKind.COMPANY_INVOICE: "Factures acquittées par l’entreprise",
    PieceKind.BPIFRANCE_INVOICE: "Facture adressée à Bpifrance",
    "report_given_on": "Date de remise du rapport à l’entreprise",
}


def jsonable(value: Any) -> Any:
    """Return `value` with Decimals as plain strings and dates in ISO form, at any depth."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return value


def _base(dossier: Dossier, on: date) -> Json:
    company = dossier.company
    edition = get_edition(dossier.edition)
    return {
        "number": dossier.number,
        "on": on.isoformat(),
        "company": {
            "name": company.name,
            "scheme": company.get_identifier_scheme_display(),
            "identifier": company.identifier,
            "address": company.address,
            "postcode": company.postcode,
            "city": company.city,
        },
        "device": dossier.device.name if dossier.device else "",
        "volet": dossier.volet,
        "volet_label": edition.volets[dossier.volet].label,
        "edition": dossier.edition,
        "edition_label": edition.label,
        "officer": dossier.officer.full_name if dossier.officer else "",
    }


def _money(evaluation: Json) -> Json | None:
    funding = evaluation["funding"]
    if funding is None:
        return None
    labels = item_labels(evaluation["edition"])
    lines = [{**line, "label": labels.get(line["item"], line["item"])} for line in funding["lines"]]
    return {**funding, "lines": lines}


def item_labels(edition: str) -> dict[str, str]:
    """Return the French label of every item of an edition, covered or not."""
    found = get_edition(edition)
    covered = {code: item.label for code, item in found.items.items()}
    return covered | {code: item.label for code, item in found.uncovered_items.items()}


def receipt(dossier: Dossier, evaluation: Json, on: date) -> Json:
    """The proof of filing: what was filed, when, and what the rules said of it."""
    return {
        **_base(dossier, on),
        "verdict": evaluation["verdict"],
        "money": _money(evaluation),
        "expert": dossier.firm.name if dossier.firm else "",
        "findings": [
            {"status": finding["status"], "message": finding["message"]}
            for finding in evaluation["findings"]
            if finding["status"] in {"fail", "review", "warning"}
        ],
        "documents": [
            {
                "kind": piece.get_kind_display(),
                "name": piece.document.original_name if piece.document else "",
                "sha256": piece.document.sha256 if piece.document else "",
                "absent_because": piece.absent_because,
            }
            for piece in dossier.documents.filter(replaced_at__isnull=True).select_related("document")
        ],
    }


def completion(
    dossier: Dossier, request: CompletionRequest, items: list[CompletionItem], evaluation: Json, on: date
) -> Json:
    """What the company is asked to mend, until when, and the rules that make it necessary."""
    explained: set[str] = set()
    asked = []
    for item in items:
        findings = [] if item.step in explained else _pressing(evaluation, item.step)
        explained.add(item.step)
        asked.append(
            {
                "step": item.step,
                "target": item.target,
                "where": _place(item),
                "reason": item.reason,
                "findings": findings,
            }
        )
    return {
        **_base(dossier, on),
        "due_on": request.due_on.isoformat(),
        "message": request.message,
        "items": asked,
    }


def _pressing(evaluation: Json, step: str) -> list[Json]:
    """Return what stands against the request among the facts of one step: rule, facts, section, remedy."""
    return [
        {name: finding[name] for name in TOLD_OF_A_FINDING}
        for finding in evaluation["findings"]
        if finding["status"] in {"fail", "missing", "review"} and step_of_rule(finding["rule"]) == step
    ]


def _place(item: CompletionItem) -> str:
    """Name the part of the request that an item is about."""
    step = BY_SLUG.get(item.step)
    if step is None:
        return item.step
    target = step.targets.get(item.target, "")
    return f"{step.label}, {target[:1].lower()}{target[1:]}" if target else step.label


def corrections(dossier: Dossier, mission: Mission, message: str, due_on: date, on: date) -> Json:
    """What the expert is asked to mend in the closure of his mission, until when."""
    labels = CLOSURE_PARTS | item_labels(dossier.edition)
    return {
        **_base(dossier, on),
        "mission": mission.pk,
        "addressee": {"name": mission.firm.name, "city": mission.firm.city},
        "expert": mission.firm.name,
        "due_on": due_on.isoformat(),
        "message": message,
        "items": [
            {
                "target": item["target"],
                "reason": item["reason"],
                "where": labels.get(item["target"], item["target"]),
            }
            for item in mission.corrections
        ],
    }


def approval(dossier: Dossier, evaluation: Json, on: date) -> Json:
    """The acceptance: shares, term, State-aid regime."""
    edition = get_edition(dossier.edition)
    return {
        **_base(dossier, on),
        "money": _money(evaluation),
        "months": evaluation["term"]["months"],
        "starts_on_event": evaluation["term"]["starts_on_event"],
        "regime": edition.state_aid.regime,
        "regime_label": edition.state_aid.label,
        "expert": _expert_name(dossier),
    }


def rejection(dossier: Dossier, evaluation: Json, rules: list[str], motive: str, on: date) -> Json:
    """The refusal: each rule cited with its section, what was found and what would mend it."""
    cited = [finding for finding in evaluation["findings"] if finding["rule"] in rules]
    return {
        **_base(dossier, on),
        "motive": motive,
        "review_possible": dossier.review_requested_on is None,
        "findings": [{name: finding[name] for name in TOLD_OF_A_FINDING} for finding in cited],
    }


def contract_terms(dossier: Dossier, evaluation: Json, on: date) -> Json:
    """The stipulations of the contract that are sealed and signed."""
    edition = get_edition(dossier.edition)
    quote = latest_quote(dossier)
    return {
        **_base(dossier, on),
        "money": _money(evaluation),
        "months": evaluation["term"]["months"],
        "starts_on_event": evaluation["term"]["starts_on_event"],
        "extension_months": edition.extension_months,
        "report_days": edition.term.report_days,
        "regime": edition.state_aid.regime,
        "regime_label": edition.state_aid.label,
        "granted_on": dossier.validated_on.isoformat() if dossier.validated_on else None,
        "expert": _expert_name(dossier),
        "quote_number": quote.number if quote else None,
        "quote_hash": quote.lines_hash if quote else None,
    }


def contract(found: Contract) -> Json:
    """The contract as signed by Bpifrance, to be signed by the company."""
    return {
        "terms": found.terms,
        "sha256": found.sha256,
        "bpifrance_signatory": found.bpifrance_signatory_name,
        "bpifrance_capacity": found.bpifrance_signatory_capacity,
        "bpifrance_signed_on": found.signed_by_bpifrance_on.isoformat(),
    }


def signed_contract(found: Contract, now: datetime) -> Json:
    """The contract with both signatures and the evidence of the company's."""
    return {
        **contract(found),
        "company_signatory": found.company_signatory_name,
        "company_capacity": found.company_signatory_capacity,
        "company_signed_at": f"{now.astimezone(PARIS):%d/%m/%Y à %H:%M:%S} (heure de Paris)",
        "evidence": found.evidence,
        "due_on": found.dossier.due_on.isoformat() if found.dossier.due_on else None,
    }


def amendment(found: Amendment) -> Json:
    """The amendment: its object, its lines or its new term and, where the expert changes, the new expert."""
    dossier, quote = found.dossier, found.quote
    labels = item_labels(dossier.edition)
    lines = [
        {"item": line.item, "label": labels.get(line.item, line.item), "amount": format(line.amount, "f")}
        for line in (quote.lines.all() if quote else ())
    ]
    return {
        **_base(dossier, found.opened_on),
        "amendment": found.pk,
        "rank": found.rank,
        "motive": found.motive,
        "lines": lines,
        "new_expert": found.mission.firm.name if found.mission else "",
        "share_at_most": format(dossier.bpifrance_share, "f"),
        "due_on": dossier.due_on.isoformat() if dossier.due_on else None,
        "new_due_on": found.new_due_on.isoformat() if found.new_due_on else None,
    }


def lapse_notice(dossier: Dossier, lapse_on: date, on: date) -> Json:
    """The notice that the dossier lapses unless the work ended within its term."""
    return {
        **_base(dossier, on),
        "due_on": dossier.due_on.isoformat() if dossier.due_on else None,
        "lapse_on": lapse_on.isoformat(),
        "expert": _expert_name(dossier),
    }


def lapse(dossier: Dossier, on: date) -> Json:
    """The statement that the dossier has lapsed."""
    return {
        **_base(dossier, on),
        "due_on": dossier.due_on.isoformat() if dossier.due_on else None,
        "signed": dossier.signed_on is not None,
    }


def cancellation(dossier: Dossier, motive: str, on: date) -> Json:
    """The cancellation and its motive."""
    return {**_base(dossier, on), "motive": motive}


def aid_statement(dossier: Dossier, mission: Mission, payment: Payment) -> Json:
    """The aid statement: regime, granting date and amount; the company is the beneficiary."""
    edition = get_edition(dossier.edition)
    return {
        **_base(dossier, payment.paid_on),
        "regime": edition.state_aid.regime,
        "regime_label": edition.state_aid.label,
        "granted_on": dossier.validated_on.isoformat() if dossier.validated_on else None,
        "amount": format(payment.ht, "f"),
        "paid_on": payment.paid_on.isoformat(),
        "expert": mission.firm.name,
    }


def _expert_name(dossier: Dossier) -> str:
    mission = dossier.current_mission
    if mission is not None:
        return mission.firm.name
    return dossier.firm.name if dossier.firm else ""
