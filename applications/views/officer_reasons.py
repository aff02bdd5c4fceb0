"""The library of sentences for letters: read by the desk, written by managers, with its versions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.letters import ReasonForm, rule_titles
from applications.models import Reason
from applications.services import reasons
from applications.services.letter_words import PLACEHOLDERS
from applications.views.acts import conflict_page
from applications.views.officer_requests import DESK, FORM_METHODS, posted, signed_in
from applications.workflow.refusals import Stale
from portal import clock
from portal.accounts.access import Role, access, writes

Json = dict[str, Any]


@require_safe
@access(*DESK, Role.AUDITOR)
def reason_list(request: HttpRequest) -> HttpResponse:
    """Show the library, by rule; those taken out stand at the end."""
    titles = rule_titles()
    found = Reason.objects.all().with_words()
    rows = [(one, {"reason": one, "rule": titles.get(one.rule, one.rule)}) for one in found]
    context = {
        "rows": [row for one, row in rows if one.retired_at is None],
        "retired": [row for one, row in rows if one.retired_at is not None],
        "may_write": signed_in(request).staff_role == Role.MANAGER.value,
    }
    return render(request, "officer/letters/reason_list.html", context)


@require_http_methods(FORM_METHODS)
@access(Role.MANAGER)
def reason_add(request: HttpRequest) -> HttpResponse:
    """Add a reason."""
    form = ReasonForm(posted(request))
    if form.is_bound and form.is_valid():
        reasons.add(**form.cleaned_data, author=signed_in(request), now=clock.now())
        messages.success(request, "La formulation est ajoutée.")
        return redirect("reason_list")
    return _page(request, form, title="Nouvelle formulation")


@require_http_methods(FORM_METHODS)
@access(Role.MANAGER)
def reason_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rewrite a reason: a version is added, letters already sent keep their words."""
    reason = get_object_or_404(Reason, pk=pk)
    versions = list(reason.versions.select_related("written_by"))
    last = versions[0]
    initial = {"rule": reason.rule, "title": last.title, "text": last.text}
    form = ReasonForm(posted(request), initial=initial)
    if form.is_bound and form.is_valid():
        typed = request.POST.get("number", "")
        expected = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
        author = signed_in(request)
        try:
            reasons.rewrite(reason, **form.cleaned_data, expected=expected, author=author, now=clock.now())
        except Stale as refusal:
            return conflict_page(request, refusal, back=reverse("reason_edit", args=[reason.pk]))
        messages.success(request, "La formulation est réécrite ; les courriers déjà partis gardent la leur.")
        return redirect("reason_list")
    return _page(request, form, title=last.title, reason=reason, versions=versions)


@writes
@access(Role.MANAGER)
def reason_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a reason out of the library, or back in."""
    reason = get_object_or_404(Reason, pk=pk)
    is_out = reasons.retire(reason, author=signed_in(request), now=clock.now())
    said = "n’est plus proposée dans les courriers." if is_out else "est de nouveau proposée."
    messages.success(request, f"La formulation {said}")
    return redirect("reason_list")


def _page(request: HttpRequest, form: ReasonForm, **more: Any) -> HttpResponse:
    versions, typed = more.get("versions") or [], request.POST.get("number", "")
    read = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
    context = {
        "form": form,
        "placeholders": [(f"{{{name}}}", meaning, "") for name, meaning in PLACEHOLDERS.items()],
        "number": read if read is not None else (versions[0].number if versions else 0),
        "earlier": versions[1:],
        **more,
    }
    return render(request, "officer/letters/reason_form.html", context)
