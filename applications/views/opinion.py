"""The page of somebody outside Bpifrance: the question, what was chosen to be shown, the one answer."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.obstacles import put_on
from applications.forms.officer_opinions import AnswerForm
from applications.models import Opinion
from applications.services import opinions
from applications.services.opinions import Closed
from applications.views.officer_list import device_label
from applications.views.officer_requests import FORM_METHODS, posted
from applications.workflow.refusals import Refused
from portal import clock
from portal.accounts.access import public
from portal.documents.limited import UnreadableError
from portal.documents.models import Document
from portal.documents.views import attachment, reading_copy


@public
@require_http_methods(FORM_METHODS)
def opinion(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is asked, and take the answer; each reading is written in the dossier's journal."""
    now, form = clock.now(), AnswerForm(posted(request))
    try:
        asked = opinions.find(token, now=now)
        if request.method == "POST" and form.is_valid():
            try:
                opinions.give(token=token, now=now, **form.cleaned_data)
            except Refused as refusal:
                put_on(form, refusal.obstacles)
            else:
                return redirect(reverse("opinion", args=[token]))
        elif request.method == "GET":
            opinions.remember_reading(asked, now=now)
    except Opinion.DoesNotExist as error:
        raise Http404 from error
    except Closed as closed:
        return _private(render(request, "opinion/closed.html", {"opinion": closed.opinion}, status=410))
    context = {
        "opinion": asked,
        "pieces": opinions.shown_pieces(asked),
        "device": device_label(asked.dossier),
        "form": form,
        "token": token,
    }
    return _private(render(request, "opinion/page.html", context))


@public
@require_safe
def opinion_piece(request: HttpRequest, token: str, pk: int) -> HttpResponseBase:
    """Send one of the pieces chosen; any other does not exist for this person."""
    now = clock.now()
    try:
        asked = opinions.find(token, now=now)
    except Opinion.DoesNotExist as error:
        raise Http404 from error
    except Closed as closed:
        return _private(render(request, "opinion/closed.html", {"opinion": closed.opinion}, status=410))
    piece = next((one for one in opinions.shown_pieces(asked) if one.pk == pk), None)
    if piece is None or piece.document is None:
        raise Http404
    try:
        answer = _piece(piece.document, reader=asked.name, name=piece.get_kind_display(), now=now)
    except UnreadableError:
        return _private(
            render(request, "opinion/no_copy.html", {"opinion": asked, "token": token}, status=409)
        )
    if request.method == "GET":
        opinions.remember_reading(asked, now=now, piece=piece)
    return answer


def _piece(document: Document, *, reader: str, name: str, now: datetime) -> HttpResponseBase:
    """Return a piece, as a copy that names its reader where one can be made; its own name may tell the company."""
    named = f"{name}.{document.extension}"
    if document.is_readable and document.can_be_copied:
        return reading_copy(document, reader=reader, now=now, name=named)
    return attachment(document, name=named)


def _private(response: HttpResponse) -> HttpResponse:
    """The address is a secret: nobody keeps the page, no search engine shows it."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
