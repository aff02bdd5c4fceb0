"""One company with its owner signed in, and a draft that can be submitted."""

from typing import Any

import pytest
from django.test import Client

from applications.models import Company, Dossier
from portal.accounts.models import User
from tests.applications.factories import CompanyFactory, DossierFactory, UserFactory, owner_of


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory()


@pytest.fixture
def owner(company: Company) -> User:
    return owner_of(company)


@pytest.fixture
def dossier(company: Company) -> Dossier:
    return DossierFactory(company=company)


@pytest.fixture
def signed_in(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def stranger(db: None) -> Client:
    """The owner of another company."""
    client = Client()
    client.force_login(owner_of(CompanyFactory(owner=UserFactory())))
    return client


def form_data(response: Any) -> dict[str, Any]:
    """Return what a browser would send back from the form of a page, as it was shown."""
    form = response.context["form"]
    data: dict[str, Any] = {"seen": response.context["seen"]}
    for bound in form:
        value = bound.field.prepare_value(bound.value())
        if value is not None and value is not False:
            data[bound.name] = "on" if value is True else value
    return data
