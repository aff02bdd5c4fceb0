"""The workers' settings: each was measured to lose or double a duty when it is otherwise."""

from __future__ import annotations

import pytest
from django.conf import settings

from diagdm.celery import app
from diagdm.schedule import BEAT_SCHEDULE
from diagdm.settings import REDIS_TRANSPORT_OPTIONS

WANTED = {
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "task_time_limit": 300,
    "task_ignore_result": True,
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_publish_retry": False,
}


@pytest.mark.parametrize("name", WANTED)
def test_a_worker_is_set_as_promised(name: str) -> None:
    assert app.conf[name] == WANTED[name]


def test_a_broker_that_hangs_is_left_after_five_seconds() -> None:
    wanted = {"socket_timeout": 5, "socket_keepalive": True, "health_check_interval": 25}
    assert wanted.items() <= REDIS_TRANSPORT_OPTIONS.items()


def test_scans_pdfs_and_the_antivirus_have_queues_of_their_own() -> None:
    names = {queue.name for queue in settings.CELERY_TASK_QUEUES}
    assert names == {"scans", "pdf", "antivirus"}
    assert set(settings.OUTBOX_QUEUES.values()) <= names
    assert settings.OUTBOX_QUEUES["scan_document"] == "antivirus"
    assert settings.OUTBOX_QUEUES["render_letter"] == "pdf"


def test_beat_rings_for_the_heartbeat_and_the_scan_each_minute() -> None:
    every = {entry["task"]: entry["schedule"] for entry in BEAT_SCHEDULE.values()}
    assert every["portal.notifications.tasks.heartbeat"] == 60.0
    assert every["portal.notifications.tasks.relay_outbox"] == 60.0
