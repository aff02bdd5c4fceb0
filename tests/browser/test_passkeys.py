"""A passkey, from its making to its removal, with Chromium's virtual authenticator in the place of a finger."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.hats import Hands
from tests.browser.portal import Portal
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser
PASSWORD = "une phrase assez longue"
PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


@pytest.fixture
def hands(portal: Portal, chromium: Browser, watch: Watch) -> Hands:
    return Hands(portal, watch.page(chromium), watch)


@pytest.fixture
def device(hands: Hands) -> Iterator[CDPSession]:
    session = hands.page.context.new_cdp_session(hands.page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})
    yield session
    session.send("WebAuthn.disable")


def sign_up(hands: Hands, address: str) -> None:
    """Open an account by its confirmed address, as anybody does: whoever confirms it is signed in."""
    page = hands.page
    hands.go("/compte/signup/")
    page.get_by_label("Prénom et nom").fill("Inès Laval")
    page.get_by_label("Adresse électronique").fill(address)
    page.locator("#id_password1").fill(PASSWORD)
    page.locator("#id_password2").fill(PASSWORD)
    hands.press("Créer mon compte")
    hands.reads("Un message vient de partir")
    for _ in range(60):
        found = [
            re.search(r"http://\S+/compte/confirm-email/\S+", mail) for mail in hands.portal.mails_to(address)
        ]
        if found and found[-1]:
            break
        page.wait_for_timeout(300)
    hands.go(found[-1].group())
    hands.press("Confirmer cette adresse")
    hands.reads("Que souhaitez-vous faire")


def sign_out(page: Page, hands: Hands) -> None:
    menu = page.locator("details.dm-account")
    menu.locator("summary").click()
    hands.press("Se déconnecter")


def test_a_passkey_is_made_opens_the_account_confirms_a_person_and_is_removed(
    hands: Hands, device: CDPSession
) -> None:
    page = hands.page
    sign_up(hands, "ines.laval@essai.exemple")
    hands.go("/compte/2fa/")
    hands.see("security")
    hands.follow("Ajouter une clé d’accès")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    hands.press("Confirmer")
    hands.see("passkey-add")
    page.get_by_label("Nom de la clé").fill("Téléphone")
    hands.press("Créer la clé d’accès")
    hands.reads("Votre clé d’accès est enregistrée")
    hands.reads("codes de secours")

    sign_out(page, hands)
    hands.go("/compte/login/?next=/compte/2fa/webauthn/")
    hands.press("Utiliser une clé d’accès")
    hands.reads("Téléphone")
    expect(page.locator(".dm-account-name")).to_have_text("Inès Laval")
    hands.see("passkeys")

    hands.go("/compte/2fa/webauthn/reauthenticate/?next=/compte/2fa/webauthn/")
    hands.see("passkey-confirm")
    hands.press("Confirmer avec ma clé d’accès")
    page.wait_for_url("**/compte/2fa/webauthn/")

    hands.follow("Renommer")
    page.get_by_label("Nom de la clé").fill("Ordinateur")
    hands.press("Enregistrer ce nom")
    hands.reads("Ordinateur")
    hands.follow("Retirer")
    hands.see("passkey-remove")
    hands.press("Retirer la clé")
    hands.reads("Vous n’avez pas encore de clé d’accès")
    hands.watch.is_calm()


def test_a_password_then_asks_for_the_passkey(hands: Hands, device: CDPSession) -> None:
    page, address = hands.page, "leo.marin@essai.exemple"
    sign_up(hands, address)
    hands.go("/compte/2fa/webauthn/add/")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    hands.press("Confirmer")
    hands.press("Créer la clé d’accès")
    hands.reads("Votre clé d’accès est enregistrée")
    sign_out(page, hands)
    hands.go("/compte/login/")
    page.get_by_label("Adresse électronique").fill(address)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    hands.press("Se connecter")
    hands.see("second-factor")
    hands.press("Utiliser ma clé d’accès")
    hands.reads("Que souhaitez-vous faire")
    hands.watch.is_calm()


def test_a_key_that_is_not_there_is_said_so_and_the_password_still_serves(
    hands: Hands, device: CDPSession
) -> None:
    hands.go("/compte/login/")
    hands.press("Utiliser une clé d’accès")
    error = hands.page.locator("[data-dm-passkey-error]")
    expect(error).to_contain_text("n’a pas été utilisée", timeout=15_000)
    expect(hands.page.get_by_role("button", name="Se connecter", exact=True)).to_be_enabled()
    hands.watch.is_calm()
