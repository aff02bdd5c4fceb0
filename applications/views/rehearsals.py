"""Rehearsing an edition on every dossier: started, followed, left, read line by line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from applications.exports.effects import EFFECTS
from applications.exports.sheets import VERDICTS
from applications.models import Rehearsal, RehearsalLine
from applications.services.editions import rehearsal as rehearsals
from applications.services.paging import Sort, page_of
from applications.views.acts import conflict_page
from applications.views.editions import is_manager
from applications.views.officer_requests import PAGE_SIZE, READERS, one_of, signed_in
from applications.workflow.refusals import NotYours, Refused, Stale
from portal import clock
from portal.accounts.access import Role, access, writes
from tariffs.engine.rules import REGISTRY
from tariffs.models import EditionText
from tariffs.services.published import trusted

WIDEST_FIRST = Sort("Écart", "weight", Decimal, descending=True)
KINDS = {"": "Tous les effets", **EFFECTS}
TONES = {"more": "success", "less": "warning", "verdict": "info", "unreadable": "danger"}
STARTED = "La répétition est lancée\u00a0: vous pouvez quitter cette page, vous serez prévenu quand elle sera finie."


def address_of(rehearsal: Rehearsal) -> str:
    """Return the address of a rehearsal's page."""
    return f"{reverse('edition_effects')}?repetition={rehearsal.pk}"


@writes
@access(Role.MANAGER)
def edition_rehearse(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a draft rehearsed by a worker."""
    text = get_object_or_404(EditionText, pk=pk)
    back = reverse("edition_detail", args=[text.ref])
    try:
        rehearsal = rehearsals.ask(text=text, actor=signed_in(request), now=clock.now())
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Stale as refusal:
        return conflict_page(request, refusal, back=back)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect(back)
    messages.success(request, STARTED)
    return redirect(address_of(rehearsal))


@writes
@access(Role.MANAGER)
def rehearsal_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop a rehearsal that is going on."""
    rehearsal = get_object_or_404(Rehearsal, pk=pk)
    if rehearsals.cancel(rehearsal=rehearsal, actor=signed_in(request), now=clock.now()):
        messages.success(request, "La répétition est arrêtée.")
    else:
        messages.info(request, "Cette répétition était déjà finie.")
    return redirect(address_of(rehearsal))


@require_safe
@access(*READERS)
def edition_effects(request: HttpRequest) -> HttpResponse:
    """Show how far a rehearsal is, then the dossiers that change; HTMX gets the progress alone."""
    if "repetition" not in request.GET:
        return redirect("edition_list")
    rehearsal = _rehearsal(request.GET["repetition"])
    user = signed_in(request)
    chosen = {
        "genre": one_of(request, "genre", KINDS, ""),
        "volet": one_of(request, "volet", {"1", "2", "3", "4", "5"}, ""),
    }
    context: dict[str, Any] = {
        "rehearsal": rehearsal,
        "here": address_of(rehearsal),
        "edition_ref": rehearsal.edition.ref,
        "may_act": is_manager(user),
        "is_current": rehearsal.edition.state == EditionText.State.DRAFT,
        "told": rehearsals.sentence(rehearsal),
    }
    partial = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    if not (rehearsal.is_running or partial):
        context |= _lines(request, rehearsal, chosen)
    if partial and not rehearsal.is_running:
        # The whole page has more to say than what was waiting for it.
        return HttpResponse(status=200, headers={"HX-Refresh": "true"})
    template = "editions/_progress.html" if partial else "editions/effects.html"
    return render(request, template, context)


def _rehearsal(given: str) -> Rehearsal:
    try:
        pk = UUID(given)
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(Rehearsal.objects.select_related("edition", "asked_by"), pk=pk)


def _lines(request: HttpRequest, rehearsal: Rehearsal, chosen: dict[str, str]) -> dict[str, Any]:
    found: QuerySet[RehearsalLine] = rehearsals.lines_of(
        signed_in(request), rehearsal, kind=chosen["genre"], volet=chosen["volet"]
    ).select_related("dossier__company")
    page = page_of(
        found,
        WIDEST_FIRST,
        size=PAGE_SIZE,
        after=request.GET.get("apres", ""),
        before=request.GET.get("avant", ""),
    )
    kept = {name: value for name, value in chosen.items() if value}
    titles = {rule.name: rule.title for rule in trusted(rehearsal.edition).rules}
    return {
        "page": page,
        "rows": [_row(line, titles) for line in page.rows],
        "kinds": KINDS,
        "chosen": chosen,
        "filtered": bool(kept),
        "params": urlencode({"repetition": str(rehearsal.pk), **kept}),
        "figures": _figures(rehearsal),
    }


def _row(line: RehearsalLine, titles: dict[str, str]) -> dict[str, Any]:
    known = [rule for rule in line.rules if rule in REGISTRY]
    return {
        "line": line,
        "tone": TONES[line.kind],
        "verdict_before": VERDICTS.get(line.verdict_before, ""),
        "verdict_after": VERDICTS.get(line.verdict_after, ""),
        "rules": [titles.get(rule, rule) for rule in known],
    }


def _figures(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    """Return the counts as key figures, each with what it weighs."""
    shown: list[dict[str, Any]] = [
        {"label": "Dossiers passés", "value": rehearsal.done},
        {"label": "Reçoivent plus", "value": rehearsal.more, "tone": "success"},
        {"label": "Reçoivent moins", "value": rehearsal.less, "tone": "warning"},
        {"label": "Deviennent inéligibles", "value": rehearsal.ineligible, "tone": "danger"},
        {"label": "Ne sont plus inéligibles", "value": rehearsal.eligible},
        {"label": "Changent d’avis seulement", "value": rehearsal.verdict_alone},
        {"label": "Ne peuvent pas être lus", "value": rehearsal.unreadable, "tone": "danger"},
    ]
    return [one for one in shown if one["value"] or one["label"] == "Dossiers passés"]
