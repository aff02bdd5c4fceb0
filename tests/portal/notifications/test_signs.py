"""Signs of life: the scheduler writes its own, a worker asks itself for one, and no failure stops either."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.db import OperationalError
from django.utils.module_loading import import_string

from portal import clock
from portal.notifications import signs, tasks
from portal.notifications.models import Heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a scheduler with nothing to send, on the clock of the test."""
    monkeypatch.setattr(signs, "close_old_connections", lambda: None)
    one = signs.ShowsLife(current_app, lazy=True, schedule={})
    one.setup_schedule = lambda: None
    return one


def written() -> set[str]:
    return set(Heartbeat.objects.values_list("name", flat=True))


def test_the_scheduler_shows_life_once_a_minute(scheduler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at, shown = [0.0], []
    monkeypatch.setattr(signs.time, "monotonic", lambda: at[0])
    monkeypatch.setattr(signs, "show", shown.append)
    for seconds in (0.0, 5.0, 59.0, 60.0, 61.0):
        at[0] = seconds
        scheduler.tick()
    assert shown == [Heartbeat.SCHEDULER] * 2


def test_a_scheduler_goes_on_when_its_sign_is_not_written(
    scheduler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_: str) -> None:
        raise OperationalError

    monkeypatch.setattr(signs, "show", down)
    assert scheduler.tick() is not None
    assert written() == set()


def test_a_worker_asks_itself_and_a_broker_that_is_down_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    class App:
        def send_task(self, name: str, **more: Any) -> None:
            asked.append((name, more["expires"]))
            raise OSError

    signs.ask(App())  # type: ignore[arg-type]
    assert asked == [(tasks.worker_sign.name, signs.EVERY_SECONDS)]


def test_each_task_writes_its_own_sign() -> None:
    tasks.worker_sign()
    assert written() == {Heartbeat.WORKER}
    tasks.heartbeat()
    assert written() == {Heartbeat.WORKER, Heartbeat.CHAIN}


@pytest.mark.parametrize(
    ("fresh", "expected"),
    [
        ({Heartbeat.CHAIN}, (True, True, True)),
        ({Heartbeat.SCHEDULER}, (False, True, False)),
        ({Heartbeat.WORKER}, (False, False, True)),
        ({Heartbeat.SCHEDULER, Heartbeat.WORKER}, (False, True, True)),
        (set(), (False, False, False)),
    ],
)
def test_who_lives_is_known_by_name(
    fresh: set[str], expected: tuple[bool, ...], django_assert_num_queries: Any
) -> None:
    now = clock.now()
    for name in (Heartbeat.CHAIN, Heartbeat.SCHEDULER, Heartbeat.WORKER):
        age = timedelta(minutes=5 if name in fresh else 6)
        Heartbeat.objects.create(name=name, beat_at=now - age)
    with django_assert_num_queries(1):
        found = signs.read(now)
    assert (found.chain, found.scheduler, found.worker) == expected


def test_the_workers_and_the_scheduler_of_production_show_life() -> None:
    assert "portal.notifications.signs:WorkerSign" in current_app.steps["worker"]
    assert settings.CELERY_BEAT_SCHEDULER.split(":") == ["portal.notifications.signs", "BeatScheduler"]
    assert issubclass(import_string("portal.notifications.embedded.MemoryScheduler"), signs.ShowsLife)
