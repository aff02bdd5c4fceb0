"""A company as the desk sees it: its dossiers, the volets it used, its signatories, its proceedings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.obstacles import put_on
from applications.forms.officer_records import InsolvencyForm, UsedVoletForm
from applications.models import Company, Dossier, Signatory
from applications.services import dossier_file, records
from applications.views.acts import conflict_page
from applications.views.officer_facts import told
from applications.views.officer_requests import (
    DESK,
    FORM_METHODS,
    READERS,
    posted,
    signed_in,
    visible_company,
)
from applications.workflow.refusals import NotYours, Refused, Stale
from portal import clock
from portal.accounts.access import access, writes
from portal.accounts.models import Membership


@require_safe
@access(*READERS)
def officer_company(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a company that filed at least once."""
    company, user = visible_company(request, pk), signed_in(request)
    dossiers = Dossier.objects.visible_to(user).filter(company=company).select_related("officer", "device")
    context = {
        "company": company,
        "dossiers": dossiers.order_by("-submitted_at", "-pk"),
        "used_volets": company.used_volets.select_related("recorded_by"),
        "signatories": company.signatories.select_related("user", "delegation", "checked_by"),
        "insolvent": company.facts.get("insolvency_proceedings") is True,
        "history": told(dossier_file.history(records.chain_of(company))),
        "may_record": user.staff_role in records.DESK,
        **_without_members(company),
    }
    return render(request, "officer/company.html", context)


def _without_members(company: Company) -> dict[str, Any]:
    """Return what the page says of a space that nobody of the company entered yet; nothing of another."""
    if Membership.objects.filter(organisation=company.organisation_id).exists():
        return {"unclaimed": False}
    organisation = company.organisation
    return {
        "unclaimed": True,
        "invited": organisation.invitations.open().order_by("-created_at").first(),
        "asked": organisation.join_requests.open().select_related("user").order_by("asked_at", "pk"),
    }


@require_http_methods(FORM_METHODS)
@access(*DESK)
def used_volet_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a volet used outside the portal."""
    company, form = visible_company(request, pk), UsedVoletForm(posted(request))
    if request.method == "POST" and form.is_valid():
        typed = {**form.cleaned_data, "volet": int(form.cleaned_data["volet"])}
        done = _record(request, form, records.record_used_volet, company=company, **typed)
        if done:
            messages.success(request, f"Le volet {typed['volet']} est enregistré comme utilisé.")
            return redirect("officer_company", company.pk)
    lead = "Un volet déjà utilisé ne peut plus être demandé, quelle que soit l’édition."
    return _form_page(request, form, company, "Volet utilisé hors du portail", lead)


@require_http_methods(FORM_METHODS)
@access(*DESK)
def insolvency_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that insolvency proceedings are open, or not any more."""
    company = visible_company(request, pk)
    known = company.facts.get("insolvency_proceedings") is True
    form = InsolvencyForm(posted(request), initial={"opened": "non" if known else "oui"})
    if request.method == "POST" and form.is_valid():
        opened = form.cleaned_data["opened"] == "oui"
        motive = form.cleaned_data["motive"]
        if _record(request, form, records.record_insolvency, company=company, opened=opened, motive=motive):
            messages.success(request, "La situation de l’entreprise est enregistrée.")
            return redirect("officer_company", company.pk)
    lead = (
        "Une procédure ouverte empêche d’accepter une demande et d’envoyer un contrat ; "
        "elle n’annule rien par elle-même après la signature."
    )
    return _form_page(request, form, company, "Procédure collective", lead)


@writes
@access(*DESK)
def delegation_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that a signatory's delegation was read and holds."""
    signatory = get_object_or_404(Signatory.objects.select_related("company"), pk=pk)
    company = visible_company(request, signatory.company_id)
    try:
        records.check_delegation(
            signatory=signatory,
            document=request.POST.get("document", ""),
            actor=signed_in(request),
            now=clock.now(),
        )
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Stale as refusal:
        return conflict_page(request, refusal, back=reverse("officer_company", args=[company.pk]))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"La délégation de {signatory.full_name} est vérifiée.")
    return redirect("officer_company", company.pk)


def _record(request: HttpRequest, form: forms.Form, service: Callable[..., Any], **inputs: Any) -> bool:
    try:
        service(actor=signed_in(request), now=clock.now(), **inputs)
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Refused as refusal:
        put_on(form, refusal.obstacles)
        return False
    return True


def _form_page(
    request: HttpRequest, form: forms.Form, company: Company, title: str, lead: str
) -> HttpResponse:
    back = reverse("officer_company", args=[company.pk])
    context = {
        "form": form,
        "back": back,
        "title": title,
        "lead": lead,
        "eyebrow": company.name,
        "button": "Enregistrer",
    }
    return render(request, "officer/form.html", context)
