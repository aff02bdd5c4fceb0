"""One page per act of the desk: what it leads to, what stands in its way, its form; and the second person's answer."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from applications.forms.officer_acts import ActForm, ConfirmForm, FindingForm, RejectForm
from applications.forms.officer_items import CompletionForm
from applications.forms.officer_registry import ACTS, Act, success_of
from applications.models import Dossier, Mission, PendingApproval
from applications.services.evaluation import decision_evaluation
from applications.services.eyes import with_lent
from applications.services.letter_drafts import draft_of
from applications.services.letter_words import KIND_OF_ACT
from applications.services.letters import INPUT
from applications.services.standing import lenders_of, standing_of
from applications.services.transitions import Offer, available, drop_pending
from applications.views.acts import conflict_page, expected_version, perform
from applications.views.officer_dossier import pending_shown
from applications.views.officer_letters import begin_draft
from applications.views.officer_list import confirmable_by
from applications.views.officer_requests import (
    ACTORS,
    FORM_METHODS,
    posted,
    signed_in,
    visible_dossier,
    visible_mission,
)
from applications.views.officer_talk import back_to
from applications.workflow.policy import Policy, policy
from applications.workflow.refusals import NotYours, Obstacle, Stale, WrongState
from applications.workflow.table import TRANSITIONS, Transition
from portal import clock
from portal.accounts.access import access, writes
from portal.accounts.models import StaffRole, User
from portal.accounts.reauthentication import reauthentication_redirect, recently_authenticated
from portal.display import euros

JUDGING: tuple[type[ActForm], ...] = (FindingForm, RejectForm, CompletionForm)
# The button that leads to the letter before the act is done.
LETTER_FIRST = "letter"
ON_PAYMENT_PAGE = frozenset({"approve_payment", "mark_paid", "reverse_payment"})


def consequence_of(act: Act) -> str:
    """Return what an act leads to, with the policy's delays."""
    held: Policy = policy()
    words = {field.name: getattr(held, field.name) for field in fields(held)}
    return act.consequence.format(**{**words, "manager_share": euros(held.manager_share)})


def back_of(request: HttpRequest, name: str, dossier: Dossier, mission: Mission | None) -> str:
    """Return the page to go back to: the payment's for a controller or an act of money, else the dossier's."""
    user = signed_in(request)
    if mission is not None and (name in ON_PAYMENT_PAGE or user.staff_role == StaffRole.CONTROLLER):
        return reverse("payment_detail", args=[mission.pk])
    return back_to(request, dossier)


@require_http_methods(FORM_METHODS)
@access(*ACTORS)
def desk_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Show one act on a dossier, and do it."""
    return _act(request, name, visible_dossier(request, pk), None)


@require_http_methods(FORM_METHODS)
@access(*ACTORS)
def desk_mission_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Show one act on a mission, and do it."""
    mission = visible_mission(request, pk)
    if name in TRANSITIONS and not TRANSITIONS[name].on_mission:
        raise Http404
    return _act(request, name, visible_dossier(request, mission.dossier_id), mission)


def _act(request: HttpRequest, name: str, dossier: Dossier, mission: Mission | None) -> HttpResponse:
    act, user = ACTS.get(name), signed_in(request)
    if act is None:
        raise Http404
    transition = TRANSITIONS[name]
    lenders = lenders_of(user, clock.today())
    if not with_lent(standing_of(user, dossier, mission), lenders) & transition.actors:
        raise PermissionDenied(f"« {transition.label} » n’est pas de votre ressort.")
    if act.reauthenticates and not recently_authenticated(request):
        return reauthentication_redirect(request.path)
    back = back_of(request, name, dossier, mission)
    if transition.on_mission and mission is None:
        mission = dossier.current_mission
    form = _form(request, act, dossier, mission)
    if request.method == "POST":
        return _posted(request, transition, act, form, back=back, mission=mission)
    offer = _offer(dossier, user, name, mission)
    if offer is None:
        refusal = WrongState(
            f"« {transition.label} » n’est pas possible dans l’état « {dossier.get_state_display()} »."
        )
        return conflict_page(request, refusal, back=back)
    return _page(request, transition, act, form, back, offer=offer)


def _posted(
    request: HttpRequest,
    transition: Transition,
    act: Act,
    form: ActForm,
    *,
    back: str,
    mission: Mission | None,
) -> HttpResponse:
    """Do the act, or go to its letter first; a form that can't be read is shown again."""
    name, dossier = transition.name, form.dossier
    if not form.is_valid():
        return _page(request, transition, act, form, back)
    if LETTER_FIRST in request.POST:
        return begin_draft(request, name, dossier, mission, form.inputs())

    def refused(obstacles: tuple[Obstacle, ...]) -> HttpResponse:
        form.show(obstacles)
        return _page(request, transition, act, form, back)

    def overtaken(refusal: Stale) -> HttpResponse:
        dossier.refresh_from_db()
        offer = _offer(dossier, signed_in(request), name, mission)
        if offer is None:
            return conflict_page(request, refusal, back=back)
        return _page(request, transition, act, form, back, offer=offer, overtaken=str(refusal))

    return perform(
        request,
        name,
        dossier,
        mission=mission,
        inputs=form.inputs() | rewritten(form, name),
        success=act.success,
        back=back,
        refused=refused,
        overtaken=overtaken,
    )


