"""A complete case that is eligible in each edition, and short ways to change one thing of it."""

import copy
from typing import Any

from tariffs import catalogue
from tariffs.engine import Evaluation

ON = "2026-03-31"

COMPANY = {
    "legal_form": "5710",
    "registered_in": "FR",
    "created_on": "2020-01-15",
    "headcount": 12,
    "turnover": "1200000.00",
    "balance_sheet": "900000.00",
    "equity": "100000.00",
    "subscribed_capital": "50000.00",
    "insolvency_proceedings": False,
    "in_difficulty": False,
    "tax_and_social_up_to_date": True,
    "volets_used": [],
    "shareholders": [{"name": "Fondatrice", "kind": "person", "share": 100}],
}
DEVICE = {
    "kind": "dm",
    "risk_class": "IIa",
    "digital_functions": True,
    "hardware": False,
    "targets": ["lpp"],
    "ce_marking": "in_progress",
}
DECLARATIONS = {"training_not_cumulated": True, "business_model_defined": True, "medical_committee": True}
PASSI = {
    "valid_from": "2025-01-01",
    "valid_until": "2027-12-31",
    "scopes": ["configuration_audit", "code_audit", "penetration_test"],
}
EXPERT = {"accredited_volets": [1, 2, 3, 4, 5], "passi": PASSI}
ITEMS = {
    1: "qms_support",
    2: "ce_technical_file",
    3: "clinical_protocol",
    4: "cybersecurity_strategy",
    5: "code_audit",
}
DOCUMENTS = [
    {"kind": "quote"},
    {"kind": "regularity_certificate", "issued_on": "2026-03-01"},
    {"kind": "tax_return"},
]


def case(volet: int = 1, edition: str = "2024", **changes: Any) -> dict[str, Any]:
    """The complete case with some changes: `company__headcount=3` changes one field of a section."""
    item = ITEMS.get(volet, "travel") if isinstance(volet, int) else "travel"
    found: dict[str, Any] = copy.deepcopy(
        {
            "on": ON,
            "edition": edition,
            "stage": "submission",
            "volet": volet,
            "company": COMPANY,
            "device": DEVICE,
            "declarations": DECLARATIONS,
            "expert": EXPERT,
            "quote": {"signed": False, "lines": [{"item": item, "amount": "4000.00"}]},
            "documents": DOCUMENTS,
        }
    )
    for name, value in changes.items():
        section, _, field = name.partition("__")
        if field:
            found[section][field] = value
        else:
            found[section] = value
    return found


def evaluated(volet: int = 1, edition: str = "2024", **changes: Any) -> Evaluation:
    """The evaluation of the case with those changes."""
    return catalogue.evaluate(case(volet, edition, **changes), today=None)


def status(rule: str, volet: int = 1, edition: str = "2024", **changes: Any) -> str:
    """The status of one rule in the case with those changes."""
    return evaluated(volet, edition, **changes).finding(rule).status


def lines(*given: tuple[str, str] | dict[str, Any]) -> list[dict[str, Any]]:
    """Lines of a quote from (item, amount)."""
    return [line if isinstance(line, dict) else {"item": line[0], "amount": line[1]} for line in given]
