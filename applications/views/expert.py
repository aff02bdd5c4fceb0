"""The expert's missions: the list, one mission's page, and the acts taken on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from applications.forms.expert import blank
from applications.forms.obstacles import put_on
from applications.models import Amendment, Message, Minutes, Mission
from applications.services import expert_asks, expert_sight, mission_work, talk
from applications.services.contents import item_labels
from applications.services.payments.following import Following, following_of, read_papers, usual_days
from applications.services.transitions import drop_pending
from applications.views.acts import conflict_page, perform, write
from applications.views.room_parts import for_room, phase_forms, room_of
from applications.workflow.refusals import NotYours, Obstacle, Stale
from applications.workflow.states import MissionState
from experts.models import ExpertFirm
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User
from tariffs import catalogue

OVER_PER_PAGE = 20
NOTHING_WAITS = (
    "Cette déclaration n’attend plus de responsable\u00a0: elle a été acceptée, abandonnée, ou le dossier a changé. "
    "Rien n’a été fait."
)
Forms = Mapping[str, forms.Form]


def read_mission(request: HttpRequest, pk: int) -> Mission:
    """Return a mission of one of the person's firms, 404 for any other."""
    missions = Mission.objects.visible_to(request.user).filter(dossier__submitted_at__isnull=False)
    related = (
        "dossier__company",
        "dossier__device",
        "dossier__officer",
        "firm",
        "service_contract__document",
    )
    found = expert_asks.with_asks(missions.with_corrections_due().select_related(*related))
    return get_object_or_404(for_room(found), pk=pk)


@require_safe
@access(Role.EXPERT)
def expert_home(request: HttpRequest) -> HttpResponse:
    """List the missions by what they ask, with the dates that bind."""
    visible = expert_asks.with_asks(
        Mission.objects.visible_to(request.user)
        .filter(dossier__submitted_at__isnull=False)
        .with_corrections_due()
    ).select_related("dossier__company", "dossier__device", "firm")
    over = visible.over().order_by("-dossier__state_since", "-pk")
    running = list(visible.running().order_by("dossier__due_on", "pk"))
    today = clock.today()
    rows = [_row(mission, today) for mission in running]
    groups = [
        {"name": name, "label": label, "rows": [row for row in rows if row["group"] == name]}
        for name, label in expert_asks.GROUPS.items()
    ]
    page = Paginator(over, OVER_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "groups": [group for group in groups if group["rows"]],
        "page_obj": page,
        "over": [_row(mission, today) for mission in page.object_list],
        "firms": list(ExpertFirm.objects.visible_to(request.user)),
        "today": today,
    }
    return render(request, "expert/home.html", context)


def _row(mission: Mission, today: Any) -> dict[str, Any]:
    due = expert_asks.due_of(mission)
    return {
        "mission": mission,
        "group": expert_asks.group_of(mission),
        "next": expert_asks.asks_of(mission)[0],
        "due_label": due[0] if due else "",
        "due_on": due[1] if due else None,
        "late": bool(due and due[1] < today),
    }


