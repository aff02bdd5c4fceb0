"""People signed in, and a dossier taken to a state, for the tests of the desk."""

import time
from collections.abc import Callable

import pytest
from django.test import Client

from applications.models import Company
from portal import clock
from portal.accounts.models import User
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.officer.entering import SECRET


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


@pytest.fixture
def company(db: None) -> Company:
    """A company with a draft of its own, facts and a device that Bpifrance was never told."""
    made: Company = f.CompanyFactory(facts=f.company_facts(clock.today(), turnover="7654321.11"))
    device = f.DeviceFactory(company=made, name=SECRET, facts=f.device_facts())
    f.DossierFactory(company=made, device=device, volet=2)
    return made


@pytest.fixture
def officer(db: None) -> User:
    return f.OfficerFactory()
