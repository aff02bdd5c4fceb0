"""The company's page of a filed request: follow it, answer, sign, confirm."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.company_acts import (
    ExtensionForm,
    MotiveForm,
    RestitutionForm,
    SatisfactionForm,
    WithdrawForm,
)
from applications.forms.obstacles import put_on
from applications.forms.talk import MessageForm
from applications.models import Amendment, Deadline, Dossier, Invoice, Letter, Message, Minutes, Mission
from applications.services import company_page, court, feedback, talk
from applications.services.cash import cash_of
from applications.services.evaluation import as_decided, current_evaluation
from applications.services.extension import extended_term
from applications.services.transitions import Offer, available
from applications.views.acts import perform
from applications.views.room_parts import for_room, room_of
from applications.workflow.refusals import NotYours, Obstacle, Refused
from applications.workflow.states import ENDED, State
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User

# Acts done on the dossier's page with a small form; signing has pages of its own.
ACTS: dict[str, tuple[type[forms.Form], str]] = {
    "confirm_restitution": (RestitutionForm, "La restitution est confirmée. Merci."),
    "contest_restitution": (MotiveForm, "La contestation est enregistrée ; le paiement est suspendu."),
    "request_review": (MotiveForm, "Le réexamen est demandé ; d’autres personnes étudieront votre demande."),
    "request_extension": (ExtensionForm, "La prolongation est demandée ; un responsable vous répond."),
    "withdraw": (WithdrawForm, "La demande est retirée."),
    "request_cancellation": (MotiveForm, "L’annulation est demandée ; un responsable vous répond."),
}
LEADS = {
    "confirm_restitution": "L’expert vous a présenté ses travaux et remis son rapport.",
    "contest_restitution": "Le paiement de l’expert est suspendu le temps que Bpifrance tranche.",
    "withdraw": "Le volet redevient disponible. Un retrait ne s’annule pas.",
    "request_cancellation": "Après la signature, seul un responsable de Bpifrance annule un dossier.",
}
# Before the decision the company reads what the rules say, not yet what the officer makes of it.
UNDECIDED = frozenset({State.SUBMITTED, State.UNDER_REVIEW, State.INCOMPLETE})
# What a replaced expert's mission still asks of the company, beside the current one's.
ON_EACH_MISSION = ("confirm_restitution", "contest_restitution")


def own_dossier(request: HttpRequest, pk: int) -> Dossier:
    """Return a dossier of one of the person's companies; another's is 404."""
    found = Dossier.objects.of_company(request.user).select_related(
        "company", "device", "officer", "firm", "derogation"
    )
    return get_object_or_404(found, pk=pk)


@access(Role.COMPANY)
@require_safe
def company_dossier(request: HttpRequest, pk: int) -> HttpResponse:
    """Show where a request stands; a draft opens on its task list."""
    dossier = own_dossier(request, pk)
    if dossier.state == State.DRAFT:
        return redirect("filing_tasks", pk=dossier.pk)
    return page(request, dossier)


def page(
    request: HttpRequest,
    dossier: Dossier,
    *,
    typed: dict[str, forms.BaseForm] | None = None,
    obstacles: tuple[Obstacle, ...] = (),
    status: int = 200,
) -> HttpResponse:
    """Render the page, with what was typed in a refused act."""
    mission = _mission(dossier)
    deadlines = list(dossier.deadlines.filter(closed_on__isnull=True).order_by("due_on", "pk"))
    letters = _letters(dossier)
    context = {
        "dossier": dossier,
        "mission": mission,
        "deadlines": deadlines,
        "obstacles": obstacles,
        "refusal": company_page.refusal_of(dossier, letters),
        "timeline": company_page.timeline(dossier, mission, deadlines),
        "quote_waits": dossier.state in company_page.QUOTE_WAITS,
        "cash": cash_of(dossier, mission, _invoices(dossier)),
        "documents": _documents(dossier),
        "letters": letters,
        "message_form": (typed or {}).get("message") or MessageForm(prefix="message"),
        **_expected(dossier, mission, deadlines, cast("User", request.user), typed or {}),
        **_followed(dossier, clock.today()),
    }
    return render(request, "company/dossier.html", context, status=status)


def _expected(
    dossier: Dossier,
    mission: Mission | None,
    deadlines: list[Deadline],
    user: User,
    typed: dict[str, forms.BaseForm],
) -> dict[str, Any]:
    """Return what the company is asked and what it may do; the act that is asked is unfolded."""
    replaced, amendments = list(company_page.replaced_to_restitute(dossier)), list(dossier.amendments.all())
    phases = feedback.phases_of(mission) if mission is not None and mission.work_started_on else []
    amendment = next((one for one in amendments if one.status == "open"), None)
    room = _room(mission, amendment, phases)
    asks = company_page.asked_now(
        dossier,
        mission,
        deadlines,
        replaced=replaced,
        amendment=amendment,
        minutes=[row for row in room["minutes"] if row.awaits_reader] if room else [],
        unanswered=feedback.unanswered(phases) if mission is not None and feedback.is_open(mission) else [],
    )
    wanted = {ask.anchor.removeprefix("acte-") for ask in asks}
    offers = {offer.transition.name: offer for offer in available(dossier, user)}
    acts = _act_forms(dossier, offers, typed)
    for one in replaced:
        acts += _replaced_acts(dossier, one, user, typed)
    return {
        "asks": asks,
        "acts": [{**act, "open": act["open"] or act["key"] in wanted} for act in acts],
        "signed_amendments": [one for one in amendments if one.company_signed_at is not None],
        "phases": _phase_rows(mission, phases, typed),
        "room": room,
    }


def _room(
    mission: Mission | None, amendment: Amendment | None, phases: list[feedback.Phase]
) -> dict[str, Any]:
    """Return the mission room; nothing before a firm is at work or about to be."""
    if mission is None:
        return {}
    return room_of(
        mission,
        side=Minutes.Side.COMPANY,
        today=clock.today(),
        amendment=amendment,
        has_service_contract=hasattr(mission, "service_contract"),
        judged=phases,
    )


def _followed(dossier: Dossier, today: date) -> dict[str, Any]:
    """Return what is only read: who has the request, what was judged, said and answered."""
    journal = court.journal_of(dossier)
    return {
        "court": court.LABELS[court.holder_of(dossier.state)],
        "ended": dossier.state in ENDED,
        "clock": [asdict(part) for part in court.clock_of(dossier, journal, today=today)],
        "answers": company_page.answers(journal),
        "evaluation": _evaluation(dossier, today),
        "talk": talk.thread_of(dossier.messages.filter(thread=Message.Thread.COMPANY)),
    }


def _evaluation(dossier: Dossier, today: date) -> dict[str, Any]:
    """Return the evaluation with what the officer lifted, once the request was decided and not before."""
    evaluation = current_evaluation(dossier, today=today)
    if dossier.state in UNDECIDED:
        return evaluation
    return as_decided(evaluation, dossier.finding_decisions.all())


def _letters(dossier: Dossier) -> list[Letter]:
    letters = dossier.letters.select_related("document").order_by("-created_at", "-pk")
    theirs = (letter for letter in letters if letter.kind != Letter.Kind.CORRECTIONS)
    return [letter for letter in theirs if letter.kind != Letter.Kind.CONTRACT or dossier.contract_sent_on]


def _invoices(dossier: Dossier) -> Iterable[Invoice]:
    return Invoice.objects.filter(
        mission__dossier=dossier, addressee=Invoice.Addressee.COMPANY, replaced_at__isnull=True
    ).order_by("issued_on", "pk")


def _mission(dossier: Dossier) -> Mission | None:
    found: Mission | None = (
        for_room(Mission.objects.select_related("firm", "service_contract").with_corrections_due())
        .prefetch_related("payments", "satisfactions")
        .filter(dossier=dossier, is_current=True)
        .first()
    )
    if found is not None:
        found.dossier = dossier
    return found


def _documents(dossier: Dossier) -> Any:
    pieces = dossier.documents.filter(replaced_at__isnull=True).select_related("document", "mission")
    return pieces.exclude(kind="bpifrance_invoice").order_by("added_at", "pk")


def _lead(dossier: Dossier, name: str) -> str:
    """Return what is to be known before an act is done."""
    if name == "request_extension":
        term = extended_term(dossier)
        return (
            f"Accordée, la prolongation porterait le terme au {date_format(term, 'j F Y')}." if term else ""
        )
    if name == "request_review":
        until = company_page.review_until(dossier)
        return f"Possible une seule fois, jusqu’au {date_format(until, 'j F Y')}." if until else ""
    return LEADS.get(name, "")


def _act_forms(
    dossier: Dossier,
    offers: dict[str, Offer],
    typed: dict[str, forms.BaseForm],
    mission: Mission | None = None,
) -> list[dict[str, Any]]:
    """Return the acts offered; `mission` names the replaced expert that they are about."""
    acts = []
    for name, (form_class, _) in ACTS.items():
        if name in offers:
            key, transition = _key(name, mission), offers[name].transition
            acts.append(
                {
                    "name": name,
                    "key": key,
                    "mission": mission,
                    "label": f"{transition.label} – {mission.firm.name}" if mission else transition.label,
                    "danger": transition.danger,
                    "lead": _lead(dossier, name),
                    "obstacles": offers[name].obstacles,
                    "form": typed.get(key) or form_class(prefix=key),
                    "open": key in typed,
                }
            )
    return acts


def _key(name: str, mission: Mission | None) -> str:
    """Return the prefix of an act's form: one per act, and per replaced expert."""
    return f"{name}-{mission.pk}" if mission is not None else name


