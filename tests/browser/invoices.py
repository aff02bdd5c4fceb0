"""A closure with electronic invoices: made from the contract, a wrong one refused, the right ones taken."""

import re

import facturx
from playwright.sync_api import Locator, expect

from applications.management.demo.papers import pdf
from applications.services.invoices import electronic
from tests.browser import expert
from tests.browser.hats import DAY, TODAY, Hands
from tests.browser.quoting import SHARE

NUMBERS = {"entreprise": "FC-2026-041", "bpifrance": "FC-2026-042"}
# The company pays the travel too, which is never covered.
SHARES = {"entreprise": "6\u202f517,75", "bpifrance": SHARE}
# What Bpifrance owes, as the data of an invoice write it.
HT, TTC = "6137.75", "7365.30"
ONE_CENT_MORE = {HT: "6137.76", TTC: "7365.31"}


def _part(hands: Hands, slug: str) -> Locator:
    return hands.page.locator(f"section[aria-labelledby=factures-{slug}]")


def begin(hands: Hands) -> None:
    """Open the closure, read all that is lacking, then tell what was delivered and join report and quote."""
    page = hands.page
    hands.follow("Ouvrir la clôture")
    hands.follow("Vérifier avant l’envoi")
    hands.badge("À compléter")
    hands.reads("6 points à régler avant d’envoyer")
    hands.reads("L’envoi s’ouvre quand plus rien n’est à régler.")
    expect(page.get_by_role("button", name="Envoyer la clôture")).to_have_count(0)
    hands.see("preflight-lacks")
    hands.follow("Y remédier : Ce qui a été livré")
    expert.papers(hands)


def draft(hands: Hands, slug: str) -> bytes:
    """Have an invoice made from the contract, numbered and dated by the expert; return its file."""
    page = hands.page
    hands.follow("La préparer à partir du contrat", within=_part(hands, slug))
    hands.reads(SHARES[slug])
    page.get_by_label("Numéro de facture").fill(NUMBERS[slug])
    page.get_by_label("Datée du").fill((TODAY - DAY).isoformat())
    page.get_by_label("Je confirme les montants").check()
    hands.press("Préparer la facture")
    hands.reads("antérieure à la signature du contrat")
    page.get_by_label("Datée du").fill(TODAY.isoformat())
    page.get_by_label("Je confirme les montants").check()
    if slug == "entreprise":
        page.get_by_label("Acquittée le").fill(TODAY.isoformat())
    hands.see(f"invoice-draft-{slug}")
    hands.press("Préparer la facture")
    hands.reads("se prépare")
    file = _part(hands, slug).get_by_role("link", name="Télécharger")
    hands.until(file)
    return hands.downloaded(file)


def one_cent_more(right: bytes) -> bytes:
    """Return the Factur-X invoice that another software would make of the same service, one cent dearer."""
    _name, xml = facturx.get_xml_from_pdf(right)
    text = bytes(xml).decode()
    for amount, wrong in ONE_CENT_MORE.items():
        assert amount in text
        text = text.replace(amount, wrong)
    page = pdf("Facture", [f"Net à payer : {ONE_CENT_MORE[TTC]} EUR TTC"])
    return electronic.joined(page, text.encode(), title="Facture", author="Cabinet")


def _check(hands: Hands, label: str) -> Locator:
    """Return a line of the comparison with the contract."""
    table = hands.page.locator("section[aria-labelledby=comparaison] tbody tr")
    return table.filter(has=hands.page.get_by_role("rowheader", name=label, exact=True))


def is_refused(hands: Hands, wrong: bytes) -> None:
    """A wrong invoice is read, compared line by line with what to mend, and keeps the closure from leaving."""
    page = hands.page
    hands.follow("Ajouter une facture", within=_part(hands, "bpifrance"))
    page.get_by_label("Fichier de la facture").set_input_files(
        {"name": "facture-un-centime.pdf", "mimeType": "application/pdf", "buffer": wrong}
    )
    hands.press("Déposer et faire lire")
    # The page looks again by itself until the worker has read the file.
    expect(hands.main).to_contain_text("Données lues dans la facture", timeout=60_000)
    expect(_check(hands, "Destinataire")).to_contain_text("Conforme")
    amount = _check(hands, "Montant HT")
    expect(amount).to_contain_text(SHARE)
    expect(amount).to_contain_text("6\u202f137,76")
    expect(amount).to_contain_text("À corriger")
    expect(amount).to_contain_text("un centime d’écart est refusé")
    hands.see("invoice-wrong")
    hands.press("Enregistrer la facture")
    part = _part(hands, "bpifrance")
    expect(part.locator(".dm-badge").first).to_have_text("À corriger")
    expect(part).to_contain_text("un centime d’écart est refusé")
    hands.follow("Vérifier avant l’envoi")
    hands.reads("1 point à régler avant d’envoyer")
    hands.reads("Corrigez la facture")
    expect(page.get_by_role("button", name="Envoyer la clôture")).to_have_count(0)
    hands.see("preflight-wrong")
    hands.follow("Y remédier : Facture à Bpifrance")
    part.get_by_role("button", name="Retirer la facture").click()
    hands.reads("est retirée")


def take(hands: Hands, slug: str) -> None:
    """Put the invoice that was made from the contract in its place: every line of it is right."""
    page = hands.page
    hands.press(f"Reprendre ici la facture {NUMBERS[slug]}", within=_part(hands, slug))
    expect(hands.main).to_contain_text("Données lues dans la facture", timeout=60_000)
    verdicts = page.locator("section[aria-labelledby=comparaison] td[data-label=Verdict]")
    expect(verdicts.first).to_have_text("Conforme")
    assert {re.sub(r"\s+", " ", one.inner_text()).strip() for one in verdicts.all()} <= {"Conforme", "Non lu"}
    hands.see(f"invoice-right-{slug}")
    hands.press("Enregistrer la facture")
    hands.reads(f"La facture {NUMBERS[slug]} est enregistrée")
    expect(_part(hands, slug).locator(".dm-badge").first).to_have_text("Conforme")


def send(hands: Hands) -> None:
    """Nothing stands in the way any more."""
    hands.badge("Prête à envoyer")
    hands.see("closure-ready")
    expert.send(hands)
