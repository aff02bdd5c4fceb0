"""The parts that Bpifrance asks to mend: a reason written against a part is what asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms

from applications.forms.officer_acts import ActForm, Json, MotiveField
from applications.services.contents import CLOSURE_PARTS, item_labels
from applications.steps import STEPS, Step, step_of_rule

PRESSING = frozenset({"fail", "missing", "review"})


class Part(NamedTuple):
    """One step of the request: its fields to write against, and what the evaluation says there."""

    step: Step
    fields: list[Any]
    findings: list[Json]
    is_open: bool


def reason_field(label: str) -> forms.CharField:
    """Return the line where the reason of one part is written."""
    widget = forms.Textarea(attrs={"class": "form-control", "rows": 1})
    return forms.CharField(label=label, required=False, max_length=1000, widget=widget)


class CompletionForm(ActForm):
    """What the company has to mend, part by part."""

    template = "officer/acts/_completion.html"

    message = MotiveField(label="Message d’accompagnement (facultatif)", rows=3)

    def prepare(self) -> None:
        """Add a line for each step and each of its fields or documents."""
        for step in STEPS[:-1]:
            self.fields[f"{step.slug}__"] = reason_field("Toute l’étape")
            for target, label in step.targets.items():
                self.fields[f"{step.slug}__{target}"] = reason_field(label)

    def parts(self) -> Iterator[Part]:
        """Give the steps; those where something is wrong or written are open."""
        findings = self.evaluation["findings"] if self.evaluation else []
        for step in STEPS[:-1]:
            fields = [self[name] for name in self.fields if name.startswith(f"{step.slug}__")]
            pressing = [
                finding
                for finding in findings
                if finding["status"] in PRESSING and step_of_rule(finding["rule"]) == step.slug
            ]
            written = any(bound.value() for bound in fields)
            yield Part(step, fields, pressing, bool(pressing or written))

    def inputs(self) -> Json:
        """Return the items written against, and the message."""
        items = []
        for name, reason in self.cleaned_data.items():
            if name != "message" and reason:
                step, _, target = name.partition("__")
                items.append({"step": step, "target": target, "reason": reason})
        return {"items": items, "message": self.cleaned_data.get("message") or ""}


class CorrectionsForm(ActForm):
    """What the expert has to mend in the closure, by document and line."""

    template = "officer/acts/_corrections.html"

    message = MotiveField(label="Message d’accompagnement (facultatif)", rows=3)

    def prepare(self) -> None:
        """Add a line for each closure document and each delivered item."""
        labels = dict(CLOSURE_PARTS)
        if self.mission is not None:
            labels |= _item_labels(self.dossier, self.mission)
        for target, label in labels.items():
            self.fields[f"part__{target}"] = reason_field(label)
        self.order_fields([*(f"part__{target}" for target in labels), "message"])

    def inputs(self) -> Json:
        """Return the items written against, and the message."""
        items = [
            {"target": name.removeprefix("part__"), "reason": reason}
            for name, reason in self.cleaned_data.items()
            if name.startswith("part__") and reason
        ]
        return {"items": items, "message": self.cleaned_data.get("message") or ""}


def _item_labels(dossier: Any, mission: Any) -> dict[str, str]:
    from_edition = item_labels(dossier.edition)
    return {
        line.item: f"Ligne livrée : {from_edition.get(line.item, line.item)}"
        for line in mission.delivered_lines.all()
    }
