"""What every page of the assistant is made of: the dossier, its tasks, its evaluation, conflicts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from applications.models import CompletionItem, Dossier
from applications.services import filing
from applications.services.filing_pieces import pieces_of
from applications.steps import STEPS, Scope, Task, edited_quote, next_task, scope_of, tasks, volet_choice
from portal import clock
from portal.display import french_date
from tariffs import catalogue
from tariffs.engine.editions import Edition
from tariffs.forms.fields import DayField, FigureField

Json = dict[str, Any]


@dataclass
class Page:
    """One dossier as its company files it, on one day."""

    dossier: Dossier
    today: date
    saved_at: Any = None
    items: list[CompletionItem] = field(default_factory=list)

    @cached_property
    def evaluation(self) -> Json:
        """The evaluation on which the filing will be judged."""
        return filing.judged(self.dossier, today=self.today)

    @cached_property
    def edition(self) -> Edition:
        """The edition of the dossier."""
        return catalogue.get_edition(self.evaluation["edition"])

    @cached_property
    def scope(self) -> Scope:
        """What may be changed."""
        return scope_of(self.dossier, self.items, self.evaluation if self.items else None)

    @cached_property
    def tasks(self) -> list[Task]:
        """The eight tasks as they stand."""
        done = filing.answered(self.dossier, self.items) if self.items else set()
        return tasks(self.dossier, self.evaluation, items=self.items, answered=done)

    def task(self, slug: str) -> Task:
        """Return one task."""
        return next(task for task in self.tasks if task.step.slug == slug)

    def after(self, slug: str) -> str | None:
        """Return the next step that may be changed, in the fixed order."""
        slugs = [step.slug for step in STEPS]
        rest = slugs[slugs.index(slug) + 1 :]
        return next((one for one in rest if one == "relecture" or self.scope.opens(one)), None)

    def part(self, slug: str) -> Json:
        """Return what is stored of a step, as plain data: the base of conflicts."""
        return part_of(self.dossier, slug)

    def context(self) -> Json:
        """Return what every template of the assistant reads."""
        items = {**catalogue.uncovered_items(self.edition)}
        items |= {code: item.label for code, item in self.edition.items.items()}
        completion = self.items[0].request if self.items else None
        return {
            "dossier": self.dossier,
            "evaluation": self.evaluation,
            "item_labels": items,
            "tasks": self.tasks,
            "done_count": sum(task.status in {"done", "sealed"} for task in self.tasks[:-1]),
            "next_task": next_task(self.tasks),
            "edition": self.edition,
            "volet": self.edition.volets[self.dossier.volet],
            "completion": completion,
            "saved_at": self.saved_at,
            "today": self.today,
        }


def read_page(request: HttpRequest, pk: int) -> Page:
    """Return the page of one of the person's own dossiers, 404 for any other."""
    own = Dossier.objects.of_company(request.user)
    dossier = get_object_or_404(
        own.select_related("company__organisation", "device", "firm", "derogation").prefetch_related(
            "quotes__lines", "documents__document", "amendments", "missions"
        ),
        pk=pk,
    )
    return Page(dossier=dossier, today=clock.today(), items=filing.completion_items(dossier))


def part_of(dossier: Dossier, slug: str) -> Json:
    """Return what is stored of a step, as plain data."""
    if slug == "entreprise":
        return dict(dossier.company_facts)
    if slug == "dispositif":
        device = dossier.device
        identity = {"name": device.name, "description": device.description} if device else {}
        return {**dossier.device_facts, **identity}
    if slug == "volet":
        return volet_choice(dossier)
    if slug == "expert":
        derogation = getattr(dossier, "derogation", None)
        return {"firm": dossier.firm_id, "reason": derogation.reason if derogation else ""}
    if slug == "declarations":
        return dict(dossier.declarations)
    if slug == "devis":
        return _quote_part(dossier)
    return {}


def _quote_part(dossier: Dossier) -> Json:
    quote = edited_quote(dossier)
    if quote is None:
        return {"lines": []}
    names = ("item", "label", "complexity", "performed_by")
    return {
        "signed": quote.signed,
        "issued_on": quote.issued_on.isoformat() if quote.issued_on else None,
        "lines": [
            {**{name: getattr(line, name) for name in names}, "amount": format(line.amount, "f")}
            for line in quote.lines.all()
        ],
    }


def fingerprint(part: Json) -> str:
    """Return a short digest by which a page tells whether its part changed since it was shown."""
    return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()[:16]


def read_pieces(dossier: Dossier) -> list[Any]:
    """Return the pieces that count now, oldest first."""
    return list(pieces_of(dossier))


# --- Two members at once -----------------------------------------------------------------------
def differences(mine: forms.Form, stored: forms.Form) -> Iterator[tuple[str, str, str]]:
    """Give (label, what was typed, what is stored) for each answer that differs."""
    names = list(dict.fromkeys([*mine.fields, *stored.fields]))
    for name in names:
        ours = _shown(mine, name)
        theirs = _shown(stored, name)
        if ours.split() != theirs.split():
            source = mine if name in mine.fields else stored
            yield _label(source, name), ours or "(vide)", theirs or "(vide)"


def _label(form: forms.Form, name: str) -> str:
    label = str(form.fields[name].label or name)
    rank = "".join(character for character in name.partition("_")[0] if character.isdigit())
    return f"{label} (ligne {int(rank) + 1})" if rank else label


def _shown(form: forms.Form, name: str) -> str:
    if name not in form.fields:
        return ""
    bound, one = form[name], form.fields[name]
    value = bound.value()
    if isinstance(one, forms.BooleanField):
        return "coché" if value else "non coché"
    if isinstance(one, forms.MultipleChoiceField):
        labels = dict(one.choices)  # type: ignore[arg-type]
        return ", ".join(str(labels.get(key, key)) for key in value or ())
    if isinstance(one, forms.ChoiceField):
        shown = one.prepare_value(value)
        return _choice(one.choices, "" if shown is None else str(shown))
    return "" if value is None else str(one.prepare_value(value)).strip()


def _choice(choices: Any, value: str) -> str:
    for key, label in choices:
        if isinstance(label, list | tuple):
            found = _choice(label, value)
            if found:
                return found
        elif str(key) == value:
            return str(label) if value else ""
    return ""


def shown_rows(form: forms.Form, *, without: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return (label, answer as read) for each question of a form, in order; those of rows say their rank."""
    rows = []
    for name, one in form.fields.items():
        if name in without:
            continue
        answer = _shown(form, name)
        if answer and isinstance(one, DayField):
            answer = french_date(answer)
        elif answer and isinstance(one, FigureField):
            answer = f"{answer}\u00a0{one.unit}"
        rows.append((_label(form, name), answer))
    return rows
