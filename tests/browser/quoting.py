"""A request for quotes, screen by screen: asked without a name, answered by firms, compared, one offer taken."""

import re

from playwright.sync_api import expect

from tests.browser.hats import DAY, TODAY, Hands, paper

COMPANY, NAME = "Léa Fontaine, BioTrace", "BioTrace"
ITEM = "clinical_protocol"
ITEM_LABEL = "Protocole d’investigation clinique ou médico-économique"
RIVAL, RIVAL_FIRM = "Sophie Marchand, Qualimed", "Qualimed Conseil"
NEED = (
    "Concevoir le protocole d’une étude de performance clinique sur 240 patients dans trois centres, "
    "avec son plan statistique, avant la fin du trimestre."
)
METHOD = "Nous partons d’une revue de la littérature, puis écrivons le protocole avec vos investigateurs."
# One price by days, half of one included: 6 500,50 + 5,5 × 1 050 = 12 275,50 €, of which half each.
FIXED, DAYS, RATE, TRAVEL = "6 500,50", "5,5", "1 050", "380"
TOTAL, SHARE = "12\u202f275,50", "6\u202f137,75"
RIVAL_FIXED, RIVAL_SHARE = "13 900", "6\u202f950,00"
# One mode of a few rights, and every other choice of both clauses, by input and value.
CLAUSES = (
    ("kind", "concession"),
    ("exclusivity", "shared"),
    ("right_reproduction", "digital"),
    ("right_representation", "authorities"),
    ("right_adaptation", "update"),
    ("duration", "legal"),
    ("beneficiaries", "company"),
    ("remuneration", "lump_sum"),
    ("secret_back", "destroy"),
    ("secret_exceptions", "law"),
)
CHOICES = {
    "place": "european_union",
    "ground": "4",
    "other_marks": "none",
    "other_designs": "none",
    "other_patents": "none",
}
WORDS = {
    "method": METHOD,
    "interview_confirmed_on": TODAY.isoformat(),
    "valid_until": (TODAY + 45 * DAY).isoformat(),
    "extent": "tous les livrables de la prestation, rapport final compris",
    "purpose": "l’évaluation clinique et la mise sur le marché du dispositif",
    "secret_years": "5",
    "secret_days": "30",
}


# --- The company asks ------------------------------------------------------------------------------
def ask(hands: Hands, firm: str) -> str:
    """Describe the need, read who is proposed and why, ask all of them; return the request's address."""
    page = hands.page
    hands.hat(COMPANY)
    hands.go("/entreprise/devis/")
    hands.follow("Trouver un expert", within=hands.main)
    hands.follow("Volet 3", within=hands.main)
    page.get_by_label("Type et classe du dispositif").select_option("dmdiv.B")
    page.get_by_label(ITEM_LABEL).check()
    page.get_by_label("Votre besoin").fill(f"{NEED} Merci d’écrire à {NAME}.")
    hands.press("Voir les cabinets proposés")
    hands.reads("Le besoin dit qui vous êtes")
    page.get_by_label("Votre besoin").fill(NEED)
    page.get_by_label("Région préférée").select_option("Pays de la Loire")
    hands.see("quote-need")
    hands.press("Voir les cabinets proposés")
    proposed = page.locator(".dm-pick")
    expect(proposed).to_have_count(3)
    for each in proposed.all():
        assert len(each.locator(".dm-quote-why").inner_text()) > 20
    expect(proposed.first).to_contain_text(firm)
    expect(proposed.first).to_contain_text("Il n’a encore été proposé à aucune entreprise.")
    hands.see("quote-firms")
    hands.press("Envoyer la demande aux cabinets cochés")
    hands.reads("La demande est partie")
    hands.see("quote-sent")
    return page.url


# --- A firm answers --------------------------------------------------------------------------------
def open_request(hands: Hands, person: str) -> None:
    """Read what is asked, which names nobody, and begin the answer."""
    hands.hat(person)
    hands.go("/expert/devis/")
    hands.follow("Volet 3", within=hands.main)
    hands.reads("240 patients")
    for said in (NAME, "Ferritine", "Fontaine"):
        expect(hands.main).not_to_contain_text(said)
    hands.see("quote-invitation")
    hands.press("Rédiger un devis")
    page = hands.page
    page.locator("#cgv").set_input_files(paper("cgv", "Conditions générales de vente", person))
    hands.press("Joindre")
    hands.reads("Empreinte SHA-256")


def offer(hands: Hands) -> str:
    """Price by a sum and by days, read who pays what as one types, then send; return the offer's address."""
    page = hands.page
    expect(page.locator("#f_line0_item")).to_have_value(ITEM)
    page.locator("#f_line0_amount").fill(FIXED)
    for _ in range(2):
        hands.press("Ajouter une ligne")
    page.locator("#f_line1_item").select_option(ITEM)
    page.locator("#f_line1_label").fill("Plan d’analyse statistique")
    page.locator("#f_line1_pricing").select_option("days")
    page.locator("#f_line1_days").fill(DAYS)
    page.locator("#f_line1_daily_rate").fill(RATE)
    page.locator("#f_line2_item").select_option("travel")
    page.locator("#f_line2_amount").fill(TRAVEL)
    figures = page.locator("#chiffres")
    expect(figures).to_contain_text(TOTAL)
    expect(figures).to_contain_text(SHARE)
    expect(figures).to_contain_text("Jamais pris en charge")
    hands.press("Relire et envoyer")
    hands.reads("La méthode n’est pas décrite.")
    hands.reads("L’entretien de pré-qualification n’est pas confirmé.")
    expect(page.get_by_role("button", name="Envoyer le devis")).to_have_count(0)
    hands.see("offer-lacks")
    hands.follow("Compléter le devis")
    _say(hands)
    hands.see("offer-edit")
    return _send(hands)


