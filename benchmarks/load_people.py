"""What people do in benchmarks/load.py: companies, officers and experts read, type, join files, take PDFs, think."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from benchmarks.load_browser import PDF, Browser, Forms, Measures, WrongAnswerError
from tests.portal.documents.makers import written

Act = Callable[[], object]
Fields = list[tuple[str, str]]

DOCUMENT = re.compile(r'href="(/documents/[0-9a-f-]{36}/)"')
PREVIEW = re.compile(r'hx-get="(/documents/[0-9a-f-]{36}/apercu/)')
PAGE = re.compile(r'src="(/documents/[0-9a-f-]{36}/apercu/\d+/)')
REMOVAL = re.compile(r'action="(/demandes/\d+/dossier/pieces/\d+/retirer/)"')
SEEN = re.compile(r"hx-vals='\{\"version\": (\d+), \"head\": (\d+), \"note\": (\d+)\}'")
THINKING = (4.0, 12.0)
# Two files of their own stand in the draft; a request holds twenty.
MOST_FILES = 6
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LETTER_LINES = [
    f"Ligne {number} d'une pièce comme il en vient tant, avec ce qu'il faut." for number in range(45)
]


def filled(fields: Fields, **texts: str) -> Fields:
    """Return what a form sends once these fields are typed; a prefix of the form does not matter."""
    return [(name, texts.get(name.rpartition("-")[2], text)) for name, text in fields]


def simulation(dice: random.Random) -> str:
    """Return the address of a simulation that has an answer, nobody else's."""
    answers = {
        "volet": "1",
        "device": "dm.IIa",
        "legal_form": "5710",
        "registered_in": "FR",
        "created_on": "2022-03-01",
        "headcount": str(dice.randint(2, 240)),
        "turnover": "850 000",
        "in_difficulty": "non",
        "tax_and_social_up_to_date": "oui",
        "holders": "none",
        "expert": "accredited",
        "amount_qms_support": str(dice.randint(8_000, 60_000)),
        "quote_signed": "non",
    }
    return urlencode(answers)


class Person(Browser):
    """One person: who they are, what they do over and over, and how long they think between two acts."""

    home = ""

    def __init__(self, number: int, walk: dict[str, Any], port: int, measures: Measures) -> None:
        super().__init__(number, port, measures)
        self.walk = walk

    def acts(self) -> list[Act]:
        """Return what a person does, each act as often as it is done."""
        raise NotImplementedError

    def live(self, until: float, ramp: float) -> None:
        """Come some time within the ramp, sign in, then act and think until the end, and sign out."""
        time.sleep(self.dice.uniform(0, ramp))
        # An act that went wrong is counted where it did; the person goes on.
        with suppress(WrongAnswerError):
            self.sign_in(str(self.walk["email"]), says=self.home)
            acts = self.acts()
            while time.monotonic() < until:
                self._try(self.dice.choice(acts))
                time.sleep(self.dice.uniform(*THINKING))
            self.send("sign out", "/compte/logout/", [])

    def _try(self, act: Act) -> None:
        try:
            act()
        except WrongAnswerError:
            pass
        except Exception as slip:  # noqa: BLE001 whatever it is, it must be told in the table
            self.measures.blame(
                "the benchmark itself", f"{type(slip).__name__}: {slip}", getattr(act, "__name__", "")
            )

    # --- What anybody does
    def reads_inbox(self) -> None:
        """Read the inbox."""
        self.ask("inbox", "/notifications/", says="Notifications")

    def simulates(self) -> None:
        """Simulate, with answers of one's own."""
        self.ask("simulator", f"/simulateur/?{simulation(self.dice)}", says="Règle par règle")

    def takes_simulation(self) -> None:
        """Take a simulation as a PDF."""
        self.ask("simulation PDF", f"/simulateur/pdf/?{simulation(self.dice)}", kind=PDF)

    def takes_letter(self, name: str, page: str) -> None:
        """Open a page and take one of its letters or files."""
        found = DOCUMENT.findall(self.ask(name, page, says=self.walk["number"]).text)
        if not found:
            self.measures.blame("letter or file", "the page leads to no file", page)
            return
        self.ask("letter or file", self.dice.choice(found), kind=PDF)

    def writes(self, name: str, page: str, address: str, opened: str, **more: str) -> None:
        """Write a message from a page, and find it there."""
        fields = Forms(self.ask(opened, page, says=self.walk["number"]).text).sent_to(address)
        said = f"Un mot sur le point {self.dice.random():.9f}."
        sent = [pair for pair in filled(fields, body=said) if pair[0] not in more] + list(more.items())
        self.follow(opened, self.send(name, address, sent), says=said)


