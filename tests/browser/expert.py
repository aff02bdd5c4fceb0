"""The expert's acts, screen by screen: interests, contract, work, closure."""

from decimal import Decimal

from playwright.sync_api import expect

from tests.browser.hats import TODAY, Hands, paper

PERSON = "Nadia Ferrand, Cyberius Audit"
COMPANY_SHARE, BPIFRANCE_SHARE = Decimal("15000.50"), Decimal("13500.00")


def mission(hands: Hands, number: str, *, person: str = PERSON) -> None:
    """Open the mission from the list of missions."""
    hands.hat(person)
    hands.page.locator("article", has_text=number).get_by_role("link").first.click()


def declare_no_conflict(hands: Hands, number: str, *, person: str = PERSON) -> None:
    page = hands.page
    hands.hat(person)
    hands.see("expert-home")
    page.locator("article", has_text=number).get_by_role("link").first.click()
    page.get_by_label("Aucun intérêt, direct ou indirect").check()
    hands.see("expert-conflict")
    hands.press("Enregistrer ma déclaration")
    hands.reads("Aucun conflit d’intérêts")


def work(hands: Hands, number: str, *, person: str = PERSON) -> None:
    """File the service contract, start, and end the same day."""
    page = hands.page
    mission(hands, number, person=person)
    page.locator("#service_contract_signed_on").fill(TODAY.isoformat())
    page.locator("#service_contract_file").set_input_files(
        paper("contrat-de-prestation", "Contrat signé par le cabinet et l’entreprise")
    )
    page.locator("#service_contract_confidentiality").check()
    page.locator("#service_contract_intellectual_property").check()
    hands.see("expert-contract")
    hands.press("Déposer le contrat")
    page.locator("#start_work_started_on").fill(TODAY.isoformat())
    hands.see("expert-start")
    hands.press("Déclarer le démarrage")
    page.locator("#done_work_ended_on").fill(TODAY.isoformat())
    hands.see("expert-done")
    hands.press("Déclarer la fin de la prestation")
    hands.see("expert-work-done")


def close(hands: Hands) -> None:
    """Fill the closure: lines, report, signed quote, invoices; then send it."""
    hands.follow("Ouvrir la clôture")
    papers(hands)
    _invoice(hands, "entreprise", COMPANY_SHARE)
    _invoice(hands, "bpifrance", BPIFRANCE_SHARE)
    hands.see("expert-closure")
    send(hands)


def papers(hands: Hands) -> None:
    """Tell what was delivered, and join the report and the signed quote."""
    page = hands.page
    for rank, reference in enumerate(page.get_by_label("Où le rapport en rend compte").all(), start=1):
        reference.fill(f"Section {rank}")
    hands.press("Enregistrer les lignes")
    report = page.locator("section[aria-labelledby=rapport]")
    report.locator("input[type=file]").set_input_files(paper("rapport-final", "Rapport final"))
    hands.press("Déposer le rapport")
    quote = page.locator("section[aria-labelledby=devis]")
    quote.locator("input[type=file]").set_input_files(paper("devis-signe", "Devis signé"))
    quote.get_by_label("Signé le").fill(TODAY.isoformat())
    quote.locator("input[type=checkbox]").check()
    hands.press("Déposer le devis signé")


def send(hands: Hands) -> None:
    """Verify once more, and send the closure."""
    page = hands.page
    hands.follow("Vérifier avant l’envoi")
    page.get_by_label("Rapport final remis à l’entreprise le").fill(TODAY.isoformat())
    hands.see("expert-preflight")
    hands.press("Envoyer la clôture")
    hands.see("expert-closure-sent")


def _invoice(hands: Hands, slug: str, ht: Decimal) -> None:
    page = hands.page
    page.locator(f"section[aria-labelledby=factures-{slug}]").get_by_role(
        "link", name="Ajouter une facture"
    ).click()
    vat = (ht * Decimal("0.20")).quantize(Decimal("0.01"))
    for label, value in (("Montant HT", ht), ("Taux de TVA (%)", 20), ("Montant TTC", ht + vat)):
        page.get_by_label(label).fill(str(value).replace(".", ","))
    page.locator("#id_vat").fill(str(vat).replace(".", ","))
    page.get_by_label("Numéro de facture").fill(f"CYB-2026-{slug[:3].upper()}")
    page.get_by_label("Datée du").fill(TODAY.isoformat())
    if slug == "entreprise":
        page.get_by_label("Acquittée le").fill(TODAY.isoformat())
    else:
        address = page.locator("section[aria-labelledby=attendu] dt", has_text="Adresse").locator("+ dd")
        page.get_by_label("Adressée à").fill(address.inner_text())
    page.get_by_label("Facture en PDF").set_input_files(paper(f"facture-{slug}", f"{ht} EUR HT"))
    hands.see(f"expert-invoice-{slug}")
    hands.press("Enregistrer la facture")
    part = page.locator(f"section[aria-labelledby=factures-{slug}]")
    expect(part.locator(".dm-badge").first).to_have_text("Conforme")


def is_paid(hands: Hands, number: str) -> None:
    """The expert reads that Bpifrance paid."""
    mission(hands, number)
    hands.reads("VIR-2026-NAVIGATEUR")
    hands.see("expert-paid")
