"""A person's browser in benchmarks/load.py: it asks, sends forms, checks and times what it is answered.

An answer counts as good when its status is the expected one and the page says the expected word; any other is an error
that names the address, what the page says, and the reference by which the server's log tells the rest.
"""

from __future__ import annotations

import base64
import hmac
import random
import re
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

import requests

PASSWORD = "une phrase de passe pour la charge"
SECRET = "JBSWY3DPEHPK3PXP"
HTML = "text/html"
PDF = "application/pdf"
UNSAID = re.compile(r"(?s)<(head|script|style|header|nav|footer)\b.*?</\1>|<[^>]+>")
ALARM = re.compile(r'(?s)<(\w+)[^>]+(?:role="alert"|invalid-feedback)[^>]*>(.*?)</\1>')
KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+")
PATIENCE_SECONDS = 30
# A code is asked for when the server will still be in the same half minute.
HALF_MINUTE, ROOM_SECONDS = 30, 6
SHOWN_WORDS = 24


class WrongAnswerError(Exception):
    """An answer that is not the expected one; it is counted already."""


def code_of_now() -> str:
    """Return the code that an application shows now (RFC 6238, six digits, thirty seconds)."""
    counter = int(time.time()) // HALF_MINUTE
    digest = hmac.digest(base64.b32decode(SECRET), counter.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


class Forms(HTMLParser):
    """Reads the forms of a page as a browser would send them back, files and buttons apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[tuple[str, str]]]] = []
        self._name, self._text = "", ""
        # The list that is being read, and the option that it sends where none is chosen: the first of a short list.
        self._select = ""
        self._default: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a form, a text, a list; take the value of a field."""
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((told.get("action", ""), []))
        elif tag == "textarea":
            self._name, self._text = told.get("name", ""), ""
        elif tag == "select":
            self._select, self._default = told.get("name", ""), "" if "multiple" in told else None
        elif tag == "option" and self._select:
            self._option(told)
        elif tag == "input" and self._is_sent(told):
            ticked = told.get("type") in {"checkbox", "radio"}
            self._take(told.get("name", ""), told.get("value", "on" if ticked else ""))

    def handle_endtag(self, tag: str) -> None:
        """Take a text that ends."""
        if tag == "textarea":
            self._take(self._name, self._text.removeprefix("\n"))
            self._name = ""
        elif tag == "select":
            if self._default:
                self._take(self._select, self._default)
            self._select, self._default = "", None

    def _option(self, told: dict[str, str]) -> None:
        value = told.get("value", "")
        if "selected" in told:
            self._take(self._select, value)
            self._default = ""
        elif self._default is None:
            self._default = value

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

    def longest(self) -> list[tuple[str, str]]:
        """Return what the form with the most fields says."""
        return max((fields for _, fields in self.forms), key=len, default=[])

    def sent_to(self, end: str) -> list[tuple[str, str]]:
        """Return what the form says whose address, its anchor apart, ends so; nothing where there is none."""
        found = (fields for action, fields in self.forms if action.partition("#")[0].endswith(end))
        return next(found, [])


@dataclass
class Measures:
    """The answers of everybody, by what was asked: how long each took, each error, how often, with one example."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    examples: dict[tuple[str, str], str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, seconds: float) -> None:
        """Remember how long one answer took."""
        with self.lock:
            self.seconds[name].append(seconds)

    def blame(self, name: str, error: str, example: str = "") -> None:
        """Remember one error, and where it was first seen."""
        with self.lock:
            self.errors[name][error] += 1
            self.examples.setdefault((name, error), example)

    @property
    def error_count(self) -> int:
        """How many errors there were in all."""
        return sum(sum(found.values()) for found in self.errors.values())


def first_words(answer: requests.Response) -> str:
    """Return what a page says: its alarms where it has some, its first words otherwise."""
    if not answer.headers.get("Content-Type", "").startswith(HTML):
        return f"{answer.headers.get('Content-Type', 'no type')}, {len(answer.content)} bytes"
    alarms = UNSAID.sub(" ", " ".join(found[1] for found in ALARM.findall(answer.text)))
    words = unescape(alarms.strip() or UNSAID.sub(" ", answer.text)).split()
    return " ".join(words[:SHOWN_WORDS])


def fault_of(answer: requests.Response, status: int, says: str, kind: str) -> str:
    """Return what is wrong with an answer, nothing where it is the expected one."""
    if answer.status_code != status:
        onward = answer.headers.get("Location", "")
        return f"{answer.status_code} in place of {status}: {KEY.sub('…', onward) or first_words(answer)}"
    if status == 200 and not answer.headers.get("Content-Type", "").startswith(kind):
        return f"{answer.headers.get('Content-Type')} in place of {kind}: {first_words(answer)}"
    if kind == PDF and status == 200 and not answer.content.startswith(b"%PDF-"):
        return "a PDF that is none"
    if says and says not in unescape(answer.text).replace("\xa0", " "):
        return f"the page does not say « {KEY.sub('…', says)} »: {first_words(answer)}"
    return ""


class Browser:
    """One person's browser, on an address of its own."""

    def __init__(self, number: int, port: int, measures: Measures) -> None:
        self.base, self.measures = f"http://127.0.0.1:{port}", measures
        self.session, self.dice = requests.Session(), random.Random(number)
        address = f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"
        # As the proxy of docker-compose.yml asks: a connection for each request.
        self.session.headers.update({"X-Forwarded-For": address, "Connection": "close"})

    def ask(
        self, name: str, path: str, *, says: str = "", status: int = 200, kind: str = HTML, **sent: Any
    ) -> requests.Response:
        """Ask for one page, or send something to it. Raises WrongAnswerError for what is not the expected answer."""
        method = "POST" if "data" in sent or "files" in sent else "GET"
        began, error, reference = time.perf_counter(), "", ""
        try:
            answer = self.session.request(
                method, self.base + path, allow_redirects=False, timeout=PATIENCE_SECONDS, **sent
            )
        except requests.RequestException as failure:
            error = type(failure).__name__
        self.measures.add(name, time.perf_counter() - began)
        if not error:
            error = fault_of(answer, status, says, kind)
            reference = f", incident {answer.headers.get('X-Request-ID', 'without a reference')}"
        if error:
            self.measures.blame(name, error, f"{method} {path}{reference}")
            raise WrongAnswerError(error)
        return answer

    def token(self) -> tuple[str, str]:
        """Return the field that shows that a form comes from our own page: what the cookie says, renewed at sign-in."""
        return "csrfmiddlewaretoken", self.session.cookies["csrftoken"]

    def send(
        self, name: str, path: str, fields: list[tuple[str, str]], *, status: int = 302, **more: Any
    ) -> requests.Response:
        """Send a form, which leads somewhere else where it is taken."""
        kept = [(key, value) for key, value in fields if key != "csrfmiddlewaretoken"]
        return self.ask(name, path, status=status, data=[*kept, self.token()], **more)

    def follow(self, name: str, answer: requests.Response, *, says: str = "") -> requests.Response:
        """Open the page that an answer leads to."""
        return self.ask(name, answer.headers["Location"].partition("#")[0], says=says)

    def sign_in(self, email: str, *, says: str) -> None:
        """Give the password, then the code of an application, and come to one's first page."""
        self.ask("sign-in page", "/compte/login/", says="Mot de passe")
        answer = self.send("password", "/compte/login/", [("login", email), ("password", PASSWORD)])
        page = answer.headers["Location"]
        self.ask("code page", page, says="Code")
        left = HALF_MINUTE - time.time() % HALF_MINUTE
        if left < ROOM_SECONDS:
            time.sleep(left)
        answer = self.send("code", page, [("code", code_of_now())])
        while answer.status_code == 302:
            onward = answer.headers["Location"]
            direct = onward != "/mon-espace/"
            answer = self.ask("way home", onward, status=200 if direct else 302, says=says if direct else "")
