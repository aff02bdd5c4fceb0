"""Bpifrance's pages about accreditations: what waits, a request with its evidence, the decision of two persons."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from experts import services
from experts.charter import CHARTER_VERSION
from experts.forms import VOLETS, AccreditationRecordForm, AnswerForm, ProposalForm
from experts.models import Accreditation, AccreditationDecision, ExpertFirm
from experts.services.decisions import PROPOSERS, STALE
from experts.views.requests import FORM_METHODS, attempt, posted, signed_in_user
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import StaffRole

TONES = {
    "requested": "info",
    "granted": "success",
    "refused": "neutral",
    "suspended": "warning",
    "withdrawn": "neutral",
    "renewed": "neutral",
}
DECISION_TONES = {"proposed": "info", "taken": "success", "set_aside": "warning"}
MOST_WAITING = 200


def shown_accreditation(accreditation: Accreditation) -> dict[str, Any]:
    """Return what a page shows of an accreditation; one past its end is not in force any more."""
    ended = accreditation.has_ended(clock.today())
    return {
        "row": accreditation,
        "ended": ended,
        "label": "Échu" if ended else accreditation.get_status_display(),
        "tone": "warning" if ended else TONES[accreditation.status],
    }


def waiting_count() -> int:
    """Return how many accreditations wait for Bpifrance: requests, and decisions that a manager has to take."""
    proposed = AccreditationDecision.objects.filter(status="proposed").values("accreditation")
    return (Accreditation.objects.open() | Accreditation.objects.filter(pk__in=proposed)).count()


@require_safe
@access(Role.OFFICER, Role.MANAGER, Role.CONTROLLER, Role.AUDITOR)
def accreditation_queue(request: HttpRequest) -> HttpResponse:
    """List what waits: the requests to study, then the decisions to take, the oldest first."""
    proposals = (
        AccreditationDecision.objects.filter(status="proposed")
        .select_related("accreditation__firm", "proposed_by")
        .order_by("proposed_at", "pk")
    )
    studied = [one.accreditation_id for one in proposals]
    requests = (
        Accreditation.objects.open()
        .exclude(pk__in=studied)
        .select_related("firm", "renews")
        .order_by("requested_at", "pk")
    )
    user = signed_in_user(request)
    context = {
        "requests": list(requests[:MOST_WAITING]),
        "proposals": list(proposals),
        "waiting": waiting_count(),
        "is_manager": user.serves_as(StaffRole.MANAGER),
        "may_decide": user.serves_as(*PROPOSERS),
        "today": clock.today(),
    }
    return render(request, "experts/accreditation_queue.html", context)


@require_http_methods(FORM_METHODS)
@access(Role.OFFICER, Role.MANAGER)
def accreditation_decide(request: HttpRequest, accreditation_id: int) -> HttpResponse:
    """Show a request with its evidence, and propose one of the decisions that its state allows."""
    accreditation = _accreditation(accreditation_id)
    form = _proposal_form(posted(request), accreditation)
    if request.method == "POST" and form.is_valid():
        proposed = attempt(
            form,
            services.propose_decision,
            accreditation=accreditation,
            actor=signed_in_user(request),
            now=clock.now(),
            **form.cleaned_data,
        )
        if proposed is not None:
            messages.success(request, "Votre proposition est transmise aux responsables, qui décident.")
            return redirect("accreditation_decide", accreditation.pk)
    return _page(request, accreditation, form=form)


@writes
@access(Role.MANAGER)
def accreditation_answer(request: HttpRequest, accreditation_id: int, decision_id: int) -> HttpResponse:
    """Follow what is proposed, or give it back to the officers."""
    accreditation = _accreditation(accreditation_id)
    proposal = get_object_or_404(accreditation.decisions.all(), pk=decision_id)
    form = AnswerForm(request.POST)
    if form.is_valid():
        followed = form.cleaned_data["follow"] == "1"
        done = attempt(
            form,
            services.follow_decision if followed else services.set_decision_aside,
            proposal=proposal,
            answer=form.cleaned_data["answer"],
            actor=signed_in_user(request),
            now=clock.now(),
        )
        if done is not None:
            messages.success(
                request,
                "La décision est prise\u00a0; le cabinet est prévenu."
                if followed
                else "La proposition est écartée\u00a0; son auteur est prévenu.",
            )
            return redirect("accreditation_decide", accreditation.pk)
    return _page(request, accreditation, answer=form)


def _accreditation(pk: int) -> Accreditation:
    rows = Accreditation.objects.select_related(
        "firm", "charter_accepted_by", "decided_by", "renews"
    ).prefetch_related(
        "papers__document",
        Prefetch("decisions", AccreditationDecision.objects.select_related("proposed_by", "decided_by")),
    )
    return get_object_or_404(rows, pk=pk)


def _proposal_form(data: QueryDict | None, accreditation: Accreditation) -> ProposalForm:
    decisions = [(one.name, one.label) for one in services.decisions_open(accreditation)]
    start, end = services.default_dates(accreditation, clock.today())
    initial = {"valid_from": start, "valid_until": end}
    if len(decisions) == 1:
        initial["decision"] = decisions[0][0]  # type: ignore[assignment]
    return ProposalForm(data, decisions=decisions, initial=initial)


def _page(
    request: HttpRequest,
    accreditation: Accreditation,
    *,
    form: ProposalForm | None = None,
    answer: AnswerForm | None = None,
) -> HttpResponse:
    user = signed_in_user(request)
    decisions = list(accreditation.decisions.all())
    proposal = next((one for one in decisions if one.status == "proposed"), None)
    may_answer = (
        proposal is not None and user.serves_as(StaffRole.MANAGER) and proposal.proposed_by_id != user.pk
    )
    asks = form or _proposal_form(None, accreditation)
    may_propose = proposal is None and bool(asks.fields["decision"].choices)  # type: ignore[attr-defined]
    unsent = _unsent(form, "motive", shown=may_propose) or _unsent(answer, "answer", shown=may_answer)
    context = {
        "shown": shown_accreditation(accreditation),
        "firm": accreditation.firm,
        "papers": accreditation.papers.all(),
        "history": [
            {"row": one, "tone": DECISION_TONES[one.status]} for one in decisions if one.status != "proposed"
        ],
        "proposal": proposal,
        "form": asks if may_propose else None,
        "unsent": unsent,
        "answer": (answer or AnswerForm()) if may_answer else None,
        "certificates": list(accreditation.firm.passi_certificates.all())
        if accreditation.volet == 5
        else None,
        "charter_is_old": accreditation.charter_version not in {"", CHARTER_VERSION},
        "today": clock.today(),
    }
    faulty = bool((form and form.errors) or (answer and answer.errors))
    status = 409 if unsent else 422 if faulty else 200
    return render(request, "experts/accreditation_decide.html", context, status=status)


def _unsent(form: ProposalForm | AnswerForm | None, field: str, *, shown: bool) -> dict[str, str] | None:
    """Return why nothing was kept and what was typed, where a colleague was first and its form is gone."""
    if form is None or shown or not form.errors:
        return None
    why = " ".join(str(one) for one in form.non_field_errors()) or STALE
    return {"why": why, "typed": form.data.get(field, "").strip()}


@require_http_methods(FORM_METHODS)
@access(Role.OFFICER, Role.MANAGER)
def accreditation_record(request: HttpRequest, firm_id: int) -> HttpResponse:
    """Propose to record an accreditation given outside the portal."""
    firm = get_object_or_404(ExpertFirm, pk=firm_id)
    found = services.standings(firm.accreditations.all(), clock.today())
    open_ones = [volet for volet, _ in VOLETS if found[volet].may_ask]
    form = AccreditationRecordForm(posted(request), today=clock.today(), volets=open_ones)
    if request.method == "POST" and form.is_valid():
        proposed = attempt(
            form,
            services.record_accreditation,
            firm=firm,
            actor=signed_in_user(request),
            now=clock.now(),
            **form.cleaned_data,
        )
        if proposed is not None:
            messages.success(request, "L’agrément est proposé\u00a0: un responsable le confirme.")
            return redirect("firm_detail", firm.pk)
    context = {"form": form, "firm": firm, "has_room": bool(open_ones)}
    return render(request, "experts/accreditation_record.html", context, status=422 if form.errors else 200)
