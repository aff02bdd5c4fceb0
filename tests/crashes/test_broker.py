"""Redis emptied, killed, frozen or full, and its schedulers: people are answered, and every duty is done, once."""

import signal
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from portal import clock
from portal.notifications import outbox
from portal.notifications.models import Heartbeat, Outbox
from tests.applications.journeys import ENGAGED, Journey
from tests.crashes.conftest import Duties, all_done, effects, scan
from tests.crashes.servers import Portal, Redis, eventually
from tests.promises import record_figure

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
# A page may wait once for a broker that hangs (its socket's time-out), whatever the machine has to do besides.
ANSWERED_SECONDS = 60.0


@pytest.fixture
def steady_cache(bell: Redis, settings: Any) -> None:
    """Cache as in production, at the private Redis, with the database's table as its reserve."""
    settings.CACHES = {
        "default": {
            "BACKEND": "portal.cache.SteadyCache",
            "LOCATION": bell.url,
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        },
        "reserve": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"},
    }
    call_command("createcachetable")
    caches["reserve"].clear()


def break_redis(redis: Redis, how: str) -> None:
    """Kill, freeze or fill Redis."""
    if how == "killed":
        redis.kill()
    elif how == "frozen":
        redis.send(signal.SIGSTOP)
    else:
        redis.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
        redis.ask("CONFIG", "SET", "maxmemory", "1")


def mend_redis(redis: Redis, how: str) -> None:
    """Undo it."""
    if how == "killed":
        redis.start()
    elif how == "frozen":
        redis.send(signal.SIGCONT)
    else:
        redis.ask("CONFIG", "SET", "maxmemory", "0")


def asks(journey: Journey) -> list[int]:
    """Do what people do: sign in, forget a password, read, file a request; return the answers' codes."""
    visitor, owner = Client(raise_request_exception=False), Client(raise_request_exception=False)
    owner.force_login(journey.owner)
    wrong = {"login": journey.owner.email, "password": "pas-le-bon-mot-de-passe"}
    return [
        visitor.get(reverse("account_login")).status_code,
        visitor.post(reverse("account_login"), wrong).status_code,
        visitor.post(reverse("account_reset_password"), {"email": journey.owner.email}).status_code,
        owner.get(reverse("company_dossier", args=[journey.dossier.pk]), follow=True).status_code,
    ]


@pytest.mark.parametrize("how", ["killed", "full", pytest.param("frozen", marks=pytest.mark.slow)])
def test_people_are_answered_and_nothing_is_lost(
    bell: Redis, steady_cache: None, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey, slept = Journey(), list[float]()
    monkeypatch.setattr("kombu.utils.functional.sleep", slept.append)
    # What was connected before is cut, too.
    outbox.ring(0, "notify")
    cache.set("seen", 1, 60)
    break_redis(bell, how)
    began = time.monotonic()
    try:
        answers = asks(journey)
        journey.act("submit", journey.owner, expected_revision=journey.dossier.revision, **ENGAGED)
    finally:
        took = time.monotonic() - began
        mend_redis(bell, how)
    assert answers == [200, 200, 302, 200]
    assert took < ANSWERED_SECONDS
    # Nor does a page try again and again a broker that is down.
    assert slept == []
    record_figure("requests answered without Redis", len(answers) + 1)
    waiting = Outbox.objects.workable(clock.now()).count()
    assert waiting > 0
    scan()
    assert bell.ask("LLEN", "scans") + bell.ask("LLEN", "pdf") >= waiting


def test_the_throttles_go_on_counting_without_redis(bell: Redis, steady_cache: None) -> None:
    cache.set("seen", 1, 60)
    bell.kill()
    assert cache.get("seen") is None
    assert cache.add("tries", 1, 60) is True
    assert cache.add("tries", 1, 60) is False
    assert cache.incr("tries") == 2
    assert cache.get_many(["tries", "seen"]) == {"tries": 2}


@pytest.mark.twin
def test_without_its_reserve_the_sign_in_would_fail(bell: Redis, settings: Any) -> None:
    plain = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": bell.url}
    settings.CACHES = {"default": plain}
    journey = Journey()
    bell.kill()
    assert asks(journey)[1] == 500


def test_a_bell_that_found_redis_empty_rings_again(bell: Redis, duties: Duties) -> None:
    """After FLUSHALL the process that rings has to say again which queues there are."""
    duties("before")
    assert bell.ask("LLEN", "scans") == 1
    bell.ask("FLUSHALL")
    duties("after")
    assert bell.ask("LLEN", "scans") == 1
    scan()
    assert bell.ask("LLEN", "scans") == 3


@pytest.mark.slow
def test_flushall_loses_no_duty(portal: Portal, duties: Duties, bell: Redis) -> None:
    worker = portal.worker("one")
    names = [f"flushed{number}" for number in range(5)]
    worker.send(signal.SIGSTOP)
    duties(*names)
    bell.ask("FLUSHALL")
    worker.send(signal.SIGCONT)
    # The worker may have been given the first one; the doorbell alone brings none of the others back, the scan does.
    time.sleep(2)
    assert not all_done(*names)
    eventually(lambda: all_done(*names), meanwhile=scan)
    assert [effects(name) for name in names] == [1] * 5
    record_figure("duties brought back", 5)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "full"])
def test_a_worker_comes_back_with_redis(portal: Portal, duties: Duties, bell: Redis, how: str) -> None:
    worker = portal.worker("one")
    break_redis(bell, how)
    duties("one", "two")
    time.sleep(3)
    mend_redis(bell, how)
    eventually(lambda: all_done("one", "two"), meanwhile=scan)
    assert (effects("one"), effects("two")) == (1, 1)
    assert worker.process.poll() is None
    record_figure("duties brought back", 2)


@pytest.mark.slow
def test_two_schedulers_after_26_hours_without_any_do_each_thing_once(
    portal: Portal, duties: Duties, bell: Redis
) -> None:
    # The first reminder of a signature, on the tenth day, is late as well.
    Journey(now=clock.now() - timedelta(days=11)).to("contract_sent")
    names = [f"late{number}" for number in range(5)]
    Outbox.objects.all().delete()
    duties(*names)
    long_ago = clock.now() - timedelta(hours=26)
    Outbox.objects.update(due_at=long_ago)
    bell.ask("FLUSHALL")
    portal.worker("one")
    portal.beat("first")
    portal.beat("second")
    eventually(lambda: all_done(*names), 120)
    before = Heartbeat.objects.get(name="worker").beat_at
    eventually(lambda: Heartbeat.objects.get(name="worker").beat_at > before)
    eventually(lambda: Outbox.objects.filter(dedup_key__startswith="remind:").exists())
    time.sleep(3)
    assert [effects(name) for name in names] == [1] * 5
    assert Outbox.objects.filter(dedup_key__startswith="remind:").count() == 1
    assert not Outbox.objects.filter(attempts__gt=1).exists()


@pytest.mark.twin
def test_without_the_scan_a_duty_whose_bell_was_not_heard_waits(bell: Redis, duties: Duties) -> None:
    bell.kill()
    duties("unheard")
    bell.start()
    assert bell.ask("LLEN", "scans") == 0
    outbox._doorbell._silent_until = 0.0
    assert not all_done("unheard")
