"""A lost telephone: an administrator resets the factor, and its owner sets another up before anything else."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.hats import Hands
from tests.browser.portal import Portal
from tests.browser.watch import PHONE, WIDE, Watch
from tests.factors import code_of

pytestmark = pytest.mark.browser
ADMINISTRATOR, AUDITOR = "Inès Costa", "Hugo Delmas"


@pytest.mark.parametrize(("width", "javascript"), [(WIDE, True), (PHONE, False)], ids=["desktop", "phone"])
def test_a_lost_factor_is_reset_and_set_up_again(
    portal: Portal, chromium: Browser, watch: Watch, *, width: int, javascript: bool
) -> None:
    page = watch.page(chromium, width=width, javascript=javascript)
    hands = Hands(portal, page, watch)
    # axe waits for timers, which do not run without JavaScript: the pages are the same in the other run.
    see = hands.see if javascript else str
    hands.go("/compte/login/")
    see("demo-accounts")
    page.get_by_role("button", name=ADMINISTRATOR).click()
    hands.reads("Code de démonstration")
    see("demo-code")
    hands.press("Se connecter avec ce code")
    page.get_by_label("Nom ou adresse").fill(AUDITOR)
    hands.press("Chercher")
    page.get_by_role("link", name=AUDITOR).first.click()
    hands.follow("Réinitialiser le second facteur")
    see("factor-reset")
    page.get_by_label("Motif").fill("Téléphone perdu, rappelé à son poste")
    hands.press("Réinitialiser le second facteur")
    hands.reads("est réinitialisé")

    hands.hat(AUDITOR)
    hands.reads("Il manque un second facteur à votre compte")
    see("factor-owed")
    hands.go("/gestion/")
    hands.reads("Il manque un second facteur à votre compte")
    hands.follow("Installer l’application")
    see("factor-setup")
    page.locator("#id_code").fill(code_of(page.locator("main code").inner_text()))
    hands.press("Activer")
    hands.reads("Il reste 10 codes")
    see("factor-codes")
    hands.follow("Continuer, mes codes sont en lieu sûr")
    page.wait_for_url("**/gestion/")
    expect(page.locator(".dm-account-name")).to_have_text(AUDITOR)
    hands.go("/compte/2fa/totp/deactivate/")
    hands.reads("est le seul de votre compte")
    see("factor-kept")
    watch.is_calm()
