"""Final reports for the ministries: what must go to whom, parcels, their sending, their receipt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from applications.forms.obstacles import put_on
from applications.forms.transmissions import ReceiptForm, ReminderForm, SendForm
from applications.models import Dossier, Parcel
from applications.services import transmissions
from applications.views.officer_requests import (
    READERS,
    CountedPaginator,
    filled,
    one_of,
    signed_in,
    tabs,
)
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import StaffRole
from portal.documents.checks import FileRefused

TABS = {**transmissions.TABS, "envois": "Envois"}


@require_safe
@access(*READERS)
def transmission_list(request: HttpRequest) -> HttpResponse:
    """List the paid dossiers with the ministries served and still to serve, or the parcels."""
    user, known = signed_in(request), transmissions.recipients()
    recipient, tab = one_of(request, "destinataire", known, ""), one_of(request, "vue", TABS, "waiting")
    parcels = transmissions.parcels()
    counts = {**transmissions.counts(user, recipient), "envois": Parcel.objects.count()}
    found: Any = parcels if tab == "envois" else transmissions.concerned(user, tab, recipient)
    page = CountedPaginator(found, counts[tab]).get_page(request.GET.get("page"))
    params = filled({"destinataire": recipient})
    context = {
        "tab": tab,
        "tabs": tabs(TABS, counts, tab, params),
        "recipients": known,
        "recipient": recipient,
        "rows": list(page) if tab == "envois" else _rows(list(page)),
        "page_obj": page,
        "params": urlencode({"vue": tab, **params}),
        "may_send": user.staff_role == StaffRole.OFFICER,
        "today": clock.today(),
    }
    template = "officer/transmission_parcels.html" if tab == "envois" else "officer/transmission_list.html"
    return render(request, template, context)


def _rows(dossiers: list[Dossier]) -> list[dict[str, Any]]:
    packed = transmissions.packed(dossiers)
    return [_to_serve(one, packed.get(one.pk, {})) for one in dossiers]


def _to_serve(dossier: Dossier, packed: Mapping[str, Parcel]) -> dict[str, Any]:
    served = {row.recipient: row.sent_on for row in dossier.transmissions.all()}
    named = transmissions.recipients_of(dossier.edition)
    return {
        "dossier": dossier,
        "served": [
            {"label": label, "sent_on": served[code]} for code, label in named.items() if code in served
        ],
        "waiting": [
            {"label": label, "parcel": packed.get(code)}
            for code, label in named.items()
            if code not in served
        ],
        "packed": packed,
        "may_close": dossier.state == "paid" and all(code in served for code in named),
    }


@writes
@access(Role.OFFICER)
def parcel_create(request: HttpRequest) -> HttpResponse:
    """Have a parcel made of the dossiers ticked."""
    recipient = request.POST.get("destinataire", "")
    keys = [int(key) for key in request.POST.getlist("dossier") if key.isdecimal() and len(key) < 18]
    try:
        parcel, left_out = transmissions.prepare(
            recipient=recipient, keys=keys, actor=signed_in(request), now=clock.now()
        )
    except Refused as refusal:
        messages.warning(request, str(refusal))
        known = {"destinataire": recipient} if recipient in transmissions.recipients() else {}
        return redirect(f"{_list_url()}?{urlencode(known)}")
    for number, why in left_out.items():
        messages.warning(request, f"{number} n’est pas dans cet envoi\u00a0: {why}")
    messages.success(request, f"{parcel} se prépare\u00a0: son ZIP sera prêt dans quelques instants.")
    return redirect("parcel_detail", parcel.pk)


def _list_url() -> str:
    return redirect("transmission_list").headers["Location"]


@require_safe
@access(*READERS)
def parcel_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a parcel: what it holds, where it stands, and what can be done."""
    return _show(request, get_object_or_404(transmissions.parcels(), pk=pk))


def _show(
    request: HttpRequest, parcel: Parcel, *, bound: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    today = clock.today()
    may_act = signed_in(request).staff_role == StaffRole.OFFICER
    offered: list[forms.Form] = []
    if may_act and parcel.stage == Parcel.Stage.READY:
        offered = [SendForm(initial={"sent_on": today})]
    if may_act and parcel.stage == Parcel.Stage.SENT:
        offered = [
            ReceiptForm(initial={"received_on": today}, prefix="accuse"),
            ReminderForm(initial={"made_on": today}, prefix="relance"),
        ]
    shown = {type(form): form for form in offered}
    if bound is not None and type(bound) in shown:
        shown[type(bound)] = bound
    context = {
        "parcel": parcel,
        "dossiers": [
            item.dossier
            for item in parcel.items.select_related("dossier__company").order_by("dossier__number")
        ],
        "reminders": parcel.reminders.select_related("made_by"),
        "send_form": shown.get(SendForm),
        "receipt_form": shown.get(ReceiptForm),
        "reminder_form": shown.get(ReminderForm),
        "bound": bound,
        "may_drop": may_act
        and parcel.stage in {Parcel.Stage.MAKING, Parcel.Stage.READY, Parcel.Stage.FAILED},
        "is_silent": parcel.next_reminder_on is not None and parcel.next_reminder_on <= today,
    }
    return render(request, "officer/transmission_parcel.html", context, status=status)


@writes
@access(Role.OFFICER)
def parcel_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a parcel sent."""
    return _act(request, pk, SendForm(request.POST), transmissions.send, "L’envoi est enregistré.")


@writes
@access(Role.OFFICER)
def parcel_receive(request: HttpRequest, pk: int) -> HttpResponse:
    """Record the receipt of a parcel."""
    form = ReceiptForm(request.POST, request.FILES, prefix="accuse")
    return _act(request, pk, form, transmissions.receive, "L’accusé de réception est enregistré.")


@writes
@access(Role.OFFICER)
def parcel_remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a reminder."""
    form = ReminderForm(request.POST, prefix="relance")
    return _act(request, pk, form, transmissions.remind, "La relance est enregistrée.")


@writes
@access(Role.OFFICER)
def parcel_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up a parcel that has not left."""
    return _act(request, pk, None, transmissions.drop, "L’envoi est abandonné.")


def _act(
    request: HttpRequest, pk: int, form: forms.Form | None, service: Callable[..., Any], success: str
) -> HttpResponse:
    """Do one act on a parcel; what stands in the way is said beside what was typed."""
    parcel = get_object_or_404(transmissions.parcels(), pk=pk)
    if form is not None and not form.is_valid():
        return _show(request, parcel, bound=form, status=422)
    typed = form.cleaned_data if form is not None else {}
    try:
        service(parcel=parcel, actor=signed_in(request), now=clock.now(), **typed)
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except FileRefused as refusal:
        assert form is not None
        form.add_error("proof", str(refusal))
        return _show(request, parcel, bound=form, status=422)
    except Refused as refusal:
        return _refused(request, pk, form, refusal)
    messages.success(request, success)
    return redirect("parcel_detail", pk)


def _refused(request: HttpRequest, pk: int, form: forms.Form | None, refusal: Refused) -> HttpResponse:
    parcel = get_object_or_404(transmissions.parcels(), pk=pk)
    if form is None:
        messages.warning(request, str(refusal))
        return redirect("parcel_detail", pk)
    put_on(form, refusal.obstacles)
    return _show(request, parcel, bound=form, status=409)
