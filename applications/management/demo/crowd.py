"""Many synthetic dossiers, quickly: rows as the acts would have left them, written in batches for lists and measures.

Nobody acts here: rows are made directly, with a journal whose chains verify. What is left out: the bytes of the files,
letters, notices, and the next steps of the terms (no sweep works them).
"""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from applications.management.demo import patterns
from applications.management.demo.patterns import Path, Pattern
from applications.management.demo.population import Population
from applications.management.demo.sums import Sums
from applications.models import (
    Company,
    Deadline,
    Device,
    Dossier,
    DossierDocument,
    Message,
    Mission,
    NumberSeries,
    Quote,
    QuoteLine,
    Snapshot,
)
from applications.services import listing
from applications.services.figures import tally
from applications.workflow.states import FREED, USED
from experts.models import ExpertFirm
from portal import clock
from portal.accounts.models import User
from portal.audit.hashing import hash_of_event
from portal.audit.models import ChainHead, Event
from portal.clock import PARIS
from portal.documents.models import Document, DocumentState
from tariffs import catalogue

BATCH = 1000
Kind = DossierDocument.Kind


@dataclass
class Plan:
    """One dossier to make: who, what, when and how far."""

    company: Company
    device: Device
    owner: User
    firm: ExpertFirm
    officer: User | None
    pattern: Pattern
    path: Path
    filed_on: date
    rank: int
    # How much slower than the quickest road this one went.
    pace: float
    dossier: Dossier = field(init=False)

    def days(self, offset: int) -> int:
        """Return how many days after the filing something was done that the quickest road does after `offset`."""
        return round(offset * self.pace)

    def day(self, offset: int) -> date:
        """Return the civil date of what the quickest road does `offset` days after the filing."""
        return self.filed_on + timedelta(days=self.days(offset))

    @property
    def is_settled(self) -> bool:
        """True where the mission was settled, or paid."""
        return self.path.state in USED

    def at(self, offset: int) -> datetime:
        """Return an instant of that day, another for each dossier."""
        minutes = 8 * 60 + self.rank % 600
        clock_time = time(minutes // 60, minutes % 60, self.rank % 60)
        return datetime.combine(self.day(offset), clock_time, tzinfo=PARIS)


class Crowd:
    """Adds dossiers around `now`; the same seed gives the same crowd."""

    def __init__(self, now: datetime, *, seed: int = 1) -> None:
        self.now, self.today = now, clock.civil_date(now)
        self.random = random.Random(seed)  # noqa: S311 synthetic data
        self.patterns = patterns.patterns(self.today)
        self.people = Population(self.random, self.today)
        self.officers: list[User] = []
        self.firms: list[ExpertFirm] = []

    def settle(self, count: int) -> None:
        """Bring the officers and the firms that `count` dossiers need."""
        self.officers = self.people.officers()
        self.firms = self.people.firms(max(8, min(400, count // 250)))

    def add(self, count: int, say: Callable[[str], object]) -> None:
        """Add `count` dossiers, a batch at a time, each batch wholly or not at all."""
        if not self.firms:
            self.settle(count)
        self.sums = Sums(self.random)
        made = 0
        while made < count:
            with transaction.atomic():
                made += self._batch(min(BATCH, count - made))
            say(f"{made} dossiers of {count}.")
            tally.fold()
        self.sums.close()

    # --- Dossiers
    def _batch(self, count: int) -> int:
        plans = self._plans(count)
        self._dossiers(plans)
        for write in (self._missions, self._quotes, self._pieces, self._messages, self._terms, self._journal):
            write(plans)
        self.sums.add(plans)
        listing.refresh([plan.dossier.pk for plan in plans], today=self.today)
        return len(plans)

    def _plans(self, count: int) -> list[Plan]:
        """Give each company one to three requests, for different volets."""
        plans: list[Plan] = []
        for company, device, owner in self.people.companies(count // 2 + 1):
            volets = self.random.sample(range(1, 6), self.random.choice((1, 2, 2, 3)))
            for volet in volets:
                if len(plans) < count:
                    plans.append(self._plan(company, device, owner, volet))
        return plans

    def _plan(self, company: Company, device: Device, owner: User, volet: int) -> Plan:
        path = self.random.choices(patterns.PATHS, weights=patterns.WEIGHTS)[0]
        pace = self.random.triangular(1.0, 2.6, 1.1)
        age = round(path.length * pace) + self.random.randrange(40 if path.is_live else 900)
        officer = None if path.is_unassigned else self.random.choice(self.officers)
        return Plan(
            company=company,
            device=device,
            owner=owner,
            firm=self.random.choice(self.firms),
            officer=officer,
            pattern=self.random.choice(self.patterns[volet]),
            path=path,
            filed_on=self.today - timedelta(days=age),
            rank=self.random.randrange(10**6),
            pace=pace,
        )

    def _dossiers(self, plans: list[Plan]) -> None:
        plans.sort(key=lambda plan: (plan.at(0), plan.company.pk))
        numbers = self._numbers(plans)
        made = Dossier.objects.bulk_create(
            Dossier(**_columns(plan, number)) for plan, number in zip(plans, numbers, strict=True)
        )
        waits: dict[int, list[int]] = defaultdict(list)
        for plan, dossier in zip(plans, made, strict=True):
            plan.dossier = dossier
            waits[plan.days(plan.path.length)].append(dossier.pk)
        for days, keys in waits.items():
            # The model dates a new row's state itself.
            rows = Dossier.objects.filter(pk__in=keys)
            rows.update(state_since=F("submitted_at") + timedelta(days=days))

    def _numbers(self, plans: list[Plan]) -> list[str]:
        """Take a run of numbers in the series of each year."""
        series = {}
        for year in sorted({plan.filed_on.year for plan in plans}):
            NumberSeries.objects.get_or_create(year=year)
            series[year] = NumberSeries.objects.select_for_update().get(year=year)
        numbers = []
        for plan in plans:
            one = series[plan.filed_on.year]
            one.last += 1
            numbers.append(f"DM-{one.year}-{one.last:06d}")
        for one in series.values():
            one.save(update_fields=["last"])
        return numbers

    def _missions(self, plans: list[Plan]) -> None:
        Mission.objects.bulk_create(
            Mission(
                dossier=plan.dossier,
                firm=plan.firm,
                state=plan.path.mission_state,
                began_on=plan.filed_on,
                conflict_free=True,
                final_share=plan.pattern.money["bpifrance_share"] if plan.is_settled else None,
                **{name: plan.day(offset) for name, offset in plan.path.dates_of_mission},
            )
            for plan in plans
        )

    def _quotes(self, plans: list[Plan]) -> None:
        quotes = Quote.objects.bulk_create(
            Quote(dossier=plan.dossier, firm=plan.firm, issued_on=plan.day(-10), signed=False)
            for plan in plans
        )
        QuoteLine.objects.bulk_create(
            QuoteLine(
                quote=quote,
                position=position,
                item=line["item"],
                amount=line["amount"],
                complexity=line.get("complexity", ""),
            )
            for plan, quote in zip(plans, quotes, strict=True)
            for position, line in enumerate(plan.pattern.lines, start=1)
        )
        Snapshot.objects.bulk_create(
            Snapshot(
                dossier=plan.dossier,
                moment=Snapshot.Moment.SUBMISSION,
                edition="2024",
                edition_digest=catalogue.get_edition("2024").digest,
                case=plan.pattern.case,
                evaluation=plan.pattern.evaluation,
                taken_at=plan.at(0),
            )
            for plan in plans
        )

    def _pieces(self, plans: list[Plan]) -> None:
        kinds = (Kind.QUOTE, Kind.REGULARITY, Kind.TAX_RETURN)
        chosen = [(plan, kind) for plan in plans for kind in kinds[: 2 + plan.rank % 2]]
        files = Document.objects.bulk_create(_file(plan, kind) for plan, kind in chosen)
        DossierDocument.objects.bulk_create(
            DossierDocument(
                dossier=plan.dossier,
                kind=kind,
                document=file,
                issued_on=plan.day(-20),
                covers=["tax", "social"] if kind == Kind.REGULARITY else [],
                added_by=plan.owner,
            )
            for (plan, kind), file in zip(chosen, files, strict=True)
        )

    def _messages(self, plans: list[Plan]) -> None:
        """Three dossiers in ten hold a conversation; the last word of a running one may wait to be read."""
        rows = []
        for plan in plans:
            for rank in range(self.random.choice((0, 0, 0, 0, 0, 0, 0, 1, 2, 4))):
                at = plan.at(min(rank + 1, plan.path.length))
                ours = rank % 2 == 1 and plan.officer is not None
                unread = plan.path.is_live and rank == 0 and plan.rank % 20 == 0
                rows.append(
                    Message(
                        dossier=plan.dossier,
                        author=plan.officer if ours else plan.owner,
                        body=self.people.description(),
                        sent_at=at,
                        from_bpifrance=ours,
                        first_read_at=None if unread else at,
                        first_read_by=None if unread else self.officers[0],
                    )
                )
        Message.objects.bulk_create(rows)

    def _terms(self, plans: list[Plan]) -> None:
        Deadline.objects.bulk_create(
            Deadline(
                dossier=plan.dossier,
                kind=plan.path.term,
                due_on=plan.day(plan.path.length + plan.path.term_days + plan.rank % 15),
            )
            for plan in plans
            if plan.path.term
        )

    def _journal(self, plans: list[Plan]) -> None:
        """Write the events of each chain, hashed one upon the other as the journal does."""
        events, heads = [], []
        for plan in plans:
            previous, chain = "", plan.dossier.chain
            for sequence, step in enumerate(plan.path.steps, start=1):
                actor = plan.owner if step.by_company or plan.officer is None else plan.officer
                content: dict[str, Any] = {
                    "chain": chain,
                    "sequence": sequence,
                    "name": step.act,
                    "at": plan.at(step.offset),
                    "actor_ref": actor.pk,
                    "data": {"to": step.state, **self.sums.told(plan, step.state)},
                    "detail_hash": "",
                    "previous_hash": previous,
                }
                previous = hash_of_event(**content)
                events.append(Event(**content, hash=previous))
            heads.append(ChainHead(chain=chain, sequence=len(plan.path.steps), hash=previous))
        Event.objects.bulk_create(events)
        ChainHead.objects.bulk_create(heads)


def _columns(plan: Plan, number: str) -> dict[str, Any]:
    """Return the dossier's columns, with the dates that its state implies."""
    return {
        "number": number,
        "company": plan.company,
        "device": plan.device,
        "volet": plan.pattern.volet,
        "edition": "2024",
        "state": plan.path.state,
        "version": len(plan.path.steps),
        "officer": plan.officer,
        "created_by": plan.owner,
        "company_facts": plan.pattern.case["company"],
        "device_facts": plan.pattern.case["device"],
        "declarations": plan.pattern.case["declarations"],
        "firm": plan.firm,
        "device_kind": plan.pattern.case["device"]["kind"],
        "device_class": plan.pattern.case["device"]["risk_class"],
        "verdict": plan.pattern.evaluation["verdict"],
        **plan.pattern.money,
        "submitted_at": plan.at(0),
        "judged_on": plan.filed_on,
        **{name: plan.day(offset) for name, offset in plan.path.dates},
        **({"ended_on": plan.day(plan.path.length)} if plan.path.state in FREED else {}),
    }


def _file(plan: Plan, kind: str) -> Document:
    """Return the row of a file whose bytes are not kept."""
    key = uuid.UUID(int=random.Random(f"{plan.dossier.pk}{kind}").getrandbits(128), version=4)  # noqa: S311
    return Document(
        id=key,
        kind=kind,
        organisation=plan.company.organisation,
        file=f"foule/{key}",
        original_name=f"{kind}.pdf",
        extension="pdf",
        content_type="application/pdf",
        size=20_000 + plan.rank % 400_000,
        sha256=f"{key.int:064x}",
        state=DocumentState.CLEAN,
        uploaded_by=plan.owner,
        uploaded_at=plan.at(0),
    )
