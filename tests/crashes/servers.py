"""Private servers and processes of the crash tests: Redis, a mail server with moods, workers, schedulers, the web."""

import os
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
# A process of Python with the portal in it takes its time to start on a busy machine.
START_SECONDS = 120.0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def eventually(
    true: Callable[[], object], seconds: float = 60.0, *, meanwhile: Callable[[], Any] | None = None
) -> float:
    """Wait until something is true, doing `meanwhile` twice a second; return how long it took, or fail."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it never became true"
        if meanwhile is None:
            time.sleep(0.05)
        else:
            meanwhile()
            time.sleep(0.5)
    return time.monotonic() - began


class Redis:
    """A private redis-server that can be killed, started again, frozen, filled and emptied."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("needs redis-server (Debian, Ubuntu: apt-get install redis-server)")
        self.program, self.folder, self.port = program, folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, always on the same port, and wait until it answers."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, *options, "--dir", str(self.folder)], stdout=log, stderr=log
            )
        eventually(self._answers, 10)

    def kill(self) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None

    def send(self, number: int) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def ask(self, *words: str) -> Any:
        """Have it do one command."""
        with redis.Redis(port=self.port, socket_timeout=2) as client:
            return client.execute_command(*words)

    def _answers(self) -> bool:
        try:
            return bool(self.ask("PING"))
        except redis.RedisError:
            return False


class Process:
    """One process of the portal, in a group of its own, on the servers of the test."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str], folder: Path) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def send(self, number: int) -> None:
        """Send a signal to the process and its children."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def end(self, number: int = signal.SIGKILL) -> None:
        """Kill it with its children, as a power cut does."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGCONT)
            os.killpg(self.process.pid, number)
        self.process.wait(20)


class Portal:
    """Starts processes of the portal on the test's own database and Redis."""

    def __init__(self, folder: Path, redis_url: str, email_url: str = "") -> None:
        self.folder, self.running = folder, list[Process]()
        database = connection.settings_dict
        address = f"{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.crashes.settings",
            "DIAGDM_ENVIRONMENT": "development",
            "DIAGDM_VAR": str(folder),
            "DIAGDM_SECRET_KEY": "only-for-tests-" * 5,
            "DIAGDM_CRASHES": str(folder),
            "DATABASE_URL": f"postgres://{address}",
            "DIAGDM_DB_POOL": "4",
            "REDIS_URL": redis_url,
            "EMAIL_URL": email_url,
        }

    def start(self, name: str, *arguments: str, **environment: str) -> Process:
        """Start one process under a name."""
        made = Process(name, list(arguments), {**self.environment, **environment}, self.folder)
        self.running.append(made)
        return made

    def worker(self, name: str, **environment: str) -> Process:
        """Start a worker with one child, and wait until it takes duties."""
        options = ["--pool", "prefork", "--concurrency", "1", "--queues", "scans,pdf,antivirus"]
        quiet = ["--without-mingle", "--without-gossip", "--without-heartbeat", "--loglevel", "INFO"]
        command = ["-m", "celery", "--app", "tests.crashes.app", "worker", "--hostname", f"{name}@here"]
        made = self.start(name, *command, *options, *quiet, **environment)
        ready = self.folder / f"ready-{name}"
        eventually(lambda: ready.exists() or made.process.poll() is not None, START_SECONDS)
        assert ready.exists(), made.log.read_text()
        return made

    def beat(self, name: str) -> Process:
        """Start a scheduler that rings each second."""
        files = ["--schedule", str(self.folder / f"{name}.db"), "--pidfile", ""]
        return self.start(
            name, "-m", "celery", "--app", "tests.crashes.app", "beat", "--loglevel", "INFO", *files
        )

    def web(self, name: str, **environment: str) -> tuple[Process, int]:
        """Start the web under gunicorn; return it and its port."""
        port = free_port()
        bind = ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "4", "--log-level", "warning"]
        made = self.start(
            name, "-m", "gunicorn", "diagdm.wsgi", "--worker-class", "gthread", *bind, **environment
        )

        def listens() -> bool:
            with socket.socket() as one:
                return one.connect_ex(("127.0.0.1", port)) == 0

        eventually(lambda: listens() or made.process.poll() is not None, START_SECONDS)
        assert made.process.poll() is None, made.log.read_text()
        return made, port

    def end(self) -> None:
        """Kill whatever still runs."""
        for process in self.running:
            process.end()


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server with moods: "take", "refuse", "hang", "drop" (amid the letter), "late" (taken, not said)."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.mood, self.taken, self.closing = "take", list[str](), threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away."""

    def identifiers(self) -> list[str]:
        """Return the Message-ID of each letter taken, in order."""
        lines = [line for letter in self.taken for line in letter.splitlines()]
        return [line.partition(": ")[2] for line in lines if line.startswith("Message-ID: ")]

    def end(self) -> None:
        """Stop, the conversations that hang included."""
        self.closing.set()
        self.shutdown()
        self.server_close()
        self.thread.join()


class _Conversation(socketserver.StreamRequestHandler):
    """One client of the mail server."""

    server: Mailbox

    def say(self, line: str) -> None:
        """Answer one line."""
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        """Talk SMTP, as the server's mood has it."""
        if self.server.mood == "hang":
            self.server.closing.wait(10)
            return
        self.say("220 mail.test")
        while line := self.rfile.readline().decode("utf-8", "replace").strip().upper():
            if line.startswith("DATA"):
                if not self._letter():
                    return
            elif line.startswith("RCPT") and self.server.mood == "refuse":
                self.say("450 4.2.1 later")
            elif line.startswith("QUIT"):
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def _letter(self) -> bool:
        """Take the letter; False where the line is cut."""
        self.say("354 go on")
        if self.server.mood == "drop":
            self.rfile.readline()
            return False
        lines = []
        while (line := self.rfile.readline().decode("utf-8", "replace")) not in {".\r\n", ""}:
            lines.append(line)
        self.server.taken.append("".join(lines))
        if self.server.mood == "late":
            return False
        self.say("250 taken")
        return True
