"""A draft in a real browser: its state in sight, what is typed kept, two tabs that never overwrite each other."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hats import Hands
from tests.browser.portal import Portal
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

OWNER = "Camille Aubry, Cardiolog"
STEP = "/demandes/1/dossier/entreprise/"


@pytest.fixture
def hands(portal: Portal, chromium: Browser, watch: Watch) -> Hands:
    hands = Hands(portal, watch.page(chromium), watch)
    hands.hat(OWNER)
    hands.go(STEP)
    return hands


def typed(page: Page, name: str, text: str) -> None:
    """Type in a field, leave it, and wait for the answer of the autosave."""
    with page.expect_response(lambda answer: answer.url.endswith(STEP) and answer.request.method == "POST"):
        page.fill(f"#f_{name}", text)
        page.locator(f"#f_{name}").blur()


def test_the_state_of_the_save_stays_in_sight_on_a_phone(hands: Hands) -> None:
    page = hands.page
    page.set_viewport_size({"width": 390, "height": 800})
    typed(page, "subscribed_capital", "510 000")
    page.locator("#f_subscribed_capital").scroll_into_view_if_needed()
    expect(page.locator("#etat")).to_contain_text("Enregistré à")
    expect(page.locator("#etat")).to_be_in_viewport()
    hands.watch.is_calm()


def test_what_cannot_be_read_is_there_again_after_leaving(hands: Hands) -> None:
    page = hands.page
    typed(page, "turnover", "trois cents")
    expect(page.locator("#etat")).to_contain_text("sauf 1 réponse à corriger")
    hands.go("/entreprise/")
    hands.go(STEP)
    expect(page.locator("#f_turnover")).to_have_value("trois cents")
    expect(page.locator("#f_turnover_error")).to_contain_text("nombre")
    hands.see("filing-typed")
    typed(page, "turnover", "385 000")
    expect(page.locator("#etat")).to_contain_text("Enregistré à")
    hands.watch.is_calm()


def test_two_tabs_keep_different_answers_and_ask_for_the_same_one(hands: Hands) -> None:
    page = hands.page
    other = page.context.new_page()
    other.goto(hands.portal.url + STEP)
    typed(other, "headcount", "14")
    typed(page, "balance_sheet", "910 000")
    expect(page.locator("#ailleurs")).to_contain_text("Effectif")
    typed(page, "headcount", "15")
    conflict = page.locator("#conflit")
    expect(conflict).to_contain_text("deux versions")
    expect(conflict).to_contain_text("Version de Camille Aubry")
    hands.see("filing-conflict")
    conflict.get_by_label("Version de Camille Aubry").check()
    hands.press("Enregistrer mes choix")
    hands.go(STEP)
    expect(page.locator("#f_headcount")).to_have_value("14")
    expect(page.locator("#f_balance_sheet")).to_have_value("910\u202f000")
    hands.watch.is_calm()


def test_a_session_that_ends_while_one_reads_leaves_the_page_as_it_is(hands: Hands) -> None:
    page = hands.page
    page.context.clear_cookies(name="sessionid")
    page.evaluate("htmx.trigger(document.querySelector('[data-dm-presence]'), 'dm:here')")
    expect(page.locator("#etat")).to_contain_text("Votre session a expiré")
    assert page.url.endswith(STEP)
    page.fill("#f_equity", "460 000")
    page.get_by_role("button", name=OWNER).click()
    page.wait_for_url(f"**{STEP}")
    expect(page.locator("#f_equity")).to_have_value("460 000")
    expect(page.locator("#etat")).to_contain_text("Enregistré à")
    hands.watch.is_calm()
