"""Who may sign for a company: the list with each one's state, a new signatory, the end of a right."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.company import ColleagueForm, SignatoryForm
from applications.forms.obstacles import put_on
from applications.models import Company, Signatory
from applications.services import signatories
from applications.views.company_registration import while_member
from applications.views.filing_start import own_companies
from applications.workflow.refusals import Refused
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import Invitation, MembershipRole, User
from portal.accounts.services import Refused as AccountRefused
from portal.accounts.services import invite
from portal.documents.checks import FileRefused


def _signed_in(request: HttpRequest) -> User:
    return cast("User", request.user)


@access(Role.COMPANY)
@require_safe
def signatory_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who may sign for the company, who can’t yet, and who could once."""
    company = get_object_or_404(own_companies(request), pk=pk)
    rows = signatories.read_signatories(company)
    invitations = Invitation.objects.open().filter(
        organisation=company.organisation_id, expires_at__gt=clock.now()
    )
    context = {
        "company": company,
        "rows": [row for row in rows if row.state != signatories.ENDED],
        "former": [row for row in rows if row.state == signatories.ENDED],
        "invited": list(invitations.order_by("email").values_list("email", flat=True)),
        "may_name": signatories.is_owner(company, _signed_in(request)),
    }
    return render(request, "company/signatory_list.html", context)


def _owned(request: HttpRequest, pk: int) -> Company:
    """Return a company to one of its owners; 404 for another’s, 403 for a simple member."""
    company = get_object_or_404(own_companies(request), pk=pk)
    if not signatories.is_owner(company, _signed_in(request)):
        raise PermissionDenied(signatories.OWNERS_ONLY)
    return company


@access(Role.COMPANY)
@require_http_methods(["GET", "HEAD", "POST"])
def signatory_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Name a member who signs for the company."""
    company = _owned(request, pk)
    form = _form(company, request)
    if request.method == "POST" and form.is_valid():
        try:
            with while_member():
                named = signatories.add_signatory(
                    company, actor=_signed_in(request), now=clock.now(), **form.cleaned_data
                )
        except Refused as refusal:
            put_on(form, refusal.obstacles)
        except FileRefused as refusal:
            form.add_error("delegation", refusal.message)
        else:
            then = "" if named.may_sign else " Bpifrance doit encore accepter sa délégation."
            messages.success(request, f"{named.full_name} est enregistré comme signataire.{then}")
            return redirect("signatory_list", pk=company.pk)
    return _form_page(request, company, form, ColleagueForm())


def _form(company: Company, request: HttpRequest | None = None) -> SignatoryForm:
    members = User.objects.filter(
        memberships__organisation=company.organisation_id, memberships__is_active=True, is_active=True
    )
    return SignatoryForm(
        (request.POST or None) if request else None,
        (request.FILES or None) if request else None,
        members=members.order_by("full_name", "pk"),
        initial={"kind": Signatory.Kind.LEGAL},
    )


def _form_page(
    request: HttpRequest, company: Company, form: SignatoryForm, colleague: ColleagueForm
) -> HttpResponse:
    context = {
        "form": form,
        "colleague": colleague,
        "company": company,
        "cancel_url": reverse("signatory_list", args=[company.pk]),
    }
    wrong = bool(form.errors or colleague.errors)
    return render(request, "company/signatory_form.html", context, status=422 if wrong else 200)


@access(Role.COMPANY)
@writes
def signatory_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite a person who has no account yet, to be named signatory once a member."""
    company = _owned(request, pk)
    colleague = ColleagueForm(request.POST)
    if colleague.is_valid():
        try:
            sent = invite(
                organisation=company.organisation,
                email=colleague.cleaned_data["email"],
                role=MembershipRole.MEMBER,
                invited_by=_signed_in(request),
                now=clock.now(),
            )
        except AccountRefused as refusal:
            colleague.add_error("email", str(refusal))
        else:
            messages.success(
                request,
                f"L’invitation part à {sent.email}. Un courriel vous préviendra quand cette personne l’aura "
                "acceptée\u00a0: vous pourrez alors la nommer ici.",
            )
            return redirect("signatory_list", pk=company.pk)
    return _form_page(request, company, _form(company), colleague)


@access(Role.COMPANY)
@require_http_methods(["GET", "HEAD", "POST"])
def signatory_end(request: HttpRequest, pk: int, signatory_pk: int) -> HttpResponse:
    """Confirm (GET), then take the right to sign away (POST)."""
    company = _owned(request, pk)
    signatory = get_object_or_404(company.signatories.filter(is_active=True), pk=signatory_pk)
    if request.method != "POST":
        return render(request, "company/signatory_end.html", {"company": company, "signatory": signatory})
    with while_member():
        signatories.end_signatory(signatory, actor=_signed_in(request), now=clock.now())
    messages.success(request, f"{signatory.full_name} ne peut plus signer pour l’entreprise.")
    return redirect("signatory_list", pk=company.pk)
