"""The phases of a mission as its expert declares them done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from applications.forms.mission_room import PhaseForm
from applications.services.mission import phases
from applications.views.acts import write
from applications.views.expert import page_of, read_mission, show_mission
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User


@writes
@access(Role.EXPERT)
def phase_done(request: HttpRequest, pk: int, rank: int) -> HttpResponse:
    """Declare a phase done, or correct its date."""
    mission = read_mission(request, pk)
    form = PhaseForm(request.POST, auto_id=f"phase-{rank}-%s")
    back = page_of(mission) + "#phases"
    if form.is_valid():
        done: dict[str, Any] = {"rank": rank, "seen": _seen(request), **form.cleaned_data}
        conflict = write(
            request, form, back=back, do=lambda: phases.mark_done(mission, **_stand(request), **done)
        )
        if conflict is not None:
            return conflict
    if form.errors:
        return show_mission(request, mission, {f"phase-{rank}": form})
    messages.success(
        request, "La phase est déclarée terminée\u00a0; l’entreprise est invitée à donner son avis."
    )
    return redirect(back)


@writes
@access(Role.EXPERT)
def phase_reopen(request: HttpRequest, pk: int, rank: int) -> HttpResponse:
    """Take back that a phase is done."""
    mission = read_mission(request, pk)
    form = PhaseForm({"done_on": request.POST.get("seen", "")}, auto_id=f"phase-{rank}-%s")
    back = page_of(mission) + "#phases"
    form.is_valid()
    conflict = write(
        request,
        form,
        back=back,
        do=lambda: phases.reopen(mission, rank=rank, seen=_seen(request), **_stand(request)),
    )
    if conflict is not None:
        return conflict
    if form.errors:
        return show_mission(request, mission, {f"phase-{rank}": form})
    messages.success(request, "La phase n’est plus déclarée terminée.")
    return redirect(back)


def _stand(request: HttpRequest) -> dict[str, Any]:
    now: datetime = clock.now()
    return {"actor": cast("User", request.user), "now": now}


def _seen(request: HttpRequest) -> date | None:
    """Return the date that the page showed for the phase; None for a phase not done, or garbled."""
    try:
        return date.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        return None
