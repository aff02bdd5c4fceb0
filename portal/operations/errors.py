"""What is answered to a request that fails: a page, or JSON under /api/, with the reference of the incident."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.views import defaults

from portal.accounts.access import API_PREFIX

logger = logging.getLogger(__name__)

BARE = (
    '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Erreur</title></head>'
    "<body><h1>Erreur</h1><p>{}</p><p>Référence de l’incident\u00a0: {}</p></body></html>"
)
WENT_WRONG = "Une erreur s’est produite de notre côté\u00a0: recommencez dans quelques minutes."
NOT_UNDERSTOOD = "Cette demande n’a pas été comprise\u00a0: ce qui a été envoyé n’a pas la forme attendue."
NOT_HERE = "Rien ne répond à cette adresse."


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a failure of ours; nothing is read of the person nor of the database, which may be what failed."""
    return _answer(request, "500.html", 500, WENT_WRONG)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django names it)
    """Answer a request that can't be meant."""
    return _answer(request, "400.html", 400, NOT_UNDERSTOOD)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that does not exist, or not for this person."""
    if request.path.startswith(API_PREFIX):
        return _json(request, 404, NOT_HERE)
    return defaults.page_not_found(request, exception)


def _answer(request: HttpRequest, template: str, status: int, message: str) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return _json(request, status, message)
    return HttpResponse(_page(template, message, reference_of(request)), status=status)


def _page(template: str, message: str, reference: str) -> str:
    try:
        return render_to_string(template, {"reference": reference})
    except Exception:
        # What failed may be what every page is made with: the reference is told all the same.
        logger.exception("the error page itself failed")
        return format_html(BARE, message, reference)


def _json(request: HttpRequest, status: int, message: str) -> HttpResponse:
    body: dict[str, Any] = {"error": {"path": "", "message": message, "reference": reference_of(request)}}
    return JsonResponse(body, status=status)


def reference_of(request: HttpRequest) -> str:
    """Return the request's id, by which its lines are found in the log."""
    return getattr(request, "request_id", "")
