"""Entering a request for a company that wrote: the list of entries, the beginning of one, and its ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.assistance import EntryForm, HandOverForm, PassOnForm, StopForm, WrittenNumberForm
from applications.forms.obstacles import put_on
from applications.models import Assistance, Company, Dossier
from applications.models.dossier_sets import WRITERS_FOR_COMPANIES
from applications.services import filing_company
from applications.services.assistance import ending, entering
from applications.services.assistance.trail import has_members
from applications.services.filing_company import Lookup, find_registered
from applications.views.company_registration import ANSWERS, ceased
from applications.views.officer_requests import DESK, FORM_METHODS, PAGE_SIZE, posted, signed_in
from applications.workflow.refusals import NotYours, Refused
from applications.workflow.states import State
from portal import clock
from portal.accounts.access import Role, access
from portal.accounts.models import Invitation, Membership, StaffRole, User
from portal.documents.checks import FileRefused
from tariffs import catalogue

KEPT = "assistance_lookup"
End = Assistance.End
TONES = {"": "info", End.HANDED: "warning", End.SUBMITTED: "success", End.LEFT: "danger"}


@require_safe
@access(*DESK)
def assistance_list(request: HttpRequest) -> HttpResponse:
    """List one's entries, those under way first; a manager sees everybody's."""
    user, now = signed_in(request), clock.now()
    invitations = (
        Invitation.objects.open()
        .filter(organisation=OuterRef("dossier__company__organisation"))
        .order_by("-pk")
        .values("expires_at")
    )
    found = (
        Assistance.objects.visible_to(user)
        .exclude(end=End.PASSED)
        .select_related("dossier__company", "officer", "letter__document")
        .with_standing()
        .annotate(invited_until=Subquery(invitations[:1]))
        .order_by(F("closed_at").desc(nulls_first=True), "received_on", "pk")
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "rows": [_row(one, user, now) for one in page.object_list],
        "page_obj": page,
        "everybodys": user.staff_role == StaffRole.MANAGER,
    }
    return render(request, "officer/assistance_list.html", context)


def _row(one: Any, user: User, now: datetime) -> dict[str, Any]:
    waiting = one.latest and one.end == End.HANDED and one.dossier.state == State.DRAFT
    mine, manager = one.officer_id == user.pk, user.staff_role == StaffRole.MANAGER
    filed = one.dossier.submitted_at is not None
    unclaimed = one.is_unclaimed(latest=one.latest, claimed=one.claimed)
    return {
        "entry": one,
        "standing": one.standing,
        "tone": "success" if filed else TONES.get(one.end, "neutral"),
        "age": one.age_on(clock.civil_date(now)) if one.is_open or waiting else None,
        "may_write": one.is_open and mine,
        "may_pass": one.is_open and (mine or manager),
        "may_take_up": manager and one.can_be_taken_up(latest=one.latest, claimed=one.claimed),
        "may_invite": unclaimed and (mine or manager),
        "waiting": waiting,
        "unclaimed": unclaimed,
        "invitation_is_over": one.invited_until is not None and one.invited_until <= now,
        "filed": filed,
    }


# --- Beginning -----------------------------------------------------------------------------------
@require_http_methods(FORM_METHODS)
@access(*DESK)
def assistance_number(request: HttpRequest) -> HttpResponse:
    """Ask for the number of the company that wrote, and look it up."""
    form = WrittenNumberForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            lookup = filing_company.look_up(**form.cleaned_data, user=signed_in(request), now=clock.now())
        except Refused as refusal:
            put_on(form, refusal.obstacles)
        else:
            request.session[KEPT] = lookup.as_json()
            return redirect("assistance_begin")
    context = {
        "form": form,
        "back": reverse("assistance_list"),
        "title": "Saisir pour une entreprise",
        "lead": "L’entreprise a écrit ou appelé\u00a0: vous saisissez sa demande, elle la relit et la dépose.",
        "eyebrow": "Saisies",
        "button": "Continuer",
    }
    return render(request, "officer/form.html", context, status=422 if form.errors else 200)


@require_http_methods(FORM_METHODS)
@access(*DESK)
def assistance_begin(request: HttpRequest) -> HttpResponse:
    """Ask for what was received, and open the draft."""
    kept = request.session.get(KEPT)
    if not isinstance(kept, dict):
        return redirect("assistance_number")
    lookup = Lookup(**kept)
    company = find_registered(lookup.scheme, lookup.identifier)
    form = _entry_form(request, lookup, company)
    if request.method == "POST" and form.is_valid():
        begun = _begin(request, form, lookup)
        if begun is not None:
            request.session.pop(KEPT, None)
            messages.success(
                request,
                f"La demande de {begun.dossier.company.name} est ouverte\u00a0: saisissez-la d’après ce que vous "
                "avez reçu, puis remettez-la.",
            )
            return redirect("filing_tasks", pk=begun.dossier_id)
    tone, answer = ANSWERS[lookup.answer]
    context = {
        "form": form,
        "lookup": lookup,
        "scheme": Company.Scheme(lookup.scheme).label,
        "company": company,
        "claimed": company is not None and has_members(company),
        "answer": answer,
        "answer_tone": tone,
        "ceased": ceased(lookup),
    }
    return render(request, "officer/assistance_begin.html", context, status=422 if form.errors else 200)


def _entry_form(request: HttpRequest, lookup: Lookup, company: Company | None) -> EntryForm:
    edition = catalogue.edition_at(clock.today())
    record = lookup.record or {}
    return EntryForm(
        posted(request),
        request.FILES or None,
        volets=catalogue.volets(edition) if edition else {},
        is_known=company is not None,
        is_claimed=company is not None and has_members(company),
        initial={name: record.get(name, "") for name in filing_company.IDENTITY},
    )


def _begin(request: HttpRequest, form: EntryForm, lookup: Lookup) -> Assistance | None:
    told = form.cleaned_data
    heard = entering.Heard(
        told["channel"], told["received_on"], told["letter"], told.get("contact_email", "")
    )
    try:
        return entering.begin(
            lookup=lookup,
            identity=form.identity(),
            volet=told["volet"],
            heard=heard,
            actor=signed_in(request),
            now=clock.now(),
        )
    except FileRefused as refusal:
        form.add_error("letter", refusal.message)
    except Refused as refusal:
        put_on(form, refusal.obstacles)
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return None


# --- Ending --------------------------------------------------------------------------------------
@require_http_methods(FORM_METHODS)
@access(*DESK)
def assistance_hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave the draft to its company; or invite again a company that did not come."""
    entry = _visible(request, pk)
    claimed, user = has_members(entry.dossier.company), signed_in(request)
    if entry.dossier.state != State.DRAFT or not ending.may_hand_over(entry, user):
        raise PermissionDenied(ending.NOT_THE_WRITER)
    form = HandOverForm(posted(request), is_claimed=claimed, initial={"contact_email": entry.contact_email})
    if request.method == "POST" and form.is_valid():
        with _refusals_on(form):
            ending.hand_over(
                entry, actor=user, now=clock.now(), contact_email=form.cleaned_data.get("contact_email", "")
            )
            messages.success(request, _handed(entry, claimed=claimed))
            return redirect("assistance_list")
    company = entry.dossier.company.name
    context = {
        "form": form,
        "back": reverse("filing_tasks", args=[entry.dossier_id])
        if entry.is_open
        else reverse("assistance_list"),
        "title": "Remettre à l’entreprise" if entry.is_open else "Renvoyer l’invitation",
        "lead": f"{company} reçoit un message avec le lien pour relire, déclarer et déposer. Vous ne pourrez plus "
        "écrire dans sa demande."
        if entry.is_open
        else f"{company} n’a pas encore rejoint son espace.",
        "eyebrow": f"{company} · volet {entry.dossier.volet}",
        "button": "Remettre la demande" if entry.is_open else "Renvoyer l’invitation",
    }
    return render(request, "officer/form.html", context, status=422 if form.errors else 200)