def _replaced_acts(
    dossier: Dossier, mission: Mission, user: User, typed: dict[str, forms.BaseForm]
) -> list[dict[str, Any]]:
    offers = available(dossier, user, mission=mission)
    theirs = {o.transition.name: o for o in offers if o.transition.name in ON_EACH_MISSION}
    return _act_forms(dossier, theirs, typed, mission)


def _replaced_mission(request: HttpRequest, dossier: Dossier, name: str) -> Mission | None:
    """Return the replaced mission that the form names, None for the current one; 404 for another dossier's."""
    named = request.POST.get("mission", "")
    if not named:
        return None
    if name not in ON_EACH_MISSION or not (named.isascii() and named.isdigit() and len(named) < 19):
        raise Http404
    return get_object_or_404(
        Mission.objects.select_related("firm"), pk=int(named), dossier=dossier, is_current=False
    )


def _phase_rows(
    mission: Mission | None, phases: list[feedback.Phase], typed: dict[str, forms.BaseForm]
) -> list[dict[str, Any]]:
    """Return each phase with its form, filled with what was answered or typed just now; closed, what was said."""
    if mission is None or not feedback.is_open(mission):
        return [{"phase": phase} for phase in phases if phase.given is not None]
    refused = typed.get("satisfaction")
    named = refused["phase"].value() if refused is not None else None
    rows: list[dict[str, Any]] = []
    for rank, phase in enumerate(phases):
        initial: dict[str, Any] = {"phase": phase.code}
        if phase.given is not None:
            initial |= {"score": phase.given.score, "comment": phase.given.comment}
        form = SatisfactionForm(prefix="satisfaction", initial=initial, auto_id=f"satisfaction-{rank}-%s")
        mine = refused is not None and named == phase.code
        # One question at a time: the first that waits is open.
        asked = phase.given is None and phase.over and not any(row["open"] for row in rows)
        rows.append({"phase": phase, "form": refused if mine else form, "open": mine or asked})
    return rows


