"""The search: every proposal is applied and its rule asked again; only what flips the rule is kept."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

from tariffs.engine.changes import company, device, expert, quote, volet
from tariffs.engine.changes.edits import as_json, fact, with_fact
from tariffs.engine.changes.proposals import Proposal, Proposer
from tariffs.engine.editions import Edition
from tariffs.engine.evaluation import Evaluation, evaluate
from tariffs.engine.facts import Case
from tariffs.engine.findings import Finding, Status, Verdict

# How many changes are shown for a rule, and how many facts may have to change together.
MOST, MOST_TOGETHER = 3, 4
# What a rule may become, the best first.
BETTER: Mapping[str, tuple[Status, ...]] = {
    "fail": ("pass", "not_applicable", "warning", "review", "missing"),
    "warning": ("pass", "not_applicable"),
}
VERDICTS: tuple[Verdict, ...] = ("ineligible", "incomplete", "needs_review", "eligible")
LEADS: Mapping[Status, str] = {
    "pass": "La règle passerait si {}.",
    "not_applicable": "La règle ne s’appliquerait plus si {}.",
    "warning": "La règle ne serait plus qu’un avertissement si {}.",
    "review": "Le chargé d’affaires examinerait ce point si {}.",
    "missing": "La règle ne serait plus refusée, et resterait à compléter, si {}.",
}
WARNED = "L’avertissement tomberait si {}."


def _nothing(_case: Case, _edition: Edition) -> list[Proposal]:
    """Nothing to propose: these rules neither fail nor warn, they ask for a document."""
    return []


PROPOSERS: Mapping[str, Proposer] = {
    "company.category": company.category,
    "company.registered_in_france": company.registered_in_france,
    "company.legal_form": company.legal_form,
    "company.not_in_difficulty": company.not_in_difficulty,
    "company.tax_and_social": company.tax_and_social,
    "company.autonomy": company.autonomy,
    "company.volet_unused": company.volet_unused,
    "device.covered": device.covered,
    "device.solution_scope": device.solution_scope,
    "volet.exists": volet.exists,
    "volet.device_class": volet.device_class,
    "volet.digital_target": volet.digital_target,
    "volet.digital_or_connected": volet.digital_or_connected,
    "volet.ce_marking": volet.ce_marking,
    "volet.business_model": volet.business_model,
    "volet.medical_committee": volet.medical_committee,
    "volet.training_not_cumulated": volet.training_not_cumulated,
    "expert.accredited": expert.accredited,
    "expert.passi": expert.passi,
    "expert.passi_scope": _nothing,
    "quote.unsigned": quote.unsigned,
    "quote.covered_line": quote.covered_line,
    "quote.single_volet": quote.single_volet,
    "quote.performed_by": quote.performed_by,
    "quote.within_ceilings": quote.within_ceilings,
    "quote.uncovered_lines": quote.uncovered_lines,
    "quote.benchmark": quote.benchmark,
    "documents.quote": _nothing,
    "documents.regularity_certificate": _nothing,
    "documents.tax_return": _nothing,
}


class Change(NamedTuple):
    """Another value of one fact with which a rule is no longer broken; `path` is None where no single fact does it.

    `before` and `after` are the fact in the grammar of a case; `sentence` is French; `becomes` is what the rule
    becomes; `verdict` that of the whole case then, and `improves` whether it is a better one than today's.
    """

    rule: str
    path: str | None
    before: Any
    after: Any
    sentence: str
    kind: str
    becomes: Status | None
    verdict: Verdict
    improves: bool

    def to_json(self) -> dict[str, Any]:
        """The change under the names of the public JSON."""
        return {
            "rule": self.rule,
            "path": self.path,
            "from": self.before,
            "to": self.after,
            "sentence": self.sentence,
            "kind": self.kind,
            "becomes": self.becomes,
            "verdict": self.verdict,
            "improves": self.improves,
        }


def changes(case: Case, edition: Edition) -> list[Change]:
    """What would change each rule that fails or warns, nearest first; each has one change or says that none does."""
    evaluation = evaluate(case, edition)
    return [
        change
        for finding in evaluation.findings
        if finding.status in BETTER
        for change in _changes_of(finding, case, edition, evaluation)
    ]


def _changes_of(finding: Finding, case: Case, edition: Edition, evaluation: Evaluation) -> list[Change]:
    proposals = PROPOSERS[finding.rule](case, edition)
    found = [
        _change(finding, (proposal,), tried, evaluation.verdict)._replace(
            path=proposal.path,
            before=as_json(fact(case, proposal.path)),
            after=as_json(proposal.value),
        )
        for proposal, tried in ((each, _tried(case, edition, (each,))) for each in proposals)
        if tried.finding(finding.rule).status in BETTER[finding.status]
    ]
    if found:
        order = BETTER[finding.status]
        found.sort(key=lambda change: order.index(change.becomes or "missing"))
        settled = [change for change in found if change.becomes != "missing"]
        return (settled or found)[:MOST]
    return [_together(finding, proposals, case, edition, evaluation)]


def _tried(case: Case, edition: Edition, proposals: tuple[Proposal, ...]) -> Evaluation:
    """The evaluation of the case with these facts changed."""
    for proposal in proposals:
        case = with_fact(case, proposal.path, proposal.value)
    return evaluate(case, edition)


def _change(finding: Finding, proposals: tuple[Proposal, ...], tried: Evaluation, verdict: Verdict) -> Change:
    """The change that proposals make together; it names its fact where there is only one."""
    becomes = tried.finding(finding.rule).status
    lead = WARNED if finding.status == "warning" else LEADS[becomes]
    condition = proposals[0].condition
    if len(proposals) > 1:
        conditions = " ; ".join([each.condition for each in proposals])
        condition = f"plusieurs faits changeaient en même temps : {conditions}"
    return Change(
        rule=finding.rule,
        path=None,
        before=None,
        after=None,
        sentence=lead.format(condition),
        kind=proposals[0].kind,
        becomes=becomes,
        verdict=tried.verdict,
        improves=VERDICTS.index(tried.verdict) > VERDICTS.index(verdict),
    )


def _groups(proposals: list[Proposal]) -> Iterator[tuple[Proposal, ...]]:
    """Proposals about different facts, two together first."""
    for size in range(2, MOST_TOGETHER + 1):
        for group in combinations(proposals, size):
            if len({proposal.path for proposal in group}) == size:
                yield group


def _together(
    finding: Finding, proposals: list[Proposal], case: Case, edition: Edition, evaluation: Evaluation
) -> Change:
    """The fewest facts that flip the rule together; else that nothing does under this edition."""
    for group in _groups(proposals):
        tried = _tried(case, edition, group)
        if tried.finding(finding.rule).status in BETTER[finding.status]:
            return _change(finding, group, tried, evaluation.verdict)
    said = f"{finding.message[0].lower()}{finding.message[1:]}"
    sentence = f"Rien ne peut changer cette réponse sous l’édition {edition.code} : {said}"
    return Change(finding.rule, None, None, None, sentence, "none", None, evaluation.verdict, False)
