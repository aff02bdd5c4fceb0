"""The company's acts, screen by screen: simulate, file, follow, sign, confirm."""

import re

from playwright.sync_api import expect

from tests.browser.hats import DAY, TODAY, Hands, paper

PERSON = "Hugo Meyer, Dermaly"
ADDRESS = "hugo.meyer@dermaly.exemple"
VOLET = "4. Stratégie de cybersécurité et d’interopérabilité"
ANSWERS = {
    "created_on": "2025-03-11",
    "headcount": "9",
    "turnover": "380 000",
    "balance_sheet": "900 000",
    "amount_interoperability_strategy": "12 000",
    "amount_cybersecurity_strategy": "16 500,50",
}
PICKS = {"legal_form": "5710", "registered_in": "FR"}
# Names of choices, by the rank of the answer given.
TICKS = (
    "digital_functions_0",
    "targets_0",
    "in_difficulty_1",
    "insolvency_proceedings_1",
    "tax_and_social_up_to_date_0",
)
EXCUSE = "L’Urssaf nous l’a promise pour la semaine prochaine ; la demande porte le numéro 4512."
SHARE = "13\u202f500,00"


def simulate(hands: Hands) -> None:
    """From the home page to an eligible answer."""
    page = hands.page
    hands.go("/")
    hands.see("home")
    hands.follow("Vérifier mon éligibilité")
    page.get_by_label(VOLET).check()
    page.get_by_text("Prestations du volet 4").wait_for()
    page.select_option("#f_device", "dm.IIa")
    page.locator("#f_holders_0").check()
    page.select_option("#f_expert", "accredited")
    for name, value in PICKS.items():
        page.select_option(f"#f_{name}", value)
    for name in (*TICKS, "quote_signed_1"):
        page.locator(f"#f_{name}").check()
    for name, value in ANSWERS.items():
        page.fill(f"#f_{name}", value)
    answer = page.locator("#answer")
    expect(answer.locator(".dm-verdict-head")).to_contain_text("Éligible")
    expect(answer.locator(".dm-verdict-share")).to_contain_text(SHARE)
    hands.see("simulator")


def start(hands: Hands) -> str:
    """From the simulation to the dossier's task list; returns the dossier's number in the address."""
    page = hands.page
    hands.follow("Déposer cette demande")
    hands.see("sign-in")
    page.get_by_role("button", name=PERSON).click()
    hands.reads("Les réponses de votre simulation seront reprises")
    expect(page.get_by_label(VOLET)).to_be_checked()
    page.get_by_label("Dispositif concerné").select_option(label="Dermaly Vision")
    hands.see("dossier-start")
    hands.press("Ouvrir la demande")
    hands.badge("À compléter et à déposer")
    hands.reads("3 étapes sur 7 terminées")
    found = re.search(r"/demandes/(\d+)/", page.url)
    assert found, page.url
    return found.group(1)


def step(hands: Hands, pk: str, slug: str) -> None:
    hands.go(f"/demandes/{pk}/dossier/{slug}/")


def file_request(hands: Hands, pk: str) -> None:
    """Fill the eight tasks, files included, up to the review page."""
    page = hands.page
    hands.see("filing-tasks")
    hands.follow("Entreprise", within=page.locator(".dm-tasks"))
    expect(page.locator("#f_headcount")).to_have_value("9")
    page.fill("#f_equity", "450 000")
    page.fill("#f_subscribed_capital", "500 000")
    hands.see("filing-company")
    hands.press("Enregistrer et continuer")
    expect(page.locator("#f_name")).to_have_value("Dermaly Vision")
    page.locator("#f_ce_marking_1").check()
    hands.see("filing-device")
    hands.press("Enregistrer et continuer")
    for item in ("Stratégie d’interopérabilité", "Stratégie de cybersécurité"):
        page.get_by_label(item, exact=True).check()
    page.get_by_label("Je confirme que ma demande porte sur ce volet.").check()
    hands.see("filing-volet")
    hands.press("Enregistrer et continuer")
    page.get_by_label("Cyberius Audit").check()
    hands.see("filing-expert")
    hands.press("Enregistrer et continuer")
    _quote(hands)
    _pieces(hands)
    hands.reads("Rien à déclarer pour ce volet")
    hands.see("filing-declarations")
    hands.follow("Continuer")


