"""The desk's other lists: terms to come, acts to confirm."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from applications.forms.officer_list import DeadlineFilterForm
from applications.models import Dossier, PendingApproval
from applications.services import worklist
from applications.services.eyes import may_confirm
from applications.services.standing import lenders_of
from applications.views.officer_requests import (
    PAGE_SIZE,
    READERS,
    CountedPaginator,
    filled,
    one_of,
    signed_in,
    tabs,
)
from applications.workflow.situation import Actor
from applications.workflow.table import TRANSITIONS
from portal import clock
from portal.accounts.access import access
from portal.accounts.models import User

DEADLINE_TABS = {"late": "Dépassées", "soon": "Dans les trente jours", "all": "Toutes"}


def device_label(dossier: Dossier) -> str:
    """Return the kind and class of a dossier's device, as the desk writes them."""
    kinds = {"dm": "DM", "dmdiv": "DMDIV", "digital_solution": "Solution numérique"}
    return f"{kinds.get(dossier.device_kind, '')} {dossier.device_class}".strip()


@require_safe
@access(*READERS)
def deadline_list(request: HttpRequest) -> HttpResponse:
    """List the running terms, the nearest first, by officer and by nature."""
    user, today = signed_in(request), clock.today()
    form = DeadlineFilterForm(request.GET)
    form.is_valid()
    chosen = {name: str(form.cleaned_data.get(name) or "") for name in ("nature", "charge")}
    found = worklist.running_deadlines(user, officer=chosen["charge"], kind=chosen["nature"])
    counts = worklist.deadline_counts(found, today)
    tab = one_of(request, "vue", DEADLINE_TABS, "all")
    page = CountedPaginator(worklist.in_window(found, tab, today), counts[tab]).get_page(
        request.GET.get("page")
    )
    rows = [
        {"deadline": one, "days": (one.due_on - today).days, "ago": (today - one.due_on).days} for one in page
    ]
    params = filled(chosen)
    context = {
        "form": form,
        "tabs": tabs(DEADLINE_TABS, counts, tab, params),
        "page_obj": page,
        "rows": rows,
        "params": urlencode({"vue": tab, **params}),
        "filtered": bool(params),
    }
    return render(request, "officer/deadline_list.html", context)


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
