"""Says in a sentence that a kept file can't be had, on whatever page it was wanted."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from portal.documents.faults import FileUnavailable

logger = logging.getLogger(__name__)


class FileUnavailableMiddleware:
    """Answers 503, and nothing of the file, when its service is down, its key missing or its bytes changed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a file that can't be had; anything else goes its way."""
        if not isinstance(exception, FileUnavailable):
            return None
        logger.error("a file is wanted at %s: %s", request.path, exception)
        context = {"sentence": exception.sentence}
        return render(request, "documents/unavailable.html", context, status=503)
