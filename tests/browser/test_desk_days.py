"""A day at the desk of an officer, of a controller and of a manager, on the dossiers of the demonstration."""

import re
import zipfile
from datetime import date
from io import BytesIO

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import transfers
from tests.browser.bpifrance import CONTROLLER, MANAGER, MOTIVE, OFFICER, OTHER_MANAGER, do
from tests.browser.hats import TODAY, Hands
from tests.browser.portal import ROOT, Portal
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

STARTS_ON = date(TODAY.year + 1, TODAY.month, 1)

# A request that nobody has yet, and a payment approved by the controller, both of the demonstration.
WAITING, ITS_COMPANY = "DM-2026-000010", "Lagoon"
TO_PAY = "DM-2026-000024"
# A request that may change hands, and one that is over.
GIVABLE, OVER = "DM-2026-000002", "DM-2026-000012"


# --- The officer ---------------------------------------------------------------------------------
def reads_the_morning(hands: Hands) -> None:
    """Every dossier of the queue says why it is there; the keyboard opens the first one."""
    page = hands.page
    hands.hat(OFFICER)
    expect(page.get_by_role("heading", level=1)).to_have_text("Aujourd’hui")
    queue = page.locator(".dm-queue > li")
    assert queue.count() > 3
    for row in queue.all():
        assert row.locator(".dm-queue-why li").first.inner_text().strip()
    first = queue.first.locator(".dm-queue-what a").inner_text()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(first)
    page.go_back()


def finds_a_request(hands: Hands) -> None:
    """Search from the keyboard, keep the view, open the dossier from its list and take it."""
    page = hands.page
    hands.go("/gestion/?vue=unassigned")
    page.keyboard.press("/")
    page.keyboard.type(ITS_COMPANY)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**q={ITS_COMPANY}**")
    expect(hands.main.locator("tbody tr")).to_have_count(1)
    page.get_by_text("Enregistrer cette vue").click()
    page.get_by_label("Nom de la vue").fill("À prendre chez Lagoon")
    hands.press("Enregistrer", within=page.locator(".dm-views"))
    expect(page.get_by_role("navigation", name="Vues enregistrées")).to_contain_text("À prendre chez Lagoon")
    hands.follow(WAITING)
    do(hands, "Prendre en charge")
    hands.badge("En instruction")


def judges_on_evidence(hands: Hands) -> None:
    """The page of a piece opens beside the value it proves; a note names a colleague."""
    page = hands.page
    beside = page.locator("[data-dm-beside-place]")
    expect(beside).to_be_hidden()
    proof = page.locator("#constats [data-dm-beside]").first
    # The pictures of the pages are made by the worker, after those of the whole demonstration.
    for _ in range(60):
        if proof.count():
            break
        page.wait_for_timeout(2_000)
        page.reload()
    page.evaluate(
        "each => { const all = each.closest('details'); if (all) all.open = true; }", proof.element_handle()
    )
    proof.click()
    expect(beside).to_be_visible()
    expect(beside.locator("img")).to_be_visible()
    hands.press("Fermer", within=beside)
    page.get_by_text("Écrire une note").click()
    page.locator("#note-body").fill(f"@{MANAGER} : le devis me paraît complet.")
    hands.press("Garder la note")
    hands.reads(f"Prévenu\u00a0: {MANAGER}.")


def asks_to_complete(hands: Hands) -> None:
    """The letter is composed from what is asked, reread, rewritten, and sent with the act."""
    page = hands.page
    hands.main.get_by_role("link", name="Demander un complément", exact=True).first.click()
    part = page.locator("details", has=page.get_by_label("Toute l’étape")).first
    if part.get_attribute("open") is None:
        part.locator("summary").click()
    part.get_by_label("Toute l’étape").fill("Le pourcentage du capital de chaque associé manque.")
    hands.press("Relire et modifier le courrier")
    hands.reads("Le pourcentage du capital de chaque associé manque.")
    text = page.locator("textarea").first
    text.fill("Nous avons bien reçu votre demande et l’avons lue avec intérêt.")
    hands.press("Enregistrer")
    expect(page.locator("textarea").first).to_have_value(re.compile("avec intérêt"))
    hands.see("officer-letter")
    hands.press("Envoyer la demande et envoyer")
    hands.badge("Complément demandé")


