"""People signed in, and a dossier taken to a state, for the tests of the desk."""

import time
from collections.abc import Callable

import pytest
from django.test import Client

from portal.accounts.models import User
from tests.applications.journeys import Journey


def signed_in(user: User, *, just_now: bool = True) -> Client:
    """Return the browser of someone signed in; `just_now`: with a password given within five minutes."""
    client = Client()
    client.force_login(user)
    if just_now:
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
    return client


@pytest.fixture
def journey(db: None) -> Journey:
    return Journey()


@pytest.fixture
def at(db: None) -> Callable[[str], Journey]:
    return lambda state: Journey().to(state)