def plain_offer(hands: Hands) -> str:
    """Answer with one sum, as a rival does."""
    hands.page.locator("#f_line0_amount").fill(RIVAL_FIXED)
    _say(hands)
    return _send(hands)


def _say(hands: Hands) -> None:
    """Fill what an offer says beside its prices: method, dates, phase, clauses."""
    page = hands.page
    for name, value in CLAUSES:
        page.locator(f"[name={name}][value={value}]").check()
    for name, value in CHOICES.items():
        page.locator(f"#f_{name}").select_option(value)
    for name, value in WORDS.items():
        page.locator(f"#f_{name}").fill(value)
    page.locator("#f_phase0_label").fill("Protocole et plan statistique")
    page.locator("#f_phase0_weeks").fill("10")


def _send(hands: Hands) -> str:
    hands.press("Relire et envoyer")
    hands.reads("(article L131-3)")
    hands.see("offer-review")
    hands.press("Envoyer le devis à l’entreprise")
    hands.reads("Votre devis est envoyé")
    # The worker makes its PDF, without which nobody may take it.
    hands.until(hands.page.get_by_role("link", name="Télécharger le PDF"))
    hands.see("offer-sent")
    return hands.page.url


# --- The company chooses ---------------------------------------------------------------------------
def choose(hands: Hands, request: str, firm: str) -> str:
    """Read both offers side by side, take one; return the number in the address of the draft that carries it."""
    page = hands.page
    hands.hat(COMPANY)
    hands.go(request)
    expect(page.get_by_text("Devis reçu", exact=True)).to_have_count(2)
    hands.follow("Comparer les devis")
    sides = page.locator(".dm-quote-offers > li")
    expect(sides).to_have_count(2)
    ours, theirs = sides.filter(has_text=firm), sides.filter(has_text=RIVAL_FIRM)
    expect(ours).to_contain_text(SHARE)
    expect(theirs).to_contain_text(RIVAL_SHARE)
    # What remains to pay comes first, travel included.
    expect(sides.first).to_contain_text(firm)
    hands.see("quote-compare")
    hands.follow(f"Retenir le devis de {firm}")
    hands.see("quote-choose")
    hands.press("Retenir ce devis")
    hands.reads(f"Le devis de {firm} est retenu")
    found = re.search(r"/demandes/(\d+)/dossier/", page.url)
    assert found, page.url
    return found.group(1)


def is_told(hands: Hands, person: str, offer_url: str, label: str, *, nothing_of: str) -> None:
    """A firm reads what became of its own offer, and nothing of another's."""
    hands.hat(person)
    hands.go(offer_url)
    hands.badge(label)
    expect(hands.main).not_to_contain_text(nothing_of)


# --- Filing ----------------------------------------------------------------------------------------
def file_with_offer(hands: Hands, pk: str, firm: str) -> None:
    """Fill the tasks around a quote that the offer gave, and that is not typed again."""
    page = hands.page
    hands.go(f"/demandes/{pk}/dossier/entreprise/")
    hands.press("Enregistrer et continuer")
    page.wait_for_url("**/dispositif/")
    hands.press("Reprendre ce que j’en ai dit")
    expect(page.locator("#f_name")).to_have_value("BioTrace Ferritine")
    hands.press("Enregistrer et continuer")
    page.wait_for_url("**/volet/")
    page.get_by_label(ITEM_LABEL, exact=True).check()
    page.get_by_label("Je confirme que ma demande porte sur ce volet.").check()
    hands.press("Enregistrer et continuer")
    page.wait_for_url("**/expert/")
    expect(page.get_by_label(firm)).to_be_checked()
    hands.press("Enregistrer et continuer")
    page.wait_for_url("**/devis/")
    hands.reads(", écrit par le cabinet sur le portail")
    expect(page.locator("#f_line0_amount")).to_have_value("6\u202f500,50")
    expect(page.locator("#f_line1_amount")).to_have_value("5\u202f775,00")
    expect(page.locator("#f_line0_amount")).not_to_be_editable()
    hands.see("filing-quote-taken")
    hands.press("Enregistrer et continuer")
    page.wait_for_url("**/pieces/")
    _certificate(hands)
    hands.follow("Continuer", within=hands.main)
    hands.reads("Rien à déclarer pour ce volet")
    hands.follow("Continuer", within=hands.main)
    page.wait_for_url("**/relecture/")


def _certificate(hands: Hands) -> None:
    """Join the certificate of the company and give its date."""
    page = hands.page
    page.locator("#fichiers-regularity_certificate").set_input_files(paper("attestation-urssaf", NAME))
    card = page.locator(".dm-piece", has_text="attestation-urssaf.pdf")
    card.get_by_label("Daté du").fill((TODAY - 20 * DAY).isoformat())
    card.get_by_role("button", name="Enregistrer la date de attestation-urssaf.pdf").click()
    hands.reads("La date du document est enregistrée.")
