"""Where somebody of Bpifrance is led who opens a request that he entered and may not write in any more."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from applications.models import Assistance
from portal.clock import civil_date
from portal.display import french_date

View = Callable[..., HttpResponse]


def leads_enterers(view: View) -> View:
    """Answer a page that is closed to who entered the request with « Saisies », or with the dossier once filed."""

    @wraps(view)
    def led(request: HttpRequest, pk: int, **rest: Any) -> HttpResponse:
        try:
            return view(request, pk, **rest)
        except Http404:
            entry = _last_entry(request, pk) if request.method in {"GET", "HEAD"} else None
            if entry is None or entry.closed_at is None:
                raise
            return _led(request, entry)

    return led


def _last_entry(request: HttpRequest, pk: int) -> Assistance | None:
    own = Assistance.objects.visible_to(request.user).filter(dossier=pk, officer=request.user.pk)
    return own.select_related("dossier__company").order_by("-pk").first()


def _led(request: HttpRequest, entry: Assistance) -> HttpResponse:
    assert entry.closed_at is not None
    if entry.dossier.submitted_at is not None:
        return redirect("officer_dossier", pk=entry.dossier_id)
    ended, day = entry.get_end_display().lower(), french_date(civil_date(entry.closed_at))
    messages.info(
        request,
        f"Vous ne saisissez plus la demande de {entry.dossier.company.name} pour le volet {entry.dossier.volet}"
        f"\u00a0: {ended} le {day}.",
    )
    return redirect("assistance_list")
