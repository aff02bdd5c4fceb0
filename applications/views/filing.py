"""The filing assistant's pages: the task list, and each task that is a form, saved as one goes."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.filing_company import DIFFICULTY, MAX_HOLDERS
from applications.forms.filing_fields import StepForm
from applications.forms.filing_quote import MAX_LINES
from applications.models import Device
from applications.services import filing
from applications.steps import BY_SLUG, FILES, REVIEW
from applications.views import filing_pieces, filing_submit
from applications.views.filing_page import Page, differences, fingerprint, read_page
from applications.views.filing_steps import HANDLERS, needs_passi, without_row
from applications.workflow.refusals import ActRefused, NotYours, Refused, Stale, WrongState
from experts.services import Refused as ExpertRefused
from portal import clock
from portal.accounts.access import Role, access, writes

CENT = Decimal("0.01")
MOST_ROWS = {"holder": MAX_HOLDERS, "line": MAX_LINES}


@access(Role.COMPANY)
@require_safe
def filing_tasks(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the eight tasks of a request and where each stands."""
    page = read_page(request, pk)
    if not page.dossier.is_editable:
        return redirect("company_dossier", pk=pk)
    return render(request, "company/filing/tasks.html", page.context())


@access(Role.COMPANY)
@require_http_methods(["GET", "HEAD", "POST"])
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
        return _save(request, page, step)
    form = HANDLERS[step].build(page, None, None)
    return _show(request, page, step, form)


def _show(
    request: HttpRequest, page: Page, step: str, form: StepForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = page.context() | {
        "form": form,
        "task": page.task(step),
        "step": BY_SLUG[step],
        "revision": page.dossier.revision,
        "seen": fingerprint(page.part(step)),
        "next_step": page.after(step),
        "readonly": not page.scope.opens(step),
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
        return {"devices": list(page.dossier.company.devices.all())}
    if step == "volet":
        return {"items": _items(page)}
    if step == "expert":
        return {
            "needs_passi": needs_passi(page),
            "pieces": filing_pieces.of_kind(page, "derogation_evidence"),
        }
    if step == "devis":
        return {
            "items": _items(page),
            "pieces": filing_pieces.of_kind(page, "quote"),
            "most_rows": MAX_LINES,
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
    handler = HANDLERS[step]
    data, rows = _rows(request.POST, handler.rows)
    form = handler.build(page, data, rows)
    form.is_valid()
    try:
        saved = handler.save(form, page, request.user, _revision(request, page, step))  # type: ignore[arg-type]
    except Stale as refusal:
        return _conflict(request, page, step, form, str(refusal))
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except WrongState as refusal:
        messages.error(request, str(refusal))
        return redirect("company_dossier", pk=page.dossier.pk)
    except ExpertRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _show(request, page, step, form, status=_status(request))
    except Refused as refusal:
        for obstacle in refusal.obstacles:
            form.add_error(obstacle.field if obstacle.field in form.fields else None, obstacle.sentence)
        return _show(request, page, step, form, status=_status(request))
    fresh = page if saved is None else read_page(request, page.dossier.pk)
    fresh.saved_at = None if form.awaits_button else clock.now()
    return _after(request, fresh, step, form)


def _status(request: HttpRequest) -> int:
    """A fragment is always put in the page; a whole page says that it was refused."""
    return 200 if request.POST.get("autosave") else 422


def _after(request: HttpRequest, page: Page, step: str, form: StepForm) -> HttpResponse:
    if request.POST.get("autosave") or "add_row" in request.POST:
        return _show(request, page, step, form)
    if form.errors:
        return _show(request, page, step, form, status=422)
    if "remove_row" in request.POST:
        return redirect("filing_step", pk=page.dossier.pk, step=step)
    messages.success(request, f"« {BY_SLUG[step].label} » : enregistré.")
    following = page.after(step)
    if "continue" in request.POST and following:
        return redirect("filing_step", pk=page.dossier.pk, step=following)
    return redirect("filing_tasks", pk=page.dossier.pk)


def _rows(data: QueryDict, prefix: str) -> tuple[QueryDict, int | None]:
    """Return what was sent after a row was added or taken out, and how many rows to show."""
    if not prefix:
        return data, None
    removed = data.get("remove_row", "")
    if removed.isdigit():
        return without_row(data, prefix, int(removed)), None
    if "add_row" in data:
        sent = sum(
            1
            for key in data
            if key.startswith(prefix) and key.endswith("_amount" if prefix == "line" else "_share")
        )
        return data, min(sent + 1, MOST_ROWS[prefix])
    return data, None


def _revision(request: HttpRequest, page: Page, step: str) -> int:
    """Return the revision on which this save stands.

    A page shown before another task was written stands on today's revision as long as its own part is
    unchanged; « garder ma saisie » stands on the revision whose values were shown beside it.
    """
    chosen = _number(request.POST.get("keep_mine"))
    if chosen is not None:
        return chosen
    if request.POST.get("seen") == fingerprint(page.part(step)):
        return page.dossier.revision
    sent = _number(request.POST.get("revision"))
    return -1 if sent is None or "seen" in request.POST else sent


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def _conflict(request: HttpRequest, page: Page, step: str, form: StepForm, reason: str) -> HttpResponse:
    """Show both versions, with everything that was typed still in the form; nothing was written."""
    fresh = read_page(request, page.dossier.pk)
    stored = HANDLERS[step].build(fresh, None, None)
    found = list(differences(form, stored))
    return _show(
        request,
        fresh,
        step,
        form,
        status=409,
        conflict={"reason": reason, "rows": found, "revision": fresh.dossier.revision},
        revision=request.POST.get("revision", ""),
        seen=request.POST.get("seen", ""),
    )


@access(Role.COMPANY)
@writes
def filing_device(request: HttpRequest, pk: int) -> HttpResponse:
    """Take another device of the company, with what is known of it."""
    page = read_page(request, pk)
    device = get_object_or_404(
        Device, company=page.dossier.company, pk=_number(request.POST.get("device")) or 0
    )
    try:
        filing.choose_device(
            page.dossier,
            actor=request.user,  # type: ignore[arg-type]
            expected_revision=_number(request.POST.get("revision")) or 0,
            device=device,
            today=page.today,
        )
    except ActRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"« {device.name} » est repris avec ce que vous en aviez dit.")
    return redirect(reverse("filing_step", args=[pk, "dispositif"]))
