"""The essential path with scripts off: simulate, file, read the receipt."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import company
from tests.browser.hats import DAY, TODAY, Hands, paper
from tests.browser.portal import Portal
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

PERSON = "Camille Aubry, Cardiolog"
FACTS = {"created_on": "2025-03-11", "headcount": "9", "turnover": "380 000", "balance_sheet": "900 000"}


def test_simulating_and_filing_without_javascript(portal: Portal, chromium: Browser, watch: Watch) -> None:
    page = watch.page(chromium, javascript=False)
    hands = Hands(portal, page, watch)
    hands.go("/simulateur/?volet=2")
    page.select_option("#f_device", "dm.IIa")
    hands.press("Calculer")
    page.fill("#f_amount_ce_technical_file", "40 000")
    hands.press("Calculer")
    expect(page.locator("#answer .dm-verdict-share")).to_contain_text("000,00")
    hands.follow("Déposer cette demande")
    page.get_by_role("button", name=PERSON).click()
    page.get_by_label("Dispositif concerné").select_option(label="CardioPatch")
    hands.press("Ouvrir la demande")
    base = page.url
    _tasks(hands, base)
    hands.go(f"{base}relecture/")
    for box in page.locator(".dm-submit input[type=checkbox]").all():
        box.check()
    hands.press("Déposer ma demande")
    hands.badge("Déposée, en attente d’un chargé d’affaires")
    hands.reads("L’accusé de dépôt suit par courriel.")
    page.context.close()
    watch.is_calm()


def _tasks(hands: Hands, base: str) -> None:
    page = hands.page
    hands.go(f"{base}entreprise/")
    for name, value in FACTS.items():
        page.fill(f"#f_{name}", value)
    for name, value in company.PICKS.items():
        page.select_option(f"#f_{name}", value)
    for name in (
        "insolvency_proceedings_1",
        "in_difficulty_1",
        "tax_and_social_up_to_date_0",
        "has_holders_0",
    ):
        page.locator(f"#f_{name}").check()
    hands.press("Enregistrer et continuer")
    page.locator("#f_ce_marking_1").check()
    hands.press("Enregistrer et continuer")
    page.get_by_label("Dossier de marquage CE", exact=True).check()
    page.get_by_label("Je confirme que ma demande porte sur ce volet.").check()
    hands.press("Enregistrer et continuer")
    page.get_by_label("Regulis Santé").check()
    hands.press("Enregistrer et continuer")
    page.fill("#f_issued_on", (TODAY - 5 * DAY).isoformat())
    page.locator("#f_signed_1").check()
    hands.press("Enregistrer et continuer")
    page.locator("#fichiers-quote").set_input_files(paper("devis-regulis", "Regulis Santé"))
    page.locator(".dm-drop", has=page.locator("#fichiers-quote")).locator("button[type=submit]").click()
    page.locator("#fichiers-regularity_certificate").set_input_files(paper("attestation", "Cardiolog"))
    form = page.locator(".dm-drop", has=page.locator("#fichiers-regularity_certificate"))
    form.locator("button[type=submit]").click()
    card = page.locator(".dm-piece", has_text="attestation.pdf")
    card.get_by_label("Daté du").fill((TODAY - 20 * DAY).isoformat())
    card.get_by_role("button", name="Enregistrer la date de attestation.pdf").click()
    hands.reads("La date du document est enregistrée.")
