"""What a company's page weighs with nothing kept from before, and that its first answer holds what it says.

Weights are those of the production set-up: nginx sends pages with gzip at the level of deploy/nginx.conf and static
files as WhiteNoise compressed them (gzip, level 9); fonts are compressed already. Headers count.
"""

import gzip
from pathlib import Path

import pytest
from django.test import Client, TestCase
from django.urls import reverse
from playwright.sync_api import Browser, Page, Response

from tests.access import world as worlds
from tests.browser.test_every_page import SITE, Looker
from tests.browser.watch import HEIGHT, PHONE

pytestmark = pytest.mark.browser

LIMIT = 200_000
NGINX = (Path(__file__).parents[2] / "deploy" / "nginx.conf").read_text("utf-8")
PAGE_LEVEL, FILE_LEVEL = 5, 9
PACKED = (".woff2", ".png", ".jpg")
ANSWERED = "/simulateur/?volet=2&device=dm.IIa&amount_ce_technical_file=70000&headcount=300"


def sent(response: Response) -> int:
    """Return the bytes of an answer on the wire: its headers and its body, compressed as in production."""
    path = response.url.removeprefix(SITE).partition("?")[0]
    body = response.body()
    if not path.endswith(PACKED):
        body = gzip.compress(body, FILE_LEVEL if path.startswith("/static/") else PAGE_LEVEL)
    return len(body) + sum(len(name) + len(value) + 4 for name, value in response.headers.items())


class Weight(TestCase):
    """Each page of the company, seen by its owner on a phone."""

    world: worlds.World
    chromium: Browser

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = worlds.build()

    @pytest.fixture(autouse=True)
    def _browser(self, chromium: Browser) -> None:
        self.chromium = chromium

    def pages(self) -> dict[str, str]:
        draft, running = self.world.draft.pk, self.world.dossiers["in_progress"].pk
        return {
            "home": reverse("home"),
            "simulator": ANSWERED,
            "my requests": reverse("company_home"),
            "tasks": reverse("filing_tasks", args=[draft]),
            "device": reverse("filing_step", args=[draft, "dispositif"]),
            "quote": reverse("filing_step", args=[draft, "devis"]),
            "pieces": reverse("filing_step", args=[draft, "pieces"]),
            "review": reverse("filing_step", args=[draft, "relecture"]),
            "dossier": reverse("company_dossier", args=[running]),
        }

    def open(self, *, javascript: bool = True) -> Page:
        """Open a browser that kept nothing, as the company's owner."""
        client = Client()
        client.force_login(self.world.users["owner"])
        page = self.chromium.new_page(locale="fr-FR", java_script_enabled=javascript)
        Looker(page, client, set())
        page.set_viewport_size({"width": PHONE, "height": HEIGHT})
        return page

    def test_a_page_weighs_less_than_200_kilobytes(self) -> None:
        weights = {}
        for name, address in self.pages().items():
            page = self.open()
            answers: list[Response] = []
            page.on("response", lambda answer, kept=answers: kept.append(answer))
            page.goto(SITE + address, wait_until="networkidle")
            weights[name] = sum(sent(answer) for answer in answers)
            assert len(answers) > 5, f"{name}: only {[answer.url for answer in answers]}"
            page.close()
        print(weights)  # noqa: T201 shown by -s: the figures of the documentation
        assert not {name: weight for name, weight in weights.items() if weight >= LIMIT}

    def test_the_first_answer_holds_what_the_page_says(self) -> None:
        """Without a script, a style or a font, the same words are there."""
        for name, address in self.pages().items():
            whole, alone = self.open(), self.open(javascript=False)
            whole.goto(SITE + address, wait_until="networkidle")
            alone.route(lambda url: "/static/" in url, lambda route: route.abort())
            alone.goto(SITE + address)
            missing = words(whole) - words(alone)
            assert words(alone), name
            assert not missing, f"{name}: {sorted(missing)[:20]}"
            whole.close()
            alone.close()

    def test_nginx_compresses_pages_as_they_are_weighed_here(self) -> None:
        assert f"gzip_comp_level {PAGE_LEVEL};" in NGINX
        assert "gzip_static on;" in NGINX


def words(page: Page) -> set[str]:
    """Return the words of the page's main part, whether a style hides some or not."""
    return set((page.locator("main").text_content() or "").split())
