"""What every page of the assistant is made of: the dossier, its tasks, its evaluation, conflicts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from applications.forms.filing_fields import StepForm
from applications.models import Assistance, CompletionItem, Dossier, Offer
from applications.services import filing, filing_differences, filing_drafts
from applications.services.evaluation import case_of
from applications.services.filing_offer import taken_offer
from applications.services.filing_pieces import pieces_of
from applications.services.provenance import entered_labels
from applications.steps import (
    BY_SLUG,
    DECLARATIONS,
    REVIEW,
    STEPS,
    Scope,
    Status,
    Task,
    next_task,
    part_of,
    relevant_declarations,
    scope_of,
    step_of_rule,
    tasks,
)
from applications.views.officer_facts import written
from portal import clock
from portal.accounts.access import Role
from portal.accounts.models import Membership, User
from portal.display import french_date
from tariffs import catalogue
from tariffs.engine.editions import Edition
from tariffs.forms.fields import DayField, FigureField

Json = dict[str, Any]
# Who may be let in; which requests each one fills is `Dossier.objects.fillable_by`.
WRITERS = (Role.COMPANY, Role.OFFICER, Role.MANAGER)
# What the declarations, and the last task, are for Bpifrance.
DECLARING = replace(BY_SLUG[DECLARATIONS], summary="Ce que l’entreprise seule atteste sur l’honneur")
HANDING_OVER = replace(
    BY_SLUG[REVIEW],
    label="Relecture et remise",
    summary="Tout relire sur une page, puis remettre à l’entreprise, qui dépose",
)


@dataclass
class Page:
    """One dossier as its company files it, or somebody of Bpifrance for it, on one day."""

    dossier: Dossier
    today: date
    user: User
    now: datetime
    saved_at: Any = None
    items: list[CompletionItem] = field(default_factory=list)

    @cached_property
    def evaluation(self) -> Json:
        """The evaluation on which the filing will be judged."""
        return filing.judged(self.dossier, today=self.today)

    @cached_property
    def whereabouts(self) -> tuple[list[filing_drafts.Colleague], str]:
        """The other members who are in this request now, and the task where this person last was."""
        return filing_drafts.whereabouts(self.dossier, user=self.user, now=self.now)

    @cached_property
    def resume(self) -> Task | None:
        """The task where this person last was, while it may still be changed."""
        found = next((task for task in self.tasks if task.step.slug == self.whereabouts[1]), None)
        return found if found is not None and found.status not in {Status.SEALED, Status.THEIRS} else None

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
        done = filing_differences.answered(self.items, self.changed)
        found = tasks(self.dossier, self.evaluation, items=self.items, answered=done)
        return [_left_to_company(task) for task in found] if self.by_bpifrance else found

    @property
    def by_bpifrance(self) -> bool:
        """True for whoever enters the request for its company."""
        return bool(self.user.staff_role)

    @property
    def way_out(self) -> str:
        """The address of what a person reads of a request that he may not write in any more."""
        if self.by_bpifrance:
            return reverse("assistance_list")
        return reverse("company_dossier", args=[self.dossier.pk])

    @cached_property
    def assistance(self) -> Assistance | None:
        """The latest entry by Bpifrance; nothing is asked where the company wrote its request itself."""
        if self.dossier.entered is None:
            return None
        found = Assistance.objects.filter(dossier=self.dossier).select_related("officer", "letter__document")
        return found.order_by("-pk").first()

    @cached_property
    def entered(self) -> dict[str, list[str]]:
        """What the answers are called that are as Bpifrance entered them, by step."""
        return entered_labels(self.dossier)

    def entered_notes(self, slug: str) -> dict[str, str]:
        """Return what the company reads beside each answer of a step that Bpifrance entered."""
        if self.by_bpifrance or self.assistance is None:
            return {}
        note = f"Saisi par Bpifrance d’après votre {self.assistance.source}"
        return dict.fromkeys((self.dossier.entered or {}).get(slug, ()), note)

    def may_stop(self) -> bool:
        """Tell whether the person is an owner who may end an entry under way."""
        if self.by_bpifrance or self.assistance is None or not self.assistance.is_open:
            return False
        owners = Membership.objects.owners().filter(user=self.user)
        return owners.filter(organisation=self.dossier.company.organisation_id).exists()

    @cached_property
    def offer(self) -> Offer | None:
        """The offer whose lines the quote carries as they are."""
        return taken_offer(self.dossier)

    @cached_property
    def changed(self) -> list[Json]:
        """What the answer to the open completion changed so far."""
        if not self.items:
            return []
        return filing_differences.changed_since_asked(self.dossier, self.items[0].request.filed)

    def task(self, slug: str) -> Task:
        """Return one task."""
        return next(task for task in self.tasks if task.step.slug == slug)

    def asked(self, slug: str) -> dict[str, list[str]]:
        """Return, by target, why Bpifrance asks for the answers of a step again."""
        found: dict[str, list[str]] = {}
        for item in self.items:
            if item.step == slug:
                found.setdefault(item.target, []).append(item.reason)
        return found

    def lacking(self) -> list[Json]:
        """Return what the evaluation still lacks: {step, label, message}, in the order of the tasks."""
        order = [step.slug for step in STEPS]
        found = [
            {"step": step_of_rule(one["rule"]), "message": one["message"]}
            for one in self.evaluation["findings"]
            if one["status"] == "missing"
        ]
        told = {(one["step"], one["message"]): {**one, "label": BY_SLUG[one["step"]].label} for one in found}
        return sorted(told.values(), key=lambda one: order.index(one["step"]))

    def changes(self) -> list[Json]:
        """Return what would change the rules that fail; none in a completion, where only what was named is."""
        if self.items or not any(one["status"] == "fail" for one in self.evaluation["findings"]):
            return []
        return catalogue.changes_json(case_of(self.dossier, on=self.today), today=self.today)

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
            # Bpifrance counts the rows that it reads; the company, what comes before the reading over.
            "step_count": len(self.tasks) if self.by_bpifrance else len(self.tasks) - 1,
            "next_task": next_task(self.tasks),
            "edition": self.edition,
            "volet": self.edition.volets[self.dossier.volet],
            "completion": completion,
            "days_left": (completion.due_on - self.today).days if completion else None,
            "lacking": self.lacking(),
            "changes": self.changes(),
            "colleagues": self.whereabouts[0],
            "by_bpifrance": self.by_bpifrance,
            "assistance": self.assistance,
            "may_stop": self.may_stop(),
            "saved_at": self.saved_at,
            "today": self.today,
        }


def read_page(request: HttpRequest, pk: int) -> Page:
    """Return the page of a dossier that the person may fill, 404 for any other."""
    own = Dossier.objects.fillable_by(request.user)
    dossier = get_object_or_404(
        own.select_related("company__organisation", "device", "firm", "derogation").prefetch_related(
            "quotes__lines", "documents__document", "amendments", "missions", "draft_steps"
        ),
        pk=pk,
    )
    now = clock.now()
    return Page(
        dossier=dossier,
        today=clock.civil_date(now),
        user=request.user,  # type: ignore[arg-type]
        now=now,
        items=filing.completion_items(dossier),
    )


def _left_to_company(task: Task) -> Task:
    """Return a task as it stands for Bpifrance: the declarations are not its own, the reading over always is."""
    if task.step.slug == DECLARATIONS:
        return Task(DECLARING, Status.THEIRS)
    return Task(HANDING_OVER, Status.DUE) if task.step.slug == REVIEW else task


def read_pieces(dossier: Dossier) -> list[Any]:
    """Return the pieces that count now, oldest first."""
    return list(pieces_of(dossier))


# --- Two members at once -----------------------------------------------------------------------
def versions(mine: StepForm, stored: StepForm, unit: str) -> Iterator[tuple[str, str, str]]:
    """Give (label, what was typed, what is stored) for each input of one answer that differs."""
    for name in dict.fromkeys([*mine.fields, *stored.fields]):
        ours, theirs = shown(mine, name), shown(stored, name)
        if mine.unit_of(name) == unit and ours.split() != theirs.split():
            yield _label(mine if name in mine.fields else stored, name), ours or "(vide)", theirs or "(vide)"


def unit_label(form: StepForm, unit: str) -> str:
    """Return what an answer is called: by its field, or by its rows together."""
    if unit in form.fields and form.fields[unit].label:
        return str(form.fields[unit].label)
    return BY_SLUG[form.step].targets.get(unit, unit)


def carried(page: Page, slug: str) -> Json | None:
    """Return what an earlier request gave to a step and is still as it came: {source, answers, to_confirm}."""
    draft = filing_drafts.draft_of(page.dossier, slug)
    answers = draft.carried.get("answers", []) if draft is not None else []
    if slug == "declarations":
        answers = [name for name in answers if name in relevant_declarations(page.evaluation)]
    if draft is None or not answers:
        return None
    labels, facts = BY_SLUG[slug].targets, page.part(slug)
    return {
        "source": Dossier.objects.filter(company=page.dossier.company_id, pk=draft.carried["from"]).first(),
        "count": len(answers),
        "to_confirm": [
            (labels[name], written(name, facts.get(name))) for name in draft.carried["to_confirm"]
        ],
    }


def _label(form: forms.Form, name: str) -> str:
    label = str(form.fields[name].label or name)
    rank = "".join(character for character in name.partition("_")[0] if character.isdigit())
    return f"{label} (ligne {int(rank) + 1})" if rank else label


def shown(form: forms.Form, name: str) -> str:
    """Return the answer of one input as it is read."""
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
        answer = shown(form, name)
        if answer and isinstance(one, DayField):
            answer = french_date(answer)
        elif answer and isinstance(one, FigureField):
            answer = f"{answer}\u00a0{one.unit}"
        rows.append((_label(form, name), answer))
    return rows
