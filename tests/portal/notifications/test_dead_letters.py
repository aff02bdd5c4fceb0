"""Duties given up: an administrator reads one, tries it again or drops it for a reason, and the journal knows."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse

from portal import clock
from portal.audit.models import Event
from portal.audit.services import verify
from portal.notifications import dead_letters, outbox
from portal.notifications.models import Heartbeat, Outbox

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
CANARY = "canari"
pytestmark = pytest.mark.django_db


def duty(key: str = "k", **more: Any) -> Outbox:
    """Write one duty."""
    return Outbox.objects.create(**{"kind": "email", "dedup_key": key, "due_at": NOW, "payload": {}, **more})


def dead(key: str = "k", **more: Any) -> Outbox:
    """Write one dead letter, full of what nobody may read."""
    return duty(
        key,
        **{
            "payload": {"to": f"{CANARY}@exemple.fr", "subject": f"Bonjour {CANARY}", "notification": 17},
            "dead_at": NOW,
            "attempts": 10,
            "last_error": f"SMTPRecipientsRefused: '{CANARY}' {CANARY}@exemple.fr refused",
            **more,
        },
    )


@pytest.fixture
def admin(client: Any, make_user: Any) -> Any:
    """Sign an administrator in."""
    person = make_user("admin@example.fr", staff_role="administrator")
    client.force_login(person)
    return person


def page_of(client: Any, name: str, *args: Any, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


# --- Reading --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["", "officer", "manager", "controller", "auditor"])
def test_the_outbox_is_the_administrators(client: Any, make_user: Any, role: str) -> None:
    client.force_login(make_user(staff_role=role))
    letter = dead()
    assert client.get(reverse("outbox_list")).status_code == 403
    assert client.get(reverse("outbox_detail", args=[letter.pk])).status_code == 403
    for address in (
        reverse("dead_letter_retry", args=[letter.pk]),
        reverse("dead_letter_drop", args=[letter.pk]),
    ):
        assert client.post(address, {"reason": "x"}).status_code == 403
    assert client.post(reverse("dead_letters_retry"), {"nature": "email"}).status_code == 403


@pytest.mark.usefixtures("admin")
def test_each_state_lists_its_own(client: Any) -> None:
    dead("abandon")
    duty("echec", attempts=2, last_error="OSError: serveur injoignable")
    duty("attente")
    duty("fait", done_at=NOW)
    duty("ecarte", dead_at=NOW, dropped_at=NOW, drop_reason="x")
    listed = {
        state: {key for key in ("abandon", "echec", "attente", "fait", "ecarte") if f">{key}<" in page}
        for state in ("", "en-echec", "en-attente")
        if (page := page_of(client, "outbox_list", etat=state))
    }
    assert listed == {"": {"abandon"}, "en-echec": {"echec"}, "en-attente": {"attente"}}
    assert ">abandon<" not in page_of(client, "outbox_list", nature="notify")
    assert "serveur injoignable" in page_of(client, "outbox_list", etat="en-echec")


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("state", ["abandonnes", "en-echec", "en-attente"])
def test_an_empty_list_says_so(client: Any, state: str) -> None:
    assert (
        "Tout ce qui" in (page := page_of(client, "outbox_list", etat=state)) or "pas encore échoué" in page
    )


@pytest.mark.usefixtures("admin")
def test_a_letter_is_read_by_its_numbers(client: Any) -> None:
    letter = dead(f"email:{CANARY}@exemple.fr:3")
    for page in (page_of(client, "outbox_list"), page_of(client, "outbox_detail", letter.pk)):
        assert CANARY not in page
        assert "SMTPRecipientsRefused" in page
    page = page_of(client, "outbox_detail", letter.pk)
    assert '<dt>notification</dt><dd class="text-break">17</dd>' in page
    assert "non montré" in page
    assert "Abandonné le" in page
    assert client.get(reverse("outbox_detail", args=[letter.pk + 1])).status_code == 404


@pytest.mark.parametrize("count", [1, 60])
@pytest.mark.usefixtures("admin")
def test_the_list_takes_as_many_statements_for_one_as_for_sixty(
    client: Any, django_assert_num_queries: Any, count: int
) -> None:
    for number in range(count):
        dead(f"k{number}")
    # Session, person and roles, count, page, counts by kind, signs of life, unread notices.
    with django_assert_num_queries(7):
        assert client.get(reverse("outbox_list")).status_code == 200


@pytest.mark.usefixtures("admin")
def test_pages_turn(client: Any) -> None:
    for number in range(30):
        dead(f"k{number}")
    assert "26 à 30 sur 30" in page_of(client, "outbox_list", page="2")


# --- Signs of life ----------------------------------------------------------------------------------------
@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize(
    ("living", "told", "untold"),
    [
        ((Heartbeat.SCHEDULER,), "Aucun exécutant", "Le programmateur ne donne pas"),
        ((Heartbeat.WORKER,), "Le programmateur ne donne pas", "Aucun exécutant"),
        ((Heartbeat.WORKER, Heartbeat.SCHEDULER), "ne se joignent pas", "Aucun exécutant"),
        ((Heartbeat.CHAIN,), "En service", "signe de vie"),
    ],
)
def test_who_stands_still_is_told_by_name(
    client: Any, living: tuple[str, ...], told: str, untold: str
) -> None:
    for name in living:
        Heartbeat.objects.create(name=name, beat_at=clock.now())
    page = page_of(client, "outbox_list")
    assert told in page
    assert f'<p class="dm-callout-title">{untold}' not in page


# --- Acting ---------------------------------------------------------------------------------------------
def test_a_retry_gives_the_attempts_again_and_is_journalled(client: Any, admin: Any) -> None:
    letter = dead()
    client.post(reverse("dead_letter_retry", args=[letter.pk]), {"reason": "Serveur réparé"})
    letter.refresh_from_db()
    assert (letter.dead_at, letter.attempts, letter.payload["notification"]) == (None, 0, 17)
    event = Event.objects.get(chain=dead_letters.CHAIN)
    assert (event.name, event.actor_ref, event.data) == (
        "dead_letter_retried",
        admin.pk,
        {"outbox": letter.pk},
    )
    assert event.detail.motive == "Serveur réparé"
    again = client.post(reverse("dead_letter_retry", args=[letter.pk]), follow=True)
    assert "rien n’a changé" in again.content.decode()
    assert Event.objects.count() == 1


def test_a_drop_needs_a_reason_and_erases_what_was_to_leave(client: Any, admin: Any) -> None:
    letter = dead()
    address = reverse("dead_letter_drop", args=[letter.pk])
    for reason in ("", "   "):
        refused = client.post(address, {"reason": reason})
        assert refused.status_code == 422
        assert "Indiquez pourquoi" in refused.content.decode()
    client.post(address, {"reason": "Adresse morte"})
    letter.refresh_from_db()
    assert (letter.drop_reason, letter.payload, letter.dropped_by) == ("Adresse morte", {}, admin)
    event = Event.objects.get(chain=dead_letters.CHAIN)
    assert (event.name, event.actor_ref, event.detail.motive) == (
        "dead_letter_dropped",
        admin.pk,
        "Adresse morte",
    )
    assert not verify()
    again = client.post(address, {"reason": "Encore"}, follow=True)
    assert "rien n’a changé" in again.content.decode()
    assert Event.objects.count() == 1
    assert "Adresse morte" in page_of(client, "outbox_detail", letter.pk)


def test_a_kind_is_retried_at_once(client: Any, admin: Any) -> None:
    letters = [dead(f"k{number}") for number in range(3)]
    other = dead("autre", kind="notify")
    answer = client.post(reverse("dead_letters_retry"), {"nature": "email"}, follow=True)
    assert "3 envois relancés." in answer.content.decode()
    assert set(Outbox.objects.dead()) == {other}
    event = Event.objects.get(chain=dead_letters.CHAIN)
    assert event.data == {"kind": "email", "outbox": [letter.pk for letter in letters]}
    assert event.actor_ref == admin.pk
    again = client.post(reverse("dead_letters_retry"), {"nature": "email"}, follow=True)
    assert "rien n’a changé" in again.content.decode()
    assert Event.objects.count() == 1


@pytest.mark.usefixtures("admin")
def test_a_retried_letter_leaves(client: Any, make_user: Any) -> None:
    context = {"title": "Bonjour", "action_url": ""}
    payload = {
        "to": "ada@example.fr",
        "subject": "Bonjour",
        "template": "notifications/email",
        "context": context,
    }
    letter = dead(payload=payload)
    client.post(reverse("dead_letter_retry", args=[letter.pk]))
    assert outbox.drain(clock.now()) == 1
    assert [message.to for message in mail.outbox] == [["ada@example.fr"]]


def test_what_is_done_or_waits_is_neither_retried_nor_dropped(make_user: Any) -> None:
    admin = make_user("admin@example.fr", staff_role="administrator")
    for letter in (
        duty("waits"),
        duty("done", done_at=NOW),
        duty("out", dead_at=NOW, dropped_at=NOW, drop_reason="x"),
    ):
        assert dead_letters.retry(letter=letter, actor=admin, now=NOW) is False
        assert dead_letters.drop(letter=letter, actor=admin, reason="x", now=NOW) is False
    assert not Event.objects.exists()


def test_an_error_is_kept_without_what_a_person_gave(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(payload: Any, *, outbox_id: int) -> None:
        raise OSError(f"550 {CANARY}@exemple.fr: '{CANARY}' unknown")

    monkeypatch.setattr("tests.portal.notifications.handlers.fail", refuse)
    letter = duty(kind="fail")
    outbox.work(letter.pk, NOW)
    letter.refresh_from_db()
    assert letter.last_error == "OSError: 550 […]: […] unknown"


# --- Two administrators at once -----------------------------------------------------------------------------
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_of_many_administrators_one_settles_a_letter(make_user: Any, _round: int) -> None:
    admin = make_user("admin@example.fr", staff_role="administrator")
    letter = dead()
    start = threading.Barrier(10)

    def act(number: int) -> bool:
        start.wait(10)
        try:
            if number % 3 == 0:
                return dead_letters.retry(letter=letter, actor=admin, now=NOW)
            if number % 3 == 1:
                return bool(dead_letters.retry_kind(kind="email", actor=admin, now=NOW))
            return dead_letters.drop(letter=letter, actor=admin, reason="x", now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(act, range(10))).count(True) == 1
    assert Event.objects.filter(chain=dead_letters.CHAIN).count() == 1
    assert Outbox.objects.filter(due_at__lte=NOW + timedelta(days=1)).count() == 1


@pytest.mark.parametrize("kind", ["", "inconnue", "e\x00mail"])
def test_a_kind_that_is_none_retries_nothing(client: Any, admin: Any, kind: str) -> None:
    letter = dead()
    answer = client.post(reverse("dead_letters_retry"), {"nature": kind}, follow=True)
    assert "Aucun envoi de cette nature n’est abandonné" in unescape(answer.content.decode())
    assert Outbox.objects.get().dead_at == letter.dead_at
