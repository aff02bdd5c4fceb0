"""The simulator on a phone, in Chromium: a step at a time, rows added, the volet last, JavaScript or not."""

import time
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.test_public_pages import opened, site, violations
from tests.tariffs_web.test_pages import GOOD

pytestmark = pytest.mark.browser
__all__ = ["site"]
ANSWER = f"/simulateur/?{urlencode(GOOD)}&etape=4"


def phone(chromium: Browser) -> Page:
    return chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}).new_page()


def heights_are_short(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollHeight < 4500"))


def test_one_step_at_a_time(site: str, chromium: Browser) -> None:
    complaints: list[str] = []
    page = opened(chromium, complaints, width=390)
    page.goto(f"{site}/simulateur/")
    assert page.locator("#etape-1").is_visible()
    assert not page.locator("#etape-2").is_visible()
    assert not page.locator("#reponse").is_visible()

    page.select_option("#f_device", "dm.IIa")
    page.get_by_label("1. Système de management").check()
    page.locator("#f_targets").wait_for(state="detached")
    page.get_by_role("button", name="Suivant").click()
    assert page.evaluate("document.activeElement.id") == "etape-2"
    assert page.locator(".dm-wizard [aria-current]").inner_text().split() == ["2", "Entreprise"]
    page.fill("#f_headcount", "260")
    page.locator("#answer-peek").get_by_text("Non éligible").wait_for()
    assert "Non éligible" in page.locator("#answer-status").inner_text()
    assert "etape=2" in page.url

    page.get_by_role("button", name="Suivant").click()
    page.fill("#f_amount_qms_support", "46 000")
    page.locator("#answer-peek").get_by_text("20\u202f000,00").wait_for()
    page.locator("#answer-peek").click()
    assert page.evaluate("document.activeElement.id") == "etape-4"
    assert page.locator("#answer .dm-changes").get_by_text("260 → 249").is_visible()
    assert violations(page) == []

    page.go_back()
    page.locator("#f_amount_qms_support").wait_for()
    assert page.input_value("#f_amount_qms_support") == "46 000"
    assert complaints == []
    page.context.close()


def test_typing_goes_on_while_the_questions_are_redrawn(site: str, chromium: Browser) -> None:
    """The caret stays inside the number, each key counts, and the answer follows."""
    complaints: list[str] = []
    page = opened(chromium, complaints)
    page.goto(f"{site}/simulateur/?volet=2&device=dm.IIa&amount_ce_technical_file=6500,50")
    page.route("**/simulateur/?*expert=accredited*", _late)
    page.select_option("#f_expert", "accredited")
    page.focus("#f_amount_ce_technical_file")
    page.keyboard.press("Home")
    page.evaluate("document.querySelector('#simulation').dataset.old = 'yes'")
    for digit in "1234":
        page.keyboard.type(digit)
        page.wait_for_timeout(60)
    page.locator("#simulation:not([data-old])").wait_for()
    page.keyboard.type("5")

    assert page.input_value("#f_amount_ce_technical_file") == "123456500,50"
    page.locator("#answer").get_by_text("123\u202f456\u202f500,50").first.wait_for()
    assert complaints == []
    page.context.close()


def _late(route: Route) -> None:
    time.sleep(0.15)
    route.continue_()


def test_an_error_on_another_step_is_reached(site: str, chromium: Browser) -> None:
    complaints: list[str] = []
    page = opened(chromium, complaints, width=390)
    page.goto(f"{site}/simulateur/?volet=1&etape=2")
    page.fill("#f_headcount", "douze")
    page.locator("#answer-peek").get_by_text("Une réponse est à corriger").wait_for()
    page.locator("#answer-peek").click()
    page.locator("#answer .dm-mend a").click()

    assert page.locator("#f_headcount").is_visible()
    assert complaints == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "address", [ANSWER, "/simulateur/?device=dm.I&etape=4", "/simulateur/?volet=5&etape=3"]
)
def test_each_step_is_accessible(site: str, chromium: Browser, address: str, width: int, scheme: str) -> None:
    complaints: list[str] = []
    page = opened(chromium, complaints, width=width, scheme=scheme)
    page.goto(site + address)
    for folded in page.locator("#simulator details:visible > summary").all():
        if folded.is_visible():
            folded.click()

    assert violations(page) == []
    assert complaints == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.context.close()


def test_rows_are_added_and_the_reader_is_led_there(site: str, chromium: Browser) -> None:
    complaints: list[str] = []
    page = opened(chromium, complaints)
    page.goto(f"{site}/simulateur/?volet=1&device=dm.IIa&holders=some&holder1_share=20")
    page.get_by_role("button", name="Ajouter un actionnaire").click()
    page.locator("#f_holder2_share").wait_for()
    assert page.evaluate("document.activeElement.id") == "f_holder2_kind"
    assert page.input_value("#f_holder1_share") == "20"

    page.get_by_role("button", name="Ajouter une ligne").click()
    page.locator("#f_line1_item").wait_for()
    page.select_option("#f_line1_item", "qms_support")
    page.fill("#f_line1_amount", "10 000")
    page.locator("#answer").get_by_text("5\u202f000,00").first.wait_for()
    assert complaints == []
    page.context.close()


def test_a_phone_without_javascript_walks_the_same_steps(site: str, chromium: Browser) -> None:
    page = phone(chromium)
    page.goto(f"{site}/simulateur/")
    page.select_option("#f_device", "dm.III")
    page.get_by_role("button", name="Suivant").click()
    page.fill("#f_headcount", "12")
    page.locator("#f_holders_1").check()
    page.locator("#f_headcount").press("Enter")
    page.locator("#etape-2").wait_for()
    page.get_by_role("button", name="Ajouter un actionnaire").click()
    page.locator("#f_holder2_share").wait_for()
    page.get_by_role("button", name="Suivant").click()
    page.get_by_role("button", name="Suivant").click()

    page.get_by_role("heading", name="Les cinq volets pour vous").wait_for()
    page.get_by_role("link", name="Volet 2").click()
    assert "volet=2" in page.url
    page.locator("#f_amount_ce_technical_file").wait_for()
    assert heights_are_short(page)
    page.get_by_role("button", name="4 Réponse").click()
    page.locator("#answer .dm-verdict").wait_for()
    page.context.close()
