"""What a page says once its messages have been in view: they are read."""

from __future__ import annotations

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from applications.forms.talk import ReadForm
from applications.models import Dossier, Mission
from applications.services import talk
from applications.views.company import own_dossier
from applications.views.expert import read_mission
from applications.views.officer_requests import ACTORS, visible_dossier
from applications.workflow.refusals import NotYours
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User


@access(Role.COMPANY)
@writes
def company_messages_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark Bpifrance's messages as read by the company."""
    dossier = own_dossier(request, pk)
    return _read(request, dossier, None, reverse("company_dossier", args=[pk]))


@access(Role.EXPERT)
@writes
def mission_messages_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark Bpifrance's messages as read by the expert."""
    mission = read_mission(request, pk)
    return _read(request, mission.dossier, mission, reverse("mission_detail", args=[pk]))


@access(*ACTORS)
@writes
def officer_messages_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark the messages of the company and of the experts as read by Bpifrance."""
    dossier = visible_dossier(request, pk)
    return _read(request, dossier, None, reverse("officer_dossier", args=[pk]))


def _read(request: HttpRequest, dossier: Dossier, mission: Mission | None, back: str) -> HttpResponse:
    """Keep the reading; a script gets 204, a button goes back to the messages."""
    form = ReadForm(request.POST)
    if form.is_valid():
        try:
            talk.read_thread(
                dossier=dossier,
                reader=cast("User", request.user),
                last=form.cleaned_data["last"],
                now=clock.now(),
                mission=mission,
            )
        except NotYours as refusal:
            raise PermissionDenied(str(refusal)) from refusal
    if request.headers.get("Accept") == "application/json":
        return HttpResponse(status=204 if form.is_valid() else 400)
    return redirect(f"{back}#echanges")
