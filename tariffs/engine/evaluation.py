"""The one pure function: a case and its edition in; findings, money, documents and term out."""

from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from tariffs.engine.editions import Edition, RequiredDocument
from tariffs.engine.facts import Case
from tariffs.engine.findings import Finding, Verdict, json_of_finding, verdict_of
from tariffs.engine.funding import Funding, fund
from tariffs.engine.jsontext import encode
from tariffs.engine.rules.company import category_of
from tariffs.engine.terms import Term, term_of


class Evaluation(NamedTuple):
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

    def to_json_bytes(self) -> bytes:
        """The same as compact JSON in UTF-8; findings that were rendered before are not rendered again."""
        findings = b",".join([json_of_finding(finding) for finding in self.findings])
        funding = "null" if self.funding is None else self.funding.to_json_text()
        documents = ",".join([json_of_document(document) for document in self.required_documents])
        head = (
            f'{{"edition":{encode(self.edition)},"on":"{self.on.isoformat()}","stage":"{self.stage}",'
            f'"volet":{self.volet},"verdict":"{self.verdict}","category":{encode(self.category)},"findings":['
        )
        tail = f'],"funding":{funding},"required_documents":[{documents}],"term":{json_of_term(self.term)}}}'
        return b"".join((head.encode("utf-8"), findings, tail.encode("utf-8")))

    def finding(self, rule: str) -> Finding:
        """The finding of one rule; KeyError where the edition lacks that rule."""
        for finding in self.findings:
            if finding.rule == rule:
                return finding
        raise KeyError(rule)


@lru_cache(maxsize=64)
def json_of_document(document: RequiredDocument) -> str:
    """The compact JSON text of a required document, remembered: an edition has three."""
    return encode(document.to_json())


@lru_cache(maxsize=1024)
def json_of_term(term: Term) -> str:
    """The compact JSON text of a term, remembered: few cases are signed yet."""
    return encode(term.to_json())


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
        required_documents=tuple(
            [document for place, document in edition.documents if findings[place].status != "not_applicable"]
        ),
        term=term_of(case, edition),
    )
