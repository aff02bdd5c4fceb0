"""The one pure function: a case and its edition in; findings, money, documents and term out."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from tariffs.engine.editions import Edition
from tariffs.engine.facts import Case
from tariffs.engine.findings import Finding, Verdict, verdict_of
from tariffs.engine.funding import Funding, fund
from tariffs.engine.rules.company import category_of
from tariffs.engine.terms import Term, term_of


@dataclass(frozen=True, slots=True)
class RequiredDocument:
    """A document that the case needs, and why."""

    kind: str
    why: str

    def to_json(self) -> dict[str, str]:
        """The document under the names of the public JSON."""
        return {"kind": self.kind, "why": self.why}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the rulebook says of a case on a day."""

    edition: str
    on: date
    stage: str
    volet: int
    verdict: Verdict
    category: str | None
    findings: tuple[Finding, ...]
    funding: Funding | None
    required_documents: tuple[RequiredDocument, ...]
    term: Term

    def to_json(self) -> dict[str, Any]:
        """The evaluation under the names of the public JSON, ready for `json.dumps`."""
        return {
            "edition": self.edition,
            "on": self.on.isoformat(),
            "stage": self.stage,
            "volet": self.volet,
            "verdict": self.verdict,
            "category": self.category,
            "findings": [finding.to_json() for finding in self.findings],
            "funding": None if self.funding is None else self.funding.to_json(),
            "required_documents": [document.to_json() for document in self.required_documents],
            "term": self.term.to_json(),
        }

    def finding(self, rule: str) -> Finding:
        """The finding of one rule; KeyError where the edition lacks that rule."""
        for finding in self.findings:
            if finding.rule == rule:
                return finding
        raise KeyError(rule)


def evaluate(case: Case, edition: Edition) -> Evaluation:
    """Apply every rule of the edition, in its order; none hides another. No clock, no database."""
    findings = tuple([rule.check(case, edition) for rule in edition.rules])
    return Evaluation(
        edition=edition.code,
        on=case.on,
        stage=case.stage,
        volet=case.volet,
        verdict=verdict_of(findings),
        category=category_of(case, edition),
        findings=findings,
        funding=fund(case, edition),
        required_documents=_required_documents(findings, edition),
        term=term_of(case, edition),
    )


def _required_documents(findings: tuple[Finding, ...], edition: Edition) -> tuple[RequiredDocument, ...]:
    """The documents whose rule concerns the case, in the order of the rules."""
    return tuple(
        RequiredDocument(finding.rule.removeprefix("documents."), edition.by_name[finding.rule].params["why"])
        for finding in findings
        if finding.status != "not_applicable" and finding.rule.startswith("documents.")
    )
