"""The registry: where each rule is found, in the order of the findings, and the parameters it reads.

An edition names the rules in force, with figures and sources; a rule is `(case, edition) -> Finding`.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tariffs.engine.editions import Edition
from tariffs.engine.facts import Case
from tariffs.engine.findings import Finding
from tariffs.engine.rules import company, device, documents, expert, quote, volet


class Definition(NamedTuple):
    """A rule's function, and its parameters with the way the edition file writes them (`tables.Table`)."""

    check: Callable[[Case, Edition], Finding]
    params: Mapping[str, str]


_BY_VOLET = {"volets": "numbers"}

REGISTRY: Mapping[str, Definition] = {
    "company.category": Definition(company.category, {}),
    "company.registered_in_france": Definition(company.registered_in_france, {"countries": "words"}),
    "company.legal_form": Definition(company.legal_form, {"refused": "words", "accepted": "words"}),
    "company.not_in_difficulty": Definition(company.not_in_difficulty, {"min_age_years": "whole"}),
    "company.tax_and_social": Definition(company.tax_and_social, {}),
    "company.autonomy": Definition(
        company.autonomy, {"partner_above": "decimal", "exempt_above": "decimal", "full_above": "decimal"}
    ),
    "company.volet_unused": Definition(company.volet_unused, {}),
    "device.covered": Definition(device.covered, {"devices": "words"}),
    "device.solution_scope": Definition(device.solution_scope, {"audiences": "words", "purposes": "words"}),
    "volet.exists": Definition(volet.exists, {}),
    "volet.device_class": Definition(volet.device_class, {**_BY_VOLET, "devices": "words"}),
    "volet.digital_target": Definition(
        volet.digital_target, {**_BY_VOLET, "device_targets": "words", "solution_targets": "words"}
    ),
    "volet.digital_or_connected": Definition(volet.digital_or_connected, _BY_VOLET),
    "volet.ce_marking": Definition(volet.ce_marking, {**_BY_VOLET, "accepted": "words"}),
    "volet.business_model": Definition(volet.business_model, _BY_VOLET),
    "volet.medical_committee": Definition(
        volet.medical_committee, {**_BY_VOLET, "volets_with_item": "numbers", "item": "text"}
    ),
    "volet.training_not_cumulated": Definition(volet.training_not_cumulated, {"item": "text"}),
    "expert.accredited": Definition(
        expert.accredited,
        {"none": "outcome", "requested": "outcome", "granted": "outcome", "refused": "outcome"},
    ),
    "expert.passi": Definition(expert.passi, _BY_VOLET),
    "expert.passi_scope": Definition(expert.passi_scope, _BY_VOLET),
    "quote.unsigned": Definition(quote.unsigned, {}),
    "quote.covered_line": Definition(quote.covered_line, {}),
    "quote.single_volet": Definition(quote.single_volet, {}),
    "quote.performed_by": Definition(quote.performed_by, {"third_party": "words", "other_expert": "words"}),
    "quote.within_ceilings": Definition(quote.within_ceilings, {"over": "outcome"}),
    "quote.uncovered_lines": Definition(quote.uncovered_lines, {}),
    "quote.benchmark": Definition(quote.benchmark, _BY_VOLET),
    "documents.quote": Definition(documents.quote_joined, {"why": "text"}),
    "documents.regularity_certificate": Definition(
        documents.regularity_certificate,
        {"older_than_years": "whole", "fresh_months": "whole", "why": "text"},
    ),
    "documents.tax_return": Definition(documents.tax_return, {"older_than_years": "whole", "why": "text"}),
}
