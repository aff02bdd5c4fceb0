"""What a company says of itself: its identity and its devices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.company import IdentityForm
from applications.forms.filing_device import DeviceForm
from applications.models import Company, Device
from applications.services import filing_company
from applications.steps import Scope
from applications.views.company_registration import while_member
from applications.views.filing_start import own_companies
from applications.workflow.refusals import Stale
from portal import clock
from portal.accounts.access import Role, access

EVERYTHING = Scope(everything=True, named={})


@access(Role.COMPANY)
@require_http_methods(["GET", "HEAD", "POST"])
def company_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the name and address of the company."""
    company = get_object_or_404(own_companies(request), pk=pk)
    initial = {name: getattr(company, name) for name in filing_company.IDENTITY}
    form = IdentityForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with while_member(), _unless_changed(form, company):
            filing_company.edit_company(
                company,
                actor=request.user,  # type: ignore[arg-type]
                seen=request.POST.get("seen", ""),
                **form.identity(),
            )
            messages.success(request, "Les coordonnées de l’entreprise sont enregistrées.")
            return redirect(_home_of(company))
    context = {
        "form": form,
        "company": company,
        "seen": filing_company.as_seen(company),
        "cancel_url": _home_of(company),
    }
    return render(request, "company/company_form.html", context, status=422 if form.errors else 200)


@contextmanager
def _unless_changed(form: Form, row: Company | Device | None) -> Iterator[None]:
    """Say what another member wrote meanwhile; what was typed stays, and can be sent again."""
    try:
        yield
    except Stale as refusal:
        assert row is not None
        row.refresh_from_db()
        typed = form.cleaned_data
        form.add_error(
            None,
            f"{refusal} Rien n’est perdu\u00a0: relisez, puis enregistrez de nouveau pour garder les vôtres.",
        )
        for name in (*filing_company.IDENTITY, "description"):
            theirs = getattr(row, name, "")
            if name in typed and theirs != typed[name]:
                form.add_error(name, f"Écrit entre-temps : « {theirs} »." if theirs else "Vidé entre-temps.")


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
            with while_member(), _unless_changed(form, device):
                filing_company.keep_device(
                    company,
                    actor=request.user,  # type: ignore[arg-type]
                    device=device,
                    seen=request.POST.get("seen", ""),
                    facts=form.facts(),
                    **identity,
                )
                messages.success(request, f"« {identity['name']} » est enregistré.")
                return redirect("device_list", pk=company.pk)
    seen = filing_company.as_seen(device) if device else ""
    context = {"form": form, "company": company, "device": device, "seen": seen}
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
