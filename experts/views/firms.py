"""The expert's pages about the firm: registration, profile, payment details, consultants, accreditations."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from experts import services
from experts.charter import CHARTER_VERSION
from experts.forms import ConsultantForm, FirmForm, IdentityForm, PaymentDetailsForm
from experts.models import Consultant, ExpertFirm
from experts.services.firms import IDENTITY_FIELDS
from experts.views.accreditations import shown_standings
from experts.views.requests import FORM_METHODS, attempt, posted, signed_in_user, visible_firm
from portal import clock
from portal.accounts.access import Role, access, forget_roles, writes
from portal.accounts.models import Membership
from portal.accounts.reauthentication import reauthentication_redirect, recently_authenticated


@require_http_methods(FORM_METHODS)
@access(Role.MEMBER)
def firm_create(request: HttpRequest) -> HttpResponse:
    """Register one's firm, found by its SIREN."""
    user = signed_in_user(request)
    form = FirmForm(posted(request), initial={"contact_email": user.email})
    if request.method == "POST" and form.is_valid():
        firm = attempt(
            form,
            services.register_firm,
            name=form.cleaned_data["name"],
            siren=form.cleaned_data["siren"],
            details=form.cleaned_data,
            actor=user,
            now=clock.now(),
        )
        if firm is not None:
            forget_roles(user)
            messages.success(
                request, f"Le cabinet {firm.name} est enregistré. Demandez maintenant son agrément."
            )
            return redirect("firm_profile_of", firm.pk)
    return render(request, "experts/firm_create.html", {"form": form})


@require_safe
@access(Role.EXPERT)
def firm_profile(request: HttpRequest, firm_id: int | None = None) -> HttpResponse:
    """Show one's firm; with several firms and none named, the first one by name."""
    firms = list(ExpertFirm.objects.visible_to(request.user))
    firm = firms[0] if firm_id is None and firms else visible_firm(request, firm_id or 0)
    today = clock.today()
    context = {
        "firm": firm,
        "others": [other for other in firms if other.pk != firm.pk],
        "iban": services.masked_iban(firm.iban),
        "change": services.open_change(firm),
        "is_owner": Membership.objects.owners()
        .filter(organisation_id=firm.organisation_id, user=request.user.pk)
        .exists(),
        "volets": shown_standings(firm),
        "charter_is_current": services.charter_is_current(firm),
        "charter_version": CHARTER_VERSION,
        "insurance": services.insurance_of(firm, today),
        "certificates": firm.passi_certificates.all(),
        "consultants": firm.consultants.select_related("cv__document"),
        "insurance_ended": firm.insurance_until is not None and firm.insurance_until < today,
        "today": today,
    }
    return render(request, "experts/firm_profile.html", context)


@require_http_methods(FORM_METHODS)
@access(Role.EXPERT)
def firm_edit(request: HttpRequest, firm_id: int) -> HttpResponse:
    """Change the firm's identity and contacts."""
    firm = visible_firm(request, firm_id)
    initial = {name: getattr(firm, name) for name in IDENTITY_FIELDS}
    form = IdentityForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        saved = attempt(
            form,
            services.update_identity,
            firm=firm,
            actor=signed_in_user(request),
            now=clock.now(),
            fields=form.cleaned_data,
        )
        if saved is not None:
            messages.success(request, "Les renseignements du cabinet sont enregistrés.")
            return redirect("firm_profile_of", firm.pk)
    return render(request, "experts/firm_edit.html", {"form": form, "firm": firm})


@require_http_methods(FORM_METHODS)
@access(Role.EXPERT)
def firm_payment_details(request: HttpRequest, firm_id: int) -> HttpResponse:
    """Change the bank account and the VAT, by an owner who just confirmed their identity."""
    firm = visible_firm(request, firm_id)
    if not recently_authenticated(request):
        return reauthentication_redirect(reverse("firm_payment_details", args=[firm.pk]))
    initial = {name: getattr(firm, name) for name in ("iban", "bic", "vat_regime", "vat_number")}
    form = PaymentDetailsForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        asked = attempt(
            form,
            services.update_payment_details,
            firm=firm,
            actor=signed_in_user(request),
            now=clock.now(),
            **form.cleaned_data,
        )
        if asked is not None:
            messages.info(
                request,
                "L’autre compte est demandé\u00a0: une seconde personne le confirme, puis 48 heures passent.",
            )
            return redirect("account_change", firm.pk)
        if form.is_valid():
            messages.success(
                request,
                "Les coordonnées de paiement sont enregistrées\u00a0; les membres du cabinet sont prévenus.",
            )
            return redirect("firm_profile_of", firm.pk)
    return render(request, "experts/firm_payment_details.html", {"form": form, "firm": firm})


@require_http_methods(FORM_METHODS)
@access(Role.EXPERT)
def consultant_add(request: HttpRequest, firm_id: int) -> HttpResponse:
    """Add a person who carries out missions."""
    firm = visible_firm(request, firm_id)
    form = ConsultantForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        added = attempt(
            form,
            services.add_consultant,
            firm=firm,
            actor=signed_in_user(request),
            now=clock.now(),
            **form.cleaned_data,
        )
        if added is not None:
            messages.success(request, f"{added.full_name} fait partie des consultants du cabinet.")
            return redirect("firm_profile_of", firm.pk)
    return render(
        request,
        "experts/consultant_add.html",
        {"form": form, "firm": firm, "consultant": None},
        status=422 if form.errors else 200,
    )


@require_http_methods(FORM_METHODS)
@access(Role.EXPERT)
def consultant_edit(request: HttpRequest, consultant_id: int) -> HttpResponse:
    """Correct what is said of a consultant, and put another CV in the place of the former one."""
    consultant = _visible_consultant(request, consultant_id)
    initial = {name: getattr(consultant, name) for name in ("full_name", "email", "volets")}
    form = ConsultantForm(posted(request), request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        changed = attempt(
            form,
            services.update_consultant,
            consultant=consultant,
            actor=signed_in_user(request),
            now=clock.now(),
            **form.cleaned_data,
        )
        if changed is not None:
            messages.success(request, f"La fiche de {changed.full_name} est à jour.")
            return redirect("firm_profile_of", consultant.firm_id)
    return render(
        request,
        "experts/consultant_add.html",
        {"form": form, "firm": consultant.firm, "consultant": consultant},
        status=422 if form.errors else 200,
    )


def _visible_consultant(request: HttpRequest, consultant_id: int) -> Consultant:
    firms = ExpertFirm.objects.visible_to(request.user)
    rows = Consultant.objects.filter(firm__in=firms).select_related("firm", "cv__document")
    return get_object_or_404(rows, pk=consultant_id)


@writes
@access(Role.EXPERT)
def consultant_toggle(request: HttpRequest, consultant_id: int) -> HttpResponse:
    """Say that a consultant no longer works for the firm, or works for it again."""
    consultant = _visible_consultant(request, consultant_id)
    services.set_consultant_active(
        consultant=consultant,
        actor=signed_in_user(request),
        now=clock.now(),
        active=request.POST.get("active") == "1",
    )
    messages.success(request, f"La situation de {consultant.full_name} est à jour.")
    return redirect("firm_profile_of", consultant.firm_id)
