"""While sending is stopped the outbox works nothing, at no more queries; somebody says so, with a reason, to resume."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from applications.workflow.refusals import Refused
from portal import clock
from portal.about.health import health
from portal.audit.models import Event
from portal.audit.services import verify
from portal.notifications import outbox, sending
from portal.notifications.models import Heartbeat, Outbox
from portal.notifications.services import send_email
from tests.applications.controller.test_batches import approved, batch_of, release

pytestmark = pytest.mark.django_db


def ask(key: str) -> None:
    context = {
        "full_name": "Ada",
        "lines": ["Une ligne."],
        "link": "https://portail.test/",
        "label": "Ouvrir",
    }
    send_email(
        to="ada@exemple.test",
        subject="Essai",
        template="accounts/email/notice",
        context=context,
        dedup_key=key,
    )


def test_nothing_leaves_while_sending_is_stopped(mailoutbox: list[Any]) -> None:
    now = clock.now()
    sending.stop(reason="Restauration", now=now)
    ask("un")
    assert (outbox.relay(clock.now()), outbox.drain(clock.now())) == (0, 0)
    assert not outbox.work(Outbox.objects.get().pk, clock.now())
    assert (mailoutbox, Outbox.objects.get().attempts) == ([], 0)
    assert sending.resume(reason="Ce serveur est le bon.", now=clock.now())
    assert outbox.drain(clock.now()) == 1
    assert len(mailoutbox) == 1
    assert not sending.resume(reason="encore", now=clock.now())
    assert verify() == []


@pytest.mark.twin
def test_the_twin_without_the_flag_sends(mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.models import Value

    sending.stop(reason="Restauration", now=clock.now())
    monkeypatch.setattr(sending, "last_word", lambda: Value(sending.RESUMED))
    ask("un")
    assert outbox.drain(clock.now()) == 1
    assert len(mailoutbox) == 1


def test_the_flag_costs_no_query() -> None:
    ask("un")
    with CaptureQueriesContext(
        connection,
    ) as running:
        outbox.relay(clock.now())
    sending.stop(reason="Restauration", now=clock.now())
    with CaptureQueriesContext(connection) as held:
        outbox.relay(clock.now())
    assert len(running) == len(held) == 1


def test_the_reason_is_kept_and_asked_for() -> None:
    sending.stop(reason="Restauration", now=clock.now())
    assert sending.stopped() is not None
    out = StringIO()
    call_command("resume_sending", "--reason", "Exercice terminé.", stdout=out)
    assert "reprennent" in out.getvalue()
    event = Event.objects.filter(chain=sending.CHAIN).select_related("detail").latest("sequence")
    assert (event.name, event.detail.motive) == (sending.RESUMED, "Exercice terminé.")
    with pytest.raises(Exception, match="reason"):
        call_command("resume_sending")


def test_the_status_page_says_so(client: Client) -> None:
    Heartbeat.objects.create(name="worker", beat_at=clock.now())
    assert health(clock.now()).is_good
    sending.stop(reason="Restauration", now=clock.now())
    assert not health(clock.now()).is_good
    page = client.get("/etat/").content.decode()
    assert "Les envois sont suspendus" in page


def test_no_file_of_transfers_leaves_a_restored_copy() -> None:
    journey = approved()
    batch = batch_of(journey)
    sending.stop(reason="Restauration", now=clock.now())
    with pytest.raises(Refused, match="vient d’être restauré"):
        release(journey, batch)
    sending.resume(reason="Ce serveur est le bon.", now=clock.now())
    assert release(journey, batch).document is not None
