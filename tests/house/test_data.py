"""The database and the cache as the environment says them, for the portal and for the tools that back it up."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import environ
import pytest

from diagdm.data import caches, database
from portal.backup import database as tools

SECURE = "postgres://portail:secret@base.example:5433/diagdm?sslmode=verify-full&sslrootcert=/etc/ca.pem"


def read(monkeypatch: pytest.MonkeyPatch, url: str, *, counted: bool = False) -> dict[str, Any]:
    monkeypatch.setenv("DATABASE_URL", url)
    return database(environ.Env(), embedded=Path("portal.sqlite3"), counted=counted)


def test_what_the_address_says_of_tls_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    options = read(monkeypatch, SECURE)["OPTIONS"]
    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/etc/ca.pem")
    assert options["pool"]["max_size"] == 16
    assert "statement_timeout" in options["options"]


def test_a_backup_speaks_to_the_server_as_the_portal_does(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: dict[str, Any] = {}

    def run(command: list[str], *, env: dict[str, str], **_: Any) -> SimpleNamespace:
        ran.update(command=command, env=env)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(tools.shutil, "which", lambda tool: f"/usr/bin/{tool}")
    connection = SimpleNamespace(settings_dict=read(monkeypatch, SECURE))
    tools._run(cast("Any", connection), "pg_dump", "--format=custom")
    told = {
        name: ran["env"][name] for name in ("PGSSLMODE", "PGSSLROOTCERT", "PGHOST", "PGPORT", "PGPASSWORD")
    }
    assert list(told.values()) == ["verify-full", "/etc/ca.pem", "base.example", "5433", "secret"]
    assert ran["command"] == ["/usr/bin/pg_dump", "diagdm", "--format=custom"]


def test_figures_are_counted_by_an_engine_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, SECURE)["ENGINE"] == "django.db.backends.postgresql"
    assert read(monkeypatch, SECURE, counted=True)["ENGINE"] == "django_prometheus.db.backends.postgresql"


def test_redis_has_the_table_in_reserve_and_the_table_stands_alone_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    assert list(caches(environ.Env())) == ["default"]
    monkeypatch.setenv("REDIS_URL", "redis://localhost:6379/0")
    found = caches(environ.Env())
    assert found["default"]["BACKEND"] == "portal.cache.SteadyCache"
    assert found["reserve"]["LOCATION"] == "portal_cache"
