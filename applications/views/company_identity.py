"""What a company says of itself: its identity, its devices and its signatories."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.company import IdentityForm, SignatoryForm
from applications.forms.filing_device import DeviceForm
from applications.models import Company, Device, Signatory
from applications.services import filing_company, signatories
from applications.steps import Scope
from applications.views.company_registration import add_obstacles
from applications.views.filing_start import own_companies
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User
from portal.documents.checks import FileRefused


@contextmanager
def _while_member() -> Iterator[None]:
    """Answer 403 when the person lost the right between the page and the act."""
    try:
        yield
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal


EVERYTHING = Scope(everything=True, named={})


@access(Role.COMPANY)
@require_http_methods(["GET", "HEAD", "POST"])
def company_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the name and address of the company."""
    company = get_object_or_404(own_companies(request), pk=pk)
    initial = {name: getattr(company, name) for name in ("name", "address", "postcode", "city", "region")}
    form = IdentityForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with _while_member():
            filing_company.edit_company(company, actor=request.user, **form.identity())  # type: ignore[arg-type]
        messages.success(request, "Les coordonnées de l’entreprise sont enregistrées.")
        return redirect(_home_of(company))
    context = {"form": form, "company": company, "cancel_url": _home_of(company)}
    return render(request, "company/company_form.html", context, status=422 if form.errors else 200)


def _home_of(company: Company) -> str:
    return f"{reverse('company_home')}?entreprise={company.pk}"


# --- Devices -----------------------------------------------------------------------------------
@access(Role.COMPANY)
@require_safe
def device_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the company's devices."""
    company = get_object_or_404(own_companies(request), pk=pk)
    return render(
        request, "company/device_list.html", {"company": company, "devices": list(company.devices.all())}
    )


@access(Role.COMPANY)
@require_http_methods(["GET", "HEAD", "POST"])
def device_edit(request: HttpRequest, pk: int, device_pk: int | None = None) -> HttpResponse:
    """Add a device, or write one again; requests under way keep what they say."""
    company = get_object_or_404(own_companies(request), pk=pk)
    device = get_object_or_404(company.devices, pk=device_pk) if device_pk else None
    form = _device_form(request, device)
    if request.method == "POST" and form.is_valid():
        identity = form.identity()
        if not identity["name"]:
            form.add_error("name", "Donnez un nom à ce dispositif.")
        else:
            with _while_member():
                filing_company.keep_device(
                    company,
                    actor=request.user,  # type: ignore[arg-type]
                    device=device,
                    facts=form.facts(),
                    **identity,
                )
            messages.success(request, f"« {identity['name']} » est enregistré.")
            return redirect("device_list", pk=company.pk)
    context = {"form": form, "company": company, "device": device}
    return render(request, "company/device_form.html", context, status=422 if form.errors else 200)


def _device_form(request: HttpRequest, device: Device | None) -> DeviceForm:
    form = DeviceForm(
        request.POST if request.method == "POST" else None,
        stored=dict(device.facts) if device else {},
        scope=EVERYTHING,
        today=clock.today(),
    )
    if device is not None:
        form.initial.update(name=device.name, description=device.description)
    return form


# --- Signatories -------------------------------------------------------------------------------
@access(Role.COMPANY)
@require_safe
def signatory_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who may sign for the company."""
    company = get_object_or_404(own_companies(request), pk=pk)
    context = {
        "company": company,
        "signatories": list(company.signatories.filter(is_active=True).select_related("delegation")),
        "may_name": signatories.is_owner(company, request.user),  # type: ignore[arg-type]
    }
    return render(request, "company/signatory_list.html", context)


def _owned(request: HttpRequest, pk: int) -> Company:
    """Return a company to one of its owners; 404 for another's, 403 for a simple member."""
    company = get_object_or_404(own_companies(request), pk=pk)
    if not signatories.is_owner(company, request.user):  # type: ignore[arg-type]
        raise PermissionDenied(signatories.OWNERS_ONLY)
    return company


@access(Role.COMPANY)
@require_http_methods(["GET", "HEAD", "POST"])
def signatory_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Name a member who signs for the company."""
    company = _owned(request, pk)
    members = User.objects.filter(
        memberships__organisation=company.organisation, memberships__is_active=True, is_active=True
    ).order_by("full_name", "pk")
    form = SignatoryForm(
        request.POST or None, request.FILES or None, members=members, initial={"kind": Signatory.Kind.LEGAL}
    )
    if request.method == "POST" and form.is_valid():
        try:
            with _while_member():
                signatories.add_signatory(company, actor=request.user, now=clock.now(), **form.cleaned_data)  # type: ignore[arg-type]
        except Refused as refusal:
            add_obstacles(form, refusal)
        except FileRefused as refusal:
            form.add_error("delegation", refusal.message)
        else:
            messages.success(request, "Le signataire est enregistré.")
            return redirect("signatory_list", pk=company.pk)
    context = {"form": form, "company": company}
    return render(request, "company/signatory_form.html", context, status=422 if form.errors else 200)


@access(Role.COMPANY)
@writes
def signatory_end(request: HttpRequest, pk: int, signatory_pk: int) -> HttpResponse:
    """Take the right to sign away."""
    company = _owned(request, pk)
    signatory = get_object_or_404(company.signatories.filter(is_active=True), pk=signatory_pk)
    with _while_member():
        signatories.end_signatory(signatory, actor=request.user, now=clock.now())  # type: ignore[arg-type]
    messages.success(request, f"{signatory.full_name} ne peut plus signer pour l’entreprise.")
    return redirect("signatory_list", pk=company.pk)
