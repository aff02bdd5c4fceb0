"""What stands beside a dossier's page: who else is on it, the other dossiers, the next one of the list."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from applications.forms.officer_list import DossierFilterForm, list_query
from applications.services import dossier_file, neighbours, presence, worklist
from applications.services.signals import reading
from applications.views.officer_facts import told
from applications.views.officer_requests import READERS, one_of, signed_in, visible_dossier, words_of
from applications.views.officer_talk import back_to
from portal import clock
from portal.accounts.access import access, writes


# --- Who else is there -----------------------------------------------------------------------------
class PresenceForm(forms.Form):
    """What a page shows: the dossier's version, the last event of its history, the last note."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    head = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    note = forms.IntegerField(min_value=0, max_value=2**62)


@access(*READERS)
@writes
def dossier_presence(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the person has the dossier's page in front; answer what others do and did meanwhile."""
    dossier, user, form = visible_dossier(request, pk), signed_in(request), PresenceForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    now = clock.now()
    presence.touch(dossier, user=user, version=form.cleaned_data["version"], now=now)
    news = presence.news(dossier, user=user, now=now, **form.cleaned_data)
    context = {
        "news": news,
        "event": told([news.event])[0] if news.event else None,
        "address": back_to(request, dossier),
    }
    return render(request, "officer/_presence.html", context)


# --- The other dossiers ----------------------------------------------------------------------------
@require_safe
@access(*READERS)
def dossier_others(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the other dossiers of the company and of the expert; HTMX gets the lists alone."""
    dossier = visible_dossier(request, pk)
    of_company, of_expert = dossier_file.others(signed_in(request), dossier)
    context = {
        "dossier": dossier,
        "back": back_to(request, dossier),
        "of_company": of_company,
        "of_expert": of_expert,
    }
    template = "officer/_others_of.html" if request.htmx else "officer/others.html"  # type: ignore[attr-defined]
    return render(request, template, context)


# --- Prices and links --------------------------------------------------------------------------------
@require_safe
@access(*READERS)
def dossier_signals(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what should make one look twice at the prices and links of a dossier; HTMX gets the signals alone."""
    dossier = visible_dossier(request, pk)
    judged = reading.signals_of(signed_in(request), dossier, today=clock.today())
    context = {"dossier": dossier, "back": back_to(request, dossier), "judged": judged}
    template = "officer/_signals.html" if request.htmx else "officer/signals.html"  # type: ignore[attr-defined]
    return render(request, template, context)


# --- The list it was opened from -------------------------------------------------------------------
@require_safe
@access(*READERS)
def dossier_next(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the next dossier of the list named in the address."""
    return _neighbour(request, pk, after=True)


@require_safe
@access(*READERS)
def dossier_previous(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the dossier before in the list named in the address."""
    return _neighbour(request, pk, after=False)


def _neighbour(request: HttpRequest, pk: int, *, after: bool) -> HttpResponse:
    dossier, user, today = visible_dossier(request, pk), signed_in(request), clock.today()
    tab = one_of(request, "vue", worklist.tabs_of(user), "all")
    wanted = DossierFilterForm(request.GET).wanted(tab=tab, words=words_of(request), today=today)
    listed = list_query(request.GET.urlencode())
    key = neighbours.neighbour_of(user, dossier, wanted, after=after, today=today)
    if key is not None:
        return redirect(f"{reverse('officer_dossier', args=[key])}?{listed}")
    context = {
        "dossier": dossier,
        "after": after,
        "back": back_to(request, dossier),
        "list_url": f"{reverse('dossier_list')}?{listed}",
    }
    return render(request, "officer/list_end.html", context)
