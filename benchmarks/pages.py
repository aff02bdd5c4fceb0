"""The portal's pages beside bare ones, on PostgreSQL under gunicorn, at several numbers of dossiers.

Run it with `python benchmarks/pages.py [1000 100000 [1000000]]`. It starts a private PostgreSQL and two gunicorn
workers on free ports, adds dossiers up to each number, asks each page in turn in rounds that mix them, and prints for
each: median and 95th percentile, requests a second, SQL statements, growth since the first number, and the ratio to the
floor measured in the same rounds. Machines drift, ratios don't; a ratio under 1.5 is no difference.
"""

from __future__ import annotations

import http.client
import os
import pwd
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 25
FLOORS = {"list": "/floor/list/", "filter": "/floor/list/?etat=submitted"}
QUERY_COUNT = "X-Benchmark-Queries"
# Any secret, told by the cookie and by the form alike.
TOKEN = "a" * 32
EXPORTED = f"csrfmiddlewaretoken={TOKEN}&format=xlsx&columns=n&columns=median"


@dataclass
class Page:
    """One address to measure: its floor's name, the goal as a ratio to it, and the times got."""

    name: str
    address: str
    floor: str = ""
    goal: float = 0.0
    queries_at_most: int = 0
    # What is sent; a page is asked for where there is nothing.
    body: str = ""
    seconds: list[float] = field(default_factory=list)
    queries: int = 0

    @property
    def median(self) -> float:
        """The median, in seconds."""
        return statistics.median(self.seconds)

    @property
    def slowest(self) -> float:
        """The 95th percentile, in seconds."""
        return statistics.quantiles(self.seconds, n=20)[-1]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def as_postgres(command: list[str], home: Path) -> None:
    """Run a command of PostgreSQL, which refuses root."""
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    ids = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    subprocess.run(command, check=True, cwd=home, stdout=subprocess.DEVNULL, **ids)  # type: ignore[call-overload]


@contextmanager
def postgres() -> Iterator[str]:
    """Give the address of a private database."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    programs = Path(shutil.which("initdb") or installed[-1]).resolve().parent
    home, port = Path(tempfile.mkdtemp(prefix="diagdm-bench-")), free_port()
    if os.geteuid() == 0:
        shutil.chown(home, "postgres")
    options = (
        f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c synchronous_commit=off -c shared_buffers=512MB"
    )
    data = ["--pgdata", str(home / "data")]
    create = [
        str(programs / "initdb"),
        *data,
        "--username",
        "diagdm",
        "--auth",
        "trust",
        "--locale",
        "C.UTF-8",
    ]
    as_postgres(create, home)
    control = [str(programs / "pg_ctl"), *data]
    as_postgres([*control, "--log", str(home / "log"), "--wait", "-o", options, "start"], home)
    try:
        yield f"postgres://diagdm@127.0.0.1:{port}/postgres"
    finally:
        as_postgres([*control, "--mode", "immediate", "stop"], home)
        shutil.rmtree(home)


@contextmanager
def gunicorn(environment: dict[str, str]) -> Iterator[int]:
    """Give the port of the portal under two workers, with the floor beside it."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "benchmarks.wsgi",
        "--workers",
        "2",
        "--bind",
        f"127.0.0.1:{port}",
    ]
    server = subprocess.Popen(
        [*command, "--log-level", "error", "--timeout", "120"], cwd=ROOT, env=environment
    )
    try:
        for _ in range(150):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield port
    finally:
        server.terminate()
        # A busy machine may take long to let it end.
        server.wait(180)


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run a command of the portal and return what it says."""
    command = [sys.executable, "-m", "django", *arguments]
    done = subprocess.run(command, check=False, cwd=ROOT, env=environment, text=True, capture_output=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


# A page's limit of a statement is none for the making of dossiers.
ADD = """
from django.db import connection
from applications.management.demo.copies import fill
from portal import clock
connection.cursor().execute("SET statement_timeout = 0")
fill(clock.now(), {0}, print, seed={0})
"""
VACUUM = """
from django.db import connection
cursor = connection.cursor()
cursor.execute("SET statement_timeout = 0")
cursor.execute("VACUUM ANALYZE")
"""
# Signs two people in by a session each, once they have the second factor that their role asks for, and chooses a
# dossier and a company with much to read.
SIGN_IN = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from applications.models import Dossier
from portal.accounts.demonstration import give_second_factors
from portal.accounts.models import User
give_second_factors()
def session(user):
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return store.session_key
busy = Dossier.objects.filter(company__identifier__startswith="9", state="closed").order_by("pk")[20]
officer = User.objects.filter(staff_role="officer").order_by("-pk")[0]
print("FOUND", session(officer), session(busy.created_by), busy.pk)
"""


def people(environment: dict[str, str]) -> tuple[str, str, int]:
    """Return the sessions of an officer and of a company's owner, and the dossier to open."""
    said = manage(environment, "shell", "-v0", "-c", SIGN_IN)
    officer, owner, pk = next(line for line in said.splitlines() if line.startswith("FOUND")).split()[1:]
    return officer, owner, int(pk)


