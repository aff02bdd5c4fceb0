"""Every form of the portal, filled oddly by somebody let in: whatever is sent, no answer is an error of the portal."""

import logging
import os
from unittest.mock import patch
from zlib import crc32

import pytest
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, TestCase
from django.urls import get_resolver, reverse

from tests.access import world as worlds
from tests.access.matrix import LINES, Line
from tests.access.walker import undone
from tests.fuzz.bodies import KINDS, body, names_read
from tests.promises import record_figure

FORMS = tuple(line for line in LINES if "POST" in line.methods and not line.name.startswith("api_"))
IS_LONG = bool(os.environ.get("DIAGDM_LONG"))
ROLES = ("owner", "chosen_expert", "officer", "manager", "controller", "administrator")
FORM_TYPE = "application/x-www-form-urlencoded"


def kinds_for(line: Line) -> list[str]:
    """Return the kinds of bodies that a form gets in this run: NUL always, then others by its name."""
    names = list(KINDS)
    return names if IS_LONG else ["nul", names[crc32(line.name.encode()) % len(names)]]


def forms_of_this_run() -> list[Line]:
    """Return all the forms; in the quick tests one half of them on SQLite and the other on PostgreSQL."""
    half = connection.vendor == "postgresql"
    return [line for line in FORMS if IS_LONG or crc32(line.name.encode()) // 64 % 2 == half]


class Forms(TestCase):
    """The world is built once; what a form writes is taken back."""

    world: worlds.World

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = worlds.build()

    def setUp(self) -> None:
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        self.faults: list[str] = []
        self.browsers = {role: Client(raise_request_exception=False) for role in (*ROLES, "anonymous")}
        for role in ROLES:
            person = self.world.users[role]
            assert person is not None
            self.browsers[role].force_login(person)

    def roles_for(self, line: Line) -> list[str]:
        """Return whom the line lets in: a visitor where anybody may enter, and somebody who signed in."""
        visitor = ["anonymous"] if "anonymous" in line.enter else []
        return visitor + [role for role in ROLES if role in line.enter][:1]

    def send(self, line: Line, kind: str, sent: str) -> None:
        """Send one body; an answer of 500 or more is a fault."""
        for role in self.roles_for(line):
            browser = self.browsers[role]
            kept = browser.cookies.copy()
            with undone():
                address = reverse(line.name, kwargs=line.kwargs(self.world))
                answer = browser.generic("POST", address, sent, content_type=FORM_TYPE)
            browser.cookies = kept
            if answer.status_code >= 500:
                error = getattr(answer, "exc_info", None)
                said = repr(error[1]) if error else ""
                self.faults.append(f"{role} {line.name} {kind}: {answer.status_code} {said}")

    def names_of(self, line: Line) -> set[str]:
        """Return the names that the form's address reads: from an empty body, then from a filled one."""
        with names_read() as names:
            self.send(line, "empty", "")
            if IS_LONG:
                self.send(line, "one", body(names, "one"))
        return names

    def test_whatever_a_form_is_sent_the_portal_answers(self) -> None:
        sent, forms = 0, forms_of_this_run()
        for line in forms:
            names = self.names_of(line)
            for kind in kinds_for(line):
                self.send(line, kind, body(names, kind))
                sent += 1
        record_figure("forms", len(forms))
        record_figure("bodies", sent)
        assert len(FORMS) > 120
        assert not self.faults, "\n".join(self.faults)

    def test_each_field_alone_filled_oddly(self) -> None:
        """One field odd and the others as « 1 »: what comes after the first check is reached too."""
        if not IS_LONG:
            self.skipTest("a long campaign: ./dev campaign fuzz")
        sent = 0
        for line in FORMS:
            names = self.names_of(line)
            for name in sorted(names):
                others = body(names - {name}, "one")
                for kind in ("nul", "above_any_key", "huge_text", "half_a_character", "not_a_number"):
                    self.send(line, f"{name} {kind}", f"{others}&{body([name], kind)}")
                    sent += 1
        record_figure("bodies", sent)
        assert not self.faults, "\n".join(self.faults)

    @pytest.mark.twin
    def test_a_form_that_fails_is_found(self) -> None:
        """The campaign sees an error where there is one."""

        def broken(request: HttpRequest, **_: object) -> HttpResponse:
            if "\x00" in request.POST.get("body", ""):
                raise ValueError("A string literal cannot contain NUL (0x00) characters.")
            return HttpResponse()

        line = next(line for line in FORMS if line.name == "officer_note")
        match = get_resolver().resolve(reverse(line.name, kwargs=line.kwargs(self.world)))
        match.func = broken
        self.enterContext(patch.object(BaseHandler, "resolve_request", lambda *_: match))
        assert "body" in self.names_of(line)
        self.send(line, "nul", body(["body"], "nul"))
        assert len(self.faults) == 1
        assert "NUL" in self.faults[0]
