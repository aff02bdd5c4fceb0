"""A payment on its way to the bank, screen by screen: batch, release by another person, bank's list."""

import re

from playwright.sync_api import expect

from tests.browser.bpifrance import OTHER_MANAGER
from tests.browser.hats import TODAY, Hands


def prepare_batch(hands: Hands, number: str) -> str:
    """Put one payment that is due into a batch, which freezes amount and account; return the batch's address."""
    page = hands.page
    hands.go("/gestion/paiements/lots/nouveau/")
    expect(page.get_by_label(number)).to_be_checked()
    for box in page.locator("tbody input[type=checkbox]").all():
        if number not in box.locator("xpath=ancestor::tr").inner_text():
            box.uncheck()
    hands.see("batch-new")
    hands.press("Préparer le lot")
    page.wait_for_url(re.compile(r"/lots/\d+/"))
    assert not page.get_by_role("button", name="Valider le lot").count()
    return page.url


def release(hands: Hands, batch: str) -> str:
    """Another person releases the batch, and takes the bank's file; return the reference of its one transfer."""
    hands.hat(OTHER_MANAGER)
    hands.go(batch)
    hands.see("batch-detail")
    hands.press("Valider le lot")
    file = hands.page.get_by_role("link", name="Fichier pour la banque")
    expect(file).to_be_visible()
    order = hands.downloaded(file).decode()
    assert "pain.001.001.09" in order
    assert order.count("<CdtTrfTxInf>") == 1
    reference = re.search(r"<EndToEndId>([^<]+)</EndToEndId>", order)
    assert reference
    return reference.group(1)


def match(hands: Hands, batch: str, reference: str) -> None:
    """The bank's list marks the payment as made."""
    hands.hat(OTHER_MANAGER)
    hands.go(batch)
    hands.follow("Rapprocher de la banque")
    hands.page.locator("main textarea").first.fill(f"{TODAY.isoformat()};{reference}")
    hands.press("Rapprocher")
    expect(hands.main.locator("dl.dm-keys dd").first).to_have_text("1")