def _offer(dossier: Dossier, user: User, name: str, mission: Mission | None) -> Offer | None:
    offers = available(dossier, user, now=clock.now(), mission=mission)
    return next((offer for offer in offers if offer.transition.name == name), None)


def _form(request: HttpRequest, act: Act, dossier: Dossier, mission: Mission | None) -> ActForm:
    today = clock.today()
    judging = issubclass(act.form, JUDGING)
    return act.form(
        posted(request),
        files=request.FILES or None,
        dossier=dossier,
        mission=mission or dossier.current_mission,
        evaluation=decision_evaluation(dossier, today=today) if judging else None,
        today=today,
        initial={"rule": request.GET.get("constat", ""), **given_before(dossier, act, mission)},
    )


def _page(
    request: HttpRequest,
    transition: Transition,
    act: Act,
    form: ActForm,
    back: str,
    *,
    offer: Offer | None = None,
    overtaken: str = "",
) -> HttpResponse:
    fresh = request.method != "POST" or overtaken
    context: dict[str, Any] = {
        "transition": transition,
        "dossier": form.dossier,
        "mission": form.mission if transition.on_mission else None,
        "form": form,
        "consequence": consequence_of(act),
        "button": act.button or transition.label,
        "obstacles": offer.obstacles if offer else (),
        "offer": offer,
        "version": form.dossier.version if fresh else expected_version(request),
        "overtaken": overtaken,
        "back": back,
        "letter": transition.name in KIND_OF_ACT,
        "draft": draft_of(form.dossier, transition.name, form.mission),
    }
    return render(request, "officer/act.html", context, status=409 if overtaken else 200)


def rewritten(form: ActForm, name: str) -> dict[str, Any]:
    """Return, as an input of the act, the sections that were rewritten of its letter; nothing without a draft."""
    draft = draft_of(form.dossier, name, form.mission)
    return {INPUT: draft.texts} if draft is not None else {}


def given_before(dossier: Dossier, act: Act, mission: Mission | None) -> dict[str, Any]:
    """Return what the act was given when its letter was begun, as the fields of its form."""
    name = next(name for name, one in ACTS.items() if one is act)
    draft = draft_of(dossier, name, mission or dossier.current_mission)
    if draft is None:
        return {}
    fields = {name: value for name, value in draft.inputs.items() if name != "items"}
    for item in draft.inputs.get("items") or []:
        part = f"{item['step']}__{item['target']}" if "step" in item else f"part__{item['target']}"
        fields[part] = item["reason"]
    return fields


# --- Acts of two persons -------------------------------------------------------------------------
def _pending(request: HttpRequest, pk: int) -> PendingApproval:
    dossiers = Dossier.objects.visible_to(request.user)
    rows = PendingApproval.objects.filter(dossier__in=dossiers).select_related(
        "dossier__company", "mission", "asked_by"
    )
    return get_object_or_404(rows, pk=pk)


@writes
@access(*ACTORS)
def pending_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Do, as the second person, the act that a first one asked."""
    pending = _pending(request, pk)
    back = back_to(request, pending.dossier)
    if pending.status != PendingApproval.Status.OPEN:
        refusal = Stale(f"Cet acte n’attend plus de confirmation : {pending.get_status_display().lower()}.")
        return conflict_page(request, refusal, back=back)
    form, user = ConfirmForm(request.POST, auto_id="confirm_%s"), signed_in(request)

    def refused(obstacles: tuple[Obstacle, ...]) -> HttpResponse:
        form.show(obstacles)
        return _confirm_page(request, pending, form, back)

    if not form.is_valid():
        return _confirm_page(request, pending, form, back)
    if not confirmable_by(pending, user):
        raise PermissionDenied("Une autre personne, d’une autre fonction, confirme cet acte.")
    return perform(
        request,
        pending.transition,
        pending.dossier,
        mission=pending.mission,
        inputs=form.cleaned_data,
        success=success_of(pending.transition),
        back=back,
        refused=refused,
    )


def _confirm_page(
    request: HttpRequest, pending: PendingApproval, form: ConfirmForm, back: str
) -> HttpResponse:
    shown = pending_shown(pending, signed_in(request), form)
    context = {"pending": shown, "dossier": pending.dossier, "back": back}
    return render(request, "officer/pending.html", context)


@writes
@access(*ACTORS)
def pending_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up an act that waits for its second person."""
    pending = _pending(request, pk)
    back = back_to(request, pending.dossier)
    try:
        drop_pending(pending, actor=signed_in(request), now=clock.now(), page=expected_version(request))
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Stale as refusal:
        return conflict_page(request, refusal, back=back)
    messages.success(request, "L’acte en attente est abandonné.")
    return redirect(back)
