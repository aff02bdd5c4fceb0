"""A company comes on the portal: its number, what the directory says of it, its space; or a request to join it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_http_methods

from applications.forms.company import CompanyForm, NumberForm
from applications.forms.obstacles import put_on
from applications.models import Company
from applications.services import filing_company
from applications.services.filing_company import Lookup
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from portal.accounts.access import Role, access, forget_roles, writes
from portal.accounts.models import Membership, User
from portal.accounts.services import Refused as AccountRefused
from portal.accounts.services import ask_to_join
from portal.display import french_date

KEPT = "company_lookup"
# One sentence for each way the directory may answer (`Lookup.answer`).
ANSWERS = {
    "found": (
        "success",
        "L’annuaire des entreprises connaît ce numéro\u00a0: vérifiez ce qu’il a rempli, corrigez au besoin.",
    ),
    "unknown": (
        "warning",
        "L’annuaire des entreprises ne connaît pas ce numéro\u00a0: vérifiez-le, puis saisissez les coordonnées.",
    ),
    "down": (
        "info",
        "L’annuaire des entreprises ne répond pas en ce moment\u00a0: saisissez vous-même les coordonnées.",
    ),
    "off": (
        "info",
        "Ce portail ne consulte pas d’annuaire\u00a0: saisissez les coordonnées de l’entreprise.",
    ),
    "too_often": (
        "info",
        "Vous avez beaucoup consulté l’annuaire\u00a0: saisissez les coordonnées, ou réessayez dans dix minutes.",
    ),
    "none": (
        "info",
        "Ce registre n’a pas d’annuaire en ligne\u00a0: saisissez les coordonnées de l’entreprise.",
    ),
}


def _signed_in(request: HttpRequest) -> User:
    return cast("User", request.user)


@access(Role.MEMBER)
@writes
def company_lookup(request: HttpRequest) -> HttpResponse:
    """Read the number typed and ask the directory for it; the form comes next, filled in or not."""
    form = NumberForm(request.POST)
    if form.is_valid():
        try:
            lookup = filing_company.look_up(**form.cleaned_data, user=_signed_in(request), now=clock.now())
        except Refused as refusal:
            put_on(form, refusal.obstacles)
        else:
            if lookup.taken:
                return _taken(request, lookup.scheme, lookup.identifier)
            request.session[KEPT] = lookup.as_json()
            return redirect(_address(request, "company_create"))
    return _number_page(request, form)


@access(Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def company_create(request: HttpRequest) -> HttpResponse:
    """Ask for the number, then for the identity, and create the company's space."""
    lookup = None if "numero" in request.GET else _lookup_of(request)
    if request.method == "POST":
        return _create(request, lookup)
    if lookup is None:
        return _number_page(request, NumberForm())
    return _identity_page(request, CompanyForm(initial=_initial(lookup), known=True), lookup)


def _create(request: HttpRequest, lookup: Lookup | None) -> HttpResponse:
    form = CompanyForm(request.POST, known=lookup is not None)
    if not form.is_valid():
        return _identity_page(request, form, lookup)
    scheme, identifier = form.cleaned_data["scheme"], form.cleaned_data["identifier"]
    try:
        company = filing_company.register_company(
            scheme=scheme,
            identifier=identifier,
            owner=_signed_in(request),
            now=clock.now(),
            lookup=lookup,
            **form.identity(),
        )
    except Refused as refusal:
        if {one.code for one in refusal.obstacles} == {"exists"}:
            return _taken(request, scheme, filing_company.read_identifier(scheme, identifier))
        put_on(form, refusal.obstacles)
        return _identity_page(request, form, lookup)
    except AccountRefused as refusal:
        form.add_error(None, str(refusal))
        return _identity_page(request, form, lookup)
    request.session.pop(KEPT, None)
    forget_roles(_signed_in(request))
    messages.success(request, f"L’espace de {company.name} est ouvert. Vous en êtes propriétaire.")
    return redirect(_after_creation(request))


