"""Files in the browser: several at once, each with its answer, a lost connection, the pages beside the lines."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hats import TODAY, Hands, paper
from tests.browser.portal import Portal
from tests.browser.watch import PHONE, WIDE, Watch
from tests.portal.documents.makers import written

pytestmark = pytest.mark.browser

PERSON = "Camille Aubry, Cardiolog"


def pdf(name: str, *lines: str, signed: bool = False) -> dict[str, Any]:
    """Return a PDF as a file to choose."""
    return {"name": name, "mimeType": "application/pdf", "buffer": written(*lines, signed=signed)}


def open_task(portal: Portal, page: Page, watch: Watch, task: str) -> Hands:
    """Sign in and open a task of the draft."""
    hands = Hands(portal, page, watch)
    hands.hat(PERSON)
    draft = page.locator("main a[href*='/dossier/']").first.get_attribute("href")
    hands.go(f"{str(draft).partition('/dossier/')[0]}/dossier/{task}/")
    return hands


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_several_files_at_once_each_with_its_answer(
    portal: Portal, chromium: Browser, watch: Watch, width: int
) -> None:
    page = watch.page(chromium, width=width)
    hands = open_task(portal, page, watch, "pieces")
    attestation = f"attestation-{width}.pdf"
    made = f"Fait le {TODAY:%d/%m/%Y}"
    page.locator("#fichiers-tout").set_input_files(
        [
            pdf(attestation, "Attestation", made),
            {"name": "virus.pdf", "mimeType": "application/pdf", "buffer": b"MZ" + b"\0" * 500},
            {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"bonjour"},
        ]
    )
    answers = page.locator("#zone-tout .dm-upload")
    expect(answers.filter(has_text=attestation)).to_contain_text("Joint")
    expect(answers.filter(has_text="virus.pdf")).to_contain_text("Non joint. Le contenu de ce fichier")
    expect(answers.filter(has_text="notes.txt")).to_contain_text("Ce type de fichier n’est pas accepté ici")
    row = page.locator(".dm-files > li", has_text=attestation)
    expect(row).to_contain_text("Lu dans le document")
    expect(row.get_by_label("Daté du")).to_have_value(TODAY.isoformat())
    hands.see(f"filing-uploads-{width}")
    row.get_by_role("button", name=f"Confirmer cette date de {attestation}").click()
    expect(page.locator(".dm-files > li", has_text=attestation)).to_contain_text("Valable jusqu’au")
    row.locator("summary", has_text="Aperçu").click()
    picture = row.locator(".dm-pages img").first
    # The portal that was just built still has its letters to draw.
    expect(picture).to_be_visible(timeout=58_000)
    assert picture.evaluate(
        "image => image.complete && image.naturalWidth > 0 || image.decode().then(() => true)"
    )
    row.get_by_role("button", name=f"Retirer {attestation}").click()
    hands.reads("La pièce est retirée.")
    page.context.close()
    watch.is_calm()


def test_a_lost_connection_loses_no_other_file_and_is_tried_again(
    portal: Portal, chromium: Browser, watch: Watch
) -> None:
    page = watch.page(chromium)
    open_task(portal, page, watch, "pieces")
    watch_console = watch.complaints
    sent = {"count": 0}

    def cut_the_first(route: Any) -> None:
        sent["count"] += 1
        if sent["count"] == 1:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/pieces/ajouter/", cut_the_first)
    page.locator("#fichiers-other").set_input_files([paper("perdu", "un"), paper("arrive", "deux")])
    zone = page.locator("#zone-other .dm-upload")
    expect(page.locator(".dm-files > li", has_text="arrive.pdf")).to_be_visible()
    lost = page.locator(".dm-upload", has_text="perdu.pdf")
    expect(lost).to_contain_text("La connexion est coupée")
    assert zone.count() <= 1
    details = page.locator("#ajouter-other")
    if details.count() and details.get_attribute("open") is None:
        details.locator("summary").click()
    lost.get_by_role("button", name="Réessayer").click()
    expect(page.locator(".dm-files > li", has_text="perdu.pdf")).to_be_visible()
    for name in ("perdu.pdf", "arrive.pdf"):
        page.get_by_role("button", name=f"Retirer {name}").click()
    watch_console[:] = [said for said in watch_console if "ERR_CONNECTION_RESET" not in said]
    page.context.close()
    watch.is_calm()


def test_a_signed_quote_is_said_and_its_pages_stand_beside_the_lines(
    portal: Portal, chromium: Browser, watch: Watch
) -> None:
    page = watch.page(chromium)
    hands = open_task(portal, page, watch, "devis")
    hands.reads("Ne signez pas encore le devis")
    page.locator("#f_line0_amount").fill("12 500,50")
    page.locator("#fichiers-quote").set_input_files(
        pdf("devis-signé.pdf", "Devis", "12 500,50 EUR", signed=True)
    )
    expect(page.locator("#apercu-devis img")).to_be_visible(timeout=30_000)
    expect(page.locator("#f_line0_amount")).to_have_value("12 500,50")
    left = page.locator("#apercu-devis").bounding_box()
    right = page.locator("#f_line0_amount").bounding_box()
    assert left
    assert right
    assert left["x"] + left["width"] <= right["x"]
    page.reload()
    hands.reads("Le PDF joint porte une signature électronique")
    hands.see("filing-quote-beside")
    page.get_by_role("button", name="Retirer devis-signé.pdf").click()
    hands.reads("La pièce est retirée.")
    page.context.close()
    watch.is_calm()


def test_several_files_without_javascript(portal: Portal, chromium: Browser, watch: Watch) -> None:
    page = watch.page(chromium, javascript=False)
    hands = open_task(portal, page, watch, "pieces")
    page.locator("#fichiers-tout").set_input_files(
        [paper("liasse", "un"), {"name": "faux.pdf", "mimeType": "application/pdf", "buffer": b"MZ" * 50}]
    )
    page.locator("#zone-tout button[type=submit]").click()
    hands.reads("« faux.pdf » n’a pas été joint.".replace("« ", "«\u00a0").replace(" »", "\u00a0»"))
    hands.reads("liasse.pdf")
    page.locator(".dm-files > li", has_text="liasse.pdf").locator("summary", has_text="Aperçu").click()
    hands.follow("Ouvrir l’aperçu dans la page entière")
    expect(page.locator("h1")).to_have_text("liasse.pdf")
    hands.follow("Revenir")
    page.get_by_role("button", name="Retirer liasse.pdf").click()
    hands.reads("La pièce est retirée.")
    page.context.close()
    watch.is_calm()
