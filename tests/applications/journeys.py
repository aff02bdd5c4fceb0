"""Drives a dossier through the table to any of its states, by the acts that people do."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from applications.models import (
    Contract,
    DeliveredLine,
    Dossier,
    DossierDocument,
    Envelope,
    Invoice,
    Mission,
    ServiceContract,
)
from applications.services.closure_checks import BPIFRANCE_ADDRESS
from applications.services.settlement import quote_of, settlement_of
from applications.services.signing import new_code, open_amendment
from applications.services.transitions import Outcome, execute
from portal import clock
from portal.accounts.models import User
from tests.applications import factories as f

MOTIVE = "Un motif assez long pour être lu."
ENGAGED = {"accuracy": True, "no_early_start": True, "availability": True, "transmission": True}
MAIN_ROAD = (
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


SIDE_ROADS = (
    "incomplete",
    "rejected",
    "withdrawn",
    "abandoned",
    "cancelled",
    "lapsed",
    "closure_incomplete",
)


def open_envelope(amount: str = "10000000.00") -> Envelope:
    """Return the open envelope, made when there is none."""
    envelope = Envelope.objects.filter(is_open=True).first()
    return envelope or Envelope.objects.create(code="FR2030", label="France 2030", amount=Decimal(amount))


class Journey:
    """A dossier and the people around it. `now` is the instant of the next act; `day` moves it."""

    def __init__(self, dossier: Dossier | None = None, *, now: datetime | None = None, **fields: Any) -> None:
        self.now = now or clock.now()
        self.dossier: Dossier = dossier or f.DossierFactory(**fields)
        self.owner: User = f.owner_of(self.dossier.company)
        assert self.dossier.firm is not None
        self.expert: User = f.owner_of(self.dossier.firm)
        self.officer: User = f.OfficerFactory()
        self.manager: User = f.ManagerFactory(delegated=True)
        self.controller: User = f.ControllerFactory()
        self.payer: User = f.ControllerFactory()
        open_envelope()

    @property
    def today(self) -> date:
        """The civil date of the next act."""
        return clock.civil_date(self.now)

    @property
    def mission(self) -> Mission:
        """The current mission."""
        return Mission.objects.get(dossier=self.dossier, is_current=True)

    def day(self, days: int = 1) -> Journey:
        """Let `days` civil days pass, the hour in Paris staying what it was."""
        self.now = self.now.astimezone(clock.PARIS) + timedelta(days=days)
        return self

    def act(self, name: str, actor: User | None, **inputs: Any) -> Outcome:
        """Do one act on the dossier as it is now."""
        self.dossier.refresh_from_db()
        inputs = {"expected_version": self.dossier.version, "now": self.now, **inputs}
        outcome = execute(name, dossier=self.dossier, actor=actor, **inputs)
        self.dossier.refresh_from_db()
        return outcome

    def to(self, state: str) -> Journey:
        """Take the main road to `state`, or from where it leaves it the side road."""
        if state in SIDE_ROADS:
            getattr(self, f"_{state}")()
            assert self.dossier.state == state, (self.dossier.state, state)
            return self
        for reached in MAIN_ROAD[MAIN_ROAD.index(self.dossier.state) + 1 : MAIN_ROAD.index(state) + 1]:
            getattr(self, f"_{reached}")()
            assert self.dossier.state == reached, (self.dossier.state, reached)
        return self

    def _submitted(self) -> None:
        self.act("submit", self.owner, expected_revision=self.dossier.revision, **ENGAGED)

    def _under_review(self) -> None:
        self.act("take", self.officer)

    def _approved(self) -> None:
        outcome = self.act("approve", self.officer)
        if outcome.pending is not None:
            self.act("approve", self.manager)

    def _contract_sent(self) -> None:
        self.act("declare_conflict", self.expert, conflict_free=True)
        self.act("sign_for_bpifrance", self.manager)
        self.act("send_contract", self.officer)

    def code(self) -> str:
        """Return a fresh one-time code for what the owner has to sign: the amendment if one is open."""
        act = "amend" if open_amendment(self.dossier) is not None else "sign"
        return new_code(dossier=self.dossier, user=self.owner, act=act, now=self.now)

    def _in_progress(self) -> None:
        if not Contract.objects.filter(dossier=self.dossier).exists():
            self.act("sign_for_bpifrance", self.manager)
        self.act("sign", self.owner, code=self.code(), reauthenticated=True, evidence={"ip": "127.0.0.1"})

    def file_service_contract(self, mission: Mission | None = None) -> None:
        """File the contract between expert and company."""
        mission = mission or self.mission
        ServiceContract.objects.create(
            mission=mission,
            document=f.DocumentFactory(organisation=mission.firm.organisation),
            signed_on=self.today,
            confidentiality=True,
            intellectual_property=True,
            recorded_by=self.expert,
            recorded_at=self.now,
        )

    def _work_done(self) -> None:
        if self.mission.work_started_on is None:
            self.file_service_contract()
            self.act("start_work", self.expert, work_started_on=self.today)
        self.day(30)
        self.act("declare_work_done", self.expert, work_ended_on=self.today)

    def fill_closure(self, mission: Mission | None = None, **delivered: Decimal) -> None:
        """File every closure document; each contracted item delivered in full unless given."""
        mission = mission or self.mission
        quote = quote_of(mission)
        assert quote is not None
        for line in quote.lines.all():
            amount = delivered.get(line.item, line.amount)
            DeliveredLine.objects.create(
                mission=mission,
                item=line.item,
                delivered=amount,
                report_reference="§ 3",
                shortfall_reason="Moins de travail que prévu." if amount < line.amount else "",
                audited_from=self.today,
                audited_until=self.today,
            )
        for kind in (DossierDocument.Kind.FINAL_REPORT, DossierDocument.Kind.SIGNED_QUOTE):
            signed = kind == DossierDocument.Kind.SIGNED_QUOTE
            confirmed = {"quote_number": quote.number, "lines_hash": quote.lines_hash} if signed else {}
            f.DossierDocumentFactory(
                dossier=self.dossier, mission=mission, kind=kind, issued_on=self.today, **confirmed
            )
        settlement = settlement_of(Mission.objects.get(pk=mission.pk))
        self.invoice(mission, "company", settlement["company_share"], acquitted_on=self.today)
        self.invoice(mission, "bpifrance", settlement["bpifrance_share"], addressed_to=BPIFRANCE_ADDRESS)

    def invoice(self, mission: Mission, addressee: str, ht: Decimal, **fields: Any) -> Invoice:
        """File one invoice with 20 % of VAT."""
        vat = (ht * Decimal("0.20")).quantize(Decimal("0.01"))
        document = f.DossierDocumentFactory(
            dossier=self.dossier, mission=mission, kind=f"{addressee}_invoice"
        ).document
        return Invoice.objects.create(
            mission=mission,
            addressee=addressee,
            number=f"F-{mission.pk}-{addressee}-{mission.invoices.count()}",
            issued_on=fields.pop("issued_on", self.today),
            ht=ht,
            vat_rate=Decimal("20.00"),
            vat=vat,
            ttc=ht + vat,
            document=document,
            **fields,
        )

    def _closure_submitted(self) -> None:
        self.fill_closure()
        self.act("submit_closure", self.expert, report_given_on=self.today)

    def correct_closure(self) -> None:
        """Replace the report that corrections name, and send the closure again."""
        report = self.mission.documents.get(kind="final_report", replaced_at__isnull=True)
        report.document = f.DocumentFactory(
            sha256=uuid4().hex * 2, organisation=self.dossier.company.organisation
        )
        report.save()
        self.act("submit_closure", self.expert, report_given_on=self.today)

    def _payment_approved(self) -> None:
        if self.mission.restitution_on is None:
            self.act("confirm_restitution", self.owner, restitution_on=self.today)
        if not self.mission.certificates.filter(void_at=None).exists():
            self.act("certify_service", self.officer)
        self.act("approve_payment", self.controller)

    def _paid(self) -> None:
        self.act("mark_paid", self.payer, reference=f"VIR-{self.dossier.pk}", paid_on=self.today)

    def _closed(self) -> None:
        recipients = ["economie", "sante"]
        self.act("forward_report", self.officer, recipients=recipients, sent_on=self.today)
        self.act("close", self.officer)

    # --- Side roads, each from the main road wherever it leaves it
    def _incomplete(self) -> None:
        if self.dossier.state == "draft":
            self.to("under_review")
        items = [{"step": "pieces", "target": "quote", "reason": "Le devis est illisible."}]
        self.act("request_completion", self.officer, items=items, message="Merci de compléter.")

    def _rejected(self) -> None:
        if self.dossier.state in {"draft", "submitted"}:
            self.to("under_review")
        self.act("reject", self.officer, rules=["company.category"], motive=MOTIVE)

    def _withdrawn(self) -> None:
        if self.dossier.state == "draft":
            self.to("submitted")
        self.act("withdraw", self.owner)

    def _abandoned(self) -> None:
        if self.dossier.state != "incomplete":
            self.to("incomplete")
        self.day(31).act("abandon", None)

    def _cancelled(self) -> None:
        if self.dossier.state in MAIN_ROAD[:5]:
            self.to("in_progress")
        self.act("cancel", self.manager, motive=MOTIVE)

    def _lapsed(self) -> None:
        if self.dossier.state in MAIN_ROAD[:5]:
            self.to("in_progress")
        assert self.dossier.due_on is not None
        self.day((self.dossier.due_on - self.today).days + 1).act("give_notice", None)
        self.day(31).act("lapse", None)

    def _closure_incomplete(self) -> None:
        if self.dossier.state in MAIN_ROAD[:7]:
            self.to("closure_submitted")
        items = [{"target": "final_report", "reason": "Une annexe manque."}]
        self.act("request_corrections", self.officer, items=items, message="Merci de corriger.")
