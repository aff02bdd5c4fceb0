"""What is answered to a form whose token is no longer good: a page left open while one signed in again elsewhere."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.accounts.access import page_of


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 (Django names it)
    """Take the person back to the page they were on; `reason` is Django's, for its log.

    Nothing was done. An autosave reloads its page, which finds what was typed; without scripts, a page
    says what happened and leads back.
    """
    if request.headers.get("HX-Request") == "true":
        page = page_of(request, request.headers.get("HX-Current-URL"))
        if page:
            return HttpResponse(headers={"HX-Redirect": page})
    back = page_of(request, request.headers.get("Referer"))
    return render(request, "stale_form.html", {"back": back}, status=HTTPStatus.FORBIDDEN)
