"""Saving a step: what was typed is merged, answer by answer, into what others wrote meanwhile."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404

from applications.forms.filing_company import MAX_HOLDERS
from applications.forms.filing_fields import MINE, StepForm
from applications.forms.filing_quote import MAX_LINES
from applications.models import Dossier
from applications.services import filing_drafts
from applications.services.filing import NOT_EDITABLE, SEALED
from applications.services.filing_drafts import Digests, Merge
from applications.services.locking import lock
from applications.views.filing_page import Page, read_page
from applications.views.filing_steps import HANDLERS, Handler, without_row
from applications.workflow.refusals import Refused, WrongState
from experts.services import Refused as ExpertRefused
from portal.accounts.models import User

MOST_ROWS = {"holder": MAX_HOLDERS, "line": MAX_LINES}
MOST_SENT = 8000
# After the digest of an answer: the page shows text that could not be read, not what is stored.
TYPED = "!"


@dataclass(slots=True)
class Attempt:
    """What became of a save: the form with its errors, the merge, the page as it is now and its stand.

    `unsaved` are the answers refused together with the rest; `sealed` that nothing at all was done.
    """

    form: StepForm
    merged: Merge
    page: Page
    wrote: bool = False
    sealed: bool = False
    unsaved: set[str] = field(default_factory=set)
    seen: Digests = field(default_factory=dict)


def read_seen(text: str) -> Digests | None:
    """Return the digests that a page sent back, None where they are no such thing."""
    try:
        found = json.loads(text[:MOST_SENT])
    except ValueError:
        return None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        return None
    return found


def save(request: HttpRequest, pk: int, step: str, *, now: datetime) -> Attempt:
    """Save what was sent for a step of one of the person's own requests. Raises what the use cases refuse.

    Under the dossier's lock, so that what is read is what is written over. Answers that cannot be read, or
    that somebody else changed too, are left as stored; the others are written. What cannot be read is kept
    as typed.
    """
    get_object_or_404(Dossier.objects.fillable_by(request.user).only("pk"), pk=pk)
    with transaction.atomic():
        lock(pk)
        page = read_page(request, pk)
        if not page.dossier.is_editable:
            raise WrongState(NOT_EDITABLE)
        handler = HANDLERS[step]
        data, rows = _rows(request.POST, handler.rows)
        form = handler.build(page, data, rows)
        form.is_valid()
        base = _base(request.POST)
        if form.forged():
            form.add_error(None, SEALED)
            merged = Merge(handler.units(page.part(step)))
            return Attempt(form, merged, page, sealed=True, seen=base or {})
        attempt = _written(handler, form, page, base, request.user)  # type: ignore[arg-type]
        _remember(attempt, request, base, now)
        if attempt.wrote:
            attempt.page = read_page(request, pk)
        attempt.seen = _stand(handler, attempt, base)
        return attempt


def _remember(attempt: Attempt, request: HttpRequest, base: Digests | None, now: datetime) -> None:
    form, page, step = attempt.form, attempt.page, attempt.form.step
    known = _plain(base or {})
    stored = HANDLERS[step].units(page.part(step))
    typed = {
        name: {"base": known.get(name, filing_drafts.digest(stored.get(name))), "fields": fields}
        for name, fields in _typed(form).items()
    }
    shown = {name for name, mark in (base or {}).items() if mark.endswith(TYPED)}
    actor: User = request.user  # type: ignore[assignment]
    filing_drafts.remember(
        page.dossier,
        step=step,
        actor=actor,
        now=now,
        changed=attempt.merged.mine if attempt.wrote else (),
        typed=typed,
        touched={*typed, *shown, *attempt.merged.mine},
        confirmed="confirm_carried" in request.POST,
    )
    filing_drafts.touch(page.dossier, user=actor, step=step, now=now)


def _base(sent: QueryDict) -> Digests | None:
    """Return on what the page stood; an answer kept against somebody else's stands on theirs."""
    base = read_seen(sent.get("seen", ""))
    if base is None or "resolve" not in sent:
        return base
    against = read_seen(sent.get("resolve", "")) or {}
    return {**base, **{name: mark for name, mark in against.items() if sent.get(f"choice_{name}") == MINE}}


