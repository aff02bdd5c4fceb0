"""Random lives of a dossier: right and wrong people, repeats, old pages, idle days; the invariants always hold."""

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from applications.models import Hold, Mission, ServiceContract
from applications.services.sweeps import sweep
from applications.services.transitions import available
from applications.workflow.drawing import targets
from applications.workflow.refusals import ActRefused
from applications.workflow.table import TRANSITIONS
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.workflow.cast import STANDING, cast_of, everything_typed
from tests.applications.workflow.invariants import check
from tests.promises import record_figure

AUTUMN = datetime(2026, 9, 15, 10, tzinfo=UTC)
SPRING = datetime(2024, 5, 15, 10, tzinfo=UTC)
AMOUNTS = st.sampled_from(["1.01", "7999.99", "12000.00", "40000.00", "59999.99", "100000.01"])
# Neither published edition lets an amendment extend it.
MOVES_THE_TERM = {"approve", "sign"}
# The ends come up as often as the road: without a brake few lives would get far.
ENDS = {"withdraw", "reject", "cancel", "refuse_closure", "request_completion", "replace_expert", "amend"}
ANY_ACT, ANY_ROLE = st.sampled_from(sorted(TRANSITIONS)), st.sampled_from(sorted(STANDING))
HAPPENINGS = (
    *["somebody_does_what_is_offered"] * 7,
    "anybody_tries_anything",
    "somebody_acts_on_an_old_page",
    "days_pass",
)


