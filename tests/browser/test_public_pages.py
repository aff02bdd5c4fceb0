"""The public pages in Chromium: axe finds nothing, the CSP refuses nothing, HTMX answers as one types."""

import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, Page
from waitress.server import create_server

from applications.guide.pages import all_pages
from tariffs import catalogue
from tests.tariffs_web.test_pages import GOOD

pytestmark = pytest.mark.browser

AXE = next((Path(__file__).parent / "vendor").rglob("axe.min.js"))
PAGES = {
    "home": "/",
    "simulator": "/simulateur/",
    "answer": f"/simulateur/?{urlencode(GOOD)}",
    "mend": f"/simulateur/?{urlencode(GOOD | {'headcount': 'douze'})}",
    "rates": "/bareme/",
    "rates of a product": "/bareme/?produit=dm.IIa",
    "comparison": "/bareme/comparer/",
    "api": "/api/docs/",
    **{page.url: page.url for page in all_pages(catalogue.get_edition("2024"))},
    "search": "/comprendre/questions/?q=devis",
    "legal notice": "/mentions-legales/",
    "privacy": "/confidentialite/",
    "accessibility": "/accessibilite/",
}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The portal on a private port; the public pages need no database."""
    server = create_server(get_wsgi_application(), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=5)


def opened(chromium: Browser, complaints: list[str], *, width: int = 1280, scheme: str = "light") -> Page:
    """A page whose console complaints (CSP refusals among them) are collected."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document).then(result => result.violations)")
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(site: str, chromium: Browser, name: str, width: int, scheme: str) -> None:
    complaints: list[str] = []
    page = opened(chromium, complaints, width=width, scheme=scheme)
    page.goto(site + PAGES[name])
    if name == "api":
        page.wait_for_selector(".opblock")

    assert violations(page) == []
    assert complaints == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.context.close()


def test_the_answer_follows_what_is_typed(site: str, chromium: Browser) -> None:
    complaints: list[str] = []
    page = opened(chromium, complaints)
    page.goto(f"{site}/simulateur/")
    page.get_by_label("5. Audits de cybersécurité").check()
    page.get_by_text("Prestations du volet 5").wait_for()
    assert page.evaluate("document.activeElement.id") == "f_volet_4"

    page.select_option("#f_device", "dm.IIa")
    page.get_by_text("plafond 17").first.wait_for()
    page.fill("#f_amount_code_audit", "12 500,50")
    page.locator("#answer").get_by_text("6\u202f250,25").first.wait_for()
    assert "amount_code_audit=12+500%2C50" in page.url
    assert "6\u202f250,25" in page.locator("#answer-status").inner_text()

    page.fill("#f_headcount", "douze")
    page.locator("#f_headcount_error").get_by_text("Écrivez un nombre").wait_for()
    assert page.get_attribute("#f_headcount", "aria-invalid") == "true"
    assert page.input_value("#f_headcount") == "douze"
    assert violations(page) == []

    page.fill("#f_headcount", "12")
    page.locator("#answer").get_by_text("6\u202f250,25").first.wait_for()
    assert page.locator("#f_headcount_error").inner_text() == ""
    page.select_option("#f_expert", "accredited")
    page.locator("#f_passi_from").wait_for()
    page.reload()
    assert page.input_value("#f_amount_code_audit") == "12 500,50"
    assert complaints == []
    page.context.close()


def test_a_visitor_without_javascript_gets_the_same_answer(site: str, chromium: Browser) -> None:
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/simulateur/")
    page.locator("#f_volet_0").check()
    page.select_option("#f_device", "dm.III")
    page.get_by_role("button", name="Calculer").click()
    page.fill("#f_amount_qms_support", "70 000")
    page.get_by_role("button", name="Calculer").click()

    assert "30\u202f000,00" in page.locator("#answer .dm-verdict-share").inner_text()
    page.context.close()


def test_the_api_s_viewer_stays_accessible_when_unfolded(site: str, chromium: Browser) -> None:
    complaints: list[str] = []
    page = opened(chromium, complaints)
    page.goto(f"{site}/api/docs/")
    page.wait_for_selector(".opblock")
    for index in range(page.locator(".opblock-summary-control").count()):
        page.locator(".opblock-summary-control").nth(index).click()
        page.locator(".opblock-body").nth(index).wait_for()

    assert violations(page) == []
    assert complaints == []
    page.context.close()
