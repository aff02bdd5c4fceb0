"""Drives one demo dossier through its life by the acts that people do, at the dates it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from applications.management.demo.cast import COMPANIES, Cast, facts_of
from applications.management.demo.papers import paper
from applications.models import Dossier, DossierDocument, Invoice, Mission
from applications.services import closure, feedback, filing, filing_pieces, filing_start, mission_work
from applications.services.closure_checks import BPIFRANCE_ADDRESS
from applications.services.settlement import quote_of, settlement_of
from applications.services.signing import new_code
from applications.services.transitions import execute
from portal.accounts.models import User
from portal.clock import PARIS
from tariffs import catalogue

Json = dict[str, Any]
Kind = DossierDocument.Kind
ENGAGED = {"accuracy": True, "no_early_start": True, "availability": True, "transmission": True}
ROAD = (
    "draft",
    "submitted",
    "under_review",
    "approved",
    "contract_sent",
    "in_progress",
    "work_done",
    "closure_submitted",
    "payment_approved",
    "paid",
    "closed",
)


class Story:
    """One request of one company; `day` is the civil date of its next act."""

    def __init__(
        self, cast: Cast, company: str, volet: int, *, firm: str, lines: list[Json], day: date
    ) -> None:
        self.cast, self.day, self.volet, self.lines = cast, day, volet, lines
        self.part = COMPANIES[company]
        self.company, self.owner = cast.companies[company], cast.owners[company]
        self.firm, self.expert = cast.firms[firm], cast.experts[firm]
        self.officer: User = cast.staff["olivia" if volet in {1, 3, 5} else "karim"]
        self.dossier: Dossier = filing_start.start_dossier(
            company=self.company,
            volet=volet,
            actor=self.owner,
            now=self.now,
            today=day,
            device=self.company.devices.get(),
        )

    @property
    def now(self) -> datetime:
        """Ten in the morning of the day, in Paris."""
        return datetime.combine(self.day, time(10), tzinfo=PARIS)

    @property
    def mission(self) -> Mission:
        """The dossier's current mission."""
        return Mission.objects.select_related("dossier", "firm").get(dossier=self.dossier, is_current=True)

    def after(self, days: int) -> Story:
        """Let days pass."""
        self.day += timedelta(days=days)
        return self

    def act(self, name: str, actor: User | None, **inputs: Any) -> Story:
        """Do one act on the dossier as it is now."""
        self.dossier.refresh_from_db()
        execute(
            name,
            dossier=self.dossier,
            actor=actor,
            expected_version=self.dossier.version,
            now=self.now,
            **inputs,
        )
        self.dossier.refresh_from_db()
        return self

    # --- The draft
    def fill(self, upto: str = "declarations", *, after: str = "", **facts: Any) -> Story:
        """Fill the filing tasks in their order, after one of them and up to another."""
        tasks: list[tuple[str, Callable[..., object]]] = [
            ("entreprise", lambda: self._save(filing.save_company_facts, facts=self._facts(facts))),
            ("volet", self._volet),
            ("expert", lambda: self._save(filing.save_expert, firm=self.firm, now=self.now)),
            ("devis", self._quote),
            ("pieces", self._pieces),
            ("declarations", lambda: self._save(filing.save_declarations, declarations=self._declared())),
        ]
        names = [slug for slug, _ in tasks]
        first = names.index(after) + 1 if after else 0
        for _, task in tasks[first : names.index(upto) + 1]:
            task()
        self.dossier.refresh_from_db()
        return self

    def _facts(self, changes: Json) -> Json:
        return {**facts_of(self.part, self.day), **changes}

    def _save(self, save: Callable[..., object], **values: Any) -> None:
        self.dossier.refresh_from_db()
        save(
            self.dossier,
            actor=self.owner,
            expected_revision=self.dossier.revision,
            today=self.day,
            **values,
        )

    def _volet(self) -> None:
        device = self.company.devices.get()
        self._save(filing.choose_device, device=device)
        items = [line["item"] for line in self.lines]
        self._save(filing.confirm_volet, items=items, confirmed=True)

    def _quote(self) -> None:
        self._save(
            filing.save_quote_lines,
            lines=self.lines,
            issued_on=self.day - timedelta(days=8),
            signed=False,
        )
        words = [f"{line['item']} : {line['amount']} EUR HT" for line in self.lines]
        self._piece(Kind.QUOTE, "devis", f"Devis {self.firm.name}", *words)

    def _pieces(self) -> None:
        edition = self.dossier.edition or catalogue.edition_at(self.day).code  # type: ignore[union-attr]
        if edition == "2023":
            return
        if self.part.days_old > 365:
            issued = self.day - timedelta(days=20)
            self._piece(
                Kind.REGULARITY,
                "attestation",
                "Attestation de régularité fiscale et sociale",
                self.company.name,
                issued_on=issued,
                covers=["tax", "social"],
            )
        if self.part.days_old > 3 * 365:
            self._piece(Kind.TAX_RETURN, "liasse", "Liasse fiscale", self.company.name)

    def _piece(self, kind: str, name: str, title: str, *lines: str, **fields: Any) -> None:
        filing_pieces.add_document(
            self.dossier,
            actor=self.owner,
            kind=kind,
            file=paper(name, title, *lines),
            today=self.day,
            **fields,
        )

    def _declared(self) -> Json:
        return {
            "training_not_cumulated": True,
            "business_model_defined": True,
            "medical_committee": True,
        }

    # --- The main road
    def to(self, state: str) -> Story:
        """Take the main road to `state`, a few days between acts."""
        for reached in ROAD[ROAD.index(self.dossier.state) + 1 : ROAD.index(state) + 1]:
            getattr(self, f"_{reached}")()
        return self

    def _submitted(self) -> None:
        self.act("submit", self.owner, expected_revision=self.dossier.revision, **ENGAGED)

    def submit_anyway(self) -> Story:
        """File in spite of a failing condition."""
        revision = self.dossier.revision
        return self.act("submit", self.owner, expected_revision=revision, file_anyway=True, **ENGAGED)

    def _under_review(self) -> None:
        self.after(2).act("take", self.officer)

    def _approved(self) -> None:
        self.after(5).act("declare_conflict", self.expert, conflict_free=True)
        self.settle_reviews()
        self.act("approve", self.officer)
        if self.dossier.state == "under_review":
            self.act("approve", self.cast.staff["martine"])

    def settle_reviews(self) -> None:
        """Settle each finding left to a person's judgement."""
        findings = self.dossier.snapshots.latest("taken_at").evaluation["findings"]
        for finding in findings:
            if finding["status"] == "review":
                self.act(
                    "decide_finding",
                    self.officer,
                    rule=finding["rule"],
                    outcome="accepted",
                    motive="Vérifié sur pièces et par un échange avec l’entreprise.",
                )

    def _contract_sent(self) -> None:
        self.after(3).act("sign_for_bpifrance", self.cast.staff["martine"])
        self.act("send_contract", self.officer)

    def _in_progress(self) -> None:
        self.after(4)
        code = new_code(dossier=self.dossier, user=self.owner, act="sign", now=self.now)
        self.act("sign", self.owner, code=code, reauthenticated=True, evidence={"ip": "127.0.0.1"})

    def start(self) -> Story:
        """File the service contract and declare the start of work."""
        mission_work.record_service_contract(
            self.mission,
            file=paper("contrat-de-prestation", "Contrat de prestation", self.firm.name, self.company.name),
            signed_on=self.day,
            confidentiality=True,
            intellectual_property=True,
            actor=self.expert,
            now=self.now,
        )
        return self.after(1).act("start_work", self.expert, work_started_on=self.day)

    def _work_done(self) -> None:
        if self.mission.work_started_on is None:
            self.start()
        self.after(40).act("declare_work_done", self.expert, work_ended_on=self.day)

    def _closure_submitted(self) -> None:
        self.after(6)
        self.fill_closure()
        self.act("submit_closure", self.expert, report_given_on=self.day)

    def fill_closure(self) -> None:
        """File lines delivered, report, signed quote and invoices."""
        mission, quote = self.mission, quote_of(self.mission)
        assert quote is not None
        work = {"audited_from": mission.work_started_on, "audited_until": mission.work_ended_on}
        lines = [
            {
                "item": line.item,
                "delivered": line.amount,
                "report_reference": f"Section {rank}",
                "shortfall_reason": "",
                **(work if self.volet == 5 else {}),
            }
            for rank, line in enumerate(quote.lines.all(), start=1)
        ]
        seen = closure.delivered_fingerprint(mission)
        closure.save_delivered_lines(mission, lines=lines, seen=seen, actor=self.expert, now=self.now)
        for kind, name in ((Kind.FINAL_REPORT, "rapport-final"), (Kind.SIGNED_QUOTE, "devis-signe")):
            closure.add_closure_document(
                mission,
                kind=kind,
                file=paper(name, kind.label, self.company.name),
                actor=self.expert,
                now=self.now,
                issued_on=self.day,
                quote_number=quote.number,
            )
        shares = settlement_of(self.mission)
        self._invoice(Invoice.Addressee.COMPANY, shares["company_share"])
        self._invoice(Invoice.Addressee.BPIFRANCE, shares["bpifrance_share"])

    def _invoice(self, addressee: str, ht: Decimal) -> None:
        vat = (ht * Decimal("0.20")).quantize(Decimal("0.01"))
        to_bpifrance = addressee == Invoice.Addressee.BPIFRANCE
        number = f"{self.firm.pk}-{self.dossier.pk}-{'B' if to_bpifrance else 'E'}"
        addressed_to = BPIFRANCE_ADDRESS if to_bpifrance else self.company.name
        closure.add_invoice(
            self.mission,
            addressee=addressee,
            fields={
                "number": number,
                "issued_on": self.day,
                "ht": ht,
                "vat_rate": Decimal("20.00"),
                "vat": vat,
                "ttc": ht + vat,
                "acquitted_on": None if to_bpifrance else self.day,
                "addressed_to": addressed_to,
            },
            actor=self.expert,
            now=self.now,
            file=paper(f"facture-{number}", f"Facture {number}", addressed_to, f"{ht} EUR HT"),
        )

    def _payment_approved(self) -> None:
        self.after(3).act("confirm_restitution", self.owner, restitution_on=self.day)
        feedback.give_satisfaction(
            dossier=self.dossier,
            actor=self.owner,
            now=self.now,
            phase=feedback.WHOLE,
            score=3 + self.dossier.pk % 3,
        )
        self.after(1).act("certify_service", self.officer)
        self.after(1).act("approve_payment", self.cast.staff["claire"])

    def _paid(self) -> None:
        reference = f"VIR-{self.day:%Y%m%d}-{self.dossier.pk:04d}"
        self.after(4).act("mark_paid", self.cast.staff["paul"], reference=reference, paid_on=self.day)

    def _closed(self) -> None:
        recipients = [named.code for named in catalogue.get_edition(self.dossier.edition).report_recipients]
        self.after(5).act("forward_report", self.officer, recipients=recipients, sent_on=self.day)
        self.act("close", self.officer)
