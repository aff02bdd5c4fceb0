"""What goes wrong in real life: two tabs, a session that ends, a hat that may not, a page gone back to."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hats import Hands
from tests.browser.portal import Portal
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

OWNER = "Camille Aubry, Cardiolog"
OFFICER = "Karim Benali"
# Not the one that the officer's day takes: these tests share a world, in any order.
WAITING = "DM-2026-000014"


@pytest.fixture
def hands(portal: Portal, chromium: Browser, watch: Watch) -> Hands:
    return Hands(portal, watch.page(chromium), watch)


def company_step(hands: Hands) -> None:
    """Open the first task of the owner's draft, and wait until it is there."""
    hands.hat(OWNER)
    hands.follow("Reprendre", within=hands.page.locator(".dm-passport"))
    # « Reprendre » leads to the task where the owner last was: its list is one link above.
    if not hands.page.locator(".dm-tasks").count():
        hands.follow("Toutes les étapes", within=hands.page.locator("main"))
    hands.follow("Entreprise", within=hands.page.locator(".dm-tasks"))
    expect(hands.page.locator("#f_turnover")).to_be_visible()


def sent_by_form(page: Page, path: str) -> None:
    """Send a form that the page does not show, with its own token, as a stale tab or a forger would."""
    page.evaluate(
        """path => {
            const form = document.createElement("form");
            form.method = "post";
            form.action = path;
            form.append(document.querySelector("[name=csrfmiddlewaretoken]").cloneNode());
            document.body.append(form);
            form.submit();
        }""",
        path,
    )
    page.wait_for_url(f"**{path}")


@pytest.mark.parametrize("by_button", [True, False], ids=["button", "autosave"])
def test_what_is_typed_is_found_again_after_the_session_ended(hands: Hands, by_button: bool) -> None:
    company_step(hands)
    page, address = hands.page, hands.page.url
    page.context.clear_cookies(name="sessionid")
    page.fill("#f_turnover", f"38{int(by_button)} 234")
    if by_button:
        hands.press("Enregistrer")
    else:
        page.locator("#f_equity").focus()
    page.get_by_role("button", name=OWNER).click()

    page.wait_for_url(address)
    expect(page.locator("#f_turnover")).to_have_value(f"38{int(by_button)} 234")
    expect(page.locator("#etat")).to_contain_text("Enregistré à")
    page.reload()
    expect(page.locator("#f_turnover")).to_have_value(re.compile(rf"^38{int(by_button)}\s234$"))
    hands.watch.is_calm()


def test_the_second_of_two_tabs_gets_a_page_that_says_what_happened(hands: Hands) -> None:
    hands.hat(OFFICER)
    hands.go("/gestion/")
    hands.follow("Sans chargé d’affaires", within=hands.page.locator("main"))
    hands.follow(WAITING, within=hands.page.locator("main table"))
    hands.follow("Prendre en charge", within=hands.page.locator("main"))
    other = hands.page.context.new_page()
    other.goto(hands.page.url)
    hands.press("Prendre en charge")
    hands.badge("En instruction")

    with other.expect_response(lambda response: response.request.method == "POST") as answer:
        other.get_by_role("button", name="Prendre en charge").click()
    assert answer.value.status == 409
    hands.page = other
    hands.see("stale")
    hands.reads("a changé")
    expect(other.get_by_role("link", name="dossier")).to_have_count(1)
    hands.watch.is_calm()


def test_the_wrong_hat_is_refused_in_french(hands: Hands) -> None:
    company_step(hands)
    page = hands.page
    with page.expect_response(lambda response: "/actes/take/" in response.url) as answer:
        sent_by_form(page, "/gestion/dossiers/1/actes/take/")
    assert answer.value.status == 403
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    hands.reads("ne donne pas accès")
    hands.see("forbidden")
    hands.watch.is_calm()


def test_somebody_else_s_dossier_does_not_exist(hands: Hands) -> None:
    hands.hat("Awa Diallo, Sérénité Mobile")
    answer = hands.page.goto(f"{hands.portal.url}/demandes/1/")
    assert answer is not None
    assert answer.status == 404
    hands.reads("n’existe pas")
    hands.see("not-found")
    hands.watch.is_calm()


def test_bad_input_keeps_what_was_typed(hands: Hands) -> None:
    company_step(hands)
    page = hands.page
    page.fill("#f_headcount", "douze")
    hands.press("Enregistrer et continuer")
    expect(page.locator("#f_headcount")).to_have_value("douze")
    expect(page.locator("#f_headcount_error")).to_contain_text("nombre")
    hands.see("filing-mend")
    hands.watch.is_calm()
