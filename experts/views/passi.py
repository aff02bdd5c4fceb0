"""Bpifrance's pages about the PASSI register: the list, what is to confirm, the file to bring and its report."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from experts.forms import PassiImportForm
from experts.models import AuditScope, ExpertFirm, PassiCertificate, PassiImport, PassiListing
from experts.policy import NOTICE_DAYS
from experts.services import Refused, passi
from experts.services.passi.reading import COLUMNS
from experts.views.decisions import waiting_count
from experts.views.requests import FORM_METHODS, posted, signed_in_user
from portal import clock
from portal.accounts.access import Role, access, roles_of, writes
from portal.documents.checks import FileRefused

PAGE_SIZE = 50
LATEST = 10
READERS = (Role.OFFICER, Role.MANAGER, Role.CONTROLLER, Role.AUDITOR)
LABELS = dict(AuditScope.choices)
MATCH_TONES = {"none": "", "proposed": "info", "confirmed": "success", "rejected": ""}
SHOWN_ERRORS = 200
NO_FIRM, REOPEN = "none", "reopen"
PK = re.compile(r"[0-9]{1,9}")


@require_safe
@access(*READERS)
def passi_register(request: HttpRequest) -> HttpResponse:
    """Show the register: matches to confirm first, who left the list, what ends soon, then every line."""
    today = clock.today()
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    listings = PassiListing.objects.select_related("firm").order_by("name", "pk")
    page = Paginator(listings.search(words) if words else listings, PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    soon = today + timedelta(days=NOTICE_DAYS[0])
    certificates = PassiCertificate.objects.select_related("firm").order_by("valid_until", "pk")
    waiting = list(listings.to_confirm()[:PAGE_SIZE])
    firms = passi.candidates(waiting)
    context = {
        "to_confirm": [{"row": one, "firms": firms[one.pk]} for one in waiting],
        "gone": certificates.filter(still_listed=False, valid_until__gte=today)[:PAGE_SIZE],
        "ending": certificates.filter(still_listed=True, valid_until__gte=today, valid_until__lte=soon)[
            :PAGE_SIZE
        ],
        "page_obj": page,
        "rows": [_row(one) for one in page.object_list],
        "q": words,
        "params": urlencode({"q": words}) if words else "",
        "most": PAGE_SIZE,
        "waiting": waiting_count(),
        "may_act": _may_act(request),
        "last": PassiImport.objects.first(),
        "today": today,
    }
    return render(request, "experts/passi_register.html", context)


def _row(one: PassiListing) -> dict[str, Any]:
    return {
        "row": one,
        "scopes": [LABELS.get(scope, scope) for scope in one.scopes],
        "match": one.get_match_display(),
        "tone": MATCH_TONES[one.match],
    }


def _may_act(request: HttpRequest) -> bool:
    return bool(roles_of(signed_in_user(request)) & {Role.OFFICER, Role.MANAGER})


@writes
@access(Role.OFFICER, Role.MANAGER)
def passi_match(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Confirm which firm a provider matched by its name is, say that it is none of those proposed, or take it back."""
    listing = get_object_or_404(PassiListing, pk=listing_id)
    named = request.POST.get("firm", "")
    actor, now = signed_in_user(request), clock.now()
    firm = ExpertFirm.objects.filter(pk=int(named)).first() if PK.fullmatch(named) else None
    try:
        if named == NO_FIRM:
            settled = passi.reject_match(listing=listing, actor=actor, now=now)
            messages.success(request, f"{settled.name} n’est aucun des cabinets proposés.")
        elif named == REOPEN:
            settled = passi.reopen_match(listing=listing, actor=actor, now=now)
            messages.success(request, f"Le rapprochement de {settled.name} est de nouveau à confirmer.")
        elif firm is None:
            messages.error(request, "Dites de quel cabinet il s’agit, ou qu’il n’est aucun des proposés.")
        else:
            settled = passi.confirm_match(listing=listing, firm=firm, actor=actor, now=now)
            messages.success(request, f"{settled.name} est rapproché de {firm}.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("passi_register")


@require_http_methods(FORM_METHODS)
@access(Role.OFFICER, Role.MANAGER)
def passi_import(request: HttpRequest) -> HttpResponse:
    """Take ANSSI's list, say what its columns are, list the latest files."""
    form = PassiImportForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            source, _report = passi.bring(
                file=form.cleaned_data["file"],
                is_complete=form.cleaned_data["is_complete"],
                actor=signed_in_user(request),
                now=clock.now(),
            )
        except FileRefused as refusal:
            form.add_error("file", refusal.message)
        else:
            return redirect("passi_import_report", source.pk)
    context = {
        "form": form,
        "heading": ";".join(COLUMNS),
        "scopes": LABELS.values(),
        "imports": PassiImport.objects.select_related("brought_by")[:LATEST],
    }
    return render(request, "experts/passi_import.html", context, status=422 if form.errors else 200)


@require_safe
@access(*READERS)
def passi_import_report(request: HttpRequest, import_id: int) -> HttpResponse:
    """Show what the lines of a file became."""
    source = get_object_or_404(PassiImport.objects.select_related("brought_by"), pk=import_id)
    figures = [
        {"label": "Ajoutées", "value": str(source.added)},
        {"label": "Changées", "value": str(source.changed)},
        {"label": "Inchangées", "value": str(source.unchanged)},
        {
            "label": "Sorties de la liste",
            "value": str(source.dropped),
            "tone": "warning" if source.dropped else "",
        },
        {"label": "En erreur", "value": str(len(source.errors)), "tone": "danger" if source.errors else ""},
    ]
    context = {
        "source": source,
        "figures": figures,
        "errors": source.errors[:SHOWN_ERRORS],
        "hidden": max(len(source.errors) - SHOWN_ERRORS, 0),
        "may_read": bool(roles_of(signed_in_user(request)) & {Role.OFFICER, Role.MANAGER, Role.AUDITOR}),
    }
    return render(request, "experts/passi_import_report.html", context)
