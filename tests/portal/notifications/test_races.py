"""Two hands on one thing at once: one worker does a duty, and two events never take one place."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from portal.audit import services as audit
from portal.audit.models import Event
from portal.notifications import outbox
from portal.notifications.models import Heartbeat, Outbox

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
THREADS = 10
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(act):
    """Run one function in many threads that start together, and return what each gave."""
    start = threading.Barrier(THREADS)

    def run(number):
        start.wait(10)
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


@pytest.mark.parametrize("_round", range(5))
def test_one_worker_of_ten_does_the_duty(_round):
    outbox.enqueue(kind="remember", dedup_key="k", payload={}, due_at=NOW)
    row = Outbox.objects.get()
    assert at_once(lambda _: outbox.work(row.pk, NOW)).count(True) == 1
    assert Heartbeat.objects.count() == 1


@pytest.mark.parametrize("_round", range(5))
def test_ten_askers_add_one_duty(_round):
    def ask(_):
        with transaction.atomic():
            return outbox.enqueue(kind="remember", dedup_key="k", payload={}, due_at=NOW)

    assert at_once(ask).count(True) == 1
    assert Outbox.objects.count() == 1


@pytest.mark.parametrize("_round", range(5))
def test_ten_events_stand_in_one_line(_round):
    def append(number):
        with transaction.atomic():
            return audit.append(chain="dossier:1", name=f"n{number}", at=NOW, actor=None, data={}).sequence

    assert sorted(at_once(append)) == list(range(1, THREADS + 1))
    assert audit.verify() == []
    assert Event.objects.count() == THREADS
