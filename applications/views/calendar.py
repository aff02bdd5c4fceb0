"""The terms in one's own calendar: the page of the secret link, the feed it opens, and one term as a file."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.cache.backends.locmem import LocMemCache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from applications.models import Deadline
from applications.services import calendar
from portal import clock
from portal.accounts.access import Role, access, public, writes
from portal.accounts.models import User
from portal.notifications.mail import absolute

CONTENT_TYPE = "text/calendar; charset=utf-8"


class FeedThrottle(SimpleRateThrottle):
    """A limit by address, counted in the process: a calendar asks a few times a day, a guesser does not."""

    rate = "60/min"
    cache = LocMemCache("calendar-throttle", {"OPTIONS": {"MAX_ENTRIES": 20_000}})

    def get_cache_key(self, request: Request, view: object) -> str:  # noqa: ARG002 the framework's signature
        """Return what is counted: the address that asks."""
        return f"calendar:{self.get_ident(request)}"


@public
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """Give the running terms of the person whose secret this is; 404 for any other, 429 for who asks too often."""
    if not FeedThrottle().allow_request(cast("Request", request), cast("object", None)):  # type: ignore[arg-type]
        return render(request, "429.html", status=429)
    content = calendar.read_feed(token=token, now=clock.now())
    if content is None:
        raise Http404
    return _ical(content, "echeances.ics")


@access(Role.MEMBER)
@require_safe
def deadline_ics(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one running term as a file that a calendar opens; 404 for one that does not concern the person."""
    try:
        content = calendar.one_of(cast("User", request.user), pk)
    except Deadline.DoesNotExist as error:
        raise Http404 from error
    response = _ical(content, f"echeance-{pk}.ics")
    response["Content-Disposition"] = f'attachment; filename="echeance-{pk}.ics"'
    return response


def _ical(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


@access(Role.MEMBER)
@require_safe
def calendar_settings(request: HttpRequest) -> HttpResponse:
    """Show whether one has a link, how it is used, and the terms it holds."""
    return _page(request)


@access(Role.MEMBER)
@writes
def calendar_create(request: HttpRequest) -> HttpResponse:
    """Make a link, or another one in its place, and show it this once."""
    token = calendar.make_feed(user=cast("User", request.user), now=clock.now())
    return _page(request, token)


@access(Role.MEMBER)
@writes
def calendar_revoke(request: HttpRequest) -> HttpResponse:
    """End the link."""
    calendar.revoke_feed(user=cast("User", request.user))
    messages.success(request, "Le lien ne fonctionne plus. Votre agenda cessera d’être tenu à jour.")
    return redirect("calendar_settings")


def _page(request: HttpRequest, token: str = "") -> HttpResponse:
    user = cast("User", request.user)
    link = absolute(reverse("calendar_feed", kwargs={"token": token})) if token else ""
    context = {
        "feed": calendar.feed_of(user),
        "link": link,
        "webcal": f"webcal://{link.partition('://')[2]}" if link else "",
        "entries": calendar.entries_of(user),
    }
    return render(request, "calendar/settings.html", context)
