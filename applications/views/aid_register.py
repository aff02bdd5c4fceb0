"""The register of State aid as the desk reads it: filtered, counted, one line per aid paid."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from applications.models.dossier_sets import ARCHIVE_READERS
from applications.services import aid_register as register
from applications.views.officer_requests import READERS, CountedPaginator, filled, one_of, signed_in, tabs
from portal import clock
from portal.accounts.access import Role, access
from tariffs import catalogue

FIRST_YEAR = 2023
HERE, BEFORE = "portail", "reprises"
LISTINGS = {HERE: "aides", BEFORE: "aides-reprises"}
VIEWS = {HERE: "Versées par le portail", BEFORE: "Versées avant le portail"}


class RegisterFilterForm(forms.Form):
    """The filters of the register; anything unknown is ignored."""

    q = forms.CharField(
        label="Numéro, entreprise ou SIREN",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"class": "form-control", "type": "search"}),
    )
    edition = forms.ChoiceField(
        label="Régime", required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    volet = forms.ChoiceField(
        label="Volet",
        required=False,
        choices=[("", "Tous"), *((str(number), f"Volet {number}") for number in range(1, 6))],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    annee = forms.ChoiceField(
        label="Payée en", required=False, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(self, *args: Any, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = catalogue.editions().by_code.values()
        self.fields["edition"].choices = [  # type: ignore[attr-defined]
            ("", "Tous"),
            *((one.code, f"{one.state_aid.regime} ({one.label})") for one in known),
        ]
        years = range(year, FIRST_YEAR - 1, -1)
        self.fields["annee"].choices = [  # type: ignore[attr-defined]
            ("", "Toutes les années"),
            *((str(one), str(one)) for one in years),
        ]


@require_safe
@access(*READERS)
def aid_register(request: HttpRequest) -> HttpResponse:
    """List the aids paid, with their regime and dates, fifty a page."""
    given = request.GET.copy()
    given["q"] = given.get("q", "").replace("\x00", "")[:100]
    form = RegisterFilterForm(given, year=clock.today().year)
    form.is_valid()
    chosen = {name: str(form.cleaned_data.get(name) or "") for name in ("q", "edition", "volet", "annee")}
    asked: dict[str, Any] = {
        "words": " ".join(chosen["q"].split()),
        "edition": chosen["edition"],
        "volet": chosen["volet"],
        "year": chosen["annee"],
    }
    user, view = signed_in(request), one_of(request, "vue", VIEWS, HERE)
    here, before = register.aids(user, **asked), register.past_aids(user, **asked)
    sums = {HERE: register.totals(here), BEFORE: register.past_totals(before)}
    shown: QuerySet[Any] = here if view == HERE else before
    page: Paginator[Any] = CountedPaginator(shown, int(sums[view]["count"]))
    page_obj = page.get_page(request.GET.get("page"))
    rows = list(page_obj.object_list)
    kept = filled(chosen)
    context = {
        "form": form,
        "totals": sums[view],
        "whole": sums[HERE]["amount"] + sums[BEFORE]["amount"],
        "tabs": tabs(VIEWS, {key: one["count"] for key, one in sums.items()}, view, kept),
        "view": view,
        "may_import": view == BEFORE and user.staff_role == Role.MANAGER.value,
        "page_obj": page_obj,
        "rows": register.lines(rows, archive=user.staff_role in ARCHIVE_READERS)
        if view == HERE
        else register.past_lines(rows),
        "caption": f"Aides {VIEWS[view].lower()}",
        "listing": LISTINGS[view],
        "params": urlencode({"vue": view, **kept} if view == BEFORE else kept),
        "filtered": bool(kept),
    }
    return render(request, "controller/aid_register.html", context)
