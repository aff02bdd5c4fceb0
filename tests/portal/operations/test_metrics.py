"""Figures for Prometheus: closed without its token, true with it, and free of any statement added to a page."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal import clock
from portal.notifications.models import Heartbeat, Outbox
from portal.operations import metrics

TOKEN = "un-jeton-de-trente-caracteres-x"
ROOT = Path(__file__).resolve().parents[3]
BEFORE = "django_prometheus.middleware.PrometheusBeforeMiddleware"
AFTER = "django_prometheus.middleware.PrometheusAfterMiddleware"


@pytest.fixture
def opened(settings: Any) -> Any:
    """Set a token."""
    settings.METRICS_TOKEN = TOKEN
    return settings


def ask(client: Client, given: str = f"Bearer {TOKEN}") -> Any:
    return client.get("/metrics", headers={"authorization": given})


# --- Who reads them -----------------------------------------------------------------------------------
@pytest.mark.parametrize("given", ["", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer é"])
@pytest.mark.django_db
def test_without_the_token_there_is_no_such_page(client: Client, opened: Any, given: str) -> None:
    refused, nowhere = ask(client, given), client.get("/nulle-part")
    assert refused.status_code == nowhere.status_code == 404
    assert b"diagdm_" not in refused.content


@pytest.mark.django_db
def test_closed_by_default(client: Client, settings: Any) -> None:
    assert settings.METRICS_TOKEN == ""
    assert ask(client, "Bearer ").status_code == 404
    assert BEFORE not in settings.MIDDLEWARE


# --- What they say ------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_outbox_and_the_signs_of_life_are_told(client: Client, opened: Any) -> None:
    now = clock.now()
    for number, more in enumerate(
        (
            {},
            {"due_at": now + timedelta(hours=1)},
            {"dead_at": now},
            {"done_at": now},
            {"dead_at": now, "dropped_at": now, "drop_reason": "x"},
        )
    ):
        Outbox.objects.create(
            **{"kind": "email", "dedup_key": f"k{number}", "due_at": now - timedelta(minutes=1), **more}
        )
    Heartbeat.objects.create(name=Heartbeat.CHAIN, beat_at=now - timedelta(seconds=90))
    told = ask(client).content.decode()
    assert 'diagdm_outbox_open{kind="email"} 2.0' in told
    assert 'diagdm_outbox_overdue{kind="email"} 1.0' in told
    assert 'diagdm_outbox_dead{kind="email"} 1.0' in told
    assert 'diagdm_heartbeat_age_seconds{kind="worker"} 9' in told
    assert 'diagdm_deadlines_late{kind="term"} 0.0' in told
    assert "diagdm_database_up 1.0" in told


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 300])
def test_reading_them_costs_the_same_however_much_waits(count: int, django_assert_num_queries: Any) -> None:
    now = clock.now()
    Outbox.objects.bulk_create(
        Outbox(kind="email", dedup_key=f"k{number}", due_at=now) for number in range(count)
    )
    with django_assert_num_queries(3):
        metrics.page(now)


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_a_figure_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(metrics.PortalFigures, "_read", broken)
    assert b"diagdm_database_up 0.0" in metrics.page(clock.now())


# --- What they cost -----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_counting_adds_no_statement_to_a_page(client: Client, opened: Any) -> None:
    with CaptureQueriesContext(connection) as bare:
        client.get("/etat/")
    opened.MIDDLEWARE = [BEFORE, *opened.MIDDLEWARE, AFTER]
    counting = Client()
    with CaptureQueriesContext(connection) as counted:
        counting.get("/etat/")
    assert len(counted) == len(bare) == 2
    told = ask(counting).content.decode()
    assert (
        'django_http_responses_total_by_status_view_method_total{method="GET",status="200",view="service_status"}'
        in told
    )


START = """
import django
django.setup()
from django.conf import settings
from django.db import connection
from django.test import Client
with connection.cursor() as cursor:
    cursor.execute("SELECT 1")
client = Client(headers={"host": "localhost"})
client.get("/sante/vivant")
answer = client.get("/metrics", headers={"authorization": "Bearer " + settings.METRICS_TOKEN})
text = answer.content.decode()
assert answer.status_code == 200, answer.status_code
for wanted in ("health_alive", "django_db_execute_total", "diagdm_database_up"):
    assert wanted in text, wanted
"""


@pytest.mark.parametrize("several", [False, True])
def test_a_token_opens_them_for_one_process_and_for_several(tmp_path: Path, several: bool) -> None:
    """With the settings' own middleware and database, as at a start; several share a folder."""
    (tmp_path / "token").write_text(TOKEN + "\n")
    shared = tmp_path / "metrics"
    shared.mkdir()
    environment = {
        **{
            name: value for name, value in os.environ.items() if not name.startswith(("DIAGDM_", "DATABASE_"))
        },
        "DIAGDM_VAR": str(tmp_path),
        "DIAGDM_METRICS_TOKEN_FILE": str(tmp_path / "token"),
        "DJANGO_SETTINGS_MODULE": "diagdm.settings",
        **({"PROMETHEUS_MULTIPROC_DIR": str(shared)} if several else {}),
    }
    done = subprocess.run(
        [sys.executable, "-c", START],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert bool(list(shared.glob("*.db"))) is several


def test_a_guessable_token_is_refused(tmp_path: Path) -> None:
    environment = {**os.environ, "DIAGDM_VAR": str(tmp_path), "DIAGDM_METRICS_TOKEN": "court"}
    done = subprocess.run(
        [sys.executable, "-c", "import diagdm.settings"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "DIAGDM_METRICS_TOKEN" in done.stderr