def _plain(base: Digests) -> Digests:
    return {name: mark.removesuffix(TYPED) for name, mark in base.items()}


def _written(handler: Handler, form: StepForm, page: Page, base: Digests | None, actor: User) -> Attempt:
    """Write what may be written. An answer that the rules cannot read is left out, and the rest tried again."""
    for _ in range(2):
        merged = _merged(handler, form, page, base)
        if not merged.mine:
            return Attempt(form, merged, page)
        try:
            with transaction.atomic():
                handler.write(page, actor, handler.part(merged.part), form)
        except (Refused, ExpertRefused) as refusal:
            if not form.blame(_sentences(refusal)):
                break
        else:
            return Attempt(form, merged, page, wrote=True)
    return Attempt(form, merged, page, unsaved=set(merged.mine))


def _sentences(refusal: Refused | ExpertRefused) -> list[tuple[str, str]]:
    if isinstance(refusal, Refused):
        return [(obstacle.field, obstacle.sentence) for obstacle in refusal.obstacles]
    return [(refusal.field or "", str(refusal))]


def _merged(handler: Handler, form: StepForm, page: Page, base: Digests | None) -> Merge:
    """Return the merge; an answer given up for somebody else's is not this person's any more."""
    stored = handler.units(page.part(form.step))
    mine = handler.units(handler.told(form, page))
    for name in form.given_up():
        mine[name] = stored.get(name)
    return filing_drafts.merge(_plain(base) if base is not None else None, mine, stored)


def _wrong(form: StepForm) -> set[str]:
    """Return the answers of which an input is wrong."""
    return {form.unit_of(name) for name in form.errors if name in form.fields}


def _typed(form: StepForm) -> dict[str, dict[str, str]]:
    """Return {answer: {input: text}} for the answers of which an input is wrong."""
    wrong = _wrong(form)
    found: dict[str, dict[str, str]] = {}
    for name, one in form.fields.items():
        if form.unit_of(name) in wrong and name in form.data and not one.disabled:
            found.setdefault(form.unit_of(name), {})[name] = str(form.data[name])
    return found


def _stand(handler: Handler, attempt: Attempt, base: Digests | None) -> Digests:
    """Return on what the page stands after this save: what it does not show as stored keeps its old mark."""
    form, known = attempt.form, _plain(base or {})
    marks = filing_drafts.digests(handler.units(attempt.page.part(form.step)))
    wrong = _wrong(form)
    for name in {*attempt.merged.clashes, *attempt.merged.theirs, *attempt.unsaved, *form.given_up(), *wrong}:
        marks[name] = known.get(name, marks.get(name, filing_drafts.digest(None)))
    return {**marks, **{name: marks[name] + TYPED for name in wrong}}


def _rows(data: QueryDict, prefix: str) -> tuple[QueryDict, int | None]:
    """Return what was sent after a row was added or taken out, and how many rows to show."""
    if not prefix:
        return data, None
    if removed := data.get("remove_row", ""):
        return without_row(data, prefix, removed), None
    if "add_row" in data:
        ending = "_amount" if prefix == "line" else "_share"
        sent = sum(1 for key in data if key.startswith(prefix) and key.endswith(ending))
        return data, min(sent + 1, MOST_ROWS[prefix])
    return data, None


def shown_again(page: Page, step: str) -> tuple[StepForm, Digests]:
    """Return the form of a step as it was left, text that could not be read included, and its stand."""
    handler = HANDLERS[step]
    form = handler.build(page, None, None)
    marks = filing_drafts.digests(handler.units(page.part(step)))
    draft = filing_drafts.draft_of(page.dossier, step)
    typed = draft.typed if draft is not None and page.scope.opens(step) else {}
    if not typed:
        return form, marks
    data = QueryDict(mutable=True)
    for bound in form:
        if form.unit_of(bound.name) in typed:
            continue
        value = bound.field.prepare_value(bound.value())
        if isinstance(value, list | tuple):
            data.setlist(bound.name, [str(one) for one in value])
        elif value is not None and value is not False:
            data[bound.name] = "on" if value is True else str(value)
    for name, one in typed.items():
        data.update(one["fields"])
        marks[name] = one["base"] + TYPED
    again = handler.build(page, data, None)
    again.is_valid()
    return again, marks
