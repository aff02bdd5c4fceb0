"""The demo world's dossiers: one at least in every state, over both editions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from applications.management.demo import offers, room
from applications.management.demo.cast import Cast, engage
from applications.management.demo.sentences import write_sentences
from applications.management.demo.story import Story
from applications.models import Dossier, Message
from applications.services import filing_start, notes, talk
from applications.services.assignment import rules
from applications.services.envelopes import open_envelope
from applications.services.records import record_used_volet
from applications.services.sweeps import sweep
from portal import clock
from portal.clock import PARIS

MOTIVE = "Le dossier ne répond pas à la condition citée, après échange avec l’entreprise."
QMS = [{"item": "qms_support", "amount": "32000.00"}, {"item": "qms_training", "amount": "6000.00"}]
QMS_SMALL = [{"item": "qms_support", "amount": "18000.00"}]
FILE = [{"item": "ce_technical_file", "amount": "48500.00"}, {"item": "travel", "amount": "1200.00"}]
FILE_BIG = [
    {"item": "ce_technical_file", "amount": "96000.00"},
    {"item": "ce_clinical_protocol", "amount": "9500.00"},
]
PROTOCOL = [{"item": "clinical_protocol", "amount": "14000.00"}]
STRATEGY = [
    {"item": "interoperability_strategy", "amount": "12000.00"},
    {"item": "cybersecurity_strategy", "amount": "16500.00"},
]
AUDITS = [
    {"item": "configuration_audit", "amount": "8500.00", "complexity": "medium"},
    {"item": "code_audit", "amount": "12500.00", "complexity": "medium"},
    {"item": "penetration_test", "amount": "9999.99", "complexity": "medium"},
]


class World:
    """Builds the world around `now`; every date is relative to it."""

    def __init__(self, now: datetime) -> None:
        self.now, self.today = now, clock.civil_date(now)
        self.cast: Cast = engage(now)
        open_envelope(
            code="FR2030-DM",
            label="France 2030, Diagnostic Dispositif Médical",
            amount=Decimal("12000000.00"),
            actor=self.cast.staff["martine"],
            now=now,
        )

    def ago(self, days: int) -> date:
        """Return the civil date `days` days before today."""
        return self.today - timedelta(days=days)

    def story(self, company: str, volet: int, firm: str, lines: list[dict[str, Any]], days: int) -> Story:
        """Start the request of a company, `days` days ago."""
        return Story(
            self.cast, company, volet, firm=firm, lines=[dict(line) for line in lines], day=self.ago(days)
        )

    def build(self) -> None:
        """Tell every story, then let the calendar run to today."""
        for tell in (self._on_the_way, self._ended, self._closures, self._edition_2023, self._around):
            tell()
        self._live()
        self._rules()
        offers.answered(self.cast, now=self.now)

    def _on_the_way(self) -> None:
        self.story("cardiolog", 4, "cyberius", STRATEGY, 3).fill(upto="expert")
        self.story("cardiolog", 1, "qualimed", QMS, 6).fill().to("submitted")
        review = self.story("motilib", 4, "cyberius", STRATEGY, 12).fill().to("under_review")
        self._talk(review)
        self.story("ostea", 2, "regulis", FILE_BIG, 14).fill().to("under_review")
        self._incomplete(self.story("biotrace", 1, "qualimed", QMS_SMALL, 20).fill())
        self.story("genolis", 2, "regulis", FILE, 24).fill().to("approved")
        self.story("valvea", 3, "qualimed", PROTOCOL, 26).fill().to("contract_sent")
        room.tell(self.story("serenite", 5, "cyberius", AUDITS, 70))
        self.story("motilib", 5, "cyberius", AUDITS, 190).fill().to("in_progress").start()
        self.story("dermaly", 1, "qualimed", QMS, 45).fill().to("in_progress")
        self.story("lagoon", 2, "regulis", FILE, 5).fill().to("submitted")
        self.story("serenite", 4, "pentalis", STRATEGY, 9).fill().to("under_review")

    def _incomplete(self, story: Story) -> None:
        story.to("under_review").after(3).act(
            "request_completion",
            story.officer,
            items=[
                {
                    "step": "pieces",
                    "target": "regularity_certificate",
                    "reason": "L’attestation fournie ne couvre pas les cotisations sociales.",
                },
                {
                    "step": "devis",
                    "target": "",
                    "reason": "Le devis doit détailler les jours prévus pour chaque poste.",
                },
            ],
            message="Merci de votre demande, presque complète.",
        )

    def _talk(self, story: Story) -> None:
        now = story.now
        talk.post_message(
            dossier=story.dossier,
            author=story.officer,
            thread=Message.Thread.COMPANY,
            body="Bonjour, pourriez-vous me confirmer la date prévue de votre dépôt à la LATM ?",
            now=now,
        )
        talk.post_message(
            dossier=story.dossier,
            author=story.owner,
            thread=Message.Thread.COMPANY,
            body="Bonjour, nous visons le premier trimestre. Bien à vous.",
            now=now + timedelta(hours=3),
        )
        notes.write(
            dossier=story.dossier,
            author=story.officer,
            body="Projet solide. Vérifier la cible LATM avec l’ANS avant de décider.",
            now=now,
            expected_version=story.dossier.version,
            seen=0,
        )

    def _ended(self) -> None:
        rejected = self.story("respira", 1, "qualimed", QMS, 50).fill().submit_anyway()
        rejected.after(2).act("take", rejected.officer)
        rules = ["company.not_in_difficulty"]
        rejected.after(4).act("reject", rejected.officer, rules=rules, motive=MOTIVE)
        lonely = self.story("neurovia", 2, "regulis", FILE_BIG, 40).fill().submit_anyway()
        lonely.after(1).act("take", lonely.officer)
        lonely.after(3).act("reject", lonely.officer, rules=["company.autonomy"], motive=MOTIVE)
        reviewed = self.story("neurovia", 1, "qualimed", QMS, 60).fill().submit_anyway()
        reviewed.after(1).act("take", reviewed.officer)
        reviewed.after(3).act("reject", reviewed.officer, rules=["company.autonomy"], motive=MOTIVE)
        contest = "Le groupe cité ne détient plus que 20 % du capital depuis l’augmentation de mars."
        reviewed.after(10).act("request_review", reviewed.owner, motive=contest)
        withdrawn = self.story("dermaly", 2, "regulis", FILE, 30).fill().to("submitted")
        withdrawn.after(3).act("withdraw", withdrawn.owner, motive="Le calendrier du projet a changé.")
        self._incomplete(self.story("dermaly", 3, "qualimed", PROTOCOL, 75).fill())
        self.story("ostea", 3, "qualimed", PROTOCOL, 80).fill().to("contract_sent")
        cancelled = self.story("valvea", 2, "regulis", FILE_BIG, 140).fill().to("in_progress")
        cancelled.after(20).act("request_cancellation", cancelled.owner, motive="Le projet est arrêté.")
        cancelled.after(2).act("cancel", self.cast.staff["martine"], motive="À la demande de l’entreprise.")
        self.story("cardiolog", 5, "cyberius", AUDITS, 300).fill().to("in_progress")

    def _closures(self) -> None:
        self.story("biotrace", 2, "regulis", FILE, 62).fill().to("work_done")
        self.story("genolis", 1, "qualimed", QMS, 90).fill().to("closure_submitted")
        wrong = self.story("seralia", 1, "qualimed", QMS, 110).fill().to("closure_submitted")
        wrong.after(3).act(
            "request_corrections",
            wrong.officer,
            items=[{"target": "final_report", "reason": "Le rapport ne rend pas compte de la formation."}],
        )
        held = self.story("seralia", 3, "qualimed", PROTOCOL, 95).fill().to("closure_submitted")
        held.after(2).act("contest_restitution", held.owner, motive="La présentation n’a pas eu lieu.")
        self.story("ostea", 1, "qualimed", QMS, 120).fill().to("payment_approved")
        self.story("valvea", 1, "qualimed", QMS, 130).fill().to("paid")
        self.story("seralia", 2, "regulis", FILE, 200).fill().to("closed")
        self.story("lagoon", 1, "qualimed", QMS_SMALL, 230).fill().to("closed")

    def _edition_2023(self) -> None:
        days = (self.today - date(2024, 3, 4)).days
        # The company was sound at the time.
        then: dict[str, Any] = {"equity": "450000.00", "in_difficulty": False, "created_on": "2022-02-01"}
        self.story("respira", 2, "regulis", FILE, days).fill(**then).to("closed")
        self.story("respira", 3, "qualimed", PROTOCOL, days - 30).fill(**then).to("approved")

    def _around(self) -> None:
        record_used_volet(
            company=self.cast.companies["genolis"],
            volet=3,
            edition="2023",
            used_on=date(2023, 11, 15),
            origin="Dossier traité avant l’ouverture du portail",
            actor=self.cast.staff["karim"],
            now=self.now,
        )
        cardiolog = self.cast.companies["cardiolog"]
        cardiolog.refresh_from_db(fields=["facts"])  # what it told in its first requests
        filing_start.start_dossier(
            company=cardiolog,
            volet=3,
            actor=self.cast.owners["cardiolog"],
            now=self.now,
            today=self.today,
        )

    def _rules(self) -> None:
        """Write rules of assignment and leave them suspended: who takes a dossier is each visitor's own choice."""
        staff, martine = self.cast.staff, self.cast.staff["martine"]
        team = [staff["karim"], staff["olivia"]]
        nothing: dict[str, Any] = {"volets": [], "regions": [], "ceiling": None}
        for name, officers, asked in (
            ("Cybersécurité (volets 4 et 5)", [staff["karim"]], {"volets": [4, 5], "ceiling": 12}),
            ("Grand Ouest", [staff["olivia"]], {"regions": ["Bretagne", "Normandie", "Pays de la Loire"]}),
            ("Toute l’équipe", team, {}),
        ):
            wanted = nothing | asked
            rules.save(None, name=name, officers=officers, actor=martine, now=self.now, **wanted)
        rules.switch_all(on=False, actor=martine, now=self.now)

    def _live(self) -> None:
        """Let each day since the first request pass once, as the scheduler would have done."""
        days = max((self.today - date(2024, 3, 1)).days, 0)
        for past in range(days, 0, -1):
            day = self.ago(past)
            sweep(now=datetime.combine(day, time(7), tzinfo=PARIS), today=day)
        sweep(now=self.now, today=self.today)


def build_world(now: datetime, say: Callable[[str], object]) -> None:
    """Build the whole demo world around `now` and say what it holds."""
    world = World(now)
    world.build()
    write_sentences(world.cast.staff["martine"], now)
    states = Dossier.objects.order_by("state").values_list("state", flat=True).distinct()
    say(f"{Dossier.objects.count()} dossiers in {len(set(states))} states.")