@require_safe
@access(Role.EXPERT)
def mission_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a mission: what is asked, the dossier as far as an expert sees it, its follow-up."""
    return show_mission(request, read_mission(request, pk), {})


def show_mission(request: HttpRequest, mission: Mission, bound: Forms) -> HttpResponse:
    """Render the mission's page; `bound` holds the forms that were refused, as they were typed."""
    dossier = mission.dossier
    asks = expert_asks.asks_of(mission)
    room = _room(mission, bound)
    names = {ask.form for ask in asks} | {"report", "message", "service_contract"}
    in_place = names | {f"phase-{row['phase'].rank}" for row in room["phases"]}
    for name in bound.keys() - in_place:
        # The page asks for something else by now: the refusal is told above it.
        for errors in bound[name].errors.values():
            messages.error(request, " ".join(str(error) for error in errors))
    stage = mission_work.stage_of(mission)
    context = {
        "mission": mission,
        "dossier": dossier,
        "stage_label": _stage_label(mission),
        "tone": _tone(mission),
        "asks": asks,
        "forms": {name: bound.get(name) or blank(name) for name in names - {"", "closure", "pending"}},
        "room": room,
        "may_mark": stage in mission_work.AT_WORK and mission.work_started_on is not None,
        "money": expert_sight.money_seen(mission),
        "device": expert_sight.device_seen(dossier),
        "volet": catalogue.volets(catalogue.get_edition(dossier.edition)).get(dossier.volet, ""),
        "contacts": expert_sight.contacts_of(dossier),
        "quote": expert_sight.own_quote(mission),
        "amendment": expert_sight.amendment_to_sign(mission),
        "timeline": timeline_of(mission),
        "service_contract": getattr(mission, "service_contract", None),
        "talk": talk.thread_of(dossier.messages.filter(thread=Message.Thread.EXPERT, mission=mission)),
        "letters": expert_sight.letters_for(mission),
        "may_report": stage in mission_work.AT_WORK,
        "may_replace_contract": stage in mission_work.BEFORE_WORK and not mission.work_started_on,
        "labels": item_labels(dossier.edition),
        "refused": sorted(bound),
        **_towards_payment(mission, stage),
    }
    return render(request, "expert/mission_detail.html", context)


def _towards_payment(mission: Mission, stage: str) -> dict[str, Any]:
    """Return what the page shows by how far the mission is from its payment, or from its end."""
    following, over = followed_payment(mission), expert_sight.is_over(mission)
    ended = stage in mission_work.AFTER_WORK
    return {
        "following": following,
        "waits": expert_sight.payment_waits_for(mission) if ended and following is None else [],
        "has_closure": ended or stage == MissionState.PAID,
        "over": over,
        # What the rules asked of the request no longer matters once the mission is over.
        "findings": [] if over else expert_sight.findings_seen(mission),
    }


def _room(mission: Mission, bound: Forms) -> dict[str, Any]:
    """Return the mission room as the expert sees it, each phase with its form."""
    today = clock.today()
    amendments = mission.dossier.amendments.filter(status=Amendment.Status.OPEN)
    room = room_of(
        mission,
        side=Minutes.Side.EXPERT,
        today=today,
        amendment=amendments.first() if mission.is_current else expert_sight.amendment_to_sign(mission),
        has_service_contract=mission.has_service_contract,  # type: ignore[attr-defined]
    )
    phase_forms(room["phases"], today, bound)
    return room


def followed_payment(mission: Mission) -> Following | None:
    """Return how far the payment is, once the closure was sent; None before, and for a mission without payment."""
    if mission.closure_submitted_on is None or mission.state == MissionState.ENDED:
        return None
    read_papers([mission])
    return following_of(mission, today=clock.today(), usual=usual_days())


def _stage_label(mission: Mission) -> str:
    return expert_asks.OF_ONE[expert_asks.group_of(mission)]


def _tone(mission: Mission) -> str:
    return {"paid": "success", "ended": "neutral", "running": "info", "awaited": "info"}.get(
        expert_asks.group_of(mission), "warning"
    )


def timeline_of(mission: Mission) -> list[dict[str, Any]]:
    """Return the mission's dates, done and expected, in order."""
    dossier = mission.dossier
    payment = expert_sight.standing_payment(mission)
    steps = [
        ("Cabinet retenu", mission.began_on, None),
        ("Intérêts déclarés", _civil(mission.conflict_declared_at), None),
        ("Contrat signé par l’entreprise", dossier.signed_on, None),
        ("Prestation démarrée", mission.work_started_on, None),
        ("Prestation achevée", mission.work_ended_on, dossier.due_on),
        ("Clôture envoyée", mission.closure_submitted_on, mission.report_due_on),
        ("Restitution confirmée", mission.restitution_on, None),
        ("Paiement de Bpifrance", payment.paid_on if payment else None, None),
    ]
    rows = [
        {"label": label, "on": done or expected, "done": done is not None} for label, done, expected in steps
    ]
    if expert_asks.group_of(mission) != expert_asks.ENDED:
        return rows
    # Nothing is to come: what was done, then how it ended.
    end = expert_asks.end_of(mission)
    return [row for row in rows if row["done"]] + [{"label": end.title, "on": end.on, "done": True}]