def _quote(hands: Hands) -> None:
    page = hands.page
    page.locator("#fichiers-quote").set_input_files(paper("devis-cyberius", "Cyberius Audit"))
    hands.reads("devis-cyberius.pdf")
    page.fill("#f_issued_on", (TODAY - 8 * DAY).isoformat())
    page.locator("#f_signed_1").check()
    expect(page.locator("#f_line1_amount")).to_have_value("16\u202f500,50")
    hands.see("filing-quote")
    hands.press("Enregistrer et continuer")


def _pieces(hands: Hands) -> None:
    page = hands.page
    page.locator("#fichiers-regularity_certificate").set_input_files(paper("attestation-urssaf", "Dermaly"))
    hands.reads("attestation-urssaf.pdf")
    card = page.locator(".dm-piece", has_text="attestation-urssaf.pdf")
    card.get_by_label("Daté du").fill((TODAY - 20 * DAY).isoformat())
    card.get_by_role("button", name="Enregistrer la date de attestation-urssaf.pdf").click()
    hands.reads("La date du document est enregistrée.")
    card.get_by_role("button", name="Retirer attestation-urssaf.pdf").click()
    hands.reads("La pièce est retirée.")
    page.get_by_text("Je ne peux pas fournir cette pièce", exact=True).click()
    page.get_by_label("Je ne peux pas fournir cette pièce parce que…").fill(EXCUSE)
    hands.press("Enregistrer l’explication")
    hands.reads("Votre explication est enregistrée")
    hands.see("filing-pieces")
    hands.follow("Continuer")


def submit(hands: Hands) -> str:
    """Read over, commit, file; returns the dossier's number."""
    page = hands.page
    hands.reads("Vos engagements")
    for box in page.locator(".dm-submit input[type=checkbox]").all():
        box.check()
    hands.see("filing-review")
    # Impatience sends once; coming back shows the request as filed, not the form again.
    page.get_by_role("button", name="Déposer ma demande").dblclick()
    hands.badge("Déposée, en attente d’un chargé d’affaires")
    found = re.search(r"sous le numéro (\S+)\.", page.locator(".dm-messages").inner_text())
    assert found
    return found.group(1)


def receipt(hands: Hands) -> None:
    """The worker makes the receipt within seconds; the person only reloads the page."""
    page = hands.page
    link = page.get_by_role("link", name=re.compile("^PDF.*accusé de dépôt"))
    for _ in range(40):
        if link.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    hands.see("company-dossier")
    answer = page.request.get(hands.portal.url + str(link.get_attribute("href")))
    assert answer.status == 200
    assert answer.body().startswith(b"%PDF")


def follow_dossier(hands: Hands, pk: str, label: str, name: str, *, person: str = PERSON) -> None:
    """Open the dossier as the company and read its state."""
    hands.hat(person)
    hands.go(f"/demandes/{pk}/")
    hands.badge(label)
    hands.see(name)


def sign(hands: Hands, pk: str, *, person: str = PERSON, address: str = ADDRESS) -> None:
    """Read the contract, ask for a code, take it from the mail, sign."""
    page = hands.page
    follow_dossier(hands, pk, "Contrat à signer", "company-contract-sent", person=person)
    hands.follow("Lire et signer", within=page.locator(".dm-ask"))
    hands.press("Recevoir un code")
    hands.reads("Un code à six chiffres vient d’être envoyé")
    hands.see("company-sign")
    page.get_by_label("Code reçu par courriel").fill(hands.portal.code_sent_to(address))
    page.get_by_label("J’ai lu le document").check()
    hands.press("Signer")
    hands.badge("Prestation en cours")


def confirm_restitution(hands: Hands, pk: str, *, person: str = PERSON) -> None:
    page = hands.page
    follow_dossier(hands, pk, "Clôture en cours de contrôle", "company-closure", person=person)
    part = page.locator("#acte-confirm_restitution")
    if not part.is_visible():
        page.locator("details.dm-act", has=part).locator("summary").click()
    page.get_by_label("Date de la restitution").fill(TODAY.isoformat())
    part.get_by_role("button").click()
    hands.see("company-restitution-confirmed")
