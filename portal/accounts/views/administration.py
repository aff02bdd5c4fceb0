"""The administrator's pages: accounts, Bpifrance roles, delegations of signature."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from portal import clock
from portal.accounts import services
from portal.accounts.access import Role, access, writes
from portal.accounts.forms import AccountForm, DelegationForm, FactorResetForm, StaffAccountForm
from portal.accounts.models import Delegation, Membership, StaffRole, User
from portal.accounts.second_factor import FACTORS
from portal.accounts.views.requests import signed_in_user

PAGE_SIZE = 50
FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@access(Role.ADMINISTRATOR)
def account_list(request: HttpRequest) -> HttpResponse:
    """List the accounts, filtered by name or address and by role."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    role = request.GET.get("role", "")
    accounts = User.objects.order_by("full_name", "pk").prefetch_related(
        Prefetch(
            "memberships",
            queryset=Membership.objects.filter(is_active=True).select_related("organisation").order_by("pk"),
            to_attr="current_memberships",
        )
    )
    if words:
        accounts = accounts.filter(Q(full_name__icontains=words) | Q(email__icontains=words.lower()))
    if role in StaffRole.values and role:
        accounts = accounts.filter(staff_role=role)
    page = Paginator(accounts, PAGE_SIZE).get_page(request.GET.get("page"))
    parameters = {name: value for name, value in (("q", words), ("role", role)) if value}
    return render(
        request,
        "accounts/account_list.html",
        {
            "page_obj": page,
            "words": words,
            "role": role,
            "staff_roles": [choice for choice in StaffRole.choices if choice[0]],
            "params": urlencode(parameters),
        },
    )


@require_http_methods(FORM_METHODS)
@access(Role.ADMINISTRATOR)
def account_create(request: HttpRequest) -> HttpResponse:
    """Open a Bpifrance account; its owner receives a link to choose a password."""
    form = StaffAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = services.create_staff_account(
                **form.cleaned_data, actor=signed_in_user(request), now=clock.now()
            )
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, f"Le compte est créé ; le lien pour choisir un mot de passe part à {account.email}."
            )
            return redirect("account_list")
    return render(request, "accounts/account_create.html", {"form": form})


@require_http_methods(FORM_METHODS)
@access(Role.ADMINISTRATOR)
def account_edit(request: HttpRequest, account_id: int) -> HttpResponse:
    """Change a name or a Bpifrance role, deactivate or reactivate an account."""
    account = get_object_or_404(User, pk=account_id)
    form = AccountForm(request.POST or None, instance=account)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_account(
                account=account, **form.cleaned_data, actor=signed_in_user(request), now=clock.now()
            )
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Le compte est modifié.")
            return redirect("account_list")
    memberships = Membership.objects.active().filter(user_id=account_id).select_related("organisation")
    return render(
        request,
        "accounts/account_edit.html",
        {
            "form": form,
            "account": account,
            "memberships": memberships.order_by("pk"),
            "factors": Authenticator.objects.filter(user=account, type__in=FACTORS).count(),
            "is_oneself": account.pk == signed_in_user(request).pk,
        },
    )


@require_http_methods(FORM_METHODS)
@access(Role.ADMINISTRATOR)
def account_reset_factor(request: HttpRequest, account_id: int) -> HttpResponse:
    """Ask why (GET), then take an account's second factors away (POST); a refusal keeps what was typed."""
    account = get_object_or_404(User, pk=account_id)
    form = FactorResetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.reset_second_factor(
                account=account, **form.cleaned_data, actor=signed_in_user(request), now=clock.now()
            )
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                f"Le second facteur de {account} est réinitialisé. Un message l’en prévient ; "
                "ses sessions ont pris fin.",
            )
            return redirect("account_edit", account.pk)
    return render(request, "accounts/account_reset_factor.html", {"form": form, "account": account})


@writes
@access(Role.ADMINISTRATOR)
def account_send_link(request: HttpRequest, account_id: int) -> HttpResponse:
    """Send the link to choose a password once more, for a Bpifrance account."""
    account = get_object_or_404(
        User.objects.exclude(staff_role=StaffRole.NONE), pk=account_id, is_active=True
    )
    services.resend_set_password_link(account=account, actor=signed_in_user(request), now=clock.now())
    messages.success(request, f"Un nouveau lien part à {account.email}.")
    return redirect("account_edit", account.pk)


@require_http_methods(FORM_METHODS)
@access(Role.ADMINISTRATOR)
def delegation_list(request: HttpRequest) -> HttpResponse:
    """List the delegations of signature and grant a new one."""
    form = DelegationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.grant_delegation(**form.cleaned_data, actor=signed_in_user(request), now=clock.now())
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "La délégation de signature est enregistrée.")
            return redirect("delegation_list")
    in_force = set(Delegation.objects.in_force(clock.today()).values_list("pk", flat=True))
    delegations = Delegation.objects.select_related("user", "granted_by").order_by("-valid_from", "-pk")
    page = Paginator(delegations, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "accounts/delegation_list.html",
        {"form": form, "page_obj": page, "in_force": in_force},
    )


@require_http_methods(FORM_METHODS)
@access(Role.ADMINISTRATOR)
def delegation_end(request: HttpRequest, delegation_id: int) -> HttpResponse:
    """Confirm (GET), then withdraw a delegation at once (POST)."""
    delegation = get_object_or_404(Delegation.objects.select_related("user"), pk=delegation_id)
    if request.method != "POST":
        return render(request, "accounts/delegation_end.html", {"delegation": delegation})
    try:
        services.end_delegation(delegation=delegation, actor=signed_in_user(request), now=clock.now())
    except services.Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"La délégation de {delegation.user} est retirée.")
    return redirect("delegation_list")
