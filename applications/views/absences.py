"""Absences of the officers: each one's own, and for managers everybody's."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from applications.forms.assignment import AbsenceForm
from applications.forms.obstacles import put_on
from applications.models import Absence
from applications.services.assignment import absences
from applications.views.officer_requests import DESK, FORM_METHODS, PAGE_SIZE, posted, signed_in
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from portal.accounts.access import access, writes
from portal.accounts.models import StaffRole, User
from portal.display import of_person

RECORDED = {
    "absence_recorded": "Absence enregistrée",
    "absence_changed": "Absence modifiée",
    "absence_ended": "Absence terminée avant la date",
}


def _is_manager(user: User) -> bool:
    return user.staff_role == StaffRole.MANAGER


@require_http_methods(FORM_METHODS)
@access(*DESK)
def absence_list(request: HttpRequest) -> HttpResponse:
    """List the absences one may see, those to come and under way first; record one."""
    user, today = signed_in(request), clock.today()
    form = AbsenceForm(posted(request), person=None if _is_manager(user) else user)
    if request.method == "POST" and form.is_valid():
        try:
            kept = absences.record(**form.values(), actor=user, today=today, now=clock.now())
        except Refused as refusal:
            put_on(form, refusal.obstacles)
        else:
            messages.success(
                request, f"L’absence est enregistrée\u00a0: {kept.cover} assure l’intérim et le sait."
            )
            return redirect("absence_list")
    found = Absence.objects.visible_to(user).select_related("person", "cover").order_by("-until", "-pk")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "rows": [_row(one, user) for one in page.object_list],
        "page_obj": page,
        "is_manager": _is_manager(user),
    }
    return render(request, "officer/absences/list.html", context, status=422 if form.errors else 200)


def _row(absence: Absence, user: User) -> dict[str, Any]:
    today = clock.today()
    over = absence.ended_at is not None or absence.until < today
    return {
        "absence": absence,
        "is_mine": absence.person_id == user.pk,
        "covers": absence.cover_id == user.pk,
        "in_force": not over and absence.since <= today,
        "to_come": not over and absence.since > today,
        "may_change": not over and (absence.person_id == user.pk or _is_manager(user)),
    }


def _editable(request: HttpRequest, pk: int) -> Absence:
    """Return an absence this person may change: seen by its cover it is forbidden, by others it does not exist."""
    user = signed_in(request)
    found = get_object_or_404(Absence.objects.visible_to(user).select_related("person", "cover"), pk=pk)
    if not Absence.objects.editable_by(user).filter(pk=pk).exists():
        raise PermissionDenied(absences.NOT_YOURS)
    return found


@require_http_methods(FORM_METHODS)
@access(*DESK)
def absence_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the days or the cover of an absence, and read what happened to it."""
    absence, user = _editable(request, pk), signed_in(request)
    form = AbsenceForm(posted(request), person=absence.person, absence=absence)
    if request.method == "POST" and form.is_valid():
        typed = form.values()
        typed.pop("person")
        try:
            absences.change(absence, **typed, actor=user, today=clock.today(), now=clock.now())
        except Refused as refusal:
            put_on(form, refusal.obstacles)
        else:
            messages.success(request, "L’absence est modifiée.")
            return redirect("absence_list")
    context = {
        "form": form,
        "absence": absence,
        "row": _row(absence, user),
        "history": [_told(event) for event in absences.history(absence)],
        "back": reverse("absence_list"),
    }
    return render(request, "officer/absences/edit.html", context, status=422 if form.errors else 200)


def _told(event: Any) -> dict[str, Any]:
    """Return one line of an absence's history."""
    detail = getattr(event, "detail", None)
    names = detail.names if detail is not None else {}
    return {
        "at": event.at,
        "label": RECORDED.get(event.name, event.name),
        "who": names.get("actor", ""),
        "since": date.fromisoformat(event.data["since"]),
        "until": date.fromisoformat(event.data["until"]),
        "cover": names.get("cover", ""),
    }


@access(*DESK)
@writes
def absence_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End an absence at once."""
    absence = _editable(request, pk)
    try:
        absences.end(absence, actor=signed_in(request), today=clock.today(), now=clock.now())
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"L’absence {of_person(absence.person)} est terminée.")
    return redirect("absence_list")
