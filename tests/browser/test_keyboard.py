"""By the keyboard alone: nothing but Tab, arrows, Space and Enter."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.fingers import FOCUSED, next_stop
from tests.browser.hats import Hands
from tests.browser.portal import Portal
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser


def tab_to(page: Page, wanted: str, *, most: int = 120) -> None:
    """Press Tab until the element of this id or text has the focus."""
    for _ in range(most):
        here = next_stop(page)
        if wanted in (here["id"], here["text"]):
            return
    raise AssertionError(f"Tab never reaches {wanted}.")


def test_the_simulator_by_keyboard(portal: Portal, chromium: Browser, watch: Watch) -> None:
    page = watch.page(chromium)
    page.goto(f"{portal.url}/")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["text"] == "Aller au contenu"
    page.keyboard.press("Enter")
    tab_to(page, "Vérifier mon éligibilité")
    page.keyboard.press("Enter")
    page.wait_for_url("**/simulateur/")
    tab_to(page, "f_device")
    device = page.locator("#f_device")
    while device.input_value() != "dm.IIa":
        page.keyboard.press("ArrowDown")
    expect(page.locator("#f_device")).to_have_value("dm.IIa")
    page.get_by_text("Questions qui dépendent du produit").wait_for(state="detached")
    tab_to(page, "f_volet_5")
    page.keyboard.press("ArrowDown")
    page.get_by_text("Prestations du volet 1").wait_for()
    expect(page.locator("#answer")).to_contain_text("Pièces demandées")
    tab_to(page, "Calculer")
    page.keyboard.press("Enter")
    page.wait_for_url("**/simulateur/?**expert=**")
    page.wait_for_load_state()
    tab_to(page, "Déposer cette demande")
    page.context.close()
    watch.is_calm()


def test_a_filing_task_is_saved_by_keyboard(portal: Portal, chromium: Browser, watch: Watch) -> None:
    page = watch.page(chromium)
    hands = Hands(portal, page, watch)
    hands.hat("Camille Aubry, Cardiolog")
    hands.follow("Reprendre", within=page.locator(".dm-passport"))
    page.wait_for_url("**/demandes/**")
    hands.go(f"/demandes/{page.url.partition('/demandes/')[2].partition('/')[0]}/dossier/entreprise/")
    tab_to(page, "f_headcount")
    page.keyboard.press("Control+A")
    page.keyboard.type("11")
    tab_to(page, "Enregistrer et continuer")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dispositif/")
    page.go_back()
    expect(page.locator("#f_headcount")).to_have_value("11")
    page.context.close()
    watch.is_calm()
