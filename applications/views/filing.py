"""The filing assistant's pages: the task list, and each task that is a form, saved as one goes."""

from __future__ import annotations

import json
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.filing_company import DIFFICULTY, MAX_HOLDERS
from applications.forms.filing_fields import StepForm
from applications.forms.filing_quote import MAX_LINES
from applications.models import Dossier
from applications.services import filing, filing_drafts, filing_start
from applications.services.filing_offer import leave_offer
from applications.services.filing_start import needs_passi
from applications.steps import BY_SLUG, DECLARATIONS, FILES, REVIEW
from applications.views import filing_cards, filing_pieces, filing_submit
from applications.views.filing_entered import leads_enterers
from applications.views.filing_page import WRITERS, Page, carried, read_page, unit_label, versions
from applications.views.filing_save import Attempt, read_seen, save, shown_again
from applications.views.filing_steps import HANDLERS
from applications.workflow.refusals import ActRefused, NotYours, Stale, WrongState
from portal import clock
from portal.accounts.access import access, writes
from portal.accounts.models import User

CENT = Decimal("0.01")


@access(*WRITERS)
@require_safe
@leads_enterers
def filing_tasks(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the eight tasks of a request and where each stands."""
    page = read_page(request, pk)
    if not page.dossier.is_editable:
        return redirect("company_dossier", pk=pk)
    return render(request, "company/filing/tasks.html", page.context() | {"resume": page.resume})


@access(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
@leads_enterers
def filing_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Show one task, or save what was typed in it."""
    if step not in BY_SLUG:
        raise Http404
    page = read_page(request, pk)
    if not page.dossier.is_editable:
        return redirect("company_dossier", pk=pk)
    if step == FILES:
        return filing_pieces.show(request, page)
    if step == REVIEW:
        return filing_submit.show(request, page)
    if request.method == "POST":
        if page.by_bpifrance and step == DECLARATIONS:
            raise PermissionDenied(filing.FOR_THE_COMPANY)
        return _save(request, page, step)
    form, marks = shown_again(page, step)
    return _show(request, page, step, form, seen=json.dumps(marks))


def _show(
    request: HttpRequest, page: Page, step: str, form: StepForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = page.context() | {
        "form": form,
        "task": page.task(step),
        "step": page.task(step).step,
        "carried": carried(page, step),
        "next_step": page.after(step),
        "readonly": not page.scope.opens(step),
        "entered_here": page.entered.get(step, []),
        **_of_step(page, step),
        **more,
    }
    template = HANDLERS[step].template
    if request.POST.get("autosave"):
        template = "company/filing/_saved.html"
    return render(request, template, context, status=status)


def _of_step(page: Page, step: str) -> dict[str, Any]:
    """Return what one step's template reads besides the rest."""
    if step == "entreprise":
        return {"difficulty": list(zip("abcde", DIFFICULTY, strict=True)), "most_rows": MAX_HOLDERS}
    if step == "dispositif":
        return {"devices": filing.devices_for(page.dossier, user=page.user)}
    if step == "volet":
        return {"items": _items(page)}
    if step == "expert":
        return {
            "needs_passi": needs_passi(page.edition, page.dossier.volet),
            "pieces": filing_cards.of_kind(page, "derogation_evidence"),
        }
    if step == "devis":
        return {
            "items": _items(page),
            "pieces": filing_cards.of_kind(page, "quote"),
            "most_rows": MAX_LINES,
            "offer": page.offer,
        }
    return {}


def _items(page: Page) -> list[dict[str, Any]]:
    """Return each item of the volet with its ceiling for the device and its indicative prices."""
    facts = page.dossier.device_facts
    kind, risk_class = facts.get("kind"), facts.get("risk_class")
    column = kind if kind == "digital_solution" else f"{kind}.{risk_class}"
    names = {"simple": "Simple", "medium": "Moyenne", "complex": "Complexe"}
    return [
        {
            "code": item.code,
            "label": item.label,
            "source": item.source,
            "ceiling": item.ceilings.get(column),
            "half": _half(page, item.ceilings.get(column)),
            "prices": [
                {"label": names[level], "price": price.price, "clue": price.clue}
                for level, price in item.indicative.items()
            ],
        }
        for item in page.edition.items.values()
        if item.volet == page.dossier.volet
    ]


def _half(page: Page, ceiling: Decimal | None) -> Decimal | None:
    """Return Bpifrance's share of a ceiling, rounded down to the cent."""
    return None if ceiling is None else (ceiling * page.edition.funding.rate).quantize(CENT, ROUND_DOWN)


# --- Saving ------------------------------------------------------------------------------------
def _save(request: HttpRequest, page: Page, step: str) -> HttpResponse:
    if "clear_carried" in request.POST:
        return _clear_carried(request, page, step)
    if "leave_offer" in request.POST and step == "devis":
        return _leave_offer(request, page)
    try:
        attempt = save(request, page.dossier.pk, step, now=page.now)
    except (Stale, WrongState) as refusal:
        messages.error(request, str(refusal))
        return redirect(page.way_out)
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    kept = not (attempt.form.awaits_button or attempt.sealed or attempt.unsaved)
    attempt.page.saved_at = attempt.page.now if kept else None
    return _after(request, attempt, step)


def _after(request: HttpRequest, attempt: Attempt, step: str) -> HttpResponse:
    form, page = attempt.form, attempt.page
    more = {"seen": json.dumps(attempt.seen), **_beside(attempt, step)}
    if attempt.merged.clashes:
        return _show(request, page, step, form, status=409, **more)
    if request.POST.get("autosave") or "add_row" in request.POST:
        return _show(request, page, step, form, status=422 if attempt.sealed else 200, **more)
    if form.errors:
        return _show(request, page, step, form, status=422, **more)
    if {"remove_row", "confirm_carried"} & request.POST.keys():
        return redirect("filing_step", pk=page.dossier.pk, step=step)
    messages.success(request, f"« {BY_SLUG[step].label} » : enregistré.")
    _tell_of_others(request, more["elsewhere"])
    following = page.after(step)
    if "continue" in request.POST and following:
        return redirect("filing_step", pk=page.dossier.pk, step=following)
    return redirect("filing_tasks", pk=page.dossier.pk)


def _tell_of_others(request: HttpRequest, elsewhere: list[dict[str, Any]]) -> None:
    for one in elsewhere:
        messages.info(
            request, f"{one['who']} a modifié « {one['label']} » entre-temps : sa réponse est gardée."
        )


def _beside(attempt: Attempt, step: str) -> dict[str, Any]:
    """Return what others changed meanwhile: the answers kept as theirs, and those to choose between."""
    both = [*attempt.merged.clashes, *attempt.merged.theirs]
    if not both:
        return {"conflict": None, "elsewhere": []}
    page, form = attempt.page, attempt.form
    stored = HANDLERS[step].build(page, None, None)
    known = filing_drafts.last_changes(page.dossier, step, both)
    rows = {
        unit: {
            "unit": unit,
            "label": unit_label(form, unit),
            "who": known[unit].who or "Un autre membre",
            "at": known[unit].at,
            "rows": list(versions(form, stored, unit)),
        }
        for unit in both
    }
    marks = filing_drafts.digests(HANDLERS[step].units(page.part(step)))
    clashes = [rows[unit] for unit in sorted(attempt.merged.clashes)]
    against = {unit: marks.get(unit, filing_drafts.digest(None)) for unit in attempt.merged.clashes}
    return {
        "conflict": {"answers": clashes, "against": json.dumps(against)} if clashes else None,
        "elsewhere": [rows[unit] for unit in sorted(attempt.merged.theirs)],
    }


def _clear_carried(request: HttpRequest, page: Page, step: str) -> HttpResponse:
    """Take out what an earlier request gave to this step."""
    try:
        filing_start.clear_carried(
            page.dossier,
            step=step,
            actor=page.user,
            expected_revision=page.dossier.revision,
            today=page.today,
        )
    except ActRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Les réponses reprises sont effacées de cette étape.")
    return redirect("filing_step", pk=page.dossier.pk, step=step)


def _leave_offer(request: HttpRequest, page: Page) -> HttpResponse:
    """Let the company type another quote than the offer that its request took."""
    try:
        leave_offer(page.dossier, actor=page.user, expected_revision=page.dossier.revision, today=page.today)
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except ActRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Les lignes se modifient\u00a0: joignez aussi le PDF de cet autre devis.")
    return redirect("filing_step", pk=page.dossier.pk, step="devis")


@access(*WRITERS)
@writes
def filing_device(request: HttpRequest, pk: int) -> HttpResponse:
    """Take another device of the company, with what is known of it."""
    page = read_page(request, pk)
    key = request.POST.get("device", "")
    offered = filing.devices_for(page.dossier, user=page.user)
    device = next((one for one in offered if str(one.pk) == key), None)
    if device is None:
        raise Http404
    seen = read_seen(request.POST.get("seen", ""))
    marks = filing_drafts.digests(page.part("dispositif"))
    changed = [name for name, mark in marks.items() if (seen or {}).get(name, mark).rstrip("!") != mark]
    if seen is None or changed:
        messages.error(request, filing.CHANGED_MEANWHILE)
        return redirect("filing_step", pk=pk, step="dispositif")
    try:
        filing.choose_device(
            page.dossier,
            actor=page.user,
            expected_revision=page.dossier.revision,
            device=device,
            today=page.today,
        )
    except ActRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"« {device.name} » est repris avec ce que vous en aviez dit.")
    return redirect("filing_step", pk=pk, step="dispositif")


@access(*WRITERS)
@writes
def filing_presence(request: HttpRequest, pk: int) -> HttpResponse:
    """Note at which task the person is, and tell who else is in the request."""
    dossier = get_object_or_404(Dossier.objects.fillable_by(request.user).select_related("company"), pk=pk)
    user: User = request.user  # type: ignore[assignment]
    step, now = request.POST.get("step", ""), clock.now()
    if dossier.is_editable and step in BY_SLUG:
        filing_drafts.touch(dossier, user=user, step=step, now=now)
    found, _own = filing_drafts.whereabouts(dossier, user=user, now=now)
    return render(
        request,
        "company/filing/_presence.html",
        {"dossier": dossier, "colleagues": found if dossier.is_editable else []},
    )


@access(*WRITERS)
@require_safe
def filing_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on where the person left a request: its last task, else the list of tasks."""
    page = read_page(request, pk)
    if not page.dossier.is_editable:
        return redirect("company_dossier", pk=pk)
    if page.resume is None:
        return redirect("filing_tasks", pk=pk)
    return redirect("filing_step", pk=pk, step=page.resume.step.slug)
