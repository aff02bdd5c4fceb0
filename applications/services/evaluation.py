"""Puts a dossier before the engine: builds its case, asks for the evaluation, keeps what was seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from applications.models import Dossier, FindingDecision, Mission, Quote, Snapshot
from applications.models.dossier import DossierDocument
from applications.services.kept_facts import seal_of_snapshot, tell
from applications.workflow.states import State
from experts.models import ExpertFirm
from experts.services import expert_facts
from portal.clock import civil_date
from portal.documents.models import DocumentState
from tariffs import catalogue

Json = dict[str, Any]

FILED_KINDS = (
    DossierDocument.Kind.QUOTE,
    DossierDocument.Kind.REGULARITY,
    DossierDocument.Kind.TAX_RETURN,
)
# What changes after the filing without the company's doing, so that a decision reads it on the day.
RULES_OF_THE_DAY = frozenset(
    {"company.volet_unused", "expert.accredited", "expert.passi", "expert.passi_scope"}
)
# Filed and not decided: a person judges on the day.
UNDECIDED = frozenset({State.SUBMITTED, State.UNDER_REVIEW})


def latest_quote(dossier: Dossier) -> Quote | None:
    """Return the quote's latest version that is accepted or filed; an open amendment's does not count."""
    proposed = [a.quote_id for a in dossier.amendments.all() if a.status != "signed"]
    quotes = [quote for quote in dossier.quotes.all() if quote.pk not in proposed]
    return max(quotes, key=lambda quote: quote.number, default=None)


def volets_used(dossier: Dossier) -> list[int]:
    """Return the volets the company used, by a dossier of any edition or outside the portal; this one aside."""
    company = dossier.company
    ours = (
        Dossier.objects.filter(company=company)
        .exclude(pk=dossier.pk)
        .using_volet()
        .order_by()
        .values_list("volet", flat=True)
    )
    outside = company.used_volets.order_by().values_list("volet", flat=True)
    return sorted(set(ours.union(outside)))


def case_of(
    dossier: Dossier,
    *,
    stage: str = "submission",
    on: date,
    firm: ExpertFirm | None = None,
    quote: Quote | None = None,
    lines: list[Json] | None = None,
) -> Json:
    """Return the engine's case for `dossier` judged on the civil date `on`.

    `firm`, `quote` and `lines` put another expert, version or lines in the place of the dossier's own.
    """
    firm = firm or _firm_of(dossier)
    quote = quote or latest_quote(dossier)
    quote_facts = _quote_facts(quote, lines)
    items = [line["item"] for line in quote_facts["lines"]] if quote_facts else []
    case: Json = {
        "on": on.isoformat(),
        "edition": dossier.edition or None,
        "stage": stage,
        "volet": dossier.volet,
        "company": {**dossier.company_facts, "volets_used": volets_used(dossier)},
        "device": dict(dossier.device_facts),
        "declarations": dict(dossier.declarations),
        "expert": _expert_section(dossier, firm, on, items),
        "quote": quote_facts,
        "documents": _documents(dossier),
    }
    for name, value in (
        ("contract_signed_on", dossier.signed_on),
        ("validated_on", dossier.validated_on),
        ("work_ended_on", dossier.work_ended_on),
    ):
        if value is not None:
            case[name] = value.isoformat()
    return case


def _firm_of(dossier: Dossier) -> ExpertFirm | None:
    mission = dossier.current_mission if dossier.pk else None
    return mission.firm if mission is not None and not dossier.is_editable else dossier.firm


def _expert_section(dossier: Dossier, firm: ExpertFirm | None, on: date, items: list[str]) -> Json | None:
    if firm is None:
        return None
    derogation = getattr(dossier, "derogation", None)
    theirs = derogation is not None and derogation.firm_id in {None, firm.pk}
    status = derogation.status if derogation is not None and theirs else "none"
    return expert_facts(firm, volet=dossier.volet, on=on, items=items, derogation=status)


def _quote_facts(quote: Quote | None, lines: list[Json] | None) -> Json | None:
    if quote is None:
        return None
    if lines is None:
        lines = [
            {
                "item": line.item,
                "amount": format(line.amount, "f"),
                "complexity": line.complexity or None,
                "performed_by": line.performed_by,
            }
            for line in quote.lines.all()
        ]
    else:
        lines = [
            {
                "item": line["item"],
                "amount": str(line["amount"]),
                "complexity": line.get("complexity") or None,
                "performed_by": line.get("performed_by") or "expert",
            }
            for line in lines
        ]
    return {
        "signed": quote.signed,
        "issued_on": quote.issued_on.isoformat() if quote.issued_on else None,
        "lines": lines,
    }


def _documents(dossier: Dossier) -> list[Json]:
    """Return the pieces that count: a file still analysed, or refused, is not filed yet."""
    found: list[Json] = []
    pieces = dossier.documents.all()
    if "documents" not in getattr(dossier, "_prefetched_objects_cache", {}):
        pieces = pieces.select_related("document")
    for piece in pieces:
        if piece.replaced_at is not None or piece.kind not in FILED_KINDS:
            continue
        if piece.document is not None and piece.document.state != DocumentState.CLEAN:
            continue
        entry: Json = {"kind": piece.kind}
        if piece.absent_because:
            entry["absent_because"] = piece.absent_because
        elif piece.issued_on is not None:
            entry["issued_on"] = piece.issued_on.isoformat()
        if piece.covers and not piece.absent_because:
            entry["covers"] = piece.covers
        found.append(entry)
    return found


def evaluate_case(case: Json) -> Json:
    """Return the engine's evaluation as JSON; raises `CaseError` on a case that can't be meant."""
    return catalogue.evaluate_json(case, today=None)


def filing_evaluation(dossier: Dossier, *, today: date) -> Json:
    """Return the evaluation of the request as it stands, judged today, stage submission."""
    return evaluate_case(case_of(dossier, on=today))


def last_filed(dossier: Dossier) -> Snapshot | None:
    """Return the snapshot of the last submission or resubmission."""
    return (
        dossier.snapshots.filter(moment__in=[Snapshot.Moment.SUBMISSION, Snapshot.Moment.RESUBMISSION])
        .order_by("-taken_at", "-pk")
        .first()
    )


def decision_evaluation(dossier: Dossier, *, today: date) -> Json:
    """Return what a decision judges: the evaluation as filed, with the rules of the day read today."""
    snapshot = last_filed(dossier)
    if snapshot is None:
        return filing_evaluation(dossier, today=today)
    fresh = evaluate_case(case_of(dossier, on=today))
    return merged(snapshot.evaluation, fresh, RULES_OF_THE_DAY)


def current_evaluation(dossier: Dossier, *, today: date, last: Json | None = None) -> Json:
    """Return the evaluation to show: live while the company may edit, as judged afterwards.

    `last` is the evaluation of the dossier's last snapshot, where the caller read it.
    """
    if dossier.is_editable:
        return filing_evaluation(dossier, today=today)
    if dossier.state in UNDECIDED:
        return decision_evaluation(dossier, today=today)
    if last is not None:
        return last
    snapshot = dossier.snapshots.order_by("-taken_at", "-pk").first()
    return snapshot.evaluation if snapshot else filing_evaluation(dossier, today=today)


def as_decided(evaluation: Json, decisions: Iterable[FindingDecision]) -> Json:
    """Return an evaluation as it reads once its findings are judged; the snapshot itself is never rewritten.

    A finding that was for review, or whose failure the edition lets be overridden, reads `pass` once the
    officer lifted it; `raised` keeps what it was and `lifted` the date. One upheld keeps its status. The
    verdict is drawn again.
    """
    rules = catalogue.get_edition(evaluation["edition"]).by_name
    lifted = {
        one.rule: one.decided_at for one in decisions if one.outcome == FindingDecision.Outcome.ACCEPTED
    }
    findings = [
        {
            **finding,
            "raised": finding["status"],
            "status": "pass",
            "remedy": None,
            "lifted": civil_date(lifted[finding["rule"]]),
        }
        if finding["rule"] in lifted
        and (
            finding["status"] == "review"
            or (finding["status"] == "fail" and rules[finding["rule"]].overridable)
        )
        else finding
        for finding in evaluation["findings"]
    ]
    return {**evaluation, "findings": findings, "verdict": verdict_of(findings)}


def merged(old: Json, fresh: Json, rules: frozenset[str] | set[str]) -> Json:
    """Return `old` with the findings of `rules` taken from `fresh`, and its verdict drawn again."""
    by_rule = {finding["rule"]: finding for finding in fresh["findings"]}
    findings = [
        by_rule.get(finding["rule"], finding) if finding["rule"] in rules else finding
        for finding in old["findings"]
    ]
    return {**old, "findings": findings, "verdict": verdict_of(findings)}


def verdict_of(findings: list[Json]) -> str:
    """Return the verdict that the statuses give: fail, then missing, then review, else eligible."""
    statuses = {finding["status"] for finding in findings}
    for status, verdict in (("fail", "ineligible"), ("missing", "incomplete"), ("review", "needs_review")):
        if status in statuses:
            return verdict
    return "eligible"


def keep_snapshot(
    dossier: Dossier,
    *,
    moment: str,
    case: Json,
    evaluation: Json,
    now: datetime,
    mission: Mission | None = None,
) -> Snapshot:
    """Keep an evaluation as it was seen, with the edition and its digest."""
    edition = evaluation["edition"]
    snapshot = Snapshot.objects.create(
        dossier=dossier,
        mission=mission,
        moment=moment,
        edition=edition,
        edition_digest=catalogue.get_edition(edition).digest,
        case=case,
        evaluation=evaluation,
        taken_at=now,
    )
    tell(dossier, "snapshot", id=snapshot.pk, sha256=seal_of_snapshot(snapshot))
    return snapshot
