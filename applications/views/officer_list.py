"""The desk's other lists: acts to confirm, and how a device is written."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from applications.models import Dossier, PendingApproval
from applications.services.eyes import may_confirm
from applications.services.standing import lenders_of
from applications.views.officer_requests import PAGE_SIZE, READERS, signed_in
from applications.workflow.situation import Actor
from applications.workflow.table import TRANSITIONS
from portal import clock
from portal.accounts.access import access
from portal.accounts.models import User


def device_label(dossier: Dossier) -> str:
    """Return the kind and class of a dossier's device, as the desk writes them."""
    kinds = {"dm": "DM", "dmdiv": "DMDIV", "digital_solution": "Solution numérique"}
    return f"{kinds.get(dossier.device_kind, '')} {dossier.device_class}".strip()


@require_safe
@access(*READERS)
def pending_list(request: HttpRequest) -> HttpResponse:
    """List the acts that wait for their second person; those this person may confirm come first."""
    user = signed_in(request)
    found = (
        PendingApproval.objects.filter(
            status=PendingApproval.Status.OPEN, dossier__in=Dossier.objects.visible_to(user)
        )
        .select_related("dossier__company", "asked_by", "mission__firm")
        .order_by("asked_at", "pk")
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    lenders = lenders_of(user, clock.today())
    rows = [
        {
            "pending": pending,
            "label": TRANSITIONS[pending.transition].label,
            "mine": confirmable_by(pending, user, lenders),
        }
        for pending in page.object_list
    ]
    rows.sort(key=lambda row: not row["mine"])
    return render(request, "officer/pending_list.html", {"rows": rows, "page_obj": page})


def confirmable_by(pending: PendingApproval, user: User, lenders: Mapping[Actor, User] | None = None) -> bool:
    """Tell whether this person may be the second one of a pending act."""
    return may_confirm(pending, user, lenders_of(user, clock.today()) if lenders is None else lenders)