def pages(pk: int) -> list[Page]:
    """Return what is measured; the goals are those of the design's table."""
    common, rare = quote("télésurveillance"), quote("électrocardiogramme")
    tabs = [
        Page(f"tab {key}", f"/gestion/?vue={key}", "floor list", 2.5, 12)
        for key in ("all", "mine", "unassigned", "company", "expert", "late")
    ]
    filters = [
        Page(f"filter {name}", f"/gestion/?vue=all&{query}", "floor filter", 2.5, 12)
        for name, query in (
            ("state", "etat=submitted"),
            ("volet", "volet=5"),
            ("region", "region=Bretagne"),
            ("verdict", "verdict=ineligible"),
            ("three at once", "volet=2&classe=dm.IIb&montant=grand"),
            ("by share", "tri=montant"),
        )
    ]
    return [
        Page("floor list", FLOORS["list"]),
        Page("floor filter", FLOORS["filter"]),
        Page("floor search 1 %", f"/floor/search/?q={rare}"),
        Page("floor search 30 %", f"/floor/search/?q={common}"),
        Page("floor dossier", f"/floor/dossier/{pk}/"),
        *tabs,
        *filters,
        Page("search 1 %", f"/gestion/?vue=all&q={rare}", "floor search 1 %", 2.5, 12),
        Page("search 30 %", f"/gestion/?vue=all&q={common}", "floor search 30 %", 0.25, 12),
        Page("morning queue", "/gestion/aujourd-hui/", "floor list", 2.5, 12),
        Page("dossier page", f"/gestion/dossiers/{pk}/", "floor dossier", 3.5, 15),
        Page("company page", "/entreprise/", "floor dossier", 3.5, 10),
        # What they cost follows the months and the words, not the dossiers: read the column « growth ».
        Page("pilotage", "/gestion/pilotage/"),
        Page("pilotage, 36 months", "/gestion/pilotage/?du=2023-12"),
        Page("pilotage, filtered", "/gestion/pilotage/?volet=2&region=Bretagne"),
        Page("pilotage export", "/gestion/exports/nouveau/pilotage-delais-mois/", body=EXPORTED),
    ]


def measure(port: int, chosen: list[Page], officer: str, owner: str) -> None:
    """Ask each page in turn, in rounds; the first two rounds only warm up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    for round_number in range(ROUNDS + 2):
        for page in chosen:
            cookie = f"sessionid={owner if page.name == 'company page' else officer}; csrftoken={TOKEN}"
            headers = {"Cookie": cookie, "Host": "localhost"}
            if page.body:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            began = time.perf_counter()
            method = "POST" if page.body else "GET"
            connection.request(method, page.address, body=page.body or None, headers=headers)
            answer = connection.getresponse()
            answer.read()
            took = time.perf_counter() - began
            if answer.status != 200:
                raise SystemExit(f"{page.name}: {answer.status} {answer.headers.get('Location', '')}")
            page.queries = int(answer.headers[QUERY_COUNT])
            if round_number > 1:
                page.seconds.append(took)


def report(count: int, chosen: list[Page], first: dict[str, float]) -> bool:
    """Print the table of one number of dossiers; return True where every goal is met."""
    medians = {page.name: page.median for page in chosen}
    print(f"\n{count:,} dossiers, {ROUNDS} rounds")
    print(f"{'page':<22}{'median':>9}{'95 %':>9}{'req/s':>8}{'SQL':>5}{'growth':>8}{'ratio':>8}")
    kept = True
    for page in chosen:
        ratio = page.median / medians[page.floor] if page.floor else 0.0
        growth = page.median / first.get(page.name, page.median)
        missed = page.floor and (ratio > page.goal or page.queries > page.queries_at_most)
        kept = kept and not missed
        goal = f"{ratio:>8.2f}  goal {page.goal:g}, {page.queries_at_most} SQL{'  MISSED' if missed else ''}"
        print(
            f"{page.name:<22}{page.median * 1000:>7.1f}ms{page.slowest * 1000:>7.1f}ms{1 / page.median:>8.1f}"
            f"{page.queries:>5}{growth:>8.2f}{goal if page.floor else ''}"
        )
    return kept


def main(counts: list[int]) -> int:
    """Measure at each number of dossiers, from the smallest; return 1 where a goal is missed."""
    kept, there = True, 0
    first: dict[str, float] = {}
    with postgres() as database, tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": database,
            "DIAGDM_VAR": folder,
            "DIAGDM_ENVIRONMENT": "demo",
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "PYTHONPATH": str(ROOT),
        }
        manage(environment, "migrate", "-v0")
        manage(environment, "createcachetable")
        for count in sorted(counts):
            began = time.perf_counter()
            manage(environment, "shell", "-v0", "-c", ADD.format(count - there))
            print(f"{count - there:,} dossiers added in {time.perf_counter() - began:,.0f} s", flush=True)
            there = count
            manage(
                environment,
                "shell",
                "-v0",
                "-c",
                VACUUM,
            )
            officer, owner, pk = people(environment)
            chosen = pages(pk)
            with gunicorn(environment) as port:
                measure(port, chosen, officer, owner)
            kept = report(count, chosen, first) and kept
            first = first or {page.name: page.median for page in chosen}
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main([int(one) for one in sys.argv[1:]] or [1_000, 100_000]))
