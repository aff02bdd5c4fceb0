"""Proof that the person at the keyboard is the account's owner, asked before grave acts such as signing."""

import time
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from portal.accounts.models import User

STRONG_METHODS = {"password", "mfa"}


def recently_authenticated(request: HttpRequest) -> bool:
    """Say whether the person gave a password or a second factor within allauth's time-out (five minutes).

    Demonstration accounts have no password of their own: in the demonstration they always pass.
    """
    user = request.user
    if not isinstance(user, User):
        return False
    if settings.DEMO and user.is_demo:
        return True
    instants = [
        record["at"]
        for record in get_authentication_records(request, user)
        if record.get("method") in STRONG_METHODS
    ]
    return bool(instants) and time.time() - max(instants) < app_settings.REAUTHENTICATION_TIMEOUT


def reauthentication_redirect(next_url: str) -> HttpResponseRedirect:
    """Send the person to confirm their password (or second factor), then back to a page of the portal."""
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': next_url})}")
