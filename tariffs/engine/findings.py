"""What a rule answers: one finding, and the verdict that all findings add up to."""

from collections.abc import Iterable
from functools import lru_cache
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from tariffs.engine.editions import Rule
    from tariffs.engine.facts import Case

Status = Literal["pass", "fail", "missing", "review", "warning", "not_applicable", "not_evaluated"]
Verdict = Literal["eligible", "ineligible", "incomplete", "needs_review"]
Text = str | None


class Finding(NamedTuple):
    """The answer of one rule; its texts are French, and `remedy` is None where nothing is to be done."""

    rule: str
    status: Status
    observed: Text
    expected: Text
    message: str
    remedy: Text
    source: str

    def to_json(self) -> dict[str, Text]:
        """The finding under the names of the public JSON."""
        return {
            "rule": self.rule,
            "status": self.status,
            "observed": self.observed,
            "expected": self.expected,
            "message": self.message,
            "remedy": self.remedy,
            "source": self.source,
        }


@lru_cache(maxsize=4096)
def json_of_finding(finding: Finding) -> bytes:
    """The compact JSON of a finding in UTF-8, remembered: most findings of most cases are the same few."""
    text = (
        f'{{"rule":"{finding.rule}","status":"{finding.status}","observed":{_json_text(finding.observed)},'
        f'"expected":{_json(finding.expected)},"message":{_json(finding.message)},'
        f'"remedy":{_json(finding.remedy)},"source":{_json(finding.source)}}}'
    )
    return text.encode("utf-8")


def _json_text(text: Text) -> str:
    """The JSON of a text or of its absence."""
    return "null" if text is None else encode_basestring(text)


_json = lru_cache(maxsize=1024)(_json_text)


def passed(rule: "Rule", message: str, observed: Text = None, expected: Text = None) -> Finding:
    """The rule holds."""
    return Finding(rule.name, "pass", observed, expected or rule.expected, message, None, rule.source)


def failed(rule: "Rule", message: str, remedy: str, observed: Text = None, expected: Text = None) -> Finding:
    """The rule is broken."""
    return Finding(rule.name, "fail", observed, expected or rule.expected, message, remedy, rule.source)


def missing(rule: "Rule", message: str, remedy: str, observed: Text = None, expected: Text = None) -> Finding:
    """What the rule needs is not known."""
    return Finding(rule.name, "missing", observed, expected or rule.expected, message, remedy, rule.source)


def review(rule: "Rule", message: str, remedy: str, observed: Text = None, expected: Text = None) -> Finding:
    """A person must judge."""
    return Finding(rule.name, "review", observed, expected or rule.expected, message, remedy, rule.source)


def warning(rule: "Rule", message: str, remedy: str, observed: Text = None, expected: Text = None) -> Finding:
    """Nothing stands in the way, but the reader must know."""
    return Finding(rule.name, "warning", observed, expected or rule.expected, message, remedy, rule.source)


def not_applicable(rule: "Rule", message: str, observed: Text = None) -> Finding:
    """The rule does not concern this case."""
    return Finding(rule.name, "not_applicable", observed, None, message, None, rule.source)


def not_evaluated(rule: "Rule", message: str) -> Finding:
    """The section that the rule reads was not given to a simulation."""
    return Finding(rule.name, "not_evaluated", None, rule.expected, message, None, rule.source)


class Section(NamedTuple):
    """An optional section of the case (expert, quote, documents), and how to say that it is absent."""

    absent: str
    remedy: str
    nothing_to_compare: str


EXPERT = Section(
    "L’expert n’est pas encore indiqué.",
    "Indiquez l’expert pressenti.",
    "Sans expert indiqué, il n’y a rien à comparer.",
)
QUOTE = Section(
    "Le devis n’est pas encore indiqué.",
    "Saisissez les lignes du devis de l’expert.",
    "Sans devis, il n’y a rien à comparer.",
)
DOCUMENTS = Section(
    "Les pièces ne sont pas encore jointes.",
    "Joignez les pièces demandées.",
    "Sans pièces, il n’y a rien à comparer.",
)


def needed(rule: "Rule", case: "Case", section: Section) -> Finding:
    """The finding of a rule whose absent section must be there when the case is submitted."""
    if case.stage == "simulation":
        return not_evaluated(rule, section.absent)
    return missing(rule, section.absent, section.remedy)


def compared(rule: "Rule", case: "Case", section: Section) -> Finding:
    """The finding of a rule that has nothing to compare without its section."""
    if case.stage == "simulation":
        return not_evaluated(rule, section.absent)
    return not_applicable(rule, section.nothing_to_compare)


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """The worst finding decides; warnings and rules that were not applied never do."""
    statuses = {finding.status for finding in findings}
    if "fail" in statuses:
        return "ineligible"
    if "missing" in statuses:
        return "incomplete"
    return "needs_review" if "review" in statuses else "eligible"
