"""The pages of the mission room that firm and company share: minutes written, read, approved or sent back."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.mission_room import CorrectionForm, MinutesForm, shown
from applications.forms.obstacles import put_on
from applications.models import Minutes, MinutesVersion, Mission
from applications.services.mission import minutes as room
from applications.services.mission.held import NOT_NOW, earliest, meets, side_of
from applications.services.mission.reading import Row, row_of
from applications.views.acts import acted, conflict_page, typed_number
from applications.workflow.refusals import NotYours, Refused, Stale, WrongState
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User
from portal.documents.checks import FileRefused

Json = dict[str, Any]
BOTH = (Role.COMPANY, Role.EXPERT)
KEPT = "Le brouillon est enregistré. L’autre partie ne le voit pas encore."
PROPOSED = "Le compte rendu est proposé\u00a0; l’autre partie est prévenue."


# --- Who reads what ------------------------------------------------------------------------------
def _mission(request: HttpRequest, pk: int) -> tuple[Mission, str]:
    """Return a mission of one of the person's firms or companies, with their side; 404 for any other."""
    missions = Mission.objects.of_either_side(request.user)
    found = get_object_or_404(missions.select_related("dossier__company", "firm"), pk=pk)
    return found, _side(request, found)


def _minutes(request: HttpRequest, pk: int) -> tuple[Minutes, str]:
    """Return minutes that the person may read, with their side; 404 for any other, the other side's drafts too."""
    found = Minutes.objects.visible_to(request.user).select_related(
        "mission__dossier__company", "mission__firm"
    )
    minutes = get_object_or_404(found.filter(mission__dossier__submitted_at__isnull=False), pk=pk)
    return minutes, _side(request, minutes.mission)


def _side(request: HttpRequest, mission: Mission) -> str:
    side = side_of(cast("User", request.user), mission)
    if side is None:
        raise Http404
    return side


def _row(minutes: Minutes, side: str) -> Row:
    row = row_of(minutes, side=side)
    if row is None:
        raise Http404
    return row


def back_of(mission: Mission, side: str) -> str:
    """Return the address of the mission's page for a side."""
    if side == Minutes.Side.EXPERT:
        return reverse("mission_detail", args=[mission.pk]) + "#comptes-rendus"
    return reverse("company_dossier", args=[mission.dossier_id]) + "#comptes-rendus"


def _around(mission: Mission, side: str) -> Json:
    return {
        "mission": mission,
        "dossier": mission.dossier,
        "side": side,
        "back_url": back_of(mission, side),
        "other": mission.dossier.company.name if side == Minutes.Side.EXPERT else mission.firm.name,
    }


# --- Writing -------------------------------------------------------------------------------------
@access(*BOTH)
@require_http_methods(["GET", "HEAD", "POST"])
def minutes_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Write new minutes of a mission."""
    mission, side = _mission(request, pk)
    if not meets(mission):
        return conflict_page(request, WrongState(NOT_NOW), back=back_of(mission, side))
    if request.method != "POST":
        return _write_page(request, mission, side, MinutesForm())
    form = MinutesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _write_page(request, mission, side, form, status=422)
    said: Json = {"said": form.said(), "file": form.cleaned_data["file"], "key": form.cleaned_data["key"]}
    try:
        version = room.start(mission=mission, actor=_actor(request), now=clock.now(), **said)
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except WrongState as refusal:
        return conflict_page(request, refusal, back=back_of(mission, side))
    except (Refused, FileRefused) as refusal:
        return _write_page(request, mission, side, _told(form, refusal), status=422)
    return _next(request, version, side, form)


@access(*BOTH)
@require_http_methods(["GET", "HEAD", "POST"])
def minutes_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the draft of minutes, or save it, and propose it with the other button."""
    minutes, side = _minutes(request, pk)
    version = _row(minutes, side).version
    if version.state != MinutesVersion.State.DRAFT:
        if request.method == "POST":
            return conflict_page(request, WrongState(room.NOT_A_DRAFT), back=_page_of(minutes))
        return redirect("minutes_page", pk)
    has_file = version.document is not None
    if request.method == "POST":
        return _save(request, version, side, MinutesForm(request.POST, request.FILES, has_file=has_file))
    form = MinutesForm(initial=shown(version), has_file=has_file)
    return _write_page(request, minutes.mission, side, form, version)


def _save(request: HttpRequest, version: MinutesVersion, side: str, form: MinutesForm) -> HttpResponse:
    mission = version.minutes.mission
    if not form.is_valid():
        return _write_page(request, mission, side, form, version, status=422)
    try:
        saved = room.save(
            version=version,
            actor=_actor(request),
            now=clock.now(),
            expected_revision=typed_number(request, "overwrite", "revision"),
            said=form.said(),
            file=form.cleaned_data["file"],
            drop_file=form.cleaned_data.get("drop_file", False),
        )
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except WrongState as refusal:
        return conflict_page(request, refusal, back=back_of(mission, side))
    except Stale as refusal:
        return _write_page(request, mission, side, form, version, status=409, conflict=str(refusal))
    except (Refused, FileRefused) as refusal:
        return _write_page(request, mission, side, _told(form, refusal), version, status=422)
    return _next(request, saved, side, form)


