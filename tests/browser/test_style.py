"""The page of the visual language in Chromium: every component, wide and narrow, light and dark."""

import os
import threading
from collections.abc import Iterator

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from playwright.sync_api import Browser, Page
from waitress.server import create_server

from tests.browser.watch import EVERYTHING, HEIGHT, PHONE, WIDE, WIDEST, violations

pytestmark = pytest.mark.browser
LOOKS = [(width, scheme) for width in (WIDE, PHONE) for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def guide() -> Iterator[str]:
    """The page's address on a private port; it needs no database."""
    with override_settings(DEMO=True):
        server = create_server(get_wsgi_application(), host="127.0.0.1", port=0, threads=4)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.effective_port}/style/"
        server.close()
        thread.join(timeout=5)


def opened(chromium: Browser, address: str, *, width: int, scheme: str, javascript: bool = True) -> Page:
    page = chromium.new_page(
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="fr-FR",
        reduced_motion="reduce",
        java_script_enabled=javascript,
    )
    page.goto(address)
    return page


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_component_is_accessible(guide: str, chromium: Browser, width: int, scheme: str) -> None:
    page = opened(chromium, guide, width=width, scheme=scheme)
    if album := os.environ.get("DIAGDM_SCREENSHOTS_ALL"):
        page.screenshot(path=f"{album}/style-{width}-{scheme}.png", full_page=True)
    page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")

    assert violations(page, EVERYTHING) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.evaluate(WIDEST)
    page.close()


def test_the_page_opens_at_its_top(guide: str, chromium: Browser) -> None:
    """An error summary takes the focus where a form is sent, not where it is shown."""
    page = opened(chromium, guide, width=WIDE, scheme="light")
    assert page.evaluate("scrollY") == 0
    page.close()


def test_paper_holds_what_is_said_and_no_menu(guide: str, chromium: Browser) -> None:
    page = opened(chromium, guide, width=WIDE, scheme="dark")
    page.emulate_media(media="print")
    for hidden in (".dm-nav", ".dm-skip", ".dm-header-tools", ".dm-actions", ".dm-pagination", ".btn"):
        shown = [one for one in page.locator(hidden).all() if one.is_visible()]
        assert not shown, hidden
    assert page.locator("#callout .dm-callout").first.is_visible()
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert max(int(part) for part in ink.removeprefix("rgb(").removesuffix(")").split(",")) < 64
    page.close()
