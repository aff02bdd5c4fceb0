"""Workers killed or frozen at every moment of a duty: it is done, and done once, within two leases."""

import os
import signal
from pathlib import Path

import pytest

from diagdm.schedule import BEAT_SCHEDULE
from portal.notifications import outbox
from portal.notifications.models import Outbox
from tests.crashes.conftest import Duties, all_done, effects, scan
from tests.crashes.servers import Portal, Process, Redis, eventually
from tests.promises import record_figure

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
RECOVERED_WITHIN = 120


def held_by(folder: Path, name: str) -> int:
    """Wait until a child of a worker holds a duty; return its process id."""
    told = folder / f"{name}-held"
    eventually(lambda: told.exists() and told.read_text())
    return int(told.read_text())


def comes_back(*names: str) -> None:
    """Let the minute's scan ring until the duties are closed; each was done once."""
    took = eventually(lambda: all_done(*names), meanwhile=scan)
    record_figure("duties brought back", len(names))
    assert [effects(name) for name in names] == [1] * len(names), took


def test_a_lease_and_a_scan_are_shorter_than_the_recovery_promised() -> None:
    relay = BEAT_SCHEDULE["outbox"]["schedule"]
    assert isinstance(relay, float)
    assert outbox.LEASE.total_seconds() + relay <= RECOVERED_WITHIN


def test_a_pool_child_killed_amid_a_duty_undoes_it_and_the_scan_brings_it_back(
    portal: Portal, duties: Duties, tmp_path: Path
) -> None:
    worker = portal.worker("one")
    duties("child", hold="amid")
    os.kill(held_by(tmp_path, "child"), signal.SIGKILL)
    assert effects("child") == 0
    comes_back("child")
    assert worker.process.poll() is None
    assert Outbox.objects.get(dedup_key="child").attempts == 2


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "amid"])
def test_a_worker_killed_before_or_amid_the_effect(
    portal: Portal, duties: Duties, tmp_path: Path, moment: str
) -> None:
    worker = portal.worker("one")
    duties("killed", "behind", hold=moment)
    held_by(tmp_path, "killed")
    worker.end()
    assert effects("killed") == effects("behind") == 0
    (tmp_path / "behind-go").touch()
    portal.worker("two")
    comes_back("killed", "behind")


@pytest.mark.slow
def test_a_worker_killed_after_the_effect_and_before_its_word_to_the_broker(
    portal: Portal, duties: Duties, tmp_path: Path, bell: Redis
) -> None:
    worker = portal.worker("one")
    (tmp_path / "hold-after").touch()
    [pk] = duties("after")
    held_by(tmp_path, "after")
    assert all_done("after")
    worker.end()
    assert bell.ask("HLEN", "unacked") == 1
    # The broker gives the message again to the next worker: the row is closed, nothing is done.
    (tmp_path / "after-go").touch()
    portal.worker("two")
    outbox.ring(pk, "crash_duty")
    duties("next")
    comes_back("next")
    assert effects("after") == 1


@pytest.mark.slow
def test_a_web_process_that_dies_between_its_commit_and_the_bell(portal: Portal, tmp_path: Path) -> None:
    code = (
        "import django, os; django.setup()\n"
        "from portal.notifications import outbox\n"
        "from portal import clock\n"
        "outbox.ring = lambda *_: os._exit(9)\n"
        f"outbox.enqueue(kind='crash_duty', dedup_key='silent', due_at=clock.now(),"
        f" payload={{'folder': {str(tmp_path)!r}, 'name': 'silent', 'hold': ''}})\n"
    )
    dying = portal.start("web", "-c", code)
    assert dying.process.wait(60) == 9, dying.log.read_text()
    portal.worker("one")
    comes_back("silent")


def frozen(portal: Portal, duties: Duties, folder: Path, **environment: str) -> Process:
    """Freeze a worker amid a duty, let another do it, then let the first one go on."""
    first = portal.worker("one", **environment)
    duties("frozen", hold="amid")
    held_by(folder, "frozen")
    first.send(signal.SIGSTOP)
    portal.worker("two")
    eventually(lambda: all_done("frozen"), meanwhile=scan)
    assert effects("frozen") == 1
    (folder / "frozen-go").touch()
    first.send(signal.SIGCONT)
    return first


@pytest.mark.slow
def test_a_worker_frozen_beyond_its_lease_undoes_its_work(
    portal: Portal, duties: Duties, tmp_path: Path
) -> None:
    first = frozen(portal, duties, tmp_path)
    eventually(lambda: "the lease was lost" in first.log.read_text())
    assert effects("frozen") == 1


@pytest.mark.slow
@pytest.mark.twin
def test_without_the_check_of_the_lease_a_frozen_worker_does_it_again(
    portal: Portal, duties: Duties, tmp_path: Path
) -> None:
    frozen(portal, duties, tmp_path, DIAGDM_CRASHES_TWIN="lease")
    eventually(lambda: effects("frozen") == 2)
