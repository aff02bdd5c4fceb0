"""Who opened the sensitive reports of a dossier: the page of managers and auditors."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from applications.services.readings import readings_of
from applications.services.sensitivity import CYBERSECURITY
from applications.views.officer_requests import visible_dossier
from applications.views.officer_talk import back_to
from portal.accounts.access import Role, access


@require_safe
@access(Role.MANAGER, Role.AUDITOR)
def dossier_readings(request: HttpRequest, pk: int) -> HttpResponse:
    """Show each opening of a report of volet 5; other dossiers have no such list."""
    dossier = visible_dossier(request, pk)
    if dossier.volet != CYBERSECURITY:
        raise Http404
    readings, total = readings_of(dossier)
    context = {"dossier": dossier, "back": back_to(request, dossier), "readings": readings, "total": total}
    return render(request, "officer/readings.html", context)
