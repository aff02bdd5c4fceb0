"""Two hands on one thing at once: one worker does a duty, nobody is told twice, two events never take one place."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.db import connection, transaction

from applications.models import Message
from applications.services import talk
from portal.audit import services as audit
from portal.audit.models import Event
from portal.notifications import digests, outbox, services
from portal.notifications.models import Heartbeat, Notification, Outbox
from tests.applications.journeys import Journey

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


# --- Told once -----------------------------------------------------------------------------------------
EIGHT = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


def line(user, number, **more):
    """Write one line of an inbox that waits for the daily e-mail."""
    values = {"delivery": "daily", "family": "progress", "url": "/", "action_label": "Ouvrir"} | more
    return Notification.objects.create(
        recipient=user,
        kind="x",
        title=f"Titre {number}",
        event_ref=f"race:{number}",
        created_at=NOW,
        **values,
    )


@pytest.fixture
def told_once(settings):
    """Let everybody be told, and start with no e-mail sent."""
    settings.NOTIFICATION_POLICY = None
    mail.outbox = []


@pytest.mark.parametrize("_round", range(5))
def test_one_daily_email_leaves_whoever_works_it(_round, make_user, told_once):
    ada = make_user()
    for number in range(3):
        line(ada, number)
    with transaction.atomic():
        digests.queue(ada, at=NOW)
    row = Outbox.objects.get(kind="digest")
    assert at_once(lambda _: outbox.work(row.pk, EIGHT)).count(True) == 1
    assert len(mail.outbox) == 1
    assert not Notification.objects.filter(emailed_at=None).exists()


@pytest.mark.parametrize("_round", range(5))
def test_a_line_written_while_the_email_leaves_is_told_exactly_once(_round, make_user, told_once):
    """Nine workers write lines at eight while the tenth sends: each line is in one e-mail, that day's or the next."""
    ada = make_user()
    with time_machine.travel(EIGHT - timedelta(seconds=1), tick=False):
        tell(ada, 0)
        outbox.drain(EIGHT - timedelta(seconds=1))
    digest = Outbox.objects.get(kind="digest")
    for number in range(1, THREADS):
        tell(ada, number)
    rows = [digest.pk, *Outbox.objects.filter(kind="notify", done_at=None).values_list("pk", flat=True)]
    with time_machine.travel(EIGHT - timedelta(seconds=1), tick=False):
        left, *written = at_once(lambda number: outbox.work(rows[number], EIGHT))
    assert written == [True] * (THREADS - 1)
    # Whoever writes a line holds the day's row a moment: its worker may pass over it, and the next scan finds it.
    assert left or Outbox.objects.workable(EIGHT).contains(digest)
    with time_machine.travel(EIGHT, tick=False):
        outbox.drain(EIGHT + timedelta(days=1))
    bodies = "\n".join(message.body for message in mail.outbox)
    assert [bodies.count(f"* Titre {number}\n") for number in range(THREADS)] == [1] * THREADS
    assert len(mail.outbox) <= 2


def test_an_email_passed_over_while_a_line_is_written_is_found_by_the_next_scan(make_user, told_once):
    """The writer holds the day's row: its worker neither waits nor counts an attempt, and the line is told."""
    ada = make_user()
    line(ada, 1)
    with transaction.atomic():
        digests.queue(ada, at=NOW)
    digest = Outbox.objects.get(kind="digest")
    with transaction.atomic():
        line(ada, 2)
        digests.queue(ada, at=NOW)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(worked_elsewhere, digest.pk).result(10) is False
    digest.refresh_from_db()
    assert (digest.attempts, digest.locked_until, mail.outbox) == (0, None, [])
    assert outbox.relay(EIGHT) == 1
    assert outbox.work(digest.pk, EIGHT) is True
    assert [message.body.count("* Titre ") for message in mail.outbox] == [2]


def worked_elsewhere(outbox_id):
    """Work one duty on a connection of its own."""
    try:
        return outbox.work(outbox_id, EIGHT)
    finally:
        connection.close()


def tell(user, number):
    """Ask that a person be told of one event."""
    services.notify(
        recipients=[user],
        kind="x",
        title=f"Titre {number}",
        body="",
        url="/",
        action="Ouvrir",
        family="progress",
        event_ref=f"race:{number}",
        now=NOW,
    )


@pytest.mark.parametrize("_round", range(5))
def test_one_email_of_a_notice_leaves_at_once(_round, make_user, told_once):
    ada = make_user()
    one = line(ada, 1, delivery="now")
    outbox.enqueue(kind="email", dedup_key="email:race", payload={"notification": one.pk}, due_at=NOW)
    row = Outbox.objects.get(kind="email")
    assert at_once(lambda _: outbox.work(row.pk, NOW)).count(True) == 1
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("_round", range(5))
def test_a_form_sent_ten_times_at_once_is_one_message(_round, told_once):
    journey, key = Journey().to("under_review"), uuid4()

    def send(_):
        return talk.post_message(
            dossier=journey.dossier,
            author=journey.owner,
            thread="company",
            body="Bonjour.",
            key=key,
            now=journey.now,
        ).pk

    assert len(set(at_once(send))) == 1
    assert Message.objects.count() == 1
