"""Liveness asks nothing, readiness asks everything that matters, and neither knows anybody."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.test import Client

from portal.operations import probes

ALIVE, READY = "/sante/vivant", "/sante/pret"


def fail(*_args: Any, **_more: Any) -> None:
    raise OperationalError('connection to "base-canari" refused for user "canari"')


# --- Alive ------------------------------------------------------------------------------------------
def test_a_process_that_answers_is_alive_without_any_database(client: Client) -> None:
    """No `django_db` here: a statement would fail."""
    client.cookies["sessionid"] = "x" * 32
    answer = client.get(ALIVE)
    assert (answer.status_code, answer.json()) == (200, {"vivant": True})


@pytest.mark.django_db
@pytest.mark.parametrize("address", [ALIVE, READY])
def test_a_probe_sets_no_cookie_and_is_never_kept(client: Client, address: str) -> None:
    client.cookies["sessionid"] = "x" * 32
    answer = client.get(address)
    assert not answer.cookies
    assert "no-store" in answer.headers["Cache-Control"]
    assert client.post(address).status_code == 405


# --- Ready ------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_whole_portal_is_ready(client: Client) -> None:
    answer = client.get(READY)
    assert (answer.status_code, answer.json()) == (200, {"pret": True})


@pytest.mark.django_db
@pytest.mark.parametrize("name", list(probes.PROBES))
def test_each_thing_that_fails_is_named_and_nothing_else(
    client: Client, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(probes.PROBES, name, fail)
    answer = client.get(READY)
    assert (answer.status_code, answer.json()) == (503, {"pret": False, "en_panne": [name]})
    assert "canari" not in answer.content.decode()


@pytest.mark.django_db
def test_a_migration_to_apply_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ("notifications", "0003_dead_letters") in probes.expected_migrations()
    wanted = probes.expected_migrations() | {("notifications", "9999_to_come")}
    monkeypatch.setattr(probes, "expected_migrations", lambda: wanted)
    assert client.get(READY).json()["en_panne"] == ["migrations"]


@pytest.mark.django_db
def test_files_that_cannot_be_written_are_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: Any, **_more: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(default_storage, "save", full)
    assert client.get(READY).json()["en_panne"] == ["fichiers"]


@pytest.mark.django_db
def test_the_files_probe_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    save = default_storage.save
    monkeypatch.setattr(
        default_storage, "save", lambda name, content: names.append(save(name, content)) or names[-1]
    )
    probes.files()
    assert len(names) == 1
    assert not default_storage.exists(names[0])


@pytest.mark.django_db
def test_a_redis_that_does_not_answer_is_told_soon(client: Client, settings: Any) -> None:
    # Nobody listens on the discard port of this machine.
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
    assert client.get(READY).json()["en_panne"] == ["redis"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_database_is_asked_on_a_connection_of_its_own() -> None:
    """An exhausted pool, or a transaction that failed, does not answer in its place."""
    with probes.hurried_connection() as asked:
        assert asked is not connection
        with asked.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("2s",)
