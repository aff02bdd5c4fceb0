"""The pages about the portal: who publishes it, what it keeps, who can use it, whether it works."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from portal.about.health import health
from portal.accounts.access import Role, access, public
from portal.clock import now
from portal.seal import SealError, seal_in_force

# When the statement of accessibility was last written anew.
STATEMENT_ON = date(2026, 11, 21)
# How long before its end an administrator is told to renew the seal's certificate.
WARNED_DAYS = 60


def _show(request: HttpRequest, name: str, template: str, **more: Any) -> HttpResponse:
    canonical = f"{settings.PORTAL_URL}{reverse(name)}"
    context = {"about": settings.ABOUT, "canonical": canonical, "portal_url": settings.PORTAL_URL, **more}
    return render(request, template, context)


@public
@require_safe
@cache_control(private=True, max_age=300)
def legal_notice(request: HttpRequest) -> HttpResponse:
    """Say who publishes and hosts the portal, and what it is not."""
    return _show(request, "legal_notice", "about/legal_notice.html")


@public
@require_safe
@cache_control(private=True, max_age=300)
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is kept of people, why, for how long, and what they may ask."""
    return _show(request, "privacy", "about/privacy.html", rules=import_string(settings.RETENTION_RULES))


@public
@require_safe
@cache_control(private=True, max_age=300)
def accessibility(request: HttpRequest) -> HttpResponse:
    """State how far the portal can be used by everybody, in the form that RGAA 4.1 asks for."""
    return _show(request, "accessibility", "about/accessibility.html", stated_on=STATEMENT_ON)


@public
@require_safe
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """Say in plain words whether the portal works; 503 while its data can't be read."""
    at = now()
    try:
        found = health(at)
    except DatabaseError:
        found = None
    response = _show(request, "service_status", "about/status.html", health=found, at=at)
    response.status_code = 200 if found is not None else 503
    return response


@require_safe
@access(Role.ADMINISTRATOR)
@never_cache
def seal_status(request: HttpRequest) -> HttpResponse:
    """Say with which certificate letters are sealed, until when, and what to do where they are not."""
    at, problem, seal = now(), "", None
    try:
        seal = seal_in_force()
    except SealError as error:
        problem = str(error)
    left = (seal.valid_until - at).days if seal is not None else None
    context = {
        "seal": seal,
        "problem": problem,
        "left": left,
        "is_over": seal is not None and not seal.is_valid(at),
        "is_ending": left is not None and left <= WARNED_DAYS,
    }
    return render(request, "about/seal_status.html", context)
