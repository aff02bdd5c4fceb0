"""Powers lent during an absence: who acts for whom until when, seen by the whole desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from applications.forms.officer_acts import CivilDayField
from applications.views.officer_requests import FORM_METHODS, PAGE_SIZE, READERS, posted, signed_in
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import PowerDelegation, StaffRole, User
from portal.accounts.services import Refused, delegate_powers, end_powers, possible_receivers

GIVERS = frozenset({StaffRole.MANAGER, StaffRole.CONTROLLER})
# The sentence that an absent date gets, from the form; the service judges the dates themselves.
MISSING = "Indiquez la date."


class PowerForm(forms.Form):
    """To whom one's powers are lent, from when to when, and why."""

    use_required_attribute = False

    receiver = forms.ModelChoiceField(
        User.objects.none(),
        label="À",
        empty_label="Choisir une personne",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    valid_from = CivilDayField(label="Du")
    valid_until = CivilDayField(label="Au", help_text="Ce jour compris.")
    motive = forms.CharField(
        label="Motif",
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text="Par exemple «\u00a0congés d’été\u00a0».",
    )

    def __init__(self, *args: Any, giver: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["receiver"].queryset = possible_receivers(giver)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for both dates."""
        cleaned = super().clean() or {}
        for name in ("valid_from", "valid_until"):
            if name not in self.errors and cleaned.get(name) is None:
                self.add_error(name, MISSING)
        return cleaned


@require_http_methods(FORM_METHODS)
@access(*READERS)
def power_list(request: HttpRequest) -> HttpResponse:
    """List the delegations of powers, those in force first; lend one's own."""
    user, today = signed_in(request), clock.today()
    may_give = user.staff_role in GIVERS
    form = PowerForm(posted(request), giver=user, initial={"valid_from": today}) if may_give else None
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            delegate_powers(giver=user, today=today, now=clock.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, "La délégation est enregistrée\u00a0; la personne choisie est prévenue."
            )
            return redirect("power_list")
    in_force = set(PowerDelegation.objects.in_force(today).values_list("pk", flat=True))
    found = PowerDelegation.objects.select_related("giver", "receiver").order_by("-valid_until", "-pk")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [
        {
            "power": one,
            "in_force": one.pk in in_force,
            "to_come": one.ended_at is None and one.valid_from > today,
            "may_end": one.ended_at is None
            and one.valid_until >= today
            and (one.giver_id == user.pk or user.staff_role == StaffRole.MANAGER),
        }
        for one in page.object_list
    ]
    return render(request, "officer/power_list.html", {"form": form, "rows": rows, "page_obj": page})


@writes
@access(Role.MANAGER, Role.CONTROLLER)
def power_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the powers back at once."""
    delegation = get_object_or_404(PowerDelegation, pk=pk)
    try:
        end_powers(delegation=delegation, actor=signed_in(request), now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "La délégation est retirée.")
    return redirect("power_list")
