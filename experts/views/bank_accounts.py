"""Another bank account of a firm: what waits, its second person, the call back, and how to stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from experts import services
from experts.forms import CallBackForm
from experts.models import AccountChange, ExpertFirm
from experts.services import Refused
from experts.views.requests import attempt, posted, signed_in_user, visible_firm
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.reauthentication import reauthentication_redirect, recently_authenticated

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@access(Role.EXPERT)
def account_change(request: HttpRequest, firm_id: int) -> HttpResponse:
    """Show the change of account that waits, to the members of the firm."""
    firm = visible_firm(request, firm_id)
    change = services.open_change(firm)
    context = {
        "firm": firm,
        "change": change,
        "before": services.masked_iban(firm.iban),
        "mine": change is not None and change.asked_by_id == request.user.pk,
        "by_call": change is not None and services.needs_call_back(change),
    }
    return render(request, "experts/account_change.html", context)


@writes
@access(Role.EXPERT)
def account_change_confirm(request: HttpRequest, firm_id: int) -> HttpResponse:
    """Confirm the change as the firm's second person, who just confirmed their identity."""
    firm = visible_firm(request, firm_id)
    page = reverse("account_change", args=[firm.pk])
    if not recently_authenticated(request):
        return reauthentication_redirect(page)
    return _answer(
        request,
        firm,
        services.confirm_as_member,
        "Le nouveau compte est confirmé\u00a0: il entre en vigueur dans 48 heures.",
        page,
    )


@writes
@access(Role.EXPERT, Role.OFFICER, Role.MANAGER, Role.CONTROLLER)
def account_change_stop(request: HttpRequest, firm_id: int) -> HttpResponse:
    """Give the change up: by the firm's people or by Bpifrance's."""
    firm, user = visible_firm(request, firm_id), signed_in_user(request)
    page = reverse("firm_detail" if user.staff_role else "firm_profile_of", args=[firm.pk])
    return _answer(
        request, firm, services.stop_change, "Le changement est arrêté\u00a0: le compte reste le même.", page
    )


def _answer(
    request: HttpRequest, firm: ExpertFirm, act: Callable[..., Any], success: str, page: str
) -> HttpResponse:
    change = _named(request, firm)
    try:
        act(change=change, actor=signed_in_user(request), now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, success)
    return redirect(page)


def _named(request: HttpRequest, firm: ExpertFirm) -> AccountChange:
    """Return the change that the page showed; another one asked meanwhile is never confirmed in its place."""
    typed = request.POST.get("change", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 15):
        raise Http404
    return get_object_or_404(AccountChange.objects.select_related("firm"), pk=int(typed), firm=firm)


@require_http_methods(FORM_METHODS)
@access(Role.OFFICER, Role.MANAGER)
def account_call_back(request: HttpRequest, firm_id: int) -> HttpResponse:
    """Confirm a change for Bpifrance, after calling the firm back on the number known before."""
    firm = get_object_or_404(ExpertFirm, pk=firm_id)
    change = services.open_change(firm)
    if change is None or change.status != AccountChange.Status.ASKED or not services.needs_call_back(change):
        messages.info(request, "Aucun changement de compte n’attend de contre-appel.")
        return redirect("firm_detail", firm.pk)
    form = CallBackForm(posted(request), initial={"called_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        confirmed = attempt(
            form,
            services.confirm_by_call,
            change=change,
            actor=signed_in_user(request),
            now=clock.now(),
            today=clock.today(),
            **form.cleaned_data,
        )
        if confirmed is not None:
            messages.success(request, "Le compte est confirmé\u00a0: il entre en vigueur dans 48 heures.")
            return redirect("firm_detail", firm.pk)
    context = {
        "firm": firm,
        "change": change,
        "form": form,
        "before": services.masked_iban(firm.iban),
        "after": services.masked_iban(change.iban),
        "phone_changed_at": services.phone_changed_at(firm),
    }
    return render(request, "experts/account_call_back.html", context)
