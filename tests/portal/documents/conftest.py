"""Fixtures for the tests of kept files."""

import time
from contextlib import contextmanager

import pytest

from portal.accounts.models import User


@pytest.fixture(autouse=True)
def private_storage(tmp_path, settings):
    """Keep each test's files in a folder of its own."""
    options = {**settings.STORAGES["default"]["OPTIONS"], "location": str(tmp_path / "files")}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": options},
    }
    return tmp_path / "files"


@pytest.fixture
def ada(db):
    """Give an ordinary account."""
    return User.objects.create_user("ada@example.fr", full_name="Ada Martin")


@pytest.fixture
def within_seconds():
    """Give a block that must end within so many seconds."""

    @contextmanager
    def within(seconds):
        start = time.perf_counter()
        yield
        assert time.perf_counter() - start < seconds

    return within