def takes_a_list_away(hands: Hands) -> None:
    """A list leaves as it is filtered; a whole dossier leaves as one ZIP that says what it holds."""
    page = hands.page
    hands.go("/gestion/?vue=all&volet=2")
    count = hands.main.locator("tbody tr").count()
    hands.follow("Exporter cette liste")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(rf"Exporter {count} lignes"))
    page.get_by_label("XLSX").check()
    book = zipfile.ZipFile(BytesIO(hands.downloaded(page.get_by_role("button", name="Exporter", exact=True))))
    assert "xl/worksheets/sheet1.xml" in book.namelist()
    hands.go("/gestion/?vue=all&q=" + WAITING)
    hands.follow(WAITING)
    hands.press("Tout le dossier en ZIP")
    page.wait_for_url("**/gestion/exports/")
    ready = hands.main.get_by_role("link", name="Télécharger").first
    expect(ready).to_be_visible(timeout=60_000)
    archive = zipfile.ZipFile(BytesIO(hands.downloaded(ready)))
    assert {"manifest.json", "verifier.py", "LISEZMOI.txt"} <= set(archive.namelist())


def test_an_officers_day(portal: Portal, chromium: Browser, watch: Watch) -> None:
    page = watch.page(chromium)
    hands = Hands(portal, page, watch)
    reads_the_morning(hands)
    finds_a_request(hands)
    judges_on_evidence(hands)
    asks_to_complete(hands)
    takes_a_list_away(hands)
    hands.go("/gestion/")
    hands.press("Tout marquer comme vu")
    expect(page.locator(".dm-changed")).to_have_count(0)
    page.context.close()
    watch.is_calm()


# --- The controller ------------------------------------------------------------------------------
def holds_a_payment(hands: Hands) -> None:
    """A suspension says why and who follows it; the payment then stands under its own tab."""
    page = hands.page
    hands.hat(CONTROLLER)
    hands.go("/gestion/paiements/")
    row = hands.main.locator("tbody tr").first
    held = row.locator("th a").first.inner_text()
    row.locator("th a").first.click()
    hands.main.get_by_role("link", name="Suspendre le paiement", exact=True).first.click()
    page.locator("main select").first.select_option(index=1)
    page.get_by_label("Motif").last.fill(MOTIVE)
    hands.press("Suspendre le paiement")
    hands.go("/gestion/paiements/?vue=hold")
    hands.reads(held)


def test_a_controllers_day(portal: Portal, chromium: Browser, watch: Watch) -> None:
    page = watch.page(chromium)
    hands = Hands(portal, page, watch)
    holds_a_payment(hands)
    batch = transfers.prepare_batch(hands, TO_PAY)
    reference = transfers.release(hands, batch)
    transfers.match(hands, batch, reference)
    # Nothing is left to match: a list sent twice pays nothing twice.
    hands.go(batch)
    expect(page.get_by_role("link", name="Rapprocher de la banque")).to_have_count(0)
    hands.hat(CONTROLLER)
    hands.go(f"/gestion/aides/?q={TO_PAY}")
    expect(hands.main.locator("tbody tr")).to_have_count(1)
    page.context.close()
    watch.is_calm()


# --- The manager ---------------------------------------------------------------------------------
def sets_a_rule(hands: Hands) -> None:
    """A rule says who gets what; it is tried before it is believed, and taken away at the end of this day."""
    page = hands.page
    hands.hat(MANAGER)
    hands.go("/gestion/affectation/")
    hands.follow("Ajouter une règle", within=hands.main)
    page.get_by_label("Nom de la règle").fill("Protocoles cliniques")
    page.get_by_label(re.compile("^Volet 3")).check()
    page.get_by_label("Karim Benali").check()
    hands.press("Enregistrer la règle")
    hands.reads("Protocoles cliniques")
    hands.see("assignment-home")
    hands.follow("Supprimer la règle Protocoles cliniques", within=hands.main)
    hands.main.get_by_role("button", name=re.compile("^Supprimer")).first.click()
    hands.reads("La règle « Protocoles cliniques » est supprimée.")