def _handed(entry: Assistance, *, claimed: bool) -> str:
    if not claimed:
        return "L’invitation est envoyée\u00a0: l’entreprise rejoint son espace, relit et dépose."
    return f"La demande est remise à {entry.dossier.company.name}\u00a0: ses membres sont prévenus."


@require_http_methods(FORM_METHODS)
@access(*DESK)
def assistance_pass_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an entry to somebody else of the desk."""
    entry, user = _visible(request, pk), signed_in(request)
    people = User.objects.filter(is_active=True, staff_role__in=WRITERS_FOR_COMPANIES)
    people = people.exclude(pk=entry.officer_id) if entry.is_open else people
    form = PassOnForm(posted(request), people=people.order_by("full_name", "pk"))
    if request.method == "POST" and form.is_valid():
        with _refusals_on(form):
            following = ending.pass_on(entry, to=form.cleaned_data["officer"], actor=user, now=clock.now())
            messages.success(request, f"La saisie est confiée à {following.officer.full_name}.")
            return redirect("assistance_list")
    context = {
        "form": form,
        "back": reverse("assistance_list"),
        "title": "Confier la saisie" if entry.is_open else "Reprendre la saisie",
        "lead": "La personne choisie continue la demande là où elle en est, avec le courrier reçu.",
        "eyebrow": f"{entry.dossier.company.name} · volet {entry.dossier.volet}",
        "button": "Confier la saisie",
    }
    return render(request, "officer/form.html", context, status=422 if form.errors else 200)


@require_http_methods(FORM_METHODS)
@access(Role.COMPANY)
def assistance_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Let an owner end Bpifrance's entry of the company's request."""
    own = Dossier.objects.of_company(request.user).select_related("company")
    dossier, user = get_object_or_404(own, pk=pk), signed_in(request)
    owners = Membership.objects.owners().filter(organisation=dossier.company.organisation_id, user=user)
    if not owners.exists():
        raise PermissionDenied(ending.NOT_AN_OWNER)
    form = StopForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with _refusals_on(form):
            ending.stop(dossier, actor=user, now=clock.now(), reason=form.cleaned_data["reason"])
            messages.success(
                request, "La saisie de Bpifrance est arrêtée\u00a0: la demande est à vous seuls."
            )
            return redirect("filing_tasks", pk=pk)
    context = {"form": form, "dossier": dossier, "back": reverse("filing_tasks", args=[pk])}
    return render(request, "company/filing/stop.html", context, status=422 if form.errors else 200)


def _visible(request: HttpRequest, pk: int) -> Assistance:
    found = Assistance.objects.visible_to(request.user).select_related("dossier__company", "officer")
    entry: Assistance = get_object_or_404(found, pk=pk)
    return entry


@contextmanager
def _refusals_on(form: forms.Form) -> Iterator[None]:
    """Show what stands in the way on the form; 403 for whoever lost the right."""
    try:
        yield
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Refused as refusal:
        put_on(form, refusal.obstacles)
