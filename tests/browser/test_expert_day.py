"""A firm's own journey in one browser: accredited, chosen among rivals, closed without a round trip, paid in sight."""

import re

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser import bpifrance, company, expert, invoices, pool, quoting, transfers
from tests.browser.hats import TODAY, Hands
from tests.browser.portal import Portal
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

ADDRESS = "lea.fontaine@biotrace.exemple"
MOTIVE = "Le numéro de compte diffère de celui du courrier reçu ; rappel du cabinet prévu demain."
STEPS = ["Reçue", "Contrôlée", "Validée", "Envoyée en banque", "Payée"]


def parcel(hands: Hands, number: str) -> Locator:
    """Open « Mes paiements » as the expert; return the card of the mission."""
    hands.hat(pool.PERSON)
    hands.page.get_by_role("link", name="Mes paiements").first.click()
    return hands.main.locator("article", has_text=number)


def is_at(card: Locator, step: str) -> None:
    """Assert which steps are behind, and which one is under way; none once it is paid."""
    behind = STEPS if step == "paid" else STEPS[: STEPS.index(step)]
    expect(card.locator(".dm-timeline .dm-done .dm-timeline-label")).to_have_text(behind)
    current = card.locator(".dm-timeline [aria-current=step] .dm-timeline-label")
    expect(current).to_have_text([] if step == "paid" else [step])


def is_held(hands: Hands, number: str) -> None:
    """The controller holds the payment, then lifts it; the expert reads why and who has it, in words kept for him."""
    page = hands.page
    hands.hat(bpifrance.CONTROLLER)
    hands.go("/gestion/paiements/")
    hands.follow(number)
    hands.main.get_by_role("link", name="Suspendre le paiement", exact=True).first.click()
    page.get_by_label("Raison").select_option("iban_change")
    page.get_by_label("Motif", exact=True).fill(MOTIVE)
    hands.see("controller-hold")
    hands.press("Suspendre le paiement")
    card = parcel(hands, number)
    expect(card.locator(".dm-badge").first).to_have_text("Suspendue")
    expect(card).to_contain_text("Le compte de votre cabinet a changé")
    expect(card).to_contain_text("Bpifrance vérifie le nouveau compte avec vous.")
    expect(card).not_to_contain_text("rappel du cabinet")
    hands.see("payment-held")
    hands.hat(bpifrance.CONTROLLER)
    hands.go("/gestion/paiements/?vue=hold")
    hands.follow(number)
    hands.main.get_by_role("link", name="Lever la suspension", exact=True).first.click()
    expect(page.get_by_label("Suspension")).to_contain_text("Changement de coordonnées bancaires")
    page.get_by_label("Motif de la levée").fill("Compte confirmé par le cabinet au numéro connu.")
    hands.press("Lever la suspension")
    hands.badge("Clôture à contrôler")


def is_paid_like_a_parcel(hands: Hands, pk: str, number: str) -> None:
    """From the closure received to the transfer made, each step by another person, each one read by the expert."""
    card = parcel(hands, number)
    is_at(card, "Contrôlée")
    expect(card).to_contain_text("pour confirmer la restitution")
    hands.see("payment-received")
    company.confirm_restitution(hands, pk, person=quoting.COMPANY)
    bpifrance.certify(hands, pk)
    is_at(parcel(hands, number), "Validée")
    is_held(hands, number)
    bpifrance.approve_payment(hands, number)
    card = parcel(hands, number)
    is_at(card, "Envoyée en banque")
    expect(card).to_contain_text("le virement est en préparation")
    hands.hat(bpifrance.CONTROLLER)
    batch = transfers.prepare_batch(hands, number)
    card = parcel(hands, number)
    is_at(card, "Envoyée en banque")
    expect(card).to_contain_text("Dans un lot de virements, qu’une seconde personne valide.")
    reference = transfers.release(hands, batch)
    card = parcel(hands, number)
    is_at(card, "Payée")
    expect(card).to_contain_text("Date d’exécution demandée à la banque.")
    expect(card.locator(".dm-badge").first).to_have_text(f"prévue le {TODAY:%d/%m/%Y}")
    hands.see("payment-expected")
    transfers.match(hands, batch, reference)
    card = parcel(hands, number)
    is_at(card, "paid")
    expect(card.locator(".dm-badge").first).to_have_text("Payée")
    expect(card).to_contain_text(reference)
    expect(card).to_contain_text(re.compile(r"7\s365,30"))
    hands.see("payment-paid")


def test_from_the_accreditation_to_a_payment_followed(
    portal: Portal, chromium: Browser, watch: Watch
) -> None:
    page = watch.page(chromium)
    hands = Hands(portal, page, watch)

    pool.register(hands)
    firm = pool.ask(hands)
    pool.grant(hands)
    pool.is_accredited(hands, firm)

    request = quoting.ask(hands, pool.FIRM)
    quoting.open_request(hands, quoting.RIVAL)
    theirs = quoting.plain_offer(hands)
    quoting.open_request(hands, pool.PERSON)
    ours = quoting.offer(hands)
    pk = quoting.choose(hands, request, pool.FIRM)
    quoting.file_with_offer(hands, pk, pool.FIRM)
    number = company.submit(hands)
    quoting.is_told(hands, quoting.RIVAL, theirs, "Remplacé ou non retenu", nothing_of=pool.FIRM)
    quoting.is_told(hands, pool.PERSON, ours, "Retenu", nothing_of=quoting.RIVAL_FIRM)

    bpifrance.take(hands, number)
    expert.declare_no_conflict(hands, number, person=pool.PERSON)
    bpifrance.approve(hands, pk)
    bpifrance.sign_and_send(hands, pk)
    company.sign(hands, pk, person=quoting.COMPANY, address=ADDRESS)
    expert.work(hands, number, person=pool.PERSON)

    expert.mission(hands, number, person=pool.PERSON)
    invoices.begin(hands)
    invoices.draft(hands, "entreprise")
    right = invoices.draft(hands, "bpifrance")
    invoices.take(hands, "entreprise")
    invoices.is_refused(hands, invoices.one_cent_more(right))
    invoices.take(hands, "bpifrance")
    invoices.send(hands)

    is_paid_like_a_parcel(hands, pk, number)
    page.context.close()
    watch.is_calm()