def _next(request: HttpRequest, version: MinutesVersion, side: str, form: MinutesForm) -> HttpResponse:
    """Go on from a saved draft: stay on it, or propose it; what it lacks is told beside what was typed."""
    minutes = version.minutes
    if "propose" not in request.POST:
        messages.success(request, KEPT)
        return redirect("minutes_edit", minutes.pk)
    try:
        room.propose(
            version=version, actor=_actor(request), now=clock.now(), expected_revision=version.revision
        )
    except (Stale, WrongState) as refusal:
        return conflict_page(request, refusal, back=_page_of(minutes))
    except Refused as refusal:
        put_on(form, refusal.obstacles)
        return _write_page(request, minutes.mission, side, form, version, status=422)
    messages.success(request, PROPOSED)
    return redirect(_page_of(minutes))


def _told(form: MinutesForm, refusal: Refused | FileRefused) -> MinutesForm:
    if isinstance(refusal, FileRefused):
        form.add_error("file", str(refusal))
    else:
        put_on(form, refusal.obstacles)
    return form


def _write_page(
    request: HttpRequest,
    mission: Mission,
    side: str,
    form: MinutesForm,
    version: MinutesVersion | None = None,
    *,
    status: int = 200,
    conflict: str = "",
) -> HttpResponse:
    minutes = version.minutes if version is not None else None
    context = {
        **_around(mission, side),
        "form": form,
        "minutes": minutes,
        "version": version,
        "seen": typed_number(request, "revision")
        if conflict and version
        else getattr(version, "revision", 0),
        "conflict": conflict,
        "earliest": earliest(mission),
        "correction": _last_correction(minutes),
        "action": reverse("minutes_edit", args=[minutes.pk])
        if minutes is not None
        else reverse("minutes_new", args=[mission.pk]),
    }
    return render(request, "mission/minutes_edit.html", context, status=status)


def _last_correction(minutes: Minutes | None) -> MinutesVersion | None:
    """Return the version that was sent back last, to be read beside the draft that mends it."""
    if minutes is None:
        return None
    found = minutes.versions.filter(state=MinutesVersion.State.CORRECTION)
    return found.select_related("answered_by").order_by("-number").first()


@access(*BOTH)
@writes
def minutes_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the draft up."""
    minutes, side = _minutes(request, pk)
    return acted(
        request,
        lambda: room.drop(
            version=_row(minutes, side).version,
            actor=_actor(request),
            expected_revision=typed_number(request, "revision"),
        ),
        back=back_of(minutes.mission, side),
        success="Le brouillon est supprimé.",
    )


@access(*BOTH)
@writes
def minutes_revise(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin the next version of minutes, and lead to its form."""
    minutes, _ = _minutes(request, pk)
    try:
        room.revise(minutes=minutes, actor=_actor(request), now=clock.now())
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except WrongState as refusal:
        return conflict_page(request, refusal, back=_page_of(minutes))
    return redirect("minutes_edit", pk)


# --- Reading and answering -----------------------------------------------------------------------
@access(*BOTH)
@require_safe
def minutes_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show minutes with their versions, and the answer that is awaited."""
    minutes, side = _minutes(request, pk)
    return _read_page(request, minutes, side)


def _read_page(
    request: HttpRequest,
    minutes: Minutes,
    side: str,
    *,
    form: CorrectionForm | None = None,
    conflict: str = "",
    status: int = 200,
) -> HttpResponse:
    row = _row(minutes, side)
    open_still = meets(minutes.mission)
    context = {
        **_around(minutes.mission, side),
        "minutes": minutes,
        "row": row,
        "version": row.version,
        "form": form or CorrectionForm(),
        "refused": form is not None,
        "conflict": conflict,
        "may_answer": open_still and row.awaits_reader and not row.mine,
        "may_revise": open_still and row.mine and row.version.state != MinutesVersion.State.APPROVED,
    }
    return render(request, "mission/minutes.html", context, status=status)


@access(*BOTH)
@writes
def minutes_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve the version that the page showed."""
    minutes, side = _minutes(request, pk)
    number = typed_number(request, "number")
    try:
        room.approve(minutes=minutes, number=number, actor=_actor(request), now=clock.now())
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except WrongState as refusal:
        return conflict_page(request, refusal, back=_page_of(minutes))
    except Stale as refusal:
        return _read_page(request, minutes, side, conflict=str(refusal), status=409)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(_page_of(minutes))
    messages.success(request, "Le compte rendu est approuvé des deux côtés\u00a0; il ne change plus.")
    return redirect(_page_of(minutes))


@access(*BOTH)
@writes
def minutes_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the version that the page showed back, with a reason."""
    minutes, side = _minutes(request, pk)
    form = CorrectionForm(request.POST)
    if not form.is_valid():
        return _read_page(request, minutes, side, form=form, status=422)
    try:
        room.ask_correction(
            minutes=minutes,
            number=typed_number(request, "number"),
            actor=_actor(request),
            now=clock.now(),
            reason=form.cleaned_data["reason"],
        )
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except WrongState as refusal:
        return conflict_page(request, refusal, back=_page_of(minutes))
    except Stale as refusal:
        return _read_page(request, minutes, side, form=form, conflict=str(refusal), status=409)
    except Refused as refusal:
        put_on(form, refusal.obstacles)
        return _read_page(request, minutes, side, form=form, status=422)
    messages.success(request, "La correction est demandée\u00a0; l’auteur est prévenu.")
    return redirect(_page_of(minutes))


# --- Common --------------------------------------------------------------------------------------
def _actor(request: HttpRequest) -> User:
    return cast("User", request.user)


def _page_of(minutes: Minutes) -> str:
    return reverse("minutes_page", args=[minutes.pk])
