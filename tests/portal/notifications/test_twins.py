"""The twins of the outbox: without its key, its lease, its close or its end, a duty is doubled, kept or never told."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from portal.notifications import outbox
from portal.notifications.models import Heartbeat, Outbox
from tests.portal.notifications.handlers import CALLS

pytestmark = [pytest.mark.django_db, pytest.mark.twin]
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def duty(kind: str = "remember", key: str = "k1") -> Outbox:
    """Add a duty and return its row."""
    outbox.enqueue(kind=kind, dedup_key=key, payload={"id": 1}, due_at=NOW)
    return Outbox.objects.get(dedup_key=key)


def test_without_its_natural_key_a_duty_is_done_twice() -> None:
    for key in ("announce:dossier:1:3", "announce:dossier:1:3"):
        outbox.enqueue(kind="remember", dedup_key=key, payload={}, due_at=NOW)
    assert outbox.drain(NOW) == len(CALLS) == 1
    for number in range(2):
        outbox.enqueue(kind="remember", dedup_key=f"hasard:{number}", payload={}, due_at=NOW)
    assert outbox.drain(NOW) == 2
    assert len(CALLS) == 3


def test_without_the_lease_two_workers_do_one_duty(monkeypatch: pytest.MonkeyPatch) -> None:
    row = duty()
    assert outbox._take(row.pk, NOW) is not None
    assert outbox._take(row.pk, NOW) is None
    monkeypatch.setattr(outbox, "LEASE", timedelta(0))
    free = duty(key="k2")
    assert outbox._take(free.pk, NOW) is not None
    assert outbox._take(free.pk, NOW) is not None


def test_without_the_look_at_its_lease_what_was_lost_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    row = duty("dawdle")
    assert outbox.work(row.pk, NOW) is False
    assert not Heartbeat.objects.exists()
    monkeypatch.setattr(outbox, "_close", lambda *_: None)
    assert outbox.work(row.pk, NOW + 5 * MINUTE) is True
    assert Heartbeat.objects.exists()


def test_a_duty_that_nobody_closes_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    row = duty()
    monkeypatch.setattr(outbox, "_close", lambda *_: None)
    outbox.work(row.pk, NOW)
    Heartbeat.objects.all().delete()
    outbox.work(row.pk, NOW + outbox.LEASE)
    assert len(CALLS) == 2


def test_without_its_transaction_a_failure_leaves_half_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    row = duty("fail")
    outbox.work(row.pk, NOW)
    assert not Heartbeat.objects.exists()
    Outbox.objects.filter(pk=row.pk).update(locked_until=None)
    atomic = transaction.atomic
    calls: list[int] = []

    def first_alone():
        # The lease keeps its own; the work loses its.
        calls.append(1)
        return atomic() if len(calls) == 1 else nullcontext()

    monkeypatch.setattr(transaction, "atomic", first_alone)
    outbox.work(row.pk, NOW)
    assert Heartbeat.objects.exists()


def test_without_a_last_attempt_what_always_fails_is_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MAX_ATTEMPTS", 10**6)
    row = duty("fail")
    for hours in range(0, 60, 5):
        outbox.work(row.pk, NOW + timedelta(hours=hours))
    row.refresh_from_db()
    assert row.attempts == 12
    assert not Outbox.objects.dead().exists()
