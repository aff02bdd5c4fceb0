"""gunicorn as deploy/gunicorn.conf.py sets it: what is read once for all workers, and how these renew themselves."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.crashes.servers import START_SECONDS, free_port

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "un jeton assez long pour les essais"
ASKED = 60
BEFORE_FORK = """
import os, threading
import django
django.setup()
from django.db import connection
from django.template.loader import engines
from diagdm import warming
warming.before_fork()
names = list(warming.template_names())
assert "base.html" in names and len(names) > 200, names
for name in names:
    engines["django"].get_template(name)
assert threading.active_count() == 1, threading.enumerate()
assert len(os.listdir("/proc/self/task")) == 1, os.listdir("/proc/self/task")
assert connection.connection is None
"""


def environment_of(folder: Path) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("DIAGDM_", "DATABASE_"))
    }
    return {
        **kept,
        "DIAGDM_VAR": str(folder),
        "DIAGDM_METRICS_TOKEN": TOKEN,
        "DJANGO_SETTINGS_MODULE": "diagdm.settings",
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
    }


def test_what_is_read_before_the_fork_starts_no_thread_and_connects_to_nothing(tmp_path: Path) -> None:
    """Neither would be there in a worker; a template that can't be compiled is found here too."""
    alone = {
        name: value
        for name, value in environment_of(tmp_path).items()
        if not name.endswith(("MULTIPROC_DIR", "METRICS_TOKEN"))
    }
    done = subprocess.run(
        [sys.executable, "-c", BEFORE_FORK],
        cwd=ROOT,
        env=alone,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A gunicorn of two workers, each of which answers ten times or so and gives its place to another."""
    chosen = free_port()
    options = ["--bind", f"127.0.0.1:{chosen}", "--max-requests", "10", "--max-requests-jitter", "3"]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "diagdm.wsgi",
        "--config",
        "deploy/gunicorn.conf.py",
        *options,
    ]
    (tmp_path / "static").mkdir()
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment_of(tmp_path), stdout=log, stderr=log)
    try:
        ends = time.monotonic() + START_SECONDS
        while True:
            try:
                assert ask(chosen, "/sante/vivant")[0] == 200
                break
            except OSError:
                assert server.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < ends, (tmp_path / "log").read_text()
                time.sleep(0.2)
        yield chosen
    finally:
        server.terminate()
        server.wait(60)


def ask(port: int, address: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Host": "localhost", "Authorization": f"Bearer {TOKEN}", "Connection": "close"}
    connection.request("GET", address, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_workers_that_renew_themselves_lose_no_request_and_no_figure(port: int, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as people:
        answered = list(people.map(lambda _: ask(port, "/sante/vivant")[0], range(ASKED)))
    assert answered == [200] * ASKED

    status, figures = ask(port, "/metrics")
    assert status == 200
    counted = re.search(r"^django_http_requests_before_middlewares_total (\S+)$", figures, re.MULTILINE)
    assert counted is not None, figures
    # Those asked, the one that found the server awake, and this very one.
    assert float(counted[1]) == ASKED + 2
    # The first process, which serves nobody, and the two places: however often a worker takes one.
    places = {path.stem.rpartition("_")[2] for path in (tmp_path / "metrics").glob("counter_*.db")}
    assert places <= {"first", "0", "1", "2"}
    assert (tmp_path / "log").read_text().count("Worker exiting") >= 3
