"""The desk's first pages: what presses this morning, the list of the dossiers, and the views kept of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from applications.forms.officer_list import (
    COLUMNS,
    VERDICTS,
    DossierFilterForm,
    LookForm,
    SavedViewForm,
    list_query,
)
from applications.models import Deadline, Listing, SavedView
from applications.services import morning, saved_views, sights, worklist
from applications.services.assignment.many import MOST
from applications.services.paging import page_of
from applications.services.worklist import COUNTED, SORTS
from applications.views.officer_facts import event_label
from applications.views.officer_list import device_label
from applications.views.officer_requests import (
    PAGE_SIZE,
    READERS,
    filled,
    one_of,
    signed_in,
    tabs,
    visible_dossier,
    words_of,
)
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import StaffRole, User
from portal.display import UNKNOWN, euros, short_date

Json = dict[str, Any]


def _default_tab(user: User) -> str:
    return {StaffRole.OFFICER: "mine", StaffRole.MANAGER: "unassigned"}.get(StaffRole(user.staff_role), "all")


# --- This morning ----------------------------------------------------------------------------------
@require_safe
@access(Role.OFFICER, Role.MANAGER)
def morning_queue(request: HttpRequest) -> HttpResponse:
    """Show what presses today, the most urgent first, each dossier with the sentences that say why."""
    user, today = signed_in(request), clock.today()
    found = morning.morning(user, today=today)
    context = {
        "queue": found.queue,
        "followed": found.followed,
        "today": today,
        "is_officer": user.staff_role == StaffRole.OFFICER,
    }
    return render(request, "officer/morning.html", context)


# --- The list --------------------------------------------------------------------------------------
@require_safe
@access(*READERS)
def dossier_list(request: HttpRequest) -> HttpResponse:
    """List the dossiers by tab, filtered and searched, fifty a page; a search without a tab looks everywhere."""
    user, today = signed_in(request), clock.today()
    form, words = DossierFilterForm(request.GET, today), words_of(request)
    wanted = form.wanted(tab="all", words=words, today=today)
    known = worklist.tabs_of(user)
    tab = one_of(request, "vue", known, "all" if wanted.is_free else _default_tab(user))
    found, near = worklist.searched(worklist.filtered(user, wanted), wanted)
    cap = COUNTED if wanted.is_free else None
    covered = form.absent_for(user)
    counts = worklist.counts(found, user, today, cap=cap, covered=covered)
    page = page_of(
        worklist.with_dossiers(found.filter(worklist.tab_condition(tab, user, today, covered))),
        SORTS[wanted.sort],
        size=PAGE_SIZE,
        after=request.GET.get("apres", ""),
        before=request.GET.get("avant", ""),
    )
    params = _params(form, words)
    here = urlencode({"vue": tab, **params}, doseq=True)
    context = {
        "form": form,
        "tabs": tabs(known, counts, tab, params, cap=cap),
        "tab": tab,
        "total": min(counts[tab], COUNTED) if cap else counts[tab],
        "more": bool(cap) and counts[tab] > COUNTED,
        "columns": [(key, COLUMNS[key]) for key in form.columns],
        "rows": rows_of(user, page.rows, form.columns, today, covered),
        "page": page,
        "params": here,
        "filtered": wanted.is_free,
        "near": near,
        "advanced": form.is_open,
        "chips": form.chips({"vue": tab, **params}),
        "kept_marks": form.marks,
        **_bulk(user, here),
        "views": _views(user, here),
        "view_form": SavedViewForm(initial={"query": here}, auto_id="vue-%s"),
    }
    return render(request, "officer/dossier_list.html", context)


def _params(form: DossierFilterForm, words: str) -> Json:
    """Return what the address asks besides the tab."""
    columns = form.columns_asked
    return {**filled({"q": words}), **form.chosen, **({"col": columns} if columns else {})}


def _bulk(user: User, here: str) -> Json:
    """Return what the bar that assigns many dossiers is made of, and whether this person has it."""
    kept = [(name, value) for name, values in QueryDict(here).lists() for value in values]
    return {"may_assign": user.staff_role == StaffRole.MANAGER, "kept": kept, "most": MOST}


def rows_of(
    user: User, rows: list[Listing], columns: list[str], today: date, covered: Mapping[int, str]
) -> list[Json]:
    """Return what the table shows of each row, with the last change since the person's last look.

    `covered` are the names of the absent for whom the person stands in, by account.
    """
    changed = sights.changes(user, rows)
    shown = [(COLUMNS[key], CELLS[key]) for key in columns]
    return [
        {
            "dossier": row.dossier,
            "cells": [(label, cell(row, today)) for label, cell in shown],
            "changed": {"label": event_label(event.name), "at": event.at} if event else None,
            "instead_of": covered.get(row.officer_id or 0, ""),
        }
        for row, event in ((row, changed.get(row.pk)) for row in rows)
    ]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table: its text, a second line, a badge's tone, and how it stands."""

    text: str
    sub: str = ""
    tone: str = ""
    css: str = ""
    late: bool = False


