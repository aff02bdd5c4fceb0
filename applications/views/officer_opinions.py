"""Opinions asked outside, on the desk's side: the page that asks one, the button that ends one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from applications.forms.obstacles import put_on
from applications.forms.officer_opinions import OpinionForm
from applications.models import Dossier, Opinion
from applications.services import opinions
from applications.services.dossier_file import DossierFile
from applications.views.acts import conflict_page, expected_version
from applications.views.officer_requests import DESK, FORM_METHODS, posted, signed_in, visible_dossier
from applications.views.officer_talk import back_to
from applications.workflow.refusals import NotYours, Refused, Stale
from portal import clock
from portal.accounts.access import access, writes


@require_http_methods(FORM_METHODS)
@access(*DESK)
def opinion_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask an opinion outside; on a page that a colleague's act has overtaken, what was typed is kept."""
    dossier = visible_dossier(request, pk)
    form = OpinionForm(posted(request), pieces=opinions.showable(dossier))
    back, version, overtaken = back_to(request, dossier, "avis"), dossier.version, ""
    if request.method == "POST":
        version = expected_version(request)
        if form.is_valid():
            try:
                opinion = opinions.ask(
                    dossier=dossier,
                    actor=signed_in(request),
                    expected_version=version,
                    now=clock.now(),
                    **form.cleaned_data,
                )
            except NotYours as refusal:
                raise PermissionDenied(str(refusal)) from refusal
            except Refused as refusal:
                put_on(form, refusal.obstacles)
            except Stale as refusal:
                dossier.refresh_from_db(fields=["version"])
                overtaken, version = str(refusal), dossier.version
            else:
                messages.success(request, f"L’avis est demandé\u00a0: le lien part à {opinion.email}.")
                return redirect(back)
    context = {"form": form, "dossier": dossier, "back": back, "version": version, "overtaken": overtaken}
    return render(request, "officer/opinion_ask.html", context, status=409 if overtaken else 200)


@writes
@access(*DESK)
def opinion_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a link that was not answered yet."""
    dossiers = Dossier.objects.visible_to(request.user)
    opinion = get_object_or_404(Opinion.objects.filter(dossier__in=dossiers).select_related("dossier"), pk=pk)
    back = back_to(request, opinion.dossier, "avis")
    try:
        opinions.revoke(
            opinion=opinion,
            actor=signed_in(request),
            expected_version=expected_version(request),
            now=clock.now(),
        )
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Stale as refusal:
        return conflict_page(request, refusal, back=back)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"La demande est annulée\u00a0: le lien de {opinion.name} ne s’ouvre plus.")
    return redirect(back)


def opinions_shown(file: DossierFile, today: date) -> list[dict[str, Any]]:
    """Return {opinion, open, late, pieces, read_at} for each opinion asked; its last reading is in the history."""
    read_at: dict[int, Any] = {}
    for event in file.events:
        if event.name in opinions.READINGS:
            read_at.setdefault(event.data["opinion"], event.at)
    return [
        {
            "opinion": one,
            "open": one.is_open(today),
            "late": one.answered_at is None and one.revoked_at is None and today > one.due_on,
            "pieces": list(one.pieces.all()),
            "read_at": read_at.get(one.pk),
        }
        for one in file.opinions
    ]
