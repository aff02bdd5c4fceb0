"""The id that each request bears through logs, tasks and error pages, and the probes' deafness to cookies."""

import re
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

logger = structlog.stdlib.get_logger(__name__)

HEADER = "X-Request-ID"
# Hexadecimal only: an id that somebody else chose can't carry a word.
WELL_FORMED = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Asked every few seconds by machines that have no account.
PROBES, FIGURES = "/sante/", "/metrics"


class RequestIdMiddleware:
    """Gives each request its id (`request.request_id`), returns it as a header, and writes one line in the log.

    The first of all: whatever is answered, and logged meanwhile, bears the id.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the answer with its id."""
        started = time.monotonic()
        request_id = id_of(request)
        request.request_id = request_id  # type: ignore[attr-defined]
        probed = request.path.startswith(PROBES) or request.path == FIGURES
        if probed:
            # No session is read, so a probe needs no database.
            request.META.pop("HTTP_COOKIE", None)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            response = self.get_response(request)
            response.headers[HEADER] = request_id
            if probed:
                response.headers["Cache-Control"] = "no-store"
            else:
                _tell(request, response, started)
        finally:
            structlog.contextvars.clear_contextvars()
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """Name the person, by number, on the lines to come."""
        _bind_user(request)


def id_of(request: HttpRequest) -> str:
    """Return the id that our own proxy gave, else a new one."""
    given = request.headers.get(HEADER, "")
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT and WELL_FORMED.fullmatch(given):
        return given
    return uuid4().hex


def _bind_user(request: HttpRequest) -> None:
    # As read by those who stood before: asking for it here could be one more statement.
    user = getattr(request, "_cached_user", None)
    if user is not None and user.pk is not None:
        structlog.contextvars.bind_contextvars(user_id=user.pk)


def _tell(request: HttpRequest, response: HttpResponse, started: float) -> None:
    _bind_user(request)
    match = request.resolver_match
    logger.info(
        "request",
        method=request.method if request.method in {"GET", "HEAD", "POST", "OPTIONS"} else "other",
        view=(match.view_name or match.route) if match is not None else "unknown address",
        status=response.status_code,
        duration_ms=round((time.monotonic() - started) * 1000),
    )