def _due(row: Listing, today: date) -> Cell:
    if row.due_on is None:
        return Cell("Aucune")
    late = row.due_on < today
    label = Deadline.Kind(row.next_kind).label
    return Cell(short_date(row.due_on), f"{label}, dépassée" if late else label, late=late)


CELLS: Mapping[str, Callable[[Listing, date], Cell]] = {
    "volet": lambda row, _: Cell(str(row.volet), device_label(row.dossier)),
    "etat": lambda row, _: Cell(row.get_state_display(), tone=row.dossier.tone),
    "charge": lambda row, _: Cell(str(row.officer or "Personne")),
    "montant": lambda row, _: Cell(euros(row.share), css="text-end"),
    "depuis": lambda row, _: Cell(short_date(row.state_since)),
    "echeance": _due,
    "dispositif": lambda row, _: Cell(str(row.dossier.device or UNKNOWN)),
    "verdict": lambda row, _: Cell(dict(VERDICTS).get(row.verdict, UNKNOWN)),
    "region": lambda row, _: Cell(row.region or UNKNOWN),
    "depot": lambda row, _: Cell(short_date(row.submitted_at)),
    "edition": lambda row, _: Cell(row.edition),
}


# --- What was seen -----------------------------------------------------------------------------------
@access(*READERS)
@writes
def dossier_look(request: HttpRequest, pk: int) -> HttpResponse:
    """Remember the version of the dossier that the person has before the eyes."""
    dossier = visible_dossier(request, pk)
    form = LookForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    sights.look(signed_in(request), dossier, version=form.cleaned_data["version"])
    return HttpResponse(status=204)


@access(*READERS)
@writes
def dossiers_all_seen(request: HttpRequest) -> HttpResponse:
    """Remember that the person saw everything up to now."""
    sights.see_all(signed_in(request), now=clock.now())
    messages.success(request, "Tout est marqué comme vu : seuls les changements à venir seront signalés.")
    return redirect(f"{reverse('dossier_list')}?{list_query(request.POST.get('retour', ''))}")


# --- Saved views ---------------------------------------------------------------------------------------
def _views(user: User, here: str) -> list[Json]:
    """Return the views to choose among, the person's own first, then the team's."""
    found = SavedView.objects.visible_to(user).select_related("owner")
    rows = [{"view": one, "mine": one.owner_id == user.pk, "active": one.query == here} for one in found]
    return sorted(rows, key=lambda row: not row["mine"])


@access(*READERS)
@writes
def saved_view_keep(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the list under a name; the same name again replaces its view."""
    form = SavedViewForm(request.POST)
    if not form.is_valid():
        messages.error(
            request, "Donnez un nom à cette vue (60 caractères au plus) : rien n’a été enregistré."
        )
        return redirect("dossier_list")
    view = saved_views.keep(
        signed_in(request),
        name=form.cleaned_data["name"],
        query=form.cleaned_data["query"],
        shared=form.cleaned_data["is_shared"],
        now=clock.now(),
    )
    messages.success(request, f"La vue « {view.name} » est enregistrée.")
    return redirect(f"{reverse('dossier_list')}?{view.query}")


@access(*READERS)
@writes
def saved_view_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one of one's own views."""
    user = signed_in(request)
    view = get_object_or_404(SavedView.objects.visible_to(user).filter(owner=user), pk=pk)
    view.delete()
    messages.success(request, f"La vue « {view.name} » est retirée.")
    return redirect("dossier_list")
