"""What people do in benchmarks/load.py: sign in with both factors, read, type, join files, take PDFs, and think."""

from __future__ import annotations

import base64
import hmac
import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import requests

from tests.portal.documents.makers import SOUND

PASSWORD = "une phrase de passe pour la charge"
SECRET = "JBSWY3DPEHPK3PXP"
# Any secret, told by the cookie and by the form alike.
TOKEN = "a" * 32
DOCUMENT = re.compile(r'href="(/documents/[0-9a-f-]{36}/)"')
THINKING = (4.0, 12.0)
MOST_UPLOADS = 12
SIMULATION = "volet={volet}&nature=dm&classe=dm.IIa&effectif={size}"


def code_of_now() -> str:
    """Return the code that an application shows now (RFC 6238, six digits, thirty seconds)."""
    counter = int(time.time()) // 30
    digest = hmac.digest(base64.b32decode(SECRET), counter.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


class Forms(HTMLParser):
    """Reads the forms of a page as a browser would send them back, files and buttons apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[tuple[str, str]]]] = []
        self._name, self._text, self._select = "", "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a form, a text, a list; take the value of a field."""
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((told.get("action", ""), []))
        elif tag == "textarea":
            self._name, self._text = told.get("name", ""), ""
        elif tag == "select":
            self._select = told.get("name", "")
        elif tag == "option" and "selected" in told:
            self._take(self._select, told.get("value", ""))
        elif tag == "input" and self._is_sent(told):
            self._take(told.get("name", ""), told.get("value", "on"))

    def handle_endtag(self, tag: str) -> None:
        """Take a text that ends."""
        if tag == "textarea":
            self._take(self._name, self._text.removeprefix("\n"))
            self._name = ""

    def handle_data(self, data: str) -> None:
        """Read on in a text."""
        if self._name:
            self._text += data

    def _is_sent(self, told: dict[str, str]) -> bool:
        kind = told.get("type", "text")
        if kind in {"submit", "button", "file", "image", "reset"} or "disabled" in told:
            return False
        return kind not in {"checkbox", "radio"} or "checked" in told

    def _take(self, name: str, value: str) -> None:
        if name and self.forms:
            self.forms[-1][1].append((name, value))

    def longest(self) -> tuple[str, list[tuple[str, str]]]:
        """Return the form with the most fields: where it goes and what it says."""
        return max(self.forms, key=lambda one: len(one[1]), default=("", []))


@dataclass
class Measures:
    """The answers of everybody, by what was asked."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, seconds: float, error: str = "") -> None:
        """Remember one answer."""
        with self.lock:
            self.seconds[name].append(seconds)
            if error:
                self.errors[name].append(error)


class Person:
    """One person's browser, on an address of its own, and what they do over and over."""

    def __init__(self, number: int, walk: dict[str, Any], port: int, measures: Measures) -> None:
        self.walk, self.base, self.measures = walk, f"http://127.0.0.1:{port}", measures
        self.session, self.uploads, self.offer = requests.Session(), 0, ""
        self.dice = random.Random(number)
        self.session.cookies.set("csrftoken", TOKEN)
        address = f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"
        self.session.headers["X-Forwarded-For"] = address

    def live(self, until: float, ramp: float) -> None:
        """Come some time within the ramp, sign in, then act and think until the end."""
        time.sleep(self.dice.uniform(0, ramp))
        self.sign_in()
        acts: list[Callable[[], object]] = getattr(self, f"{self.walk['role']}_acts")()
        while time.monotonic() < until:
            # A line that broke is counted where it was asked.
            with suppress(requests.RequestException):
                self.dice.choice(acts)()
            time.sleep(self.dice.uniform(*THINKING))

    def ask(
        self, name: str, path: str, *, expected: tuple[int, ...] = (200,), **sent: Any
    ) -> requests.Response:
        """Ask for one page, or send something to it; what is not an expected answer is an error."""
        began, error = time.perf_counter(), ""
        try:
            answer = self.session.request(
                "POST" if sent else "GET", self.base + path, allow_redirects=False, timeout=30, **sent
            )
            if answer.status_code not in expected:
                error = f"{answer.status_code} {path} {answer.headers.get('Location', '')}"
        except requests.RequestException as failure:
            error = f"{type(failure).__name__} {path}"
            raise
        finally:
            self.measures.add(name, time.perf_counter() - began, error)
        return answer

    def send(self, name: str, path: str, fields: list[tuple[str, str]], **more: Any) -> requests.Response:
        """Send a form."""
        kept = [(key, value) for key, value in fields if key != "csrfmiddlewaretoken"]
        return self.ask(name, path, data=[*kept, ("csrfmiddlewaretoken", TOKEN)], **more)

    def sign_in(self) -> None:
        """Give the password, then the code of an application."""
        login = [("login", str(self.walk["email"])), ("password", PASSWORD)]
        answer = self.send("sign in", "/compte/login/", login, expected=(302,))
        self.send("second factor", answer.headers["Location"], [("code", code_of_now())], expected=(302,))

    # --- What anybody does
    def reads_inbox(self) -> None:
        """Read the inbox."""
        self.ask("inbox", "/notifications/")

    def simulates(self) -> None:
        """Simulate, with answers of one's own."""
        self.ask("simulator", f"/simulateur/?{self._simulation()}")

    def takes_simulation(self) -> None:
        """Take a simulation as a PDF; one without an answer leads back to its form."""
        self.ask("simulation PDF", f"/simulateur/pdf/?{self._simulation()}", expected=(200, 302))

    def _simulation(self) -> str:
        return SIMULATION.format(volet=self.dice.randint(1, 5), size=self.dice.randint(2, 400))

    def takes_letter(self, page: str) -> None:
        """Open a page and take one of its files."""
        found = DOCUMENT.findall(self.ask("page with letters", page).text)
        if found:
            self.ask("letter or file", self.dice.choice(found), expected=(200, 302))

    # --- A company
    def company_acts(self) -> list[Callable[[], object]]:
        """Return what a company does, as often as it does it."""
        page = f"/demandes/{self.walk['dossier']}/"
        return [
            *[lambda: self.ask("company home", "/entreprise/")] * 3,
            *[lambda: self.ask("company dossier", page)] * 3,
            *[self.saves_draft] * 3,
            *[self.joins_file] * 2,
            *[lambda: self.takes_letter(page)] * 2,
            self.simulates,
            self.takes_simulation,
            self.reads_inbox,
        ]

    def saves_draft(self) -> None:
        """Open a step of the draft, change an answer, save."""
        path = f"/demandes/{self.walk['draft']}/dossier/entreprise/"
        _, fields = Forms(self.ask("draft step", path).text).longest()
        changed = {"headcount": str(self.dice.randint(2, 200))}
        self.send("draft saved", path, [(k, changed.get(k, v)) for k, v in fields], expected=(302,))

    def joins_file(self) -> None:
        """Join a file to the draft; read the page where there are enough."""
        path = f"/demandes/{self.walk['draft']}/dossier/pieces/"
        if self.uploads >= MOST_UPLOADS:
            self.ask("pieces", path)
            return
        self.uploads += 1
        self.send(
            "file joined",
            f"{path}ajouter/",
            [("kind", "other")],
            files=[("files", (f"piece-{self.uploads}.pdf", SOUND["pdf"], "application/pdf"))],
            expected=(302,),
        )

    # --- An officer
    def officer_acts(self) -> list[Callable[[], object]]:
        """Return what an officer does."""
        page = f"/gestion/dossiers/{self.walk['dossier']}/"
        views = ("/gestion/?vue=all", "/gestion/?vue=mine", "/gestion/?vue=late", "/gestion/?vue=all&q=patch")
        return [
            *[lambda: self.ask("work list", self.dice.choice(views))] * 4,
            *[lambda: self.ask("officer dossier", page)] * 4,
            *[lambda: self.ask("morning queue", "/gestion/aujourd-hui/")] * 2,
            *[self.notes] * 2,
            *[lambda: self.takes_letter(page)] * 2,
            self.reads_inbox,
        ]

    def notes(self) -> None:
        """Write a note for colleagues."""
        path = f"/gestion/dossiers/{self.walk['dossier']}/notes/"
        self.send("note written", path, [("body", f"Relu, point {self.dice.random():.6f}.")], expected=(302,))

    # --- An expert
    def expert_acts(self) -> list[Callable[[], object]]:
        """Return what an expert does."""
        page = f"/expert/missions/{self.walk['mission']}/"
        return [
            *[lambda: self.ask("expert home", "/expert/")] * 3,
            *[lambda: self.ask("mission", page)] * 3,
            *[self.makes_quote] * 3,
            *[lambda: self.takes_letter(page)] * 2,
            self.simulates,
            self.reads_inbox,
        ]

    def makes_quote(self) -> None:
        """Begin the answer to a request, or go on with it."""
        if not self.offer:
            path = f"/expert/devis/{self.walk['invitation']}/rediger/"
            self.offer = self.send("quote begun", path, [], expected=(302,)).headers["Location"]
        _, fields = Forms(self.ask("quote form", self.offer).text).longest()
        self.send("quote saved", self.offer, fields, expected=(200, 302))
