"""Bpifrance's acts, screen by screen: officer, manager, controller."""

from playwright.sync_api import expect

from tests.browser.hats import TODAY, Hands

OFFICER, MANAGER, OTHER_MANAGER, CONTROLLER = (
    "Olivia Renard",
    "Martine Lefort",
    "Paul Ancel",
    "Claire Vasseur",
)
MOTIVE = "Vérifié sur pièces et par un échange avec l’entreprise."


def desk(hands: Hands, person: str, pk: str, state: str) -> None:
    """Put on a hat of the desk, open the dossier and read its state."""
    hands.hat(person)
    hands.go(f"/gestion/dossiers/{pk}/")
    hands.badge(state)


def do(hands: Hands, label: str, *, button: str = "", name: str = "") -> None:
    """Open an act offered on the page, look at it when it has a name, do it."""
    hands.page.locator("main").get_by_role("link", name=label, exact=True).first.click()
    if name:
        hands.see(name)
    hands.press(button or label)


def take(hands: Hands, number: str) -> None:
    """Find the request among those that nobody has, and take it."""
    page = hands.page
    hands.hat(OFFICER)
    hands.see("officer-morning")
    hands.go("/gestion/")
    hands.follow("Sans chargé d’affaires", within=page.locator("main"))
    hands.see("officer-list")
    hands.follow(number)
    expect(page.get_by_role("heading", level=1)).to_have_text(number)
    hands.badge("Déposé")
    do(hands, "Prendre en charge", name="officer-act-take")
    hands.badge("En instruction")
    hands.see("officer-dossier")


def settle_reviews(hands: Hands) -> None:
    """Conclude on every finding left to judgement."""
    page = hands.page
    waiting = page.locator("details.dm-judge[open] form")
    assert waiting.count() == 1
    while waiting.count():
        form = waiting.first
        form.get_by_label("Constat levé").check()
        form.get_by_label("Motif").fill(MOTIVE)
        hands.press("Enregistrer la conclusion", within=form)
        hands.reads("Le constat est tranché.")


def approve(hands: Hands, pk: str) -> None:
    """Accept; below the manager's threshold nobody else is needed."""
    desk(hands, OFFICER, pk, "En instruction")
    do(hands, "Accepter la demande", name="officer-act-approve")
    hands.badge("Accepté")
    hands.see("officer-dossier-approved")


def sign_and_send(hands: Hands, pk: str) -> None:
    desk(hands, MANAGER, pk, "Accepté")
    do(hands, "Signer pour Bpifrance", button="Signer le contrat", name="manager-sign")
    desk(hands, OFFICER, pk, "Accepté")
    do(hands, "Envoyer le contrat", name="officer-act-send")
    hands.badge("Contrat envoyé")


def certify(hands: Hands, pk: str) -> None:
    """The officer says that the service is done, before the controller may pay."""
    desk(hands, OFFICER, pk, "Clôture à contrôler")
    do(hands, "Certifier le service fait", button="Certifier", name="officer-certify")


def approve_payment(hands: Hands, number: str) -> None:
    page = hands.page
    hands.hat(CONTROLLER)
    hands.go("/gestion/paiements/")
    hands.see("payment-list")
    hands.follow(number)
    hands.badge("Clôture à contrôler")
    hands.see("payment-detail")
    do(hands, "Valider le paiement", name="controller-approve")
    hands.badge("Paiement validé")
    assert not page.get_by_role("link", name="Enregistrer le paiement").count()


def mark_paid(hands: Hands, number: str) -> None:
    """The transfer is recorded by the manager who decided nothing before."""
    page = hands.page
    hands.hat(OTHER_MANAGER)
    hands.go("/gestion/paiements/?vue=pay")
    hands.follow(number)
    page.locator("main").get_by_role("link", name="Enregistrer le paiement").first.click()
    page.get_by_label("Référence du virement").fill("VIR-2026-NAVIGATEUR")
    page.get_by_label("Date du virement").fill(TODAY.isoformat())
    hands.see("manager-mark-paid")
    page.locator("main form").get_by_role("button").first.click()
    hands.badge("Payée")
    hands.see("payment-paid")


def forward_and_close(hands: Hands, pk: str) -> None:
    desk(hands, OFFICER, pk, "Payé")
    hands.go("/gestion/transmissions/")
    hands.see("transmission-list")
    desk(hands, OFFICER, pk, "Payé")
    do(hands, "Enregistrer la transmission", name="officer-act-forward")
    do(hands, "Clore le dossier", name="officer-act-close")
    hands.badge("Clos")
    hands.see("officer-dossier-closed")


def times_in_history(hands: Hands, pk: str, label: str) -> int:
    """Return how often an act stands in the dossier's history."""
    desk(hands, OFFICER, pk, "Clos")
    history = hands.page.locator("section[aria-labelledby=historique-titre] b")
    return history.filter(has_text=label).count()