@access(Role.MEMBER)
@writes
def company_join(request: HttpRequest) -> HttpResponse:
    """Ask the owners of a company that is there already for an invitation."""
    form = NumberForm(request.POST)
    company: Company | None = None
    if form.is_valid():
        try:
            number = filing_company.read_identifier(
                form.cleaned_data["scheme"], form.cleaned_data["identifier"]
            )
        except Refused as refusal:
            put_on(form, refusal.obstacles)
        else:
            company = filing_company.find_registered(form.cleaned_data["scheme"], number)
    if company is None:
        return _number_page(request, form)
    try:
        ask_to_join(organisation=company.organisation, user=_signed_in(request), now=clock.now())
    except AccountRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            "Votre demande est transmise à son propriétaire\u00a0: s’il vous invite, vous recevrez un courriel.",
        )
    return redirect("home_of_user")


# --- Pages ---------------------------------------------------------------------------------------
def _steps(current: int) -> list[dict[str, str]]:
    states = ("done", "current", "todo")
    labels = ("Numéro", "Identité")
    return [
        {"label": label, "state": states[(rank > current) - (rank < current) + 1]}
        for rank, label in enumerate(labels, 1)
    ]


def _number_page(request: HttpRequest, form: NumberForm) -> HttpResponse:
    context = {
        "form": form,
        "steps": _steps(1),
        "action": _address(request, "company_lookup"),
        "cancel_url": reverse("home_of_user"),
    }
    return render(request, "company/company_number.html", context, status=422 if form.errors else 200)


def _identity_page(request: HttpRequest, form: CompanyForm, lookup: Lookup | None) -> HttpResponse:
    tone, sentence = ANSWERS[lookup.answer] if lookup is not None else ("", "")
    context = {
        "form": form,
        "steps": _steps(2),
        "lookup": lookup,
        "scheme": Company.Scheme(lookup.scheme).label if lookup is not None else "",
        "answer_tone": tone,
        "answer": sentence,
        "ceased": ceased(lookup),
        "action": _address(request, "company_create"),
        "other_number_url": _address(request, "company_create", numero="autre"),
        "cancel_url": reverse("home_of_user"),
    }
    return render(request, "company/company_create.html", context, status=422 if form.errors else 200)


def ceased(lookup: Lookup | None) -> str:
    """Return the sentence that says since when the directory holds the company for closed; "" while it lives."""
    record = lookup.record if lookup is not None else None
    if not record or not record["ceased"]:
        return ""
    since = french_date(date.fromisoformat(record["ceased_on"])) if record["ceased_on"] else ""
    return f"Selon l’annuaire, cette entreprise est fermée{f' depuis le {since}' if since else ''}"


def _taken(request: HttpRequest, scheme: str, number: str) -> HttpResponse:
    """Say that the company is there already; its own members are led to it."""
    own = Membership.objects.active().filter(
        user=_signed_in(request),
        organisation__company__identifier_scheme=scheme,
        organisation__company__identifier=number,
    )
    company = own.values_list("organisation__company", flat=True).first()
    if company is not None:
        messages.info(request, "Vous êtes déjà membre de cette entreprise.")
        return redirect(f"{reverse('company_home')}?entreprise={company}")
    context = {
        "scheme": scheme,
        "number": number,
        "register": Company.Scheme(scheme).label,
        "unclaimed": not Membership.objects.filter(
            organisation__company__identifier_scheme=scheme, organisation__company__identifier=number
        ).exists(),
        "other_number_url": _address(request, "company_create", numero="autre"),
    }
    return render(request, "company/company_taken.html", context, status=409)


def _lookup_of(request: HttpRequest) -> Lookup | None:
    kept = request.session.get(KEPT)
    return Lookup(**kept) if isinstance(kept, dict) else None


def _initial(lookup: Lookup) -> dict[str, Any]:
    record = lookup.record or {}
    names = ("name", "address", "postcode", "city", "region")
    return {"scheme": lookup.scheme, "identifier": lookup.identifier} | {
        name: record.get(name, "") for name in names
    }


def _address(request: HttpRequest, name: str, **parameters: str) -> str:
    """Return an address of the registration that remembers where the person was going."""
    wanted = request.GET.get("suite", "")
    query = urlencode({**parameters, **({"suite": wanted} if wanted else {})})
    return f"{reverse(name)}?{query}" if query else reverse(name)


def _after_creation(request: HttpRequest) -> str:
    """Return where the person was going, when that is a page of the portal."""
    wanted = request.GET.get("suite", "")
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if safe else reverse("company_home")


@contextmanager
def while_member() -> Iterator[None]:
    """Answer 403 when the person lost the right between the page and the act."""
    try:
        yield
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
