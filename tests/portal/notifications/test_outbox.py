"""The outbox: one row a duty, leased, closed with its own writes, tried again, buried, never doubled."""

from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from portal.notifications import outbox, tasks
from portal.notifications.models import Heartbeat, Outbox
from tests.portal.notifications.handlers import CALLS

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def enqueue(kind="remember", key="k1", due_at=NOW):
    """Add an ordinary duty and return its row."""
    outbox.enqueue(kind=kind, dedup_key=key, payload={"id": 1}, due_at=due_at)
    return Outbox.objects.get(dedup_key=key)


@pytest.fixture
def rings(monkeypatch):
    """Record what is published instead of publishing it."""
    published = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, args, queue: published.append((name, args, queue))
    )
    monkeypatch.setattr(outbox._doorbell, "_silent_until", 0.0)
    return published


@pytest.mark.django_db
def test_a_duty_is_added_once():
    assert outbox.enqueue(kind="remember", dedup_key="k", payload={}, due_at=NOW) is True
    assert outbox.enqueue(kind="remember", dedup_key="k", payload={}, due_at=NOW) is False
    assert Outbox.objects.count() == 1


@pytest.mark.django_db
def test_an_unknown_kind_is_the_callers_error():
    with pytest.raises(KeyError, match="nonsense"):
        outbox.enqueue(kind="nonsense", dedup_key="k", payload={}, due_at=NOW)


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_after_the_commit_and_only_then(rings):
    with transaction.atomic():
        row = enqueue()
        assert rings == []
    assert rings == [("portal.notifications.tasks.work_outbox", [row.pk], "scans")]
    with transaction.atomic():
        enqueue(key="k2")
        transaction.set_rollback(True)
    assert len(rings) == 1
    assert Outbox.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_silent_broker_is_asked_once_and_nobody_notices(monkeypatch):
    asked = []

    def refuse(name, args, queue):
        asked.append(args)
        raise ConnectionError("broker down")

    monkeypatch.setattr(current_app, "send_task", refuse)
    monkeypatch.setattr(outbox._doorbell, "_silent_until", 0.0)
    with transaction.atomic():
        for number in range(5):
            enqueue(key=f"k{number}")
    assert len(asked) == 1
    assert outbox.drain(NOW) == 5


@pytest.mark.django_db
def test_work_is_done_once_and_closed_with_its_own_writes():
    row = enqueue()
    assert outbox.work(row.pk, NOW) is True
    assert outbox.work(row.pk, NOW + 10 * MINUTE) is False
    row.refresh_from_db()
    assert (row.done_at, row.attempts, row.locked_until) == (NOW, 1, None)
    assert [({"id": 1}, row.pk)] == CALLS


@pytest.mark.django_db
def test_what_is_not_due_waits():
    row = enqueue(due_at=NOW + MINUTE)
    assert outbox.work(row.pk, NOW) is False
    assert outbox.work(row.pk, NOW + MINUTE) is True


@pytest.mark.django_db
def test_a_leased_row_is_left_alone_until_the_lease_ends():
    row = enqueue()
    assert outbox._take(row.pk, NOW) is not None
    assert outbox.work(row.pk, NOW + outbox.LEASE - timedelta(seconds=1)) is False
    assert outbox.work(row.pk, NOW + outbox.LEASE) is True
    row.refresh_from_db()
    assert row.attempts == 2


@pytest.mark.django_db
def test_a_lost_lease_undoes_the_work():
    row = enqueue("dawdle")
    assert outbox.work(row.pk, NOW) is False
    assert not Heartbeat.objects.exists()
    row.refresh_from_db()
    assert row.done_at is None


@pytest.mark.django_db
def test_a_failure_undoes_its_writes_waits_longer_and_ends_as_a_dead_letter():
    row = enqueue("fail")
    now, waits = NOW, []
    for attempt in range(1, outbox.MAX_ATTEMPTS + 1):
        assert outbox.work(row.pk, now) is False
        row.refresh_from_db()
        assert row.attempts == attempt
        if row.locked_until:
            waits.append(row.locked_until - now)
            assert outbox.work(row.pk, row.locked_until - timedelta(seconds=1)) is False
            now = row.locked_until
    assert waits == sorted(waits)
    assert len(waits) == outbox.MAX_ATTEMPTS - 1
    assert row.dead_at == now
    assert row.last_error == "OSError: serveur injoignable"
    assert not Heartbeat.objects.exists()
    assert outbox.work(row.pk, now + timedelta(days=1)) is False
    assert list(Outbox.objects.dead()) == [row]


@pytest.mark.django_db
def test_a_handler_that_does_not_exist_fails_like_any_other():
    row = enqueue("lost")
    assert outbox.work(row.pk, NOW) is False
    row.refresh_from_db()
    assert "ImportError" in row.last_error


@pytest.mark.django_db
def test_the_scan_rings_for_what_is_due_and_free_oldest_first(rings):
    enqueue(key="later", due_at=NOW + MINUTE)
    done, young, old = enqueue(key="done"), enqueue(key="young"), enqueue(key="old", due_at=NOW - MINUTE)
    leased = enqueue(key="leased")
    outbox._take(leased.pk, NOW)
    outbox.work(done.pk, NOW)
    assert outbox.relay(NOW) == 2
    assert [args for _, args, _ in rings] == [[old.pk], [young.pk]]
    assert not Outbox.objects.filter(pk__in=[old.pk, young.pk]).exclude(done_at=None).exists()


@pytest.mark.django_db
def test_drain_does_all_and_passes_over_failures():
    enqueue("fail", key="bad", due_at=NOW - MINUTE)
    enqueue(key="one")
    enqueue(key="two")
    assert outbox.drain(NOW) == 2
    assert outbox.drain(NOW) == 0


@pytest.mark.django_db
def test_the_command_works_what_is_due(capsys):
    enqueue()
    call_command("work_outbox")
    assert "Envois faits" in capsys.readouterr().out
    assert Outbox.objects.get().done_at is not None


@pytest.mark.django_db
def test_tasks_read_the_clock_and_call_the_services(rings):
    row = enqueue()
    tasks.relay_outbox()
    assert len(rings) == 1
    tasks.work_outbox(row.pk)
    tasks.heartbeat()
    tasks.heartbeat()
    row.refresh_from_db()
    assert row.done_at is not None
    assert Heartbeat.objects.filter(name="worker").count() == 1


@pytest.mark.django_db
def test_the_scan_reads_the_partial_index_only():
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, Outbox._meta.db_table)
    assert constraints["outbox_open_due"]["columns"] == ["due_at"]


@pytest.mark.django_db
def test_a_drop_needs_a_reason_in_the_database_too():
    row = enqueue()
    with pytest.raises(IntegrityError), transaction.atomic():
        Outbox.objects.filter(pk=row.pk).update(dead_at=NOW, dropped_at=NOW, drop_reason="")
