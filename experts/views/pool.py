"""Bpifrance's pages about the expert pool: the list, a firm, its accreditations and certificates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from experts import services
from experts.forms import CertificateForm, FirmFilterForm
from experts.models import Accreditation, ExpertFirm, ExpertFirmQuerySet, PassiCertificate
from experts.policy import INSURANCE_NOTICE_DAYS, NOTICE_DAYS
from experts.views.decisions import shown_accreditation, waiting_count
from experts.views.requests import FORM_METHODS, attempt, posted, signed_in_user
from portal import clock
from portal.accounts.access import Role, access, roles_of

PAGE_SIZE = 50
# What a list shows of a firm: the past of its accreditations stands on its page.
LISTED = ("requested", "granted", "suspended")


@require_safe
@access(Role.OFFICER, Role.MANAGER, Role.CONTROLLER, Role.AUDITOR)
def firm_list(request: HttpRequest) -> HttpResponse:
    """List the firms, filtered by volet, accreditation, PASSI and words."""
    today = clock.today()
    form = FirmFilterForm(request.GET)
    form.is_valid()
    chosen = {name: form.cleaned_data.get(name) for name in form.fields}
    chosen["q"] = (chosen["q"] or "").replace("\x00", "").strip()
    firms = _filtered(ExpertFirm.objects.order_by("name", "pk"), chosen, today)
    page = Paginator(firms.prefetch_related("accreditations", "passi_certificates"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    rows = [_row(firm, today) for firm in page.object_list]
    params = urlencode({name: value for name, value in chosen.items() if value})
    context = {"form": form, "page_obj": page, "rows": rows, "params": params, "filtered": bool(params)}
    context["waiting"] = waiting_count()
    return render(request, "experts/firm_list.html", context)


def _filtered(firms: ExpertFirmQuerySet, chosen: dict[str, Any], today: date) -> ExpertFirmQuerySet:
    volet, accreditation = chosen["volet"], chosen["agrement"]
    in_force = Accreditation.objects.in_force(today)
    if volet:
        in_force = in_force.filter(volet=volet)
    soon = today + timedelta(days=NOTICE_DAYS[0])
    if accreditation == "en_vigueur":
        firms = firms.filter(pk__in=in_force.values("firm"))
    elif accreditation == "echeance":
        firms = firms.filter(pk__in=in_force.filter(valid_until__lte=soon).values("firm"))
    elif accreditation == "aucun":
        firms = firms.exclude(pk__in=in_force.values("firm"))
    elif accreditation or volet:
        firms = firms.with_accreditation(status=accreditation or "", volet=volet)
    if chosen["passi"] == "valide":
        firms = firms.passi_valid(today)
    elif chosen["passi"] == "expire":
        firms = firms.passi_expired(today)
    firms = _insured(firms, chosen["assurance"], today)
    return firms.search(chosen["q"]) if chosen["q"] else firms


def _insured(firms: ExpertFirmQuerySet, chosen: str, today: date) -> ExpertFirmQuerySet:
    if chosen == "proche":
        return firms.filter(
            insurance_until__gte=today,
            insurance_until__lte=today + timedelta(days=INSURANCE_NOTICE_DAYS[0]),
        )
    if chosen == "echue":
        return firms.exclude(insurance_until__gte=today)
    return firms


def _row(firm: ExpertFirm, today: date) -> dict[str, Any]:
    certificates = list(firm.passi_certificates.all())
    latest = certificates[0] if certificates else None
    return {
        "firm": firm,
        "accreditations": [
            shown_accreditation(known) for known in firm.accreditations.all() if known.status in LISTED
        ],
        "passi": latest,
        "passi_valid": any(known.valid_from <= today <= known.valid_until for known in certificates),
    }


@require_safe
@access(Role.OFFICER, Role.MANAGER, Role.CONTROLLER, Role.AUDITOR)
def firm_detail(request: HttpRequest, firm_id: int) -> HttpResponse:
    """Show a firm with its accreditations, certificates and people."""
    firm = get_object_or_404(ExpertFirm.objects.select_related("charter_accepted_by"), pk=firm_id)
    today = clock.today()
    certificates = [
        {"row": known, "valid": known.valid_from <= today <= known.valid_until, "scopes": scope_labels(known)}
        for known in firm.passi_certificates.all()
    ]
    accreditations = firm.accreditations.select_related("decided_by", "charter_accepted_by")
    change = services.open_change(firm)
    context = {
        "firm": firm,
        "accreditations": [shown_accreditation(known) for known in accreditations],
        "certificates": certificates,
        "consultants": firm.consultants.select_related("cv"),
        "members": services.members_of(firm),
        "iban": services.masked_iban(firm.iban),
        "change": change,
        "by_call": change is not None and change.status == "asked" and services.needs_call_back(change),
        "may_decide": _may_decide(request),
        "insurance": services.insurance_of(firm, today),
        "charter_is_current": services.charter_is_current(firm),
        "insurance_ended": firm.insurance_until is not None and firm.insurance_until < today,
        "insurance_ends_soon": firm.insurance_until is not None
        and firm.insurance_until <= today + timedelta(days=INSURANCE_NOTICE_DAYS[0]),
    }
    return render(request, "experts/firm_detail.html", context)


def scope_labels(certificate: PassiCertificate) -> list[str]:
    """Return the French names of a certificate's scopes."""
    labels = dict(CertificateForm.base_fields["scopes"].choices)  # type: ignore[attr-defined]
    return [labels.get(scope, scope) for scope in certificate.scopes]


def _may_decide(request: HttpRequest) -> bool:
    return bool(roles_of(signed_in_user(request)) & {Role.OFFICER, Role.MANAGER})


@require_http_methods(FORM_METHODS)
@access(Role.OFFICER, Role.MANAGER)
def certificate_record(request: HttpRequest, firm_id: int, certificate_id: int | None = None) -> HttpResponse:
    """Record a PASSI certificate of the firm, or correct one."""
    firm = get_object_or_404(ExpertFirm, pk=firm_id)
    known = get_object_or_404(PassiCertificate, pk=certificate_id, firm=firm) if certificate_id else None
    names = ("reference", "valid_from", "valid_until", "scopes")
    initial = {name: getattr(known, name) for name in names} if known else {}
    form = CertificateForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        kept = attempt(
            form,
            services.record_passi_certificate,
            firm=firm,
            certificate=known,
            officer=signed_in_user(request),
            now=clock.now(),
            **form.cleaned_data,
        )
        if kept is not None:
            messages.success(request, "Le certificat PASSI est enregistré.")
            return redirect("firm_detail", firm.pk)
    return render(
        request, "experts/certificate_record.html", {"form": form, "firm": firm, "certificate": known}
    )