def _civil(instant: Any) -> Any:
    return clock.civil_date(instant) if instant else None


# --- Acts ------------------------------------------------------------------------------------------
def page_of(mission: Mission) -> str:
    """Return the address of the mission's page."""
    return reverse("mission_detail", args=[mission.pk])


def act(request: HttpRequest, pk: int, transition: str, name: str, success: str) -> HttpResponse:
    """Do one act of the workflow with one of the page's forms."""
    mission = read_mission(request, pk)
    form = blank(name, data=request.POST)
    if not form.is_valid():
        return show_mission(request, mission, {name: form})

    def refused(obstacles: tuple[Obstacle, ...]) -> HttpResponse:
        put_on(form, obstacles)
        return show_mission(request, mission, {name: form})

    return perform(
        request,
        transition,
        mission.dossier,
        mission=mission,
        inputs=form.cleaned_data,
        success=success,
        back=page_of(mission),
        refused=refused,
    )


def _file(
    request: HttpRequest, pk: int, name: str, service: Callable[..., object], success: str
) -> HttpResponse:
    mission = read_mission(request, pk)
    form = blank(name, data=request.POST, files=request.FILES)
    if form.is_valid():
        inputs = {**form.cleaned_data, "actor": cast("User", request.user), "now": clock.now()}
        conflict = write(request, form, back=page_of(mission), do=lambda: service(mission, **inputs))
        if conflict is not None:
            return conflict
    if form.errors:
        return show_mission(request, mission, {name: form})
    messages.success(request, success)
    return redirect(page_of(mission))


@writes
@access(Role.EXPERT)
def mission_conflict(request: HttpRequest, pk: int) -> HttpResponse:
    """Declare one's interests."""
    return act(request, pk, "declare_conflict", "conflict", "Votre déclaration d’intérêts est enregistrée.")


@writes
@access(Role.EXPERT)
def mission_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Declare the start of the work."""
    return act(
        request,
        pk,
        "start_work",
        "start",
        "Le démarrage est déclaré\u00a0; l’entreprise et Bpifrance sont prévenus.",
    )


@writes
@access(Role.EXPERT)
def mission_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Declare the end of the work."""
    return act(
        request, pk, "declare_work_done", "done", "La fin de la prestation est déclarée. La clôture s’ouvre."
    )


@writes
@access(Role.EXPERT)
def mission_pending_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up the end of work that waits for a manager."""
    mission = read_mission(request, pk)
    pending = expert_asks.end_awaiting_manager(mission)
    if pending is None:
        return conflict_page(request, Stale(NOTHING_WAITS), back=page_of(mission))
    try:
        drop_pending(pending, actor=cast("User", request.user), now=clock.now())
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Stale as refusal:
        return conflict_page(request, refusal, back=page_of(mission))
    messages.success(
        request, "Votre déclaration de fin est abandonnée\u00a0: vous pouvez en faire une autre."
    )
    return redirect(page_of(mission))


@writes
@access(Role.EXPERT)
def mission_amendment(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign the amendment that is open."""
    return act(request, pk, "amend", "amendment", "Vous avez signé l’avenant.")


@writes
@access(Role.EXPERT)
def mission_service_contract(request: HttpRequest, pk: int) -> HttpResponse:
    """File the signed contract between expert and company."""
    return _file(
        request,
        pk,
        "service_contract",
        mission_work.record_service_contract,
        "Le contrat de prestation est déposé.",
    )


@writes
@access(Role.EXPERT)
def mission_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Report a delay or an incident."""
    return _file(
        request,
        pk,
        "report",
        mission_work.file_report,
        "C’est enregistré\u00a0; l’entreprise et Bpifrance sont prévenus.",
    )


@writes
@access(Role.EXPERT)
def mission_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Write to Bpifrance."""

    def post(mission: Mission, *, actor: User, now: datetime, **typed: Any) -> object:
        return talk.post_message(
            dossier=mission.dossier,
            author=actor,
            thread=Message.Thread.EXPERT,
            now=now,
            mission=mission,
            **typed,
        )

    return _file(request, pk, "message", post, "Votre message est envoyé à Bpifrance.")
