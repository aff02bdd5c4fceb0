"""Messages to the company and to the expert, and Bpifrance's private notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from applications.forms.officer_talk import DeskMessageForm, NoteForm
from applications.models import Dossier
from applications.services import talk
from applications.views.officer_requests import ACTORS, signed_in, visible_dossier
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from portal.accounts.access import access, writes


@writes
@access(*ACTORS)
def officer_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a message to the company or to the current expert."""
    dossier = visible_dossier(request, pk)
    return _write(
        request,
        dossier,
        DeskMessageForm(request.POST, request.FILES),
        talk.post_message,
        "Le message est envoyé.",
    )


@writes
@access(*ACTORS)
def officer_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a private note."""
    dossier = visible_dossier(request, pk)
    return _write(request, dossier, NoteForm(request.POST), talk.write_note, "La note est gardée.")


def _write(
    request: HttpRequest, dossier: Dossier, form: forms.Form, write: Callable[..., Any], success: str
) -> HttpResponse:
    anchor = "notes" if isinstance(form, NoteForm) else "echanges"
    back = f"{reverse('officer_dossier', args=[dossier.pk])}#{anchor}"
    if form.is_valid():
        try:
            write(dossier=dossier, author=signed_in(request), now=clock.now(), **form.cleaned_data)
        except NotYours as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except Refused as refusal:
            for obstacle in refusal.obstacles:
                form.add_error(obstacle.field if obstacle.field in form.fields else None, obstacle.sentence)
        else:
            messages.success(request, success)
            return redirect(back)
    title = "Note interne" if isinstance(form, NoteForm) else "Message"
    context = {
        "form": form,
        "dossier": dossier,
        "back": back,
        "title": title,
        "eyebrow": f"Dossier {dossier}",
    }
    return render(
        request,
        "officer/form.html",
        {**context, "button": "Garder la note" if anchor == "notes" else "Envoyer"},
    )
