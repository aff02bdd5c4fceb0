"""The servers that benchmarks/load.py drives, all private: Redis, web, worker, scheduler, an antivirus.

Each writes what it says into a file of its own; one that dies stops the measure, with the end of what it said.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socketserver
import statistics
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.pages import free_port

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 180
TAIL_LINES = 40
TICKS = os.sysconf("SC_CLK_TCK")
# What stands in a log where something went wrong that nobody was answered.
ALARMS = ("Traceback (most recent call last)", "ERROR", "CRITICAL", "WORKER TIMEOUT")
DUTIES = """
    SELECT count(*) FILTER (WHERE done_at IS NULL AND dead_at IS NULL AND due_at <= now()),
           count(*) FILTER (WHERE dead_at IS NOT NULL), count(*) FILTER (WHERE done_at IS NOT NULL)
    FROM notifications_outbox
"""
DELAYS = """
    SELECT kind, extract(epoch FROM done_at - greatest(due_at, created_at))::float
    FROM notifications_outbox WHERE created_at >= to_timestamp(%s) AND done_at IS NOT NULL
"""
FAILED = (
    "SELECT kind || ': ' || last_error FROM notifications_outbox WHERE last_error <> '' ORDER BY id LIMIT 5"
)


class Antivirus(socketserver.ThreadingTCPServer):
    """Speaks clamd's protocol and finds every file clean: what is measured is the portal's way through it."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Scan)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.server_address[1]}"


class _Scan(socketserver.StreamRequestHandler):
    """One file: INSTREAM, then pieces that each say their length."""

    def handle(self) -> None:
        """Hear the whole file, and find it clean."""
        if self.rfile.read(10) == b"zINSTREAM\0":
            while length := struct.unpack(">I", self.rfile.read(4))[0]:
                self.rfile.read(length)
            self.wfile.write(b"stream: OK\0")


@contextmanager
def antivirus() -> Iterator[str]:
    """Give the address of an antivirus."""
    with Antivirus() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.address
        server.shutdown()


@dataclass
class Server:
    """One process with its children, and where it writes what it says."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def tail(self) -> str:
        """Return the end of what it said."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:])

    def alarms(self) -> list[str]:
        """Return the lines that tell of an error."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if any(alarm in line for alarm in ALARMS)]

    def check(self) -> None:
        """Stop everything, with the end of its log, where it died."""
        if self.process.poll() is not None:
            raise SystemExit(
                f"{self.name} died with {self.process.returncode}. The end of its log:\n{self.tail()}"
            )


class Servers:
    """Redis, web, worker and scheduler on the measure's own database."""

    def __init__(self, stack: ExitStack, environment: dict[str, str], folder: Path) -> None:
        self.stack, self.environment, self.folder = stack, environment, folder
        self.all: dict[str, Server] = {}
        self.port = 0

    def start_redis(self) -> str:
        """Start a private Redis; return its address."""
        program, port = shutil.which("redis-server"), free_port()
        if program is None:
            raise SystemExit("redis-server is missing (Debian, Ubuntu: apt-get install redis-server).")
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._start("redis", [program, *options, "--dir", str(self.folder)])
        return f"redis://127.0.0.1:{port}/0"

    def start_portal(self) -> None:
        """Start web, worker and scheduler, as docker-compose.yml does, and wait until the web is ready."""
        self.port, python = free_port(), [sys.executable, "-m"]
        bind = ["--bind", f"127.0.0.1:{self.port}", "--log-level", "warning"]
        queues = ["--queues", "scans,pdf,antivirus", "--concurrency", "2", "--loglevel", "WARNING"]
        beat = ["--schedule", str(self.folder / "beat"), "--pidfile", "", "--loglevel", "WARNING"]
        serve = ["gunicorn", "diagdm.wsgi", "--config", "deploy/gunicorn.conf.py", *bind]
        self._start("web", [*python, *serve], PROMETHEUS_MULTIPROC_DIR=str(self.folder / "metrics"))
        # As `cpu_shares` does there: who waits for a page comes before a letter.
        later = ["nice", "-n", "5"]
        self._start("worker", [*later, *python, "celery", "--app", "diagdm", "worker", *queues])
        self._start("beat", [*python, "celery", "--app", "diagdm", "beat", *beat])
        ends = time.monotonic() + START_SECONDS
        while not self._is_ready():
            self.check()
            if time.monotonic() > ends:
                raise SystemExit(f"The web is not ready after {START_SECONDS} s:\n{self.all['web'].tail()}")
            time.sleep(0.5)

    def check(self) -> None:
        """Stop everything where a server died."""
        for server in self.all.values():
            server.check()

    def duties(self) -> tuple[int, int, int]:
        """Return how many duties are due and not done, given up, and done."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            return connection.execute(DUTIES).fetchone() or (0, 0, 0)

    def work_off(self, seconds: float) -> int:
        """Let the workers do what is due, for so long at most; return how many duties are left."""
        ends = time.monotonic() + seconds
        while (left := self.duties()[0]) and time.monotonic() < ends:
            self.check()
            time.sleep(1)
        return left

    def delays(self, since: float) -> dict[str, list[float]]:
        """Return, by kind, how long each duty born since then waited until it was begun, in seconds."""
        found: dict[str, list[float]] = {}
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            for kind, seconds in connection.execute(DELAYS, [since]):
                found.setdefault(kind, []).append(seconds)
        return found

    def failures(self) -> list[str]:
        """Return what the duties that failed once said, a few."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            return [said for (said,) in connection.execute(FAILED)]

    def processor(self) -> dict[str, float]:
        """Return the processor time that each server took so far, in seconds; PostgreSQL's and our own too."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            row = connection.execute("SELECT pg_backend_pid()").fetchone()
            database = _parent(row[0]) if row else 0
        used = {name: _seconds(server.process.pid) for name, server in self.all.items()}
        return used | {"postgresql": _seconds(database), "the people": time.process_time()}

    def _start(self, name: str, command: list[str], **more: str) -> None:
        log = self.folder / f"{name}.log"
        with log.open("ab") as said:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment | more, stdout=said, stderr=said
            )
        self.all[name] = Server(name, process, log)
        self.stack.callback(_stop, process)

    def _is_ready(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            connection.request("GET", "/sante/pret")
            return connection.getresponse().status == 200
        except OSError:
            return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _stat(pid: int) -> list[str]:
    """Return what the system says of a process after its name: state, parent, …"""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def _parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _seconds(pid: int) -> float:
    """Return the processor time of a process, its children and those it has buried."""
    spent = 0.0
    for one in Path("/proc").glob("[0-9]*"):
        try:
            told = _stat(int(one.name))
        except OSError:
            continue
        if int(one.name) == pid or int(told[1]) == pid:
            spent += sum(map(int, told[11:15])) / TICKS
    return spent


def told(delays: dict[str, list[float]]) -> str:
    """Return how long duties waited, in words."""
    waits = sorted(one for found in delays.values() for one in found)
    if not waits:
        return "no duty was born"
    late = waits[min(len(waits) - 1, int(len(waits) * 0.95))]
    median = statistics.median(waits)
    return f"{len(waits):,} duties done, begun {median:.1f} s after they were due (median), 95 % within {late:.1f} s"
