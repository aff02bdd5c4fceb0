"""Every page × role × width, light and dark: the world of the access matrix, looked at by axe in one browser.

The pages come from Django's test client: the browser asks, the client answers, in the same transaction as the world.
"""

import mimetypes
import re
from collections.abc import Iterator
from contextvars import copy_context
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client, TestCase
from django.urls import reverse
from playwright.sync_api import Browser, Page, Route

from applications.steps import STEPS
from tests.access import world as worlds
from tests.access.matrix import LINES, OURS, READERS, Line
from tests.browser.watch import COLOURS, EVERYTHING, HEIGHT, PHONE, WIDE, violations

pytestmark = pytest.mark.browser

SITE = "http://localhost"
SIMULATED = ("volet=2&device=dm.IIa&amount_ce_technical_file=70000&headcount=300", "volet=5&device=dm.I")
# What makes two roles' pages of the same address differ without looking different.
PASSING = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"')
# What a page is about; around it stand a role's menus, looked at on each page where its own part is new.
OWN_PART = re.compile(rb"<main.*</main>", re.DOTALL)
# Reads the page's width; the elements that stand out of it are named.
TOO_WIDE = """() => document.documentElement.scrollWidth > innerWidth
    ? [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
        .map(e => e.outerHTML.slice(0, 160)).slice(0, 3)
    : null"""


class Looker:
    """One person's browser over the test client."""

    def __init__(self, page: Page, client: Client, seen: set[tuple[str, bytes]]) -> None:
        self.page, self.client, self.seen = page, client, seen
        self.faults: list[str] = []
        self.looked = 0
        page.set_viewport_size({"width": WIDE, "height": HEIGHT})
        # Playwright answers in another context, where Django would open a second connection, outside the transaction.
        here = copy_context()
        page.route("**/*", lambda route: here.copy().run(self._answer, route))
        page.on("console", lambda said: self._heard(said.type, said.text))
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and "status of 4" not in text:
            self.faults.append(f"{self.page.url}: console: {text}")

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/").partition("?")[0])
            assert isinstance(found, str), f"{path}: no such file"
            kind = mimetypes.guess_type(found)[0] or "application/octet-stream"
            route.fulfill(path=found, content_type=kind)
            return
        sent = route.request.headers
        asked = {name: sent[name] for name in ("hx-request", "accept") if name in sent}
        body = route.request.post_data_buffer or b""
        kind = sent.get("content-type", "")
        answer: Any = self.client.generic(route.request.method, path, body, kind, headers=asked)
        # A file, as the picture of a document's page is, comes in pieces.
        headers = dict(answer.headers.items())
        route.fulfill(status=answer.status_code, headers=headers, body=answer.getvalue())

    def look(self, name: str, address: str) -> None:
        """Open the page and look at it wide and narrow, light and dark; what another role saw alike is skipped."""
        first: Any = self.client.get(address)
        if first.status_code != 200 or not first.headers["Content-Type"].startswith("text/html"):
            return
        own = OWN_PART.search(first.content)
        face = (address, PASSING.sub(b"", own.group() if own else first.content))
        if face in self.seen and self.looked:
            return
        self.seen.add(face)
        self.looked += 1
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        self.page.set_viewport_size({"width": WIDE, "height": HEIGHT})
        self.page.goto(SITE + address)
        for width in (WIDE, PHONE):
            tall = (
                HEIGHT
                if width == WIDE
                else max(HEIGHT, self.page.evaluate("document.documentElement.scrollHeight"))
            )
            self.page.set_viewport_size({"width": width, "height": tall})
            # The dark theme's colours are the same at any width.
            for scheme in ("light", "dark") if width == WIDE else ("light",):
                self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                for rule, html, why in violations(self.page, COLOURS if scheme == "dark" else EVERYTHING):
                    self.faults.append(f"{name} {width} {scheme}: axe {rule}: {html} {why}")
            wide = self.page.evaluate(TOO_WIDE)
            if wide is not None:
                self.faults.append(f"{name} {width}: wider than the screen: {wide}")


def in_every_state(world: worlds.World, role: str) -> Iterator[tuple[str, str]]:
    """Give the pages whose face depends on more than their line of the matrix tells."""
    for state, dossier in world.dossiers.items():
        if role in OURS:
            yield f"company_dossier {state}", reverse("company_dossier", args=[dossier.pk])
        elif role in READERS and dossier.submitted_at:
            yield f"officer_dossier {state}", reverse("officer_dossier", args=[dossier.pk])
        elif role == "chosen_expert":
            for mission in dossier.missions.filter(firm=world.firm):
                yield f"mission_detail {state}", reverse("mission_detail", args=[mission.pk])


def of_all_steps(world: worlds.World, role: str) -> Iterator[tuple[str, str]]:
    """Give each task of the filing assistant, and the simulator's answers."""
    if role in OURS:
        for step in STEPS:
            yield f"filing {step.slug}", reverse("filing_step", args=[world.draft.pk, step.slug])
    if role == "anonymous":
        for query in SIMULATED:
            yield f"simulator {query}", f"/simulateur/?{query}"


class EveryPage(TestCase):
    """The walk of each role; the world and the browser are shared."""

    world: worlds.World
    seen: set[tuple[str, bytes]]
    chromium: Browser

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = worlds.build()
        cls.seen = set()

    @pytest.fixture(autouse=True)
    def _browser(self, chromium: Browser) -> None:
        self.chromium = chromium

    def addresses(self, role: str) -> Iterator[tuple[str, str]]:
        for line in LINES:
            if self._is_page(line, role):
                yield line.name, reverse(line.name, kwargs=line.kwargs(self.world))
        yield from in_every_state(self.world, role)
        yield from of_all_steps(self.world, role)

    @staticmethod
    def _is_page(line: Line, role: str) -> bool:
        return role in line.enter and "GET" in line.methods.split() and 200 in line.get

    def look_as(self, role: str) -> None:
        client = Client()
        person = self.world.users[role]
        if person is not None:
            client.force_login(person)
        page = self.chromium.new_page(locale="fr-FR", timezone_id="Europe/Paris")
        looker = Looker(page, client, self.seen)
        for name, address in self.addresses(role):
            looker.look(f"{role}: {name}", address)
        page.close()
        assert not looker.faults, "\n".join(looker.faults)

    def test_anonymous(self) -> None:
        self.look_as("anonymous")

    def test_owner(self) -> None:
        self.look_as("owner")

    def test_member(self) -> None:
        self.look_as("member")

    def test_other_company(self) -> None:
        self.look_as("other_company")

    def test_chosen_expert(self) -> None:
        self.look_as("chosen_expert")

    def test_other_expert(self) -> None:
        self.look_as("other_expert")

    def test_officer(self) -> None:
        self.look_as("officer")

    def test_manager(self) -> None:
        self.look_as("manager")

    def test_controller(self) -> None:
        self.look_as("controller")

    def test_auditor(self) -> None:
        self.look_as("auditor")

    def test_administrator(self) -> None:
        self.look_as("administrator")
