"""What every test shares: which tests run on which database, and a cache that starts empty."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, TestCase, TransactionTestCase

from tests.factors import sign_in
from tests.portal.audit.flush import journal_emptied_by_flush_only  # noqa: F401 a fixture for every test
from tests.tables import Tables

# Counts what each campaign did, for docs/promises.md.
pytest_plugins = ("tests.promises",)

# Tests make many small objects that die young: looking for cycles less often saves a twentieth of the time.
gc.set_threshold(50_000, 20, 50)

DATABASE_FIXTURES = {
    "db",
    "transactional_db",
    "django_db_reset_sequences",
    "django_db_serialized_rollback",
    "live_server",
    "admin_client",
    "admin_user",
}


def _needs_database(item: pytest.Item) -> bool:
    """Tell whether a test touches the database, by its marker, its fixtures or its class."""
    if item.get_closest_marker("django_db") or item.get_closest_marker("postgres"):
        return True
    if DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
        return True
    owner = getattr(item, "cls", None)
    return isinstance(owner, type) and issubclass(owner, TestCase | TransactionTestCase)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs PostgreSQL elsewhere; with DIAGDM_TEST_DATABASE_ONLY keep what needs a database."""
    if connection.vendor != "postgresql":
        skip = pytest.mark.skip(reason="needs PostgreSQL: ./dev test --postgres")
        for item in items:
            if item.get_closest_marker("postgres"):
                item.add_marker(skip)
    if os.environ.get("DIAGDM_TEST_DATABASE_ONLY"):
        kept = [item for item in items if _needs_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


@pytest.fixture(scope="session")
def tables(pytestconfig: pytest.Config) -> Tables:
    """The migrated tables, kept from one run to the next."""
    return Tables(pytestconfig.cache.mkdir("tables"))


@pytest.fixture(scope="session")
def _kept_tables(
    tables: Tables, django_db_use_migrations: bool, django_db_modify_db_settings: None
) -> Iterator[Tables | None]:
    """Put the tables of an earlier run where Django is about to migrate; none are kept of other databases."""
    if connection.vendor != "sqlite" or not django_db_use_migrations:
        yield None
        return
    with tables.in_memory(connection.creation._get_test_db_name()):
        yield tables


@pytest.fixture(scope="session")
def django_db_setup(_kept_tables: Tables | None, django_db_setup: None, django_db_blocker: Any) -> None:
    """Set the database up as pytest-django does, and keep its tables for the next run."""
    if _kept_tables is not None:
        with django_db_blocker.unblock():
            _kept_tables.keep()


@pytest.fixture(scope="class")
def lasting(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Have what a fixture of a class builds last for all its tests, each of which still undoes what it does itself.

    A class whose tests read one costly world asks for it in a fixture of its own scope, and gives each test a copy of
    what it built. Not for transactional tests, which empty the database.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Forget what an earlier test cached, throttles of the sign-in included."""
    cache.clear()


@pytest.fixture(autouse=True)
def _own_heads(settings: Any, tmp_path: Path) -> None:
    """Keep each test's daily records of the journal apart: another test's would speak of another journal."""
    settings.AUDIT_HEADS = str(tmp_path / "heads")


@pytest.fixture(autouse=True)
def _second_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `force_login` sign in as the sign-in page would: experts and Bpifrance have their second factor."""
    monkeypatch.setattr(Client, "force_login", sign_in)
