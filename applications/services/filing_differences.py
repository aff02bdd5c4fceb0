"""What an answer to a completion changed: the contents of a request compared, answer by answer and piece by piece."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from applications.models import CompletionItem, Dossier
from applications.steps import BY_SLUG, FILES, STEPS, part_of

Json = dict[str, Any]


def content_of(dossier: Dossier) -> Json:
    """Return what the company told and joined, by step, as plain data: {step: {answer: value}}."""
    found: Json = {step.slug: part_of(dossier, step.slug) for step in STEPS[:-1]}
    firm = dossier.firm
    found["expert"]["firm"] = {"key": firm.pk, "name": firm.name} if firm is not None else None
    found[FILES] = _pieces(dossier)
    return found


def _pieces(dossier: Dossier) -> Json:
    found: dict[str, list[Json]] = {}
    for piece in dossier.documents.select_related("document").order_by("added_at", "pk"):
        if piece.replaced_at is not None or piece.kind not in BY_SLUG[FILES].targets:
            continue
        found.setdefault(piece.kind, []).append(
            {
                "key": piece.pk,
                "name": piece.document.original_name if piece.document else "",
                "issued_on": piece.issued_on.isoformat() if piece.issued_on else None,
                "covers": sorted(piece.covers),
                "absent": piece.absent_because,
            }
        )
    return found


def differences(before: Json, after: Json) -> list[Json]:
    """Return {step, target, before, after} for each answer or kind of piece that differs, in the page's order."""
    found: list[Json] = []
    for step in STEPS[:-1]:
        old, new = before.get(step.slug) or {}, after.get(step.slug) or {}
        names = [*step.targets, *(name for name in {**old, **new} if name not in step.targets)]
        for name in names:
            first, second = old.get(name), new.get(name)
            if first != second and (first or second or first is False or second is False):
                found.append({"step": step.slug, "target": name, "before": first, "after": second})
    return found


def concerns(item: CompletionItem, difference: Json) -> bool:
    """Tell whether a difference answers what was asked; a quote's file answers what is asked of the quote."""
    step, target = difference["step"], difference["target"]
    if item.step == "devis" and not item.target and (step, target) == (FILES, "quote"):
        return True
    return bool(item.step == step and item.target in {"", target})


def answered(items: Iterable[CompletionItem], found: list[Json]) -> set[int]:
    """Return the keys of the items of which something changed."""
    return {item.pk for item in items if any(concerns(item, one) for one in found)}


def changed_since_asked(dossier: Dossier, filed: Json) -> list[Json]:
    """Return what changed since the completion was asked; nothing where the contents were not kept."""
    return differences(filed, content_of(dossier)) if filed else []