@access(Role.COMPANY)
@writes
def company_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Do one act of the page's list."""
    if name not in ACTS:
        raise Http404
    dossier = own_dossier(request, pk)
    mission = _replaced_mission(request, dossier, name)
    key = _key(name, mission)
    form_class, success = ACTS[name]
    form = form_class(request.POST, prefix=key)
    if not form.is_valid():
        return page(request, dossier, typed={key: form}, status=422)

    def refused(obstacles: tuple[Obstacle, ...]) -> HttpResponse:
        put_on(form, obstacles)
        return page(request, dossier, typed={key: form}, obstacles=obstacles, status=422)

    back = reverse("company_home") if dossier.state == State.DRAFT else reverse("company_dossier", args=[pk])
    return perform(
        request,
        name,
        dossier,
        mission=mission,
        inputs=form.cleaned_data,
        back=back,
        success=success,
        refused=refused,
    )


@access(Role.COMPANY)
@require_http_methods(["GET", "HEAD"])
def company_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a confirmation before a draft or a request is withdrawn."""
    dossier = own_dossier(request, pk)
    return render(
        request, "company/withdraw.html", {"dossier": dossier, "form": WithdrawForm(prefix="withdraw")}
    )


def _said(
    request: HttpRequest,
    dossier: Dossier,
    name: str,
    form: forms.BaseForm,
    *,
    write: Callable[[dict[str, Any]], object],
    success: str,
) -> HttpResponse:
    """Validate a small form that is no act of the table, write, and go back to the page."""
    if form.is_valid():
        try:
            write(form.cleaned_data)
        except NotYours as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except Refused as refusal:
            put_on(form, refusal.obstacles)
        else:
            messages.success(request, success)
            return redirect("company_dossier", pk=dossier.pk)
    return page(request, dossier, typed={name: form}, status=422)


@access(Role.COMPANY)
@writes
def company_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Post a message to Bpifrance."""
    dossier = own_dossier(request, pk)
    author = cast("User", request.user)

    def write(typed: dict[str, Any]) -> None:
        talk.post_message(
            dossier=dossier,
            author=author,
            thread=Message.Thread.COMPANY,
            now=clock.now(),
            **typed,
        )

    form = MessageForm(request.POST, request.FILES, prefix="message")
    return _said(request, dossier, "message", form, write=write, success="Votre message est envoyé.")


@access(Role.COMPANY)
@writes
def company_satisfaction(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the company's satisfaction at the end of a phase, or pass."""
    dossier = own_dossier(request, pk)
    actor = cast("User", request.user)

    def write(typed: dict[str, Any]) -> None:
        feedback.give_satisfaction(dossier=dossier, actor=actor, now=clock.now(), **typed)

    form = SatisfactionForm(request.POST, prefix="satisfaction")
    return _said(
        request, dossier, "satisfaction", form, write=write, success="Votre réponse est enregistrée. Merci."
    )
