"""Fixtures for the tests of outbox, inbox and e-mails."""

import pytest

from portal.accounts.models import User
from tests.portal.notifications import handlers


@pytest.fixture(autouse=True)
def test_kinds(settings):
    """Add the kinds of outbox rows that only tests use."""
    here = "tests.portal.notifications.handlers"
    extra = {name: f"{here}.{name}" for name in ("remember", "fail", "dawdle")}
    settings.OUTBOX_HANDLERS = {**settings.OUTBOX_HANDLERS, **extra, "lost": f"{here}.missing"}
    handlers.CALLS.clear()


@pytest.fixture
def make_user(db):
    """Return a maker of accounts."""

    def make(email="ada@example.fr", **fields):
        return User.objects.create_user(email, full_name="Ada Martin", **fields)

    return make
