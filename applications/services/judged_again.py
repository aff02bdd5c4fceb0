"""Which rules are judged again for the parts that a completion request named."""

from __future__ import annotations

from typing import Any

# Which rules a filing step answers for: a completion that names the step has them judged again.
_RULES_OF_STEP: dict[str, tuple[str, ...]] = {
    "entreprise": ("company.",),
    "dispositif": ("device.", "volet."),
    "volet": ("volet.",),
    "expert": ("expert.",),
    "devis": (
        "quote.",
        "documents.quote",
        "volet.medical_committee",
        "volet.training_not_cumulated",
        "expert.passi_scope",
    ),
    "pieces": ("documents.",),
    "declarations": ("volet.", "company.tax_and_social"),
}


def rules_of_items(items: list[Any], rules: list[str]) -> set[str]:
    """Return the rules judged again for the parts that a completion request named."""
    named: set[str] = set()
    for item in items:
        if item.step == "pieces" and item.target:
            prefixes: tuple[str, ...] = (f"documents.{item.target}",)
        else:
            prefixes = _RULES_OF_STEP.get(item.step, ())
        named |= {rule for rule in rules if rule.startswith(prefixes)}
    return named
