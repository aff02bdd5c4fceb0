"""The envelope: what is set aside, committed and left; managers open it, top it up and close it."""

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

from applications.forms.manager_envelopes import CloseForm, EnvelopeForm, TopUpForm
from applications.forms.obstacles import put_on
from applications.models import Envelope
from applications.services import envelopes
from applications.services.dossier_file import history
from applications.views.officer_requests import FORM_METHODS, READERS, posted, signed_in
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from portal.accounts.access import Role, access

EVENTS = {
    "envelope_opened": "Ouverture",
    "envelope_topped_up": "Abondement",
    "envelope_closed": "Fermeture",
}


@require_safe
@access(*READERS)
def envelope_list(request: HttpRequest) -> HttpResponse:
    """Show the envelopes: amount, committed, left, and what was done to the open one."""
    rows = [
        {"envelope": one, "held": one.held, "left": one.amount - one.held}  # type: ignore[attr-defined]
        for one in envelopes.with_committed()
    ]
    opened = next((row for row in rows if row["envelope"].is_open), None)
    events = history(envelopes.chain_of(opened["envelope"])) if opened else []
    context = {
        "rows": rows,
        "opened": opened,
        "events": [
            {
                "label": EVENTS.get(event.name, event.name),
                "at": event.at,
                "amount": event.data.get("added") or event.data.get("amount"),
                "motive": event.detail.motive if hasattr(event, "detail") else "",
            }
            for event in events
        ],
        "may_manage": Role.MANAGER.value == signed_in(request).staff_role,
    }
    return render(request, "officer/envelope_list.html", context)


@require_http_methods(FORM_METHODS)
@access(Role.MANAGER)
def envelope_open(request: HttpRequest) -> HttpResponse:
    """Open an envelope."""
    form = EnvelopeForm(posted(request))
    lead = "Les acceptations s’engagent sur l’enveloppe ouverte ; une seule l’est à la fois."
    return _act(
        request,
        form,
        envelopes.open_envelope,
        "Ouvrir une enveloppe",
        lead,
        success="L’enveloppe est ouverte.",
    )


@require_http_methods(FORM_METHODS)
@access(Role.MANAGER)
def envelope_top_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Add money to the open envelope."""
    envelope = get_object_or_404(Envelope, pk=pk)
    form = TopUpForm(posted(request))
    title, lead = f"Abonder « {envelope.label} »", "Le montant s’ajoute à celui de l’enveloppe."
    return _act(
        request, form, envelopes.top_up, title, lead, success="L’enveloppe est abondée.", envelope=envelope
    )


@require_http_methods(FORM_METHODS)
@access(Role.MANAGER)
def envelope_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the envelope."""
    envelope = get_object_or_404(Envelope, pk=pk)
    form = CloseForm(posted(request))
    title = f"Fermer « {envelope.label} »"
    lead = "Plus rien ne s’engagera sur elle ; ce qui est engagé le reste."
    return _act(
        request,
        form,
        envelopes.close_envelope,
        title,
        lead,
        success="L’enveloppe est fermée.",
        envelope=envelope,
    )


def _act(
    request: HttpRequest,
    form: forms.Form,
    service: Callable[..., Any],
    title: str,
    lead: str,
    *,
    success: str,
    **inputs: Any,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            service(actor=signed_in(request), now=clock.now(), **inputs, **form.cleaned_data)
        except NotYours as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except Refused as refusal:
            put_on(form, refusal.obstacles)
        else:
            messages.success(request, success)
            return redirect("envelope_list")
    context = {
        "form": form,
        "title": title,
        "lead": lead,
        "back": reverse("envelope_list"),
        "eyebrow": "Enveloppe",
    }
    return render(request, "officer/form.html", {**context, "button": title.partition(" «")[0]})