class CompanyPerson(Person):
    """The owner of a company: follows a dossier, fills a draft, joins files."""

    home = "Mes demandes"
    headcount, joined = "", 0

    def acts(self) -> list[Act]:
        """Return what a company does."""
        page = f"/demandes/{self.walk['dossier']}/"
        return [
            *[lambda: self.ask("company home", "/entreprise/", says=self.walk["company"])] * 3,
            *[lambda: self.ask("company dossier", page, says=self.walk["number"])] * 3,
            *[self.saves_draft] * 3,
            *[self.joins_file] * 2,
            *[lambda: self.takes_letter("company dossier", page)] * 2,
            lambda: self.writes("message", page, f"{page}message/", "company dossier"),
            self.sees_pages,
            self.simulates,
            self.takes_simulation,
            self.reads_inbox,
        ]

    @property
    def draft(self) -> str:
        """The address of the draft."""
        return f"/demandes/{self.walk['draft']}/dossier/"

    def saves_draft(self) -> None:
        """Open a step of the draft, where the last answer stands, change it, save."""
        step = f"{self.draft}entreprise/"
        page = self.ask(
            "draft step", step, says=f'value="{self.headcount}"' if self.headcount else "headcount"
        )
        self._tells_presence("entreprise")
        self.headcount = str(self.dice.randint(2, 200))
        fields = filled(Forms(page.text).longest(), headcount=self.headcount)
        self.follow("draft, next step", self.send("draft saved", step, fields))

    def _tells_presence(self, step: str) -> None:
        """Say that the step is open, as its page does by itself."""
        told = [("step", step), self.token()]
        self.ask("presence", f"{self.draft}presence/", data=told, headers={"HX-Request": "true"})

    def joins_file(self) -> None:
        """Join a file to the draft; take one out where there are many."""
        step = f"{self.draft}pieces/"
        page = self.ask("pieces", step, says="Pièces facultatives").text
        removals = REMOVAL.findall(page)
        if len(removals) >= MOST_FILES:
            self.follow("pieces", self.send("file removed", removals[-1], []), says="La pièce est retirée.")
            return
        self.joined += 1
        name = f"piece-{self.joined}.pdf"
        content = written(*LETTER_LINES, f"{self.walk['email']} {self.joined}")
        kinds = [("kind", "other")]
        files = [("files", (name, content, PDF))]
        self.follow("pieces", self.send("file joined", f"{step}ajouter/", kinds, files=files), says=name)

    def sees_pages(self) -> None:
        """Look at the pages of a file that was joined, drawn by a worker."""
        found = PREVIEW.findall(self.ask("pieces", f"{self.draft}pieces/", says="Pièces facultatives").text)
        if found:
            shown = self.ask("preview", self.dice.choice(found), headers={"HX-Request": "true"})
            for picture in PAGE.findall(shown.text)[:1]:
                self.ask("page picture", picture, kind="image/png")


class OfficerPerson(Person):
    """An officer: reads lists and dossiers, writes notes and messages, takes exports and reading copies."""

    home = "Aujourd’hui"
    LISTS = ("vue=all", "vue=mine", "vue=late", "vue=all&q=patch")

    def acts(self) -> list[Act]:
        """Return what an officer does."""
        page = f"/gestion/dossiers/{self.walk['dossier']}/"
        return [
            *[self.reads_list] * 4,
            *[self.reads_dossier] * 4,
            *[lambda: self.ask("morning queue", "/gestion/aujourd-hui/", says=self.home)] * 2,
            *[lambda: self.takes_letter("officer dossier", page)] * 2,
            lambda: self.writes("note", page, f"{page}notes/", "officer dossier"),
            lambda: self.writes("message", page, f"{page}messages/", "officer dossier", thread="company"),
            self.takes_copy,
            self.takes_export,
            self.reads_inbox,
        ]

    def reads_list(self) -> None:
        """Read one of the lists."""
        self.ask("work list", f"/gestion/?{self.dice.choice(self.LISTS)}", says="Filtres, tri et colonnes")

    def reads_dossier(self) -> None:
        """Read a dossier down to its end; its page asks for the rest by itself."""
        path, asked = f"/gestion/dossiers/{self.walk['dossier']}/", {"HX-Request": "true"}
        page = self.ask("officer dossier", path, says=self.walk["number"]).text
        if seen := SEEN.search(page):
            told = [*zip(("version", "head", "note"), seen.groups(), strict=True), self.token()]
            self.ask("presence", f"{path}presence/", data=told, headers=asked)
        else:
            self.measures.blame("presence", "the page does not say what it showed", path)
        self.ask("signals", f"{path}signaux/", headers=asked)
        self.ask("other dossiers", f"{path}autres/", headers=asked)

    def takes_copy(self) -> None:
        """Take a reading copy, with one's name across its pages."""
        path = f"/gestion/dossiers/{self.walk['dossier']}/"
        found = DOCUMENT.findall(self.ask("officer dossier", path, says=self.walk["number"]).text)
        if found:
            self.ask("reading copy", f"{self.dice.choice(found)}copie/", kind=PDF)

    def takes_export(self) -> None:
        """Export one's own dossiers to a spreadsheet."""
        address = "/gestion/exports/nouveau/dossiers/?vue=mine"
        page = self.ask("export form", address, says="Colonnes")
        fields = filled(Forms(page.text).longest(), format="xlsx")
        self.send("export", address, fields, status=200, kind=XLSX)


class ExpertPerson(Person):
    """An expert: follows a mission, writes a quote and to Bpifrance."""

    home = "Missions"

    def acts(self) -> list[Act]:
        """Return what an expert does."""
        page = f"/expert/missions/{self.walk['mission']}/"
        return [
            *[lambda: self.ask("expert home", "/expert/", says=self.walk["number"])] * 3,
            *[lambda: self.ask("mission", page, says=self.walk["number"])] * 3,
            *[self.makes_quote] * 3,
            *[lambda: self.takes_letter("mission", page)] * 2,
            lambda: self.writes("message", page, f"{page}message/", "mission"),
            self.simulates,
            self.reads_inbox,
        ]

    def makes_quote(self) -> None:
        """Go on with the answer to a request: change its words, save, and find them there."""
        begun = self.send("quote begun", f"/expert/devis/{self.walk['invitation']}/rediger/", [])
        page = self.follow("quote form", begun, says="Votre devis")
        method = f"Un audit à blanc, puis vos procédures, en {self.dice.random():.9f} étapes."
        fields = filled(Forms(page.text).longest(), method=method)
        self.follow("quote form", self.send("quote saved", begun.headers["Location"], fields), says=method)


ROLES: dict[str, type[Person]] = {
    "company": CompanyPerson,
    "officer": OfficerPerson,
    "expert": ExpertPerson,
}
