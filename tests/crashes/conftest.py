"""Fixtures of the crash tests: a private Redis, the bell that rings at it, processes of the portal, a mail server."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings as portal_settings

from diagdm import settings as production
from portal import cache, clock
from portal.notifications import outbox
from portal.notifications.models import Heartbeat, Outbox
from tests.crashes.servers import Mailbox, Portal, Redis


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path)
    server.start()
    yield server
    server.kill()


def _new_pools() -> None:
    """Have the next publication open a connection to the broker of now."""
    app = current_app._get_current_object()
    app._pool = None
    app.amqp._producer_pool = None


@pytest.fixture
def bell(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """Have this process ring at the private Redis with production's options."""
    monkeypatch.setenv("CELERY_BROKER_URL", redis_server.url)
    monkeypatch.setitem(
        current_app.conf, "broker_transport_options", dict(production.REDIS_TRANSPORT_OPTIONS)
    )
    monkeypatch.setattr(outbox._doorbell, "_silent_until", 0.0)
    monkeypatch.setattr(cache.rest, "_until", 0.0)
    kinds = {**portal_settings.OUTBOX_HANDLERS, "crash_duty": "tests.crashes.handlers.duty"}
    monkeypatch.setattr(portal_settings, "OUTBOX_HANDLERS", kinds)
    _new_pools()
    yield redis_server
    pool = current_app.pool
    pool.force_close_all()
    _new_pools()


@pytest.fixture
def portal(transactional_db: None, bell: Redis, tmp_path: Path) -> Iterator[Portal]:
    """Return what starts workers, schedulers and the web on the test's servers; all are killed at the end."""
    made = Portal(tmp_path, bell.url)
    yield made
    made.end()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    server = Mailbox()
    yield server
    server.end()


Duties = Callable[..., list[int]]


@pytest.fixture
def duties(bell: Redis, tmp_path: Path) -> Duties:
    """Return a maker of duties, each rung for as an ordinary request would."""

    def make(*names: str, hold: str = "") -> list[int]:
        for name in names:
            payload = {"folder": str(tmp_path), "name": name, "hold": hold}
            outbox.enqueue(kind="crash_duty", dedup_key=name, payload=payload, due_at=clock.now())
        return [Outbox.objects.get(dedup_key=name).pk for name in names]

    return make


def effects(name: str) -> int:
    """Return how many times a duty was really done."""
    return Heartbeat.objects.filter(name__startswith=f"{name}-").count()


def all_done(*names: str) -> bool:
    """Tell whether every one of these duties is closed."""
    return not Outbox.objects.filter(dedup_key__in=names, done_at=None).exists()


def scan() -> None:
    """Do what the scheduler has done each minute."""
    outbox._doorbell._silent_until = 0.0
    outbox.relay(clock.now())
