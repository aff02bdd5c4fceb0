"""Messages to the company and to the expert, and Bpifrance's private notes, never over what was not read."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from applications.forms.obstacles import put_on
from applications.forms.officer_list import list_query
from applications.forms.officer_talk import DeskMessageForm, NoteForm
from applications.models import Dossier
from applications.services import notes, presence, talk
from applications.views.acts import expected_version
from applications.views.officer_facts import told
from applications.views.officer_requests import ACTORS, signed_in, visible_dossier
from applications.workflow.refusals import NotYours, Refused, Stale
from portal import clock
from portal.accounts.access import access, writes

Json = dict[str, Any]


@writes
@access(*ACTORS)
def officer_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a message to the company or to the current expert, unless a colleague acted since it was begun."""
    dossier, form = visible_dossier(request, pk), DeskMessageForm(request.POST, request.FILES)
    back, version, overtaken = back_to(request, dossier, "echanges"), expected_version(request), None
    if form.is_valid():
        try:
            talk.post_message(
                dossier=dossier,
                author=signed_in(request),
                now=clock.now(),
                expected_version=version,
                **form.cleaned_data,
            )
        except NotYours as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except Refused as refusal:
            put_on(form, refusal.obstacles)
        except Stale as refusal:
            overtaken = _overtaken(request, dossier, version, None) | {"reason": str(refusal)}
            version = dossier.version
        else:
            messages.success(request, "Le message est envoyé.")
            return redirect(back)
    context = {"form": form, "dossier": dossier, "back": back, "version": version, "overtaken": overtaken}
    words = {
        "title": "Message",
        "button": "Envoyer",
        "address": reverse("officer_message", args=[dossier.pk]),
    }
    return render(request, "officer/words.html", {**context, **words}, status=409 if overtaken else 200)


@writes
@access(*ACTORS)
def officer_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a private note; one written on a page that others have overtaken is shown again with what is new."""
    dossier, user, form = visible_dossier(request, pk), signed_in(request), NoteForm(request.POST)
    back = back_to(request, dossier, "notes")
    version, overtaken = expected_version(request), None
    if form.is_valid():
        body, seen = form.cleaned_data["body"], form.cleaned_data["seen"] or 0
        try:
            note = notes.write(
                dossier=dossier,
                author=user,
                body=body,
                now=clock.now(),
                expected_version=version,
                seen=seen,
            )
        except NotYours as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except Refused as refusal:
            put_on(form, refusal.obstacles)
        except Stale as refusal:
            overtaken = _overtaken(request, dossier, version, seen) | {"reason": str(refusal)}
            form = NoteForm(initial={"body": body, "seen": overtaken["last"]})
            version = dossier.version
        else:
            messages.success(request, _kept(note.mentioned.all(), user.pk))
            return redirect(back)
    context = {"form": form, "dossier": dossier, "back": back, "version": version, "overtaken": overtaken}
    words = {
        "title": "Note interne",
        "button": "Garder la note",
        "address": reverse("officer_note", args=[dossier.pk]),
    }
    return render(request, "officer/words.html", {**context, **words}, status=409 if overtaken else 200)


def _overtaken(request: HttpRequest, dossier: Dossier, version: int, seen: int | None) -> Json:
    """Return what others did, and wrote after the note `seen`, since the page on which one was writing."""
    user = signed_in(request)
    dossier.refresh_from_db(fields=["version"])
    found = notes.newer(dossier, user, seen) if seen is not None else []
    event = presence.last_act(dossier, besides=user, since=version) if version >= 0 else None
    last = max([seen or 0, *(note.pk for note in found)])
    return {"notes": found, "events": told([event] if event else []), "last": last}


def _kept(named: Any, author: int) -> str:
    people = ", ".join(person.full_name for person in named if person.pk != author)
    return f"La note est gardée. Prévenu\u00a0: {people}." if people else "La note est gardée."


def back_to(request: HttpRequest, dossier: Dossier, anchor: str = "") -> str:
    """Return the dossier's page as it was opened, from the same list, at one of its parts."""
    listed = list_query(request.GET.urlencode())
    page = reverse("officer_dossier", args=[dossier.pk])
    return f"{page}{f'?{listed}' if listed else ''}{f'#{anchor}' if anchor else ''}"
