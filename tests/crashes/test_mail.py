"""A mail server that refuses, hangs or drops the line: every letter leaves once, and nobody waits for it."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.notifications import outbox, services
from portal.notifications.models import Outbox
from tests.crashes.servers import Mailbox

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
RECOVERED_WITHIN = timedelta(seconds=120)
CONTEXT = {
    "title": "Un objet",
    "body": "Un texte.",
    "preheader": "Un texte.",
    "subject_label": "",
    "action_url": "",
    "action_label": "",
    "is_blocking": False,
}


@pytest.fixture
def letter(settings: Any, mailbox: Mailbox) -> Outbox:
    """Return one letter to send, with production's way of sending at the fake server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", mailbox.port, 1
    services.send_email(
        to="ada@exemple.test",
        subject="Un objet",
        template="notifications/email",
        context=CONTEXT,
        dedup_key="lettre",
        now=NOW,
    )
    return Outbox.objects.get(kind="email")


@pytest.mark.parametrize("mood", ["refuse", "hang", "drop"])
def test_a_letter_refused_leaves_once_when_the_server_is_back(
    letter: Outbox, mailbox: Mailbox, mood: str
) -> None:
    mailbox.mood = mood
    began = time.monotonic()
    assert outbox.work(letter.pk, NOW) is False
    assert time.monotonic() - began < 5
    assert mailbox.taken == []
    letter.refresh_from_db()
    assert (letter.done_at, letter.attempts) == (None, 1)
    assert letter.locked_until is not None
    assert letter.locked_until - NOW + timedelta(minutes=1) <= RECOVERED_WITHIN
    mailbox.mood = "take"
    assert outbox.drain(letter.locked_until) == 1
    assert outbox.drain(letter.locked_until + timedelta(days=1)) == 0
    assert len(mailbox.taken) == 1


def test_a_letter_whose_receipt_was_lost_is_recognised_as_the_same(letter: Outbox, mailbox: Mailbox) -> None:
    """The only double there can be: the server took it, the line broke before it said so."""
    mailbox.mood = "late"
    assert outbox.work(letter.pk, NOW) is False
    mailbox.mood = "take"
    assert outbox.drain(NOW + timedelta(minutes=1)) == 1
    assert len(mailbox.taken) == 2
    assert len(set(mailbox.identifiers())) == 1


@pytest.mark.twin
def test_without_its_own_name_a_double_would_be_a_second_letter(
    letter: Outbox, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter(["<un@exemple.test>", "<deux@exemple.test>"])
    monkeypatch.setattr(services.mail, "message_id", lambda *_: next(names))
    mailbox.mood = "late"
    outbox.work(letter.pk, NOW)
    mailbox.mood = "take"
    outbox.drain(NOW + timedelta(minutes=1))
    assert len(set(mailbox.identifiers())) == 2


def test_a_letter_that_no_server_ever_takes_is_buried_not_lost(letter: Outbox, mailbox: Mailbox) -> None:
    mailbox.mood, now = "refuse", NOW
    for _ in range(outbox.MAX_ATTEMPTS):
        assert outbox.work(letter.pk, now) is False
        now += timedelta(hours=5)
    letter.refresh_from_db()
    assert letter.dead_at is not None
    assert list(Outbox.objects.dead()) == [letter]
    assert letter.payload["to"] == "ada@exemple.test"
