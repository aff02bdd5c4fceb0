"""Bpifrance's page of the dossiers whose expert lapses."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from applications.services.lapsing import SHOWN, lapsing
from experts.models import ExpertFirm
from experts.views.decisions import waiting_count
from portal import clock
from portal.accounts.access import Role, access


@require_safe
@access(Role.OFFICER, Role.MANAGER, Role.CONTROLLER, Role.AUDITOR)
def lapsing_dossiers(request: HttpRequest) -> HttpResponse:
    """List the dossiers whose expert lapsed or lapses before the term."""
    named = request.GET.get("cabinet", "")
    firm = get_object_or_404(ExpertFirm, pk=named) if named.isdecimal() and len(named) < 10 else None
    rows = lapsing(request.user, today=clock.today(), firm=firm)
    context = {"rows": rows, "firm": firm, "is_cut": len(rows) == SHOWN, "waiting": waiting_count()}
    return render(request, "experts/lapsing_dossiers.html", context)
