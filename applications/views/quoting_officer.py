"""What Bpifrance reads of the requests for quotes behind a dossier: whom the company asked, and what was proposed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from applications.models import QuoteRequest
from applications.services.quoting import sight
from applications.views.officer_requests import visible_dossier
from portal import clock
from portal.accounts.access import Role, access

READERS = (Role.OFFICER, Role.MANAGER, Role.CONTROLLER, Role.AUDITOR)


@access(*READERS)
@require_safe
def officer_quote_requests(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the requests of a dossier with the firms proposed, on what figures, and the answers."""
    dossier = visible_dossier(request, pk)
    found = (
        QuoteRequest.objects.visible_to(request.user)
        .filter(dossier=dossier)
        .select_related("asked_by")
        .prefetch_related("suggestions__firm", "invitations__firm", "invitations__offers")
    )
    rows = [{"one": one, "rows": sight.in_words(one.shown, clock.today())} for one in found]
    return render(request, "officer/quoting/requests.html", {"dossier": dossier, "requests": rows})
