"""Whether this process can serve: database, migrations, Redis or cache, and files, each asked with little patience."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.core.cache import cache as kept
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader

from portal.documents import storage

PATIENCE_SECONDS = 2
APPLIED = "SELECT app, name FROM django_migrations"


class MigrationsMissingError(Exception):
    """The database is not the one that this code expects; the message counts the migrations to apply."""


def failing() -> list[str]:
    """Return the names of what this process can't do without and does not get; empty when it can serve."""
    return [name for name, ask in PROBES.items() if _fails(ask)]


def _fails(ask: Callable[[], None]) -> bool:
    try:
        ask()
    except Exception:  # noqa: BLE001 each service fails with exceptions of its own, and all mean no
        return True
    return False


# --- Database ---------------------------------------------------------------------------------------
@contextmanager
def hurried_connection() -> Iterator[Any]:
    """Give a connection of its own that gives up soon, so that an exhausted pool or a lost server is told in time."""
    if connection.vendor != "postgresql":
        yield connection
        return
    changed = copy.deepcopy(connection.settings_dict)
    options = changed["OPTIONS"]
    options.pop("pool", None)
    options["connect_timeout"] = PATIENCE_SECONDS
    options["options"] = f"-c statement_timeout={PATIENCE_SECONDS * 1000}"
    with closing(type(connections["default"])(changed, alias="probe")) as hurried:
        yield hurried


def database() -> None:
    """Ask the database for nothing; raises what it raises."""
    with hurried_connection() as asked, asked.cursor() as cursor:
        cursor.execute("SELECT 1")


def migrations() -> None:
    """Compare the migrations applied with those of this code. Raises MigrationsMissingError."""
    with hurried_connection() as asked, asked.cursor() as cursor:
        cursor.execute(APPLIED)
        missing = expected_migrations() - set(cursor.fetchall())
    if missing:
        raise MigrationsMissingError(f"{len(missing)} migrations to apply")


@cache
def expected_migrations() -> frozenset[tuple[str, str]]:
    """Return the last migration of each application, read once from the code."""
    loader = MigrationLoader(None)
    return frozenset(loader.graph.leaf_nodes())


# --- Redis, cache, files ------------------------------------------------------------------------------
def uses_redis() -> bool:
    """Tell whether the broker is a Redis; without one, tasks go from thread to thread of one process."""
    return str(settings.CELERY_BROKER_URL).startswith(("redis://", "rediss://"))


def broker() -> None:
    """Greet the broker; nothing where there is no server to greet."""
    if not uses_redis():
        return
    hurry = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    with closing(redis.Redis.from_url(settings.CELERY_BROKER_URL, **hurry)) as client:
        client.ping()


def cache_answers() -> None:
    """Read one key of the cache, unless it is the Redis that the broker's probe greets."""
    if not uses_redis():
        kept.get("probe")


def files() -> None:
    """Write a few bytes where files are kept, read them again, and remove them."""
    storage.rehearse()


PROBES: dict[str, Callable[[], None]] = {
    "base": database,
    "migrations": migrations,
    "redis": broker,
    "cache": cache_answers,
    "fichiers": files,
}
