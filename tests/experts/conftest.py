"""People and firms for the tests of the expert pool."""

from datetime import datetime, timedelta, timezone

import pytest
from django.test import Client

from experts.models import ExpertFirm
from experts.services import register_firm
from portal.accounts.models import StaffRole, User

NOW = datetime(2026, 6, 15, 9, 0, tzinfo=timezone(timedelta(hours=2)))
SIRENS = ("732829320", "404833048", "552100554")


def person(name: str, role: str = StaffRole.NONE) -> User:
    return User.objects.create_user(f"{name}@example.fr", full_name=name.title(), staff_role=role)


@pytest.fixture
def expert(db: None) -> User:
    return person("expert")


@pytest.fixture
def firm(expert: User) -> ExpertFirm:
    return register_firm(name="Vigie Conseil", siren=SIRENS[0], actor=expert, now=NOW)


@pytest.fixture
def officer(db: None) -> User:
    return person("officer", StaffRole.OFFICER)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