def gives_dossiers_away(hands: Hands) -> None:
    """Of the dossiers chosen, the page says which can be given and why the others can't, before anything is done."""
    page = hands.page
    hands.go("/gestion/?vue=all")
    for number in (GIVABLE, OVER):
        page.get_by_label(f"Choisir le dossier {number}").check()
    page.get_by_role("button", name=re.compile("^Affecter la sélection")).click()
    hands.reads("Affecter 2 dossiers")
    page.locator("main select").first.select_option(label=OFFICER)
    page.get_by_label("Motif").fill("Rééquilibrage des charges du mois de novembre.")
    hands.press("Vérifier")
    hands.reads("1 peut être affecté, 1 ne le peut pas.")
    refused = hands.main.locator("tr", has_text=OVER).locator(".dm-why")
    assert len(refused.inner_text()) > 10
    hands.see("assignment-preflight")
    hands.press("Affecter ce dossier")
    hands.reads("1 affecté, 1 ne pouvait pas l’être.")
    hands.follow(GIVABLE)
    expect(page.locator("#historique")).to_contain_text("Rééquilibrage des charges")


def reads_the_figures(hands: Hands) -> None:
    """Each figure opens exactly its dossiers."""
    page = hands.page
    hands.go("/gestion/pilotage/")
    hands.see("pilotage")
    figures = page.locator(".dm-figures-table td a, .dm-figures dd a")
    counts = [
        (each.get_attribute("href"), each.inner_text())
        for each in figures.all()
        if re.fullmatch(r"[1-9]\d?", each.inner_text().strip())
    ]
    assert len(counts) > 5
    for href, figure in (counts[0], counts[len(counts) // 2], counts[-1]):
        hands.go(f"/gestion/pilotage/{href}" if str(href).startswith("?") else str(href))
        expect(page.locator(".dm-list-count").first).to_contain_text(re.compile(rf"\b{figure} dossier"))


def brings_an_edition(hands: Hands) -> str:
    """A file with an error is refused by table and key; the right one is rehearsed on every dossier."""
    page = hands.page
    text = (ROOT / "tariffs" / "editions" / "2024.toml").read_text("utf-8")
    new = text.replace('code = "2024"', 'code = "2099"').replace('"Édition 2024"', '"Édition d’essai"')
    new = new.replace("in_force_from = 2024-10-01", f"in_force_from = {STARTS_ON.isoformat()}")
    loads(hands, new.replace("[funding]\n", '[funding]\nsurprise = "oui"\n'))
    hands.reads("Ce fichier n’est pas chargé")
    expect(hands.main.locator("tbody")).to_contain_text("surprise")
    loads(hands, new)
    edition = page.url
    hands.press("Répéter sur les dossiers")
    hands.reads("dossiers")
    for _ in range(60):
        hands.go(edition)
        if hands.main.get_by_text("Répétée", exact=True).count():
            break
        page.wait_for_timeout(500)
    hands.reads("Vous avez chargé ce texte.")
    hands.see("edition-draft")
    return edition


def loads(hands: Hands, text: str) -> None:
    hands.go("/gestion/editions/charger/")
    file = {"name": "essai.toml", "mimeType": "application/toml", "buffer": text.encode()}
    hands.page.get_by_label("Fichier de l’édition").set_input_files(file)  # type: ignore[arg-type]
    hands.press("Vérifier et charger")


def publishes_it(hands: Hands, edition: str) -> None:
    """Another manager than who loaded it publishes; two persons call it off before its day."""
    page = hands.page
    hands.hat(OTHER_MANAGER)
    hands.go(edition)
    hands.follow("Publier l’édition", within=hands.main)
    page.get_by_label("Elle entre en vigueur le").fill(STARTS_ON.isoformat())
    page.get_by_label("J’ai lu ses effets").check()
    hands.see("edition-publish")
    hands.main.get_by_role("button", name=re.compile("^Publier")).click()
    hands.badge("À venir")
    hands.follow("Annuler avant son entrée en vigueur", within=hands.main)
    page.get_by_label("Motif").fill("Ce n’était qu’un essai, fait pour apprendre.")
    hands.main.get_by_role("button").first.click()
    expect(page.get_by_role("button", name="Confirmer l’annulation")).to_have_count(0)
    hands.hat(MANAGER)
    hands.go(edition)
    hands.press("Confirmer l’annulation")
    hands.badge("Retirée")


def test_a_managers_day(portal: Portal, chromium: Browser, watch: Watch) -> None:
    page = watch.page(chromium)
    hands = Hands(portal, page, watch)
    sets_a_rule(hands)
    gives_dossiers_away(hands)
    reads_the_figures(hands)
    edition = brings_an_edition(hands)
    publishes_it(hands, edition)
    page.context.close()
    watch.is_calm()
