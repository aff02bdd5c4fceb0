"""The recurring tasks: what was missed is found, rung for once it is late, and done once."""

from datetime import UTC, datetime, timedelta

import pytest
from celery.schedules import crontab
from django.conf import settings

from diagdm.celery import app
from portal.clock import PARIS
from portal.notifications import rounds
from portal.notifications.models import Heartbeat

pytestmark = pytest.mark.django_db
MORNING = datetime(2027, 6, 15, 9, 30, tzinfo=PARIS)
BY_HOURS = {
    one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values() if isinstance(one["schedule"], crontab)
}
DAILY = crontab(hour=7, minute=5)


def beaten(at: datetime, *names: str) -> None:
    for name in names:
        Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": at})


@pytest.mark.parametrize("name", sorted(BY_HOURS))
def test_every_task_planned_by_the_hour_is_remembered(name: str) -> None:
    app.loader.import_default_modules()
    app.tasks[name]()
    assert Heartbeat.objects.filter(name=name).exists(), "decorate it with @remembered"


def test_a_new_portal_has_everything_to_do_and_a_portal_that_beats_nothing() -> None:
    assert set(rounds.missed(MORNING)) == BY_HOURS
    beaten(MORNING - timedelta(minutes=1), *BY_HOURS)
    assert rounds.missed(MORNING) == []


def test_after_26_hours_each_task_is_missed() -> None:
    beaten(MORNING - timedelta(hours=26), *BY_HOURS)
    assert set(rounds.missed(MORNING)) == BY_HOURS


def test_a_daily_task_is_missed_once_its_hour_is_past_and_its_worker_had_time() -> None:
    name = "experts.tasks.tell_expiries"
    hour = MORNING.replace(hour=6, minute=50)
    beaten(hour - timedelta(days=1), *BY_HOURS)
    for after, is_missed in ((-1, False), (0, False), (9, False), (10, True), (600, True)):
        assert (name in rounds.missed(hour + timedelta(minutes=after))) is is_missed, after
    beaten(hour + timedelta(minutes=20), name)
    assert name not in rounds.missed(hour + timedelta(minutes=600))


def test_what_failed_stays_to_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "experts.tasks.tell_expiries"
    app.loader.import_default_modules()

    def fail(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("experts.services.expiries.sweep", fail)
    with pytest.raises(RuntimeError):
        app.tasks[name]()
    assert not Heartbeat.objects.filter(name=name).exists()


def test_what_was_missed_is_rung_for(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []
    monkeypatch.setattr("portal.notifications.rounds.current_app.send_task", rung.append)
    beaten(MORNING, *BY_HOURS - {"applications.tasks.expire_offers"})
    assert rounds.catch_up(MORNING) == rung == ["applications.tasks.expire_offers"]


@pytest.mark.parametrize(
    ("at", "slot"),
    [
        (datetime(2027, 6, 15, 7, 5, tzinfo=PARIS), datetime(2027, 6, 15, 5, 5, tzinfo=UTC)),
        (datetime(2027, 6, 15, 7, 4, tzinfo=PARIS), datetime(2027, 6, 14, 5, 5, tzinfo=UTC)),
        # The hour changes between one morning and the next: 23 hours apart, then 25.
        (datetime(2027, 3, 28, 7, 4, tzinfo=PARIS), datetime(2027, 3, 27, 6, 5, tzinfo=UTC)),
        (datetime(2027, 3, 28, 7, 5, tzinfo=PARIS), datetime(2027, 3, 28, 5, 5, tzinfo=UTC)),
        (datetime(2027, 10, 31, 7, 4, tzinfo=PARIS), datetime(2027, 10, 30, 5, 5, tzinfo=UTC)),
        (datetime(2027, 10, 31, 7, 5, tzinfo=PARIS), datetime(2027, 10, 31, 6, 5, tzinfo=UTC)),
    ],
)
def test_the_last_time_that_a_crontab_rang(at: datetime, slot: datetime) -> None:
    assert rounds.latest_slot(DAILY, at.astimezone(UTC)) == slot


def test_no_task_is_planned_in_the_hour_that_a_night_loses() -> None:
    for one in settings.CELERY_BEAT_SCHEDULE.values():
        if isinstance(one["schedule"], crontab) and len(one["schedule"].hour) < 24:
            assert 2 not in one["schedule"].hour
