"""A newcomer's acts, from the first simulation to the signed contract, whatever the screen and the fingers."""

import re
import time

from playwright.sync_api import Locator, expect
from stdnum import luhn

from tests.browser import bpifrance, expert
from tests.browser.company import PICKS, SHARE, TICKS, VOLET
from tests.browser.fingers import Pointer
from tests.browser.hats import DAY, TODAY, paper

PASSWORD = "Un-mot-de-passe-assez-long-7"
EXPERT = "Cyberius Audit"
FIGURES = {"headcount": "9", "turnover": "380 000", "balance_sheet": "900 000"}
CREATED = "2025-03-11"
AMOUNTS = {"amount_interoperability_strategy": "12 000", "amount_cybersecurity_strategy": "16 500,50"}
REASON = "L’effectif déclaré diffère de celui du registre : indiquez l’effectif en équivalent temps plein."
CERTIFICATE_REASON = "L’attestation jointe est celle d’un autre trimestre : joignez la dernière."


def siren_of(rank: int) -> str:
    """Return a SIREN nobody in the demo world has."""
    body = f"9{rank:07d}"
    return body + luhn.calc_check_digit(body)


class Newcomer:
    """One person who comes for the first time."""

    def __init__(self, hands: Pointer, rank: int, *, name: str, album: str) -> None:
        self.hands, self.page = hands, hands.page
        self.rank, self.name, self.album = rank, name, album
        self.email = f"jeanne{rank}@nova.exemple"
        self.pk = self.number = ""

    def field(self, name: str) -> Locator:
        return self.page.locator(f"#f_{name}")

    def see(self, what: str) -> None:
        """Look at the page; axe is a script, and never ends where scripts don't run."""
        if self.hands.scripts and self.hands.looks:
            self.hands.see(f"{self.album}-{what}")

    # --- Before an account
    def simulate(self) -> None:
        hands, page = self.hands, self.page
        hands.go("/")
        self.see("home")
        hands.follow("Vérifier mon éligibilité", within=page.locator("main"))
        hands.choose(self.field("device"), "dm.IIa")
        hands.tick(page.get_by_label(VOLET))
        self._call_for(self.field("digital_functions_0"))
        self._tick("digital_functions_0", "targets_0")
        self.see("simulator")
        self._onward("Suivant : l’entreprise")
        hands.date(self.field("created_on"), CREATED)
        for name, value in FIGURES.items():
            hands.fill(self.field(name), value)
        for name, value in PICKS.items():
            hands.choose(self.field(name), value)
        self._tick(*TICKS[2:], "holders_0")
        self._onward("Suivant : le devis")
        hands.choose(self.field("expert"), "accredited")
        for name, value in AMOUNTS.items():
            hands.fill(self.field(name), value)
        self._tick("quote_signed_1")
        self._onward("Suivant : la réponse")
        again = page.locator(".dm-simulator-actions").get_by_role("button", name="Calculer")
        if again.is_visible():
            hands.click(again)
        answer = page.locator("#answer")
        expect(answer.locator(".dm-verdict-head")).to_contain_text("Éligible")
        expect(answer.locator(".dm-verdict-share")).to_contain_text(SHARE)
        self.see("answer")

    def _call_for(self, awaited: Locator) -> None:
        """Wait for the questions that an answer calls for; without scripts, ask for them."""
        if not self.hands.scripts and not awaited.is_visible():
            again = self.page.locator(".dm-simulator-actions").get_by_role("button", name="Calculer")
            if again.is_visible():
                self.hands.click(again)
            else:
                self._onward("Suivant : l’entreprise")
                self._onward("Précédent")
        expect(awaited).to_be_visible()

    def _onward(self, label: str) -> None:
        """Go to another step, where the screen shows one at a time."""
        button = self.page.get_by_role("button", name=label, exact=True).locator("visible=true").first
        if button.is_visible():
            self.hands.click(button)

    def _tick(self, *names: str) -> None:
        for name in names:
            self.hands.tick(self.field(name))

    # --- The account and the company
    def sign_up(self) -> None:
        hands, page = self.hands, self.page
        hands.follow("Déposer cette demande")
        hands.follow("Créer un compte", within=page.locator("main"))
        hands.fill(page.locator("input[name=full_name]"), self.name)
        hands.fill(page.locator("input[name=email]"), self.email)
        hands.fill(page.locator("input[name=password1]"), PASSWORD)
        hands.fill(page.locator("input[name=password2]"), PASSWORD)
        self.see("sign-up")
        hands.press("Créer mon compte")
        hands.reads("adresse")
        hands.go(self._link())
        hands.click(page.locator("main button[type=submit]").first)

    def _link(self) -> str:
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            for mail in self.hands.portal.mails_to(self.email):
                found = re.search(r"http\S+confirm-email\S+", mail)
                if found:
                    return found.group()
            time.sleep(0.3)
        raise AssertionError("No link came.")

    def register(self) -> None:
        """The simulation is not lost on the way: the request opens with it."""
        hands, page = self.hands, self.page
        hands.fill(page.get_by_label("Numéro"), siren_of(self.rank))
        self.see("company-number")
        hands.press("Continuer")
        hands.fill(page.get_by_label("Raison sociale"), f"Nova Santé {self.rank}")
        hands.press("Créer l’espace")
        hands.reads("Les réponses de votre simulation seront reprises")
        expect(page.get_by_label(VOLET)).to_be_checked()
        hands.press("Ouvrir la demande")
        hands.badge("À compléter et à déposer")
        found = re.search(r"/demandes/(\d+)/", page.url)
        assert found, page.url
        self.pk = found.group(1)
        self.see("tasks")

    # --- Filing
    def step(self, slug: str) -> None:
        self.hands.go(f"/demandes/{self.pk}/dossier/{slug}/")

    def fill_in(self) -> None:
        hands, page = self.hands, self.page
        self.step("entreprise")
        expect(self.field("headcount")).to_have_value("9")
        hands.fill(self.field("equity"), "450 000")
        hands.fill(self.field("subscribed_capital"), "500 000")
        hands.press("Enregistrer et continuer")
        hands.fill(self.field("name"), "NovaPatch")
        hands.tick(self.field("ce_marking_1"))
        hands.press("Enregistrer et continuer")
        for item in ("Stratégie d’interopérabilité", "Stratégie de cybersécurité"):
            hands.tick(page.get_by_label(item, exact=True))
        hands.tick(page.get_by_label("Je confirme que ma demande porte sur ce volet."))
        hands.press("Enregistrer et continuer")
        hands.tick(page.get_by_label(EXPERT))
        hands.press("Enregistrer et continuer")
        self._quote()
        self._certificate("attestation-urssaf", days=20)
        self.see("pieces")

    def _quote(self) -> None:
        hands = self.hands
        self._join("quote", paper("devis-cyberius", "Cyberius Audit"))
        hands.date(self.field("issued_on"), (TODAY - 8 * DAY).isoformat())
        hands.tick(self.field("signed_1"))
        expect(self.field("line1_amount")).to_have_value("16\u202f500,50")
        self.see("quote")
        hands.press("Enregistrer et continuer")

    def _join(self, kind: str, *files: dict[str, object]) -> None:
        """Choose files for a piece: sent at once with scripts, by the button without."""
        page = self.page
        more = page.locator(f"details#ajouter-{kind}:not([open])")
        if more.count():
            self.hands.click(more.locator("summary"))
        self.hands.attach(page.locator(f"#fichiers-{kind}"), list(files))
        if not self.hands.scripts:
            self.hands.click(page.locator(f"#zone-{kind}").get_by_role("button", name="Joindre", exact=True))
        for file in files:
            expect(page.locator(f"#piece-{kind} .dm-files")).to_contain_text(str(file["name"]))

    def _certificate(self, name: str, *, days: int) -> None:
        hands, page = self.hands, self.page
        self._join("regularity_certificate", paper(name, "Nova Santé"))
        row = page.locator("#piece-regularity_certificate li", has_text=f"{name}.pdf")
        hands.date(row.locator("input[name=issued_on]"), (TODAY - days * DAY).isoformat())
        confirm = re.compile(f"(Enregistrer la|Confirmer cette) date de {name}.pdf")
        hands.click(row.get_by_role("button", name=confirm))
        hands.reads("La date du document est enregistrée.")

    def submit(self) -> None:
        hands, page = self.hands, self.page
        self.step("relecture")
        for box in page.locator(".dm-submit input[type=checkbox]").all():
            hands.tick(box)
        self.see("review")
        hands.press("Déposer ma demande")
        hands.badge("Déposée, en attente d’un chargé d’affaires")
        found = re.search(r"sous le numéro (\S+)\.", page.locator(".dm-messages").inner_text())
        assert found
        self.number = found.group(1)
        self.see("filed")

    # --- Afterwards
    def mend(self) -> None:
        """Answer the completion request: what is named is open, the rest is sealed."""
        hands = self.hands
        hands.go(f"/demandes/{self.pk}/dossier/")
        hands.reads("Bpifrance vous demande de compléter votre dossier")
        self.see("completion")
        self.step("entreprise")
        hands.reads(REASON)
        expect(self.field("headcount")).to_be_editable()
        expect(self.field("turnover")).not_to_be_editable()
        hands.fill(self.field("headcount"), "11")
        self.see("mend")
        here = hands.page.url
        hands.press("Enregistrer et continuer")
        # The answer leads on: another address asked meanwhile would cut it.
        hands.page.wait_for_url(lambda url: url != here)
        self.step("pieces")
        hands.reads(CERTIFICATE_REASON)
        self._certificate("attestation-du-trimestre", days=3)
        self.step("relecture")
        hands.press("Déposer le complément")
        hands.badge("En cours d’étude")

    def name_signatory(self) -> None:
        hands, page = self.hands, self.page
        hands.go("/entreprise/")
        hands.follow("Signataires", within=page.locator("main"))
        hands.follow("Ajouter un signataire", within=page.locator("main"))
        person = page.locator("select[name=person]")
        value = person.locator("option").nth(1).get_attribute("value")
        assert value
        hands.choose(person, value)
        hands.fill(page.locator("input[name=capacity]"), "présidente")
        hands.tick(page.get_by_label("Représentant légal"))
        hands.press("Enregistrer le signataire")
        hands.reads(self.name)

    def sign(self) -> None:
        hands, page = self.hands, self.page
        hands.go(f"/demandes/{self.pk}/")
        hands.badge("Contrat à signer")
        self.see("to-sign")
        hands.follow("Lire et signer", within=page.locator("main"))
        identity = page.get_by_role("button", name="Confirmer mon identité", exact=True)
        expect(identity.or_(page.get_by_role("button", name="Recevoir un code", exact=True))).to_be_visible()
        if identity.count():
            hands.click(identity)
            hands.fill(page.locator("input[type=password]"), PASSWORD)
            hands.click(page.locator("main form button[type=submit]").first)
        hands.press("Recevoir un code")
        hands.reads("Un code à six chiffres vient d’être envoyé")
        hands.fill(page.get_by_label("Code reçu par courriel"), hands.portal.code_sent_to(self.email))
        hands.tick(page.get_by_label("J’ai lu le document"))
        self.see("sign")
        hands.press("Signer")
        hands.badge("Prestation en cours")

    def follow(self) -> None:
        self.hands.go(f"/demandes/{self.pk}/")
        self.hands.reads("Contrat signé")
        self.see("follow")
        self.hands.go("/entreprise/")
        self.see("passport")


def ask_for_completion(desk: Pointer, person: Newcomer) -> None:
    """The officer takes the request and asks for one field and one document."""
    bpifrance.take(desk, person.number)
    page = desk.page
    page.locator("main").get_by_role("link", name="Demander un complément", exact=True).first.click()
    for name, reason in (
        ("entreprise__headcount", REASON),
        ("pieces__regularity_certificate", CERTIFICATE_REASON),
    ):
        field = page.locator(f"[name='{name}']")
        part = page.locator("details.dm-part", has=field)
        if part.get_attribute("open") is None:
            part.locator("summary").click()
        field.fill(reason)
    page.locator("main form").get_by_role("button", name="Envoyer la demande").click()
    desk.badge("Complément demandé")


def decide(desk: Pointer, person: Newcomer) -> None:
    """The officer reads the differences, then everybody at Bpifrance and the expert do their part."""
    bpifrance.desk(desk, bpifrance.OFFICER, person.pk, "En instruction")
    desk.see("officer-differences")
    expert.declare_no_conflict(desk, person.number)
    bpifrance.approve(desk, person.pk)
    bpifrance.sign_and_send(desk, person.pk)