class Life(RuleBasedStateMachine):
    """One dossier, thirteen people, any act at any time; rolled back at the end."""

    @initialize(volet=st.integers(1, 5), old=st.booleans(), amounts=st.lists(AMOUNTS, min_size=2, max_size=2))
    def begin(self, volet: int, old: bool, amounts: list[str]) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()
        moment = SPRING if old and volet <= 3 else AUTUMN
        with time_machine.travel(moment, tick=False):
            self.journey = Journey(volet=volet)
            self.cast = cast_of(self.journey)
            self.cast |= {"payer": self.journey.payer, "manager": self.journey.manager}
            self.other_firm = f.ExpertFirmFactory()
            self.other_owner = f.owner_of(self.other_firm)
        for line, amount in zip(self.journey.dossier.quotes.get().lines.all(), amounts, strict=False):
            line.amount = Decimal(amount)
            line.save()

    def teardown(self) -> None:
        if hasattr(self, "block"):
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    # --- Inputs
    def typed(self, name: str, mission: Mission | None, data: st.DataObject) -> dict[str, Any]:
        journey, dossier = self.journey, self.journey.dossier
        typed = everything_typed(journey)
        quote = dossier.quotes.order_by("-number").first()
        lines = [{"item": line.item, "amount": str(line.amount)} for line in quote.lines.all()]
        if data.draw(st.booleans(), label="lower"):
            lines[0]["amount"] = "1000.00"
        hold = Hold.objects.filter(mission=mission, lifted_at=None).first() if mission else None
        typed |= {
            "lines": lines,
            "firm": self.other_firm if dossier.firm != self.other_firm else journey.dossier.firm,
            "reference": f"VIR-{dossier.version}",
            "hold": hold.pk if hold else 0,
            "recipients": ["economie", "sante"]
            + (["enseignement_superieur", "sgpi"] if dossier.edition == "2023" else []),
            "file_anyway": True,
            "officer": self.cast["officer"],
            "reason": data.draw(st.sampled_from(["other", "seizure"]), label="reason"),
        }
        reviewed = dossier.snapshots.first()
        if name == "decide_finding" and reviewed is not None:
            open_findings = [
                x["rule"] for x in reviewed.evaluation["findings"] if x["status"] in {"review", "fail"}
            ]
            typed["rule"] = data.draw(st.sampled_from(open_findings or ["company.category"]), label="rule")
        if name in {"sign", "amend"}:
            typed |= {"code": journey.code(), "evidence": {"ip": "127.0.0.1"}}
        if TRANSITIONS[name].second is not None:
            # What a first person typed is kept as data: these acts' forms hold no person and no firm.
            del typed["officer"], typed["firm"]
        if name == "reopen" and dossier.signed_on and dossier.due_on:
            typed |= {"work_started_on": dossier.signed_on, "work_ended_on": dossier.due_on}
        if name == "declare_work_done" and dossier.due_on:
            typed["work_ended_on"] = min(journey.today, dossier.due_on)
        return typed

    def attempt(
        self, name: str, role: str, data: st.DataObject, version: int, mission: Mission | None
    ) -> bool:
        """Try an act; compare what happened with the table."""
        journey = self.journey
        before, due_on = journey.dossier.state, journey.dossier.due_on
        held = mission is not None and Hold.objects.filter(mission=mission, lifted_at=None).exists()
        actor = self.actor(role)
        try:
            outcome = journey.act(
                name,
                actor,
                expected_version=version,
                mission=mission,
                **self.typed(name, mission, data),
            )
        except ActRefused:
            journey.dossier.refresh_from_db()
            assert (journey.dossier.state, journey.dossier.due_on) == (before, due_on)
            return False
        after = journey.dossier.state
        transition = TRANSITIONS[name]
        if after != before:
            another = mission is not None and not mission.is_current
            assert another or (before in transition.sources and after in targets(transition)), (
                name,
                before,
                after,
            )
        if outcome.pending is None and name in {"approve_payment", "mark_paid"}:
            assert not held
        if journey.dossier.due_on != due_on:
            assert name in MOVES_THE_TERM
        return True

    def actor(self, role: str) -> Any:
        mission = Mission.objects.filter(dossier=self.journey.dossier, is_current=True).first()
        if role == "expert" and mission is not None and mission.firm == self.other_firm:
            return self.other_owner
        return self.cast[role]

    # --- What may happen
    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One rule for all: hypothesis leaves some rules out of each life, and none would get far without the acts."""
        getattr(self, data.draw(st.sampled_from(HAPPENINGS), label="what"))(data)

    def somebody_does_what_is_offered(self, data: st.DataObject) -> None:
        journey, brake = self.journey, data.draw(st.integers(0, 9), label="brake") > 0
        self.the_expert_files_its_papers()
        roles = data.draw(st.permutations(["owner", "expert", "officer", "manager", "controller", "payer"]))
        for role in roles:
            for mission in [None, *journey.dossier.missions.filter(is_current=False)]:
                offers = available(journey.dossier, self.actor(role), now=journey.now, mission=mission)
                names = [offer.transition.name for offer in offers if not offer.obstacles]
                names = [name for name in names if not (brake and name in ENDS)]
                if names:
                    name = data.draw(st.sampled_from(names), label="offer")
                    self.attempt(name, role, data, journey.dossier.version, mission)
                    return

    def anybody_tries_anything(self, data: st.DataObject) -> None:
        name, role = data.draw(ANY_ACT), data.draw(ANY_ROLE)
        self.attempt(name, role, data, self.journey.dossier.version, None)

    def somebody_acts_on_an_old_page(self, data: st.DataObject) -> None:
        name, role = data.draw(ANY_ACT), data.draw(ANY_ROLE)
        assert not self.attempt(name, role, data, self.journey.dossier.version - 1, None)

    def the_expert_files_its_papers(self) -> None:
        journey = self.journey
        for mission in journey.dossier.missions.all():
            if (
                mission.state == "in_progress"
                and not ServiceContract.objects.filter(mission=mission).exists()
            ):
                journey.file_service_contract(mission)
            if mission.state == "work_done" and not mission.delivered_lines.exists():
                journey.fill_closure(mission)

    def days_pass(self, data: st.DataObject) -> None:
        self.journey.day(data.draw(st.sampled_from([1, 2, 10, 31, 200]), label="days"))
        due_on: date | None = self.journey.dossier.due_on
        for _ in range(2):
            sweep(now=self.journey.now, today=self.journey.today)
        self.journey.dossier.refresh_from_db()
        assert self.journey.dossier.due_on == due_on

    @invariant()
    def everything_holds(self) -> None:
        if hasattr(self, "journey"):
            self.journey.dossier = type(self.journey.dossier).objects.get(pk=self.journey.dossier.pk)
            check(self.journey.dossier)


def live(examples: int, steps: int) -> None:
    record_figure("lives lived", examples)
    record_figure("steps at most", examples * steps)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_lives_of_thirty_steps() -> None:
    live(int(os.environ.get("DIAGDM_LIVES", "30")), 30)


@pytest.mark.slow
@pytest.mark.django_db
def test_a_thousand_lives_of_fifty_steps() -> None:
    live(1000, 50)
