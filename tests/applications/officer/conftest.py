"""People signed in, and a dossier taken to a state, for the tests of the desk."""

from collections.abc import Callable

import pytest
from django.test import Client

from portal.accounts.models import User
from tests.applications.journeys import Journey


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def journey(db: None) -> Journey:
    return Journey()


@pytest.fixture
def at(db: None) -> Callable[[str], Journey]:
    return lambda state: Journey().to(state)
