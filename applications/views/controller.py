"""The controllers' pages: payments to approve, to make, made and on hold, and one page per mission to pay."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from applications.models import Dossier, Mission
from applications.services import dossier_file, worklist
from applications.services.transitions import available
from applications.views.officer_dossier import mission_acts, mission_shown, pending_shown
from applications.views.officer_requests import (
    READERS,
    CountedPaginator,
    filled,
    is_auditor,
    one_of,
    signed_in,
    tabs,
    words_of,
)
from experts.services import masked_iban
from portal import clock
from portal.accounts.access import access
from portal.accounts.models import User


@require_safe
@access(*READERS)
def payment_list(request: HttpRequest) -> HttpResponse:
    """List the missions to settle, to pay, paid or on hold, fifty a page."""
    user, words = signed_in(request), words_of(request)
    found = worklist.payable_missions(user, words)
    counts = worklist.payment_counts(found)
    tab = one_of(request, "vue", worklist.PAYMENT_TABS, "approve")
    page = CountedPaginator(worklist.payments(found, tab), counts[tab]).get_page(request.GET.get("page"))
    params = filled({"q": words})
    context = {
        "tabs": tabs(worklist.PAYMENT_TABS, counts, tab, params),
        "tab": tab,
        "words": words,
        "page_obj": page,
        "rows": [_row(mission) for mission in page.object_list],
        "params": urlencode({"vue": tab, **params}),
    }
    return render(request, "controller/payment_list.html", context)


def _row(mission: Mission) -> dict[str, Any]:
    invoice = next(
        (one for one in mission.invoices.all() if one.addressee == "bpifrance" and one.replaced_at is None),
        None,
    )
    standing = next((one for one in mission.payments.all() if one.reversed_on is None), None)
    return {
        "mission": mission,
        "dossier": mission.dossier,
        "ht": mission.final_share if mission.final_share is not None else invoice and invoice.ht,
        "ttc": invoice and invoice.ttc,
        "payment": standing,
        "holds": [hold for hold in mission.holds.all() if hold.lifted_at is None],
    }


@require_safe
@access(*READERS)
def payment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one mission's payment: settlement beside invoices, bank details, checks, and the acts open."""
    user = signed_in(request)
    try:
        file = dossier_file.read_mission(user, pk)
    except (Mission.DoesNotExist, Dossier.DoesNotExist) as error:
        raise Http404 from error
    mission, dossier = file.mission, file.mission.dossier
    offers = [] if is_auditor(user) else available(dossier, user, now=clock.now(), mission=mission)
    context = {
        "shown": mission_shown(file),
        "file": file,
        "mission": mission,
        "dossier": dossier,
        "iban": masked_iban(mission.firm.iban),
        "acts": mission_acts(file, offers, user),
        "pending": _pending(dossier, mission, user),
    }
    return render(request, "controller/payment_detail.html", context)


def _pending(dossier: Dossier, mission: Mission, user: User) -> dict[str, Any] | None:
    if not dossier.has_pending:  # type: ignore[attr-defined]
        return None
    pending = (
        dossier.pending_approvals.filter(status="open", mission=mission).select_related("asked_by").first()
    )
    if pending is None:
        return None
    return pending_shown(pending, user)
