"""The people these tests speak of, and how they read the e-mails that left."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client

from portal import clock
from portal.accounts import services
from portal.accounts.models import Membership, MembershipRole, Organisation, User
from portal.notifications import outbox

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PASSWORD = "une phrase assez longue"


@pytest.fixture(autouse=True)
def _own_addresses(settings):
    settings.ROOT_URLCONF = "tests.portal.accounts.urls"
    settings.NAVIGATION = "diagdm.navigation.menu"


@pytest.fixture
def person(db) -> Callable[..., User]:
    """Return a maker of accounts that can sign in with PASSWORD."""

    def make(name: str, **fields) -> User:
        return services.create_account(
            email=f"{name}@exemple.fr", full_name=name.title(), password=PASSWORD, **fields
        )

    return make


@pytest.fixture
def owner(person) -> User:
    """Return the owner of `company`."""
    return person("alice")


@pytest.fixture
def company(owner) -> Organisation:
    """Return a company owned by `owner`."""
    return services.create_organisation(
        name="Cardiolab", kind=Organisation.Kind.COMPANY, owner=owner, now=NOW
    )


@pytest.fixture
def member(person, company) -> Membership:
    """Return a plain member of `company`."""
    return Membership.objects.create(user=person("bob"), organisation=company, role=MembershipRole.MEMBER)


@pytest.fixture
def administrator(person) -> User:
    """Return an administrator."""
    return person("root", staff_role="administrator")


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """Return a maker of browsers in which a person is signed in."""

    def open_browser(user: User) -> Client:
        browser = Client()
        browser.force_login(user)
        return browser

    return open_browser


@pytest.fixture
def post_bag(db) -> Callable[[], list[mail.EmailMessage]]:
    """Return what empties the outbox and gives every e-mail sent so far."""

    def empty() -> list[mail.EmailMessage]:
        outbox.drain(clock.now() + timedelta(minutes=1))
        return mail.outbox

    return empty


def link_in(message: mail.EmailMessage) -> str:
    """Return the path of the first link in a message's text."""
    found = re.search(r"https?://[^/\s]+(/\S+)", message.body)
    assert found, message.body
    return found.group(1)
