"""What managers do with editions: load, withdraw, publish as the second person, call off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from applications.forms.editions import CancelForm, LoadForm, PublishForm
from applications.forms.obstacles import put_on
from applications.services.editions import drafts, publishing
from applications.views.acts import conflict_page
from applications.views.officer_requests import FORM_METHODS, posted, signed_in
from applications.workflow.refusals import NotYours, Refused, Stale
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.reauthentication import reauthentication_redirect, recently_authenticated
from portal.display import french_date
from tariffs.engine.editions import EditionError, Fault
from tariffs.models import EditionText

AGAIN = "Votre identité est confirmée\u00a0: relisez l’édition, puis recommencez."


def _text(pk: int) -> EditionText:
    people = ("loaded_by", "published_by", "cancel_asked_by")
    return get_object_or_404(EditionText.objects.select_related(*people), pk=pk)


def _page(text: EditionText) -> str:
    return reverse("edition_detail", args=[text.ref])


@require_http_methods(FORM_METHODS)
@access(Role.MANAGER)
def edition_load(request: HttpRequest) -> HttpResponse:
    """Load an edition from its file; every fault is told at once, and the draft before it stays."""
    form = LoadForm(posted(request), request.FILES or None)
    faults: tuple[Fault, ...] = ()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            text = drafts.load(
                content=file.read(), file_name=file.name, actor=signed_in(request), now=clock.now()
            )
        except EditionError as error:
            faults = error.faults
        except Refused as refusal:
            form.add_error("file", str(refusal))
        except Stale as refusal:
            return conflict_page(request, refusal, back=reverse("edition_list"))
        else:
            messages.success(
                request, "L’édition est chargée comme brouillon\u00a0: personne d’autre ne l’applique."
            )
            return redirect(_page(text))
    status = 422 if form.errors or faults else 200
    return render(request, "editions/load.html", {"form": form, "faults": faults}, status=status)


@writes
@access(Role.MANAGER)
def edition_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a draft up."""
    return _do(
        request,
        _text(pk),
        lambda text: drafts.withdraw(text=text, actor=signed_in(request), now=clock.now()),
        "Le brouillon est retiré\u00a0; son texte reste dans l’historique.",
    )


@require_http_methods(FORM_METHODS)
@access(Role.MANAGER)
def edition_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft as its second person, who just confirmed their identity."""
    text = _text(pk)
    if text.state != EditionText.State.DRAFT:
        return conflict_page(request, Stale(drafts.MOVED), back=_page(text))
    found = publishing.obstacles(text, signed_in(request), clock.now())
    if found:
        for obstacle in found:
            messages.error(request, obstacle.sentence)
        return redirect(_page(text))
    if not recently_authenticated(request):
        messages.info(request, AGAIN)
        return reauthentication_redirect(request.path)

    def act(cleaned: dict[str, Any]) -> object:
        actor = signed_in(request)
        return publishing.publish(text=text, starts_on=cleaned["starts_on"], actor=actor, now=clock.now())

    return _form(
        request,
        text,
        PublishForm(posted(request)),
        act,
        title=f"Publier «\u00a0{text.label}\u00a0»",
        lead="Les demandes déposées à partir de ce jour suivront cette édition. Aucun dossier déjà déposé ne change.",
        button="Publier l’édition",
        success=f"L’édition est publiée\u00a0: elle s’appliquera à partir du {french_date(text.in_force_from)}.",
    )


@require_http_methods(FORM_METHODS)
@access(Role.MANAGER)
def edition_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask that a published edition be called off before its day."""
    text = _text(pk)
    if text.state != EditionText.State.PUBLISHED:
        return conflict_page(request, Stale(drafts.MOVED), back=_page(text))

    def act(cleaned: dict[str, Any]) -> object:
        actor = signed_in(request)
        return publishing.ask_cancel(text=text, motive=cleaned["motive"], actor=actor, now=clock.now())

    return _form(
        request,
        text,
        CancelForm(posted(request)),
        act,
        title=f"Annuler «\u00a0{text.label}\u00a0»",
        lead="Un autre responsable confirmera\u00a0; jusque-là, l’édition reste publiée.",
        button="Demander l’annulation",
        success="L’annulation est demandée\u00a0: un autre responsable doit la confirmer.",
    )


@writes
@access(Role.MANAGER)
def edition_cancel_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Call a published edition off, as the second person who just confirmed their identity."""
    text = _text(pk)
    if not recently_authenticated(request):
        messages.info(request, AGAIN)
        return reauthentication_redirect(_page(text))
    return _do(
        request,
        text,
        lambda one: publishing.confirm_cancel(text=one, actor=signed_in(request), now=clock.now()),
        "L’édition est annulée\u00a0: elle n’entrera pas en vigueur.",
    )


@writes
@access(Role.MANAGER)
def edition_cancel_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave the edition published after all."""
    return _do(
        request,
        _text(pk),
        lambda text: publishing.drop_cancel(text=text, actor=signed_in(request), now=clock.now()),
        "La demande d’annulation est abandonnée\u00a0: l’édition reste publiée.",
    )


def _do(
    request: HttpRequest, text: EditionText, act: Callable[[EditionText], object], success: str
) -> HttpResponse:
    """Do an act without any form, and come back to the edition."""
    try:
        act(text)
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Stale as refusal:
        return conflict_page(request, refusal, back=_page(text))
    except Refused as refusal:
        for obstacle in refusal.obstacles:
            messages.error(request, obstacle.sentence)
    else:
        messages.success(request, success)
    return redirect(_page(text))


def _form(
    request: HttpRequest,
    text: EditionText,
    form: forms.Form,
    act: Callable[[dict[str, Any]], object],
    *,
    title: str,
    lead: str,
    button: str,
    success: str,
) -> HttpResponse:
    """Show a form, do its act, and come back to the edition."""
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except NotYours as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except Stale as refusal:
            return conflict_page(request, refusal, back=_page(text))
        except Refused as refusal:
            put_on(form, refusal.obstacles)
        else:
            messages.success(request, success)
            return redirect(_page(text))
    context = {
        "form": form,
        "title": title,
        "lead": lead,
        "eyebrow": "Éditions",
        "back": _page(text),
        "button": button,
    }
    return render(request, "officer/form.html", context, status=422 if form.errors else 200)
