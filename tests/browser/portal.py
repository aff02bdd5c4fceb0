"""The real one-process portal on a private folder: built once, served, stopped."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from email import message_from_bytes
from email.policy import default
from pathlib import Path

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 60
STOPS_WITHIN = 15
BUILD_STEPS = (("migrate", "--no-input", "--verbosity", "0"), ("createcachetable",), ("demo",))


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


class Portal:
    """A demo portal in `var`; DIAGDM_BROWSER_WORLD names a built folder to copy rather than build."""

    def __init__(self, var: Path) -> None:
        self.var, self.port = var, free_port()
        # By its name: browsers give no passkey to a site without one.
        self.url = f"http://localhost:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DIAGDM_")}
        for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE"):
            kept.pop(name, None)
        self.environment = kept | {
            "DIAGDM_VAR": str(var),
            "DIAGDM_ENVIRONMENT": "demo",
            "DIAGDM_URL": self.url,
            "DIAGDM_LOG_LEVEL": "WARNING",
        }
        self.log = var / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None

    def build(self) -> None:
        built = os.environ.get("DIAGDM_BROWSER_WORLD")
        if built:
            shutil.copytree(built, self.var, dirs_exist_ok=True)
            return
        for step in BUILD_STEPS:
            self._manage(*step)

    def _manage(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {arguments[0]}: {done.stderr[-2000:]}"

    def start(self) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        limit = time.monotonic() + STARTS_WITHIN
        while not self._answers():
            assert self.process.poll() is None, self.log.read_text("utf-8")
            assert time.monotonic() < limit, "The portal did not start in time."
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/", timeout=5):
                return True
        except OSError:
            return False

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def code_sent_to(self, address: str) -> str:
        """Return the last six-digit code written to `address`; the worker may take a moment."""
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            for mail in reversed(self.mails_to(address)):
                found = re.search(r"(?<![\d-])\d{6}(?!\d)", mail)
                if found and "code" in mail.lower():
                    return found.group()
            time.sleep(0.3)
        raise AssertionError(f"No code was sent to {address}.")

    def mails_to(self, address: str) -> list[str]:
        """Return the subjects and texts of the mails to `address`, oldest first."""
        files = sorted((self.var / "mails").glob("*.log"), key=lambda path: path.stat().st_mtime)
        texts = []
        for path in files:
            mail = message_from_bytes(path.read_bytes(), policy=default)
            if address in str(mail["To"]):
                body = mail.get_body(("plain",))
                texts.append(f"{mail['Subject']}\n{body.get_content() if body else ''}")
        return texts
