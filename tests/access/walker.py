"""Asks every address as every role, and says what went otherwise than its line promises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.access.canaries import leaks
from tests.access.headers import faults_of_headers
from tests.access.matrix import SIGNED_OUT, Line
from tests.access.world import World

SIGN_IN = "/compte/login/"
HTMX = {"HX-Request": "true"}
WRITING = re.compile(r'^\s*(INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)', re.IGNORECASE)
# The sign-in keeps where it stands in the session, which is no data of the portal.
SESSION = "django_session"
# The journal, and when a calendar's link was last read.
JOURNAL = frozenset({"audit_event", "audit_eventdetail", "audit_chainhead", "applications_calendarfeed"})


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever a request wrote."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Walker:
    """One person's browser, walking the whole matrix."""

    def __init__(self, world: World, role: str) -> None:
        self.world, self.role, self.faults = world, role, list[str]()
        self.client = Client(raise_request_exception=False)
        person = world.users[role]
        if person is not None:
            self.client.force_login(person)

    def fault(self, line: Line, method: str, said: object) -> None:
        """Remember what went wrong."""
        self.faults.append(f"{self.role} {method} {line.name}: {said}")

    def walk(self, lines: tuple[Line, ...], *, htmx: bool = False) -> list[str]:
        """Return every fault found on these lines."""
        for line in lines:
            address = reverse(line.name, kwargs=line.kwargs(self.world))
            for method in ("GET", "POST") if not htmx else ("GET",):
                self._ask(line, method, address, htmx=htmx)
        return self.faults

    def _ask(self, line: Line, method: str, address: str, *, htmx: bool) -> None:
        kept = self.client.cookies.copy()
        with undone(), CaptureQueriesContext(connection) as queries:
            answer = self.request(method, address, htmx=htmx)
        self.client.cookies = kept
        if answer.status_code >= 500:
            error = getattr(answer, "exc_info", None)
            self.fault(line, method, f"{answer.status_code} {error[1]!r}" if error else answer.status_code)
            return
        if not self._expected(line, method, answer, htmx=htmx):
            self.fault(line, method, f"{answer.status_code} {answer.headers.get('Location', '')}")
        for fault in faults_of_headers(answer, signed_in=self.role not in SIGNED_OUT):
            self.fault(line, method, fault)
        for word in leaks(self.role, line.name, text_of(answer)):
            self.fault(line, method, f"reads « {word} »")
        if method == "GET":
            for table in written(queries) - (JOURNAL if line.logs else frozenset()):
                self.fault(line, method, f"writes {table}")

    def request(self, method: str, address: str, *, htmx: bool = False) -> Any:
        """Send one request, with an empty body."""
        headers = HTMX if htmx else {}
        if address.startswith("/api/") and method == "POST":
            return self.client.post(address, data={}, content_type="application/json", headers=headers)
        return self.client.generic(method, address, headers=headers)

    def _expected(self, line: Line, method: str, answer: Any, *, htmx: bool) -> bool:
        """Tell whether the answer is of the class that the line promises."""
        status, right_method = answer.status_code, method in line.methods.split()
        if self.role in line.enter:
            if not right_method:
                return bool(status == 405)
            return status in (line.get if method == "GET" else line.post)
        refused = {405} if not right_method else set[int]()
        if self.role in SIGNED_OUT:
            return status in refused or _sent_to_sign_in(answer, htmx=htmx)
        return status in refused | ({404} if self.role in line.foreign else {403})


def _sent_to_sign_in(answer: Any, *, htmx: bool) -> bool:
    if htmx and answer.status_code == 200:
        return bool(answer.headers.get("HX-Redirect") == SIGN_IN)
    return bool(answer.status_code == 302 and answer.headers["Location"].startswith(SIGN_IN))


def text_of(answer: Any) -> str:
    """Return the whole answer as text, its headers included."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
    return headers + content.decode("utf-8", "replace")


def written(queries: CaptureQueriesContext) -> set[str]:
    """Return the tables that the captured queries wrote to, the sessions' apart."""
    found = (WRITING.match(query["sql"]) for query in queries.captured_queries)
    return {match[2] for match in found if match} - {SESSION}
