"""What an answer to a completion changed, as the company reads it before filing and Bpifrance after."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from applications.models import CompletionItem, QuoteLine
from applications.services.contents import item_labels
from applications.services.filing_differences import concerns
from applications.steps import BY_SLUG, FILES
from applications.views.officer_facts import written
from portal.display import euros, french_date

Json = dict[str, Any]
PERFORMERS = dict(QuoteLine.PerformedBy.choices)
COVERED = {"tax": "fiscales", "social": "sociales"}


def shown_differences(found: Iterable[Json], items: Iterable[CompletionItem], *, edition: str) -> list[Json]:
    """Return {step, where, label, before, after, reasons} for each difference; before and after are lines of text.

    What was asked and did not change comes last, without any line.
    """
    differences, asked = list(found), list(items)
    labels = item_labels(edition)
    rows = [
        {
            "step": one["step"],
            "where": BY_SLUG[one["step"]].label,
            "label": target_label(one["step"], one["target"]),
            "before": _gone(one["before"], one["after"], one, labels),
            "after": _gone(one["after"], one["before"], one, labels),
            "reasons": [item.reason for item in asked if concerns(item, one)],
        }
        for one in differences
    ]
    return rows + [
        {
            "step": item.step,
            "where": BY_SLUG[item.step].label,
            "label": target_label(item.step, item.target),
            "before": [],
            "after": [],
            "reasons": [item.reason],
        }
        for item in asked
        if item.step in BY_SLUG and not any(concerns(item, one) for one in differences)
    ]


def target_label(step: str, target: str) -> str:
    """Return what a field or kind of piece is called, "" for a whole step."""
    return BY_SLUG[step].targets.get(target, "") if step in BY_SLUG else target


def _gone(value: Any, other: Any, one: Json, labels: dict[str, str]) -> list[str]:
    """Return as text what `value` has and `other` has not: of a list, only the rows that differ."""
    if isinstance(value, list) and one["target"] in {"lines", "shareholders"} | set(BY_SLUG[FILES].targets):
        rows = [row for row in value if row not in (other or [])]
        if rows or (value and other):
            return [_row(row, one, labels) for row in rows]
        return [written(one["target"], [])] if one["target"] == "shareholders" else []
    return [_plain(value, one, labels)] if value not in (None, "") else []


def _row(row: Json, one: Json, labels: dict[str, str]) -> str:
    if one["step"] == FILES:
        return _piece(row)
    if one["target"] == "lines":
        name = labels.get(row["item"], row["item"])
        label = f" – {row['label']}" if row.get("label") else ""
        by = PERFORMERS.get(row["performed_by"], "") if row["performed_by"] != "expert" else ""
        return f"{name}{label}\u00a0: {euros(row['amount'])}{f' ({by})' if by else ''}"
    return written("shareholders", [row])


def _piece(row: Json) -> str:
    if row["absent"]:
        return f"Non fournie\u00a0: {row['absent']}"
    dated = f", daté du {french_date(row['issued_on'])}" if row["issued_on"] else ""
    covers = " et ".join(COVERED.get(one, one) for one in row["covers"])
    return f"{row['name']}{dated}{f', obligations {covers}' if covers else ''}"


def _plain(value: Any, one: Json, labels: dict[str, str]) -> str:
    if isinstance(value, dict):
        return str(value.get("name") or "")
    if one["step"] == "volet" and isinstance(value, list):
        return ", ".join(str(labels.get(code, code)) for code in value) or "Aucune"
    return written(one["target"], value)
