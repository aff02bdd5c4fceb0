"""How a firm enters the pool, screen by screen: registered, paid somewhere, manned, accredited by two persons."""

from playwright.sync_api import Locator, expect
from stdnum.fr.siren import to_tva

from tests.browser.bpifrance import MANAGER, OFFICER
from tests.browser.hats import DAY, TODAY, Hands, paper
from tests.browser.newcomer import siren_of

# An expert of the demonstration whose own firm does audits only: she opens another one for clinical protocols.
PERSON, FIRM = "Julie Perrin, Fortanse", "Atlantique Protocoles"
SIREN = siren_of(7001)
VOLET = "Volet 3 – Protocole d’investigation clinique"
IDENTITY = {
    "siren": SIREN,
    "name": FIRM,
    "address": "4 quai de la Fosse",
    "postcode": "44000",
    "city": "Nantes",
    "region": "Pays de la Loire",
}
ACCOUNT = {
    "iban": "FR14 2004 1010 0505 0001 3M02 606",
    "bic": "PSSTFRPPPAR",
    "vat_number": "FR" + to_tva(SIREN),
}
REFERENCES = (
    "Fabricant de tests rapides (2024) : protocole et plan statistique, avis favorable du comité.\n"
    "Éditeur de télésurveillance (2025) : protocole médico-économique, remis en trois mois."
)
MOTIVE = "Références vérifiées auprès des deux clients ; assurance et attestation en règle."


def _fill(hands: Hands, values: dict[str, str]) -> None:
    for name, value in values.items():
        hands.page.locator(f"#id_{name}").fill(value)


def register(hands: Hands) -> None:
    """Register the firm, say where it is paid and how it invoices VAT, and who works for it."""
    page = hands.page
    hands.hat(PERSON)
    hands.go("/expert/cabinet/creer/")
    _fill(hands, IDENTITY)
    hands.see("firm-create")
    hands.press("Enregistrer le cabinet")
    hands.reads("Demandez maintenant son agrément")
    hands.follow("Modifier les coordonnées de paiement")
    _fill(hands, ACCOUNT)
    page.get_by_label("Régime de TVA").select_option("standard")
    hands.see("firm-payment-details")
    hands.press("Enregistrer", within=hands.main)
    hands.reads("Les coordonnées de paiement sont enregistrées")
    hands.follow("Ajouter un consultant")
    page.locator("#id_full_name").fill("Julie Perrin")
    page.get_by_label(VOLET).check()
    page.get_by_label("CV", exact=True).set_input_files(paper("cv-perrin", "Quinze protocoles"))
    hands.see("firm-consultant")
    hands.press("Enregistrer", within=hands.main)
    hands.reads("fait partie des consultants du cabinet")


def _standing(hands: Hands) -> Locator:
    """Return the row of the volet on the firm's page."""
    return hands.page.locator("section[aria-labelledby=agrements] li", has_text=VOLET)


def ask(hands: Hands) -> str:
    """Ask for the volet with its evidence and the charter; what lacks is said first. Returns the firm's address."""
    page = hands.page
    firm = page.url
    hands.follow("Demander cet agrément", within=_standing(hands))
    expect(page.get_by_label("Volet demandé")).to_have_value("3")
    page.get_by_label("Références").fill(REFERENCES)
    hands.press("Envoyer la demande")
    hands.reads("L’agrément suppose d’accepter la charte")
    page.get_by_label("j’accepte la charte éthique").check()
    hands.press("Envoyer la demande")
    hands.reads("Joignez l’attestation d’assurance professionnelle en cours")
    page.get_by_label("CV des consultants").set_input_files(paper("cv-equipe", "Deux biostatisticiennes"))
    page.locator("#id_insurance").set_input_files(paper("assurance", "Attestation d’assurance", FIRM))
    _fill(
        hands,
        {
            "insurer": "Mutuelle des experts",
            "insurance_from": (TODAY - 30 * DAY).isoformat(),
            "insurance_until": (TODAY + 334 * DAY).isoformat(),
            "tax_issued_on": (TODAY - 20 * DAY).isoformat(),
        },
    )
    page.locator("#id_tax").set_input_files(paper("vigilance", "Attestation de vigilance", FIRM))
    hands.see("accreditation-request")
    hands.press("Envoyer la demande")
    hands.reads("La demande d’agrément pour le volet 3 est transmise")
    expect(_standing(hands)).to_contain_text("En attente de décision")
    hands.see("firm-asked")
    return firm


def grant(hands: Hands) -> None:
    """An officer studies and proposes; a manager, another person, decides."""
    page = hands.page
    hands.hat(OFFICER)
    hands.go("/gestion/experts/demandes/")
    hands.see("accreditation-queue")
    hands.follow(FIRM, within=hands.main)
    for evidence in ("tests rapides", "cv-perrin.pdf", "cv-equipe.pdf", "assurance.pdf", "vigilance.pdf"):
        hands.reads(evidence)
    page.get_by_label("Agréer", exact=True).check()
    page.get_by_label("Motif").fill(MOTIVE)
    hands.see("accreditation-study")
    hands.press("Proposer aux responsables")
    hands.reads("Un responsable doit décider")
    expect(page.get_by_role("button", name="Décider")).to_have_count(0)
    hands.hat(MANAGER)
    hands.go("/gestion/experts/demandes/")
    hands.follow(FIRM, within=hands.main)
    page.get_by_label("Suivre la proposition").check()
    hands.see("accreditation-decide")
    hands.press("Décider")
    hands.badge("Agréé")
    hands.reads(f"prise par {MANAGER}")


def is_accredited(hands: Hands, firm: str) -> None:
    """The firm reads until when it is accredited, and nothing of the officer's opinion."""
    hands.hat(PERSON)
    hands.go(firm)
    expect(_standing(hands)).to_contain_text("Agréé")
    expect(_standing(hands)).to_contain_text("Renouvellement à demander à partir du")
    expect(hands.main).not_to_contain_text(MOTIVE)
    hands.see("firm-accredited")
