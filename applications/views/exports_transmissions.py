"""Reports to forward to the ministries that the edition names."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from applications.models import Dossier
from applications.services import worklist
from applications.views.officer_requests import PAGE_SIZE, READERS, signed_in
from applications.workflow.states import State
from portal.accounts.access import access
from tariffs import catalogue


@require_safe
@access(*READERS)
def transmission_list(request: HttpRequest) -> HttpResponse:
    """List the paid dossiers with the ministries that their report has gone to and must still go to."""
    page = Paginator(worklist.to_forward(signed_in(request)), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "officer/transmission_list.html",
        {"rows": [_to_serve(one) for one in page], "page_obj": page},
    )


def _to_serve(dossier: Dossier) -> dict[str, object]:
    served = {row.recipient: row.sent_on for row in dossier.transmissions.all()}
    named = catalogue.get_edition(dossier.edition).report_recipients
    return {
        "dossier": dossier,
        "served": [{"label": one.label, "sent_on": served[one.code]} for one in named if one.code in served],
        "waiting": [one.label for one in named if one.code not in served],
        "may_close": dossier.state == State.PAID and all(one.code in served for one in named),
    }
