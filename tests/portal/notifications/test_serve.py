"""The one-process start: a page asks, the outbox works, an e-mail is written, and a signal stops all."""

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 90


def manage(var, *arguments):
    """Return the command line and environment of a management command on a private world."""
    environment = {
        **os.environ,
        "DIAGDM_VAR": str(var),
        "DIAGDM_ENVIRONMENT": "development",
        "DATABASE_URL": f"sqlite:///{var / 'portal.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "diagdm.settings",
        "PYTHONUNBUFFERED": "1",
    }
    environment.pop("REDIS_URL", None)
    return {"args": [sys.executable, "manage.py", *arguments], "env": environment, "cwd": ROOT, "text": True}


def free_port():
    """Return a port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(scope="module")
def portal(tmp_path_factory, tables):
    """Start the portal on a fresh database; give its process, its port and its folder."""
    var = tmp_path_factory.mktemp("var")
    tables.copy_to(var / "portal.sqlite3")
    for command in (("migrate", "-v0"), ("createcachetable",)):
        subprocess.run(**manage(var, *command), check=True)
    port = free_port()
    process = subprocess.Popen(
        **manage(var, "serve", "--port", str(port)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    line = ""
    deadline = time.monotonic() + START_SECONDS
    while "est ouvert" not in line and process.poll() is None and time.monotonic() < deadline:
        line = process.stdout.readline()
    yield process, port, var
    process.kill()
    process.wait()
    process.stdout.close()


def mails_in(var: Path) -> str:
    return "".join(path.read_text() for path in (var / "mails").glob("*"))


def test_a_page_leads_to_a_message_and_a_signal_stops_all(portal):
    process, port, var = portal
    asks_for_a_password(port)
    # The file is there before its words are.
    deadline = time.monotonic() + 30
    while "inconnue@example.fr" not in mails_in(var) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "inconnue@example.fr" in mails_in(var)
    assert len(list((var / "mails").glob("*"))) == 1

    second = subprocess.run(**manage(var, "serve", "--port", str(port)), check=False, capture_output=True)
    assert second.returncode == 1
    assert f"Le port {port} est déjà pris" in second.stderr
    assert "Traceback" not in second.stderr

    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert time.monotonic() - start < 3.5


def asks_for_a_password(port):
    """Fill in the page of the forgotten password, as a visitor does."""
    address = f"http://127.0.0.1:{port}/compte/password/reset/"
    visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    with visitor.open(address, timeout=30) as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())[1]
    fields = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "email": "inconnue@example.fr"})
    with visitor.open(address, fields.encode(), timeout=30) as answer:
        assert answer.status == 200
