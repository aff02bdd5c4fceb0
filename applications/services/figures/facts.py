"""What one filed dossier counts for: its row's figures, and the cells in which they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from applications.models import NEVER, Dossier, FindingDecision, Listing, Turn
from applications.services.court import Holder, Moves, holder_of
from applications.workflow.states import AFTER_SIGNATURE, FREED, MissionState, State
from portal.clock import civil_date

ZERO = Decimal(0)
# A measure that no day belongs to.
NO_DAY = date(2000, 1, 1)
# The kinds of `marks`: rules cited by a refusal, findings lifted and upheld, the company's score of a phase.
REFUSED, LIFTED, UPHELD, SCORE = "refused", "lifted", "upheld", "score"
PAID_STATES = frozenset({State.PAID, State.CLOSED})
FILED, REVIEWED, APPROVED, SIGNED, PAID = range(1, 6)
STEP_OF: dict[str, int] = {
    **dict.fromkeys((State.UNDER_REVIEW, State.REJECTED), REVIEWED),
    **dict.fromkeys((State.APPROVED, State.CONTRACT_SENT), APPROVED),
    **dict.fromkeys(AFTER_SIGNATURE, SIGNED),
}
# Columns of a row that only this module fills.
COUNTED = [
    "reached",
    "own_days",
    "company_days",
    "expert_days",
    "is_approved",
    "decided_on",
    "decided_own",
    "decided_company",
    "paid_on",
    "paid_own",
    "paid_company",
    "paid_expert",
    "envelope",
    "committed",
    "paid",
    "expected_on",
    "rated_on",
    "marks",
]
# What the cells of a row are read from.
READ = ["state", "turn", "volet", "device", "edition", "region", "submitted_at", "state_since"]
READ += ["next_due_on", "next_kind", *COUNTED]


class Measure(StrEnum):
    """What is counted; each cell belongs to one."""

    FUNNEL = "funnel"
    DECISION = "decision"
    DECIDED_OWN = "decided_own"
    DECIDED_COMPANY = "decided_company"
    DECIDED_ALL = "decided_all"
    PAID_OWN = "paid_own"
    PAID_COMPANY = "paid_company"
    PAID_EXPERT = "paid_expert"
    PAID_ALL = "paid_all"
    REFUSED = REFUSED
    LIFTED = LIFTED
    UPHELD = UPHELD
    SCORE = SCORE
    COMMITTED = "committed"
    PAID = "paid"
    TO_PAY = "to_pay"
    DUE = "due"


class Cell(NamedTuple):
    """Where something is counted."""

    measure: str
    day: date
    volet: int
    device: str
    edition: str
    region: str
    key: str = ""
    value: int = 0


class Sum(NamedTuple):
    """How many dossiers or answers, and how many euros HT."""

    n: int
    amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Clock:
    """Whole days each party held a request."""

    own: int = 0
    company: int = 0
    expert: int = 0

    def after(self, state: str, days: int) -> Clock:
        """Return the clock once the request stayed `days` in a state; nobody's time runs once it is paid."""
        holder = Holder.NOBODY if state in PAID_STATES else holder_of(state)
        return Clock(
            self.own + days * (holder == Holder.BPIFRANCE),
            self.company + days * (holder == Holder.COMPANY),
            self.expert + days * (holder == Holder.EXPERT),
        )


def month_of(day: date) -> date:
    """Return the first day of a date's month."""
    return day.replace(day=1)


# --- A row's figures -----------------------------------------------------------------------------
def count(row: Listing, dossier: Dossier, *, before: Listing | None, moves: Moves = ()) -> None:
    """Write into a new row what its dossier counts for.

    `before` is the row as it stood, whose clocks go on; without one, or with one that was never counted, the
    `moves` of the journal are read through. Both ways give the same figures.
    """
    if before is None or before.reached is None:
        _through(row, moves)
    else:
        _on_from(row, before)
    _decision(row, dossier)
    commitment = getattr(dossier, "commitment", None)
    row.envelope = commitment.envelope_id if commitment else None
    row.committed = commitment.amount if commitment else ZERO
    missions = [mission for mission in dossier.missions.all() if mission.state == MissionState.PAID]
    row.paid = sum((mission.final_share or ZERO for mission in missions), ZERO)
    row.expected_on = _expected_on(row, dossier)
    row.rated_on = before.rated_on if before else None


def _through(row: Listing, moves: Moves) -> None:
    """Read the clocks from the states a request went through."""
    clock, reached, paid_on, paid = Clock(), FILED, None, Clock()
    end = civil_date(row.state_since)
    decision = _last(moves, {State.APPROVED, State.REJECTED})
    for rank, (state, since) in enumerate(moves):
        if rank == decision:
            _freeze_decision(row, clock)
        if state not in PAID_STATES:
            paid_on = None
        elif paid_on is None:
            paid_on, paid = since, clock
        reached = max(reached, STEP_OF.get(state, 0))
        until = moves[rank + 1][1] if rank + 1 < len(moves) else end
        clock = clock.after(state, max((until - since).days, 0))
    reached = max(reached, STEP_OF.get(row.state, 0))
    _keep(row, clock, PAID if row.state in PAID_STATES else reached)
    if row.state in PAID_STATES:
        _freeze_payment(row, paid_on or end, paid)


def _last(moves: Moves, states: set[State]) -> int:
    return max((rank for rank, (state, _) in enumerate(moves) if state in states), default=-1)


def _on_from(row: Listing, before: Listing) -> None:
    """Let the clocks of the row as it stood go on to the state it is in now."""
    clock = Clock(before.own_days or 0, before.company_days or 0, before.expert_days or 0)
    now = civil_date(row.state_since)
    clock = clock.after(before.state, max((now - civil_date(before.state_since)).days, 0))
    reached = min(before.reached or FILED, SIGNED)
    if row.state in PAID_STATES:
        _keep(row, clock, PAID)
        stands = before.state in PAID_STATES and before.paid_on is not None
        then = Clock(before.paid_own or 0, before.paid_company or 0, before.paid_expert or 0)
        _freeze_payment(row, *((before.paid_on, then) if stands else (now, clock)))
    else:
        _keep(row, clock, max(reached, STEP_OF.get(row.state, 0)))
    if row.state in {State.APPROVED, State.REJECTED} and before.state != row.state:
        _freeze_decision(row, clock)
    else:
        row.decided_own, row.decided_company = before.decided_own, before.decided_company


def _keep(row: Listing, clock: Clock, reached: int) -> None:
    row.own_days, row.company_days, row.expert_days = clock.own, clock.company, clock.expert
    row.reached = reached


def _freeze_decision(row: Listing, clock: Clock) -> None:
    row.decided_own, row.decided_company = clock.own, clock.company


def _freeze_payment(row: Listing, on: date | None, clock: Clock) -> None:
    row.paid_on = on
    row.paid_own, row.paid_company, row.paid_expert = clock.own, clock.company, clock.expert


def _decision(row: Listing, dossier: Dossier) -> None:
    """Write the decision that stands; one that was reviewed and is not taken again is none."""
    row.is_approved, row.decided_on = None, None
    if dossier.validated_on is not None:
        row.is_approved, row.decided_on = True, dossier.validated_on
    elif dossier.state == State.REJECTED:
        row.is_approved, row.decided_on = False, dossier.rejected_on
    if row.decided_on is None:
        row.decided_own = row.decided_company = None


def _expected_on(row: Listing, dossier: Dossier) -> date | None:
    """Return when the payment may come: at once for a closure that is there, else at the end of the running term."""
    if row.state == State.IN_PROGRESS:
        return dossier.due_on
    if row.state in {State.WORK_DONE, State.CLOSURE_INCOMPLETE}:
        return dossier.report_due_on
    if row.state in {State.CLOSURE_SUBMITTED, State.PAYMENT_APPROVED}:
        return civil_date(row.state_since)
    return None


# --- Marks ---------------------------------------------------------------------------------------
def token(kind: str, *parts: object) -> str:
    """Return one mark as it stands between the bars of `marks`."""
    return ":".join((kind, *map(str, parts)))


def tokens(marks: str | None) -> list[str]:
    """Return the marks of a row."""
    return [one for one in (marks or "").split("|") if one]


def joined(found: Iterable[str]) -> str:
    """Return marks as a row keeps them."""
    held = sorted(set(found))
    return f"|{'|'.join(held)}|" if held else ""


def marks_of(
    row: Listing, decisions: Iterable[FindingDecision], refused: Sequence[str], scores: Iterable[str]
) -> str:
    """Return the marks of a row: rules cited by its refusal, findings decided, the company's answers."""
    found = [*scores]
    if row.is_approved is False:
        found += [token(REFUSED, rule) for rule in refused]
    if row.is_approved is not None:
        kinds = {FindingDecision.Outcome.ACCEPTED: LIFTED, FindingDecision.Outcome.REFUSED: UPHELD}
        found += [token(kinds[FindingDecision.Outcome(one.outcome)], one.rule) for one in decisions]
    return joined(found)


# --- Cells ---------------------------------------------------------------------------------------
def cells_of(row: Listing) -> dict[Cell, Sum]:
    """Return everything that a row counts for; a row that was never counted counts for nothing."""
    if row.reached is None:
        return {}
    where = (row.volet, row.device, row.edition, row.region)
    return {
        Cell(measure, day, *where, key, value): Sum(1, amount)
        for measure, day, key, value, amount in _counted(row)
    }


Counted = tuple[Measure, date, str, int, Decimal]


def _counted(row: Listing) -> Iterator[Counted]:
    left = row.state if row.state in FREED else ""
    yield Measure.FUNNEL, month_of(civil_date(row.submitted_at)), f"{row.reached}.{left}", 0, ZERO
    if row.turn != Turn.ENDED and row.next_due_on != NEVER:
        yield Measure.DUE, row.next_due_on, row.next_kind, 0, ZERO
    yield from _money(row)
    if row.decided_on is not None:
        yield from _decided(row, month_of(row.decided_on))
    if row.paid_on is not None:
        yield from _spent(row, month_of(row.paid_on))
    if row.rated_on is not None:
        for mark in tokens(row.marks):
            kind, _, rest = mark.partition(":")
            if kind == SCORE:
                phase, _, score = rest.rpartition(":")
                yield Measure.SCORE, month_of(row.rated_on), phase, int(score), ZERO


def _decided(row: Listing, month: date) -> Iterator[Counted]:
    yield Measure.DECISION, month, "approved" if row.is_approved else "rejected", 0, ZERO
    own, company = row.decided_own or 0, row.decided_company or 0
    yield Measure.DECIDED_OWN, month, "", own, ZERO
    yield Measure.DECIDED_COMPANY, month, "", company, ZERO
    yield Measure.DECIDED_ALL, month, "", own + company, ZERO
    for mark in tokens(row.marks):
        kind, _, rule = mark.partition(":")
        if kind != SCORE:
            yield Measure(kind), month, rule, 0, ZERO


def _spent(row: Listing, month: date) -> Iterator[Counted]:
    own, company, expert = row.paid_own or 0, row.paid_company or 0, row.paid_expert or 0
    yield Measure.PAID_OWN, month, "", own, ZERO
    yield Measure.PAID_COMPANY, month, "", company, ZERO
    yield Measure.PAID_EXPERT, month, "", expert, ZERO
    yield Measure.PAID_ALL, month, "", own + company + expert, ZERO


def _money(row: Listing) -> Iterator[Counted]:
    committed, paid = row.committed or ZERO, row.paid or ZERO
    if row.envelope is None:
        return
    if committed and row.decided_on is not None:
        yield Measure.COMMITTED, month_of(row.decided_on), str(row.envelope), 0, committed
    if paid:
        # One that ended otherwise after a replaced expert was paid has no month of its own.
        yield Measure.PAID, month_of(row.paid_on) if row.paid_on else NO_DAY, str(row.envelope), 0, paid
    if committed > paid:
        kind = waiting_of(row.state)
        day = month_of(row.expected_on) if kind == "dated" and row.expected_on else NO_DAY
        yield Measure.TO_PAY, day, kind, 0, committed - paid


DATED = (State.IN_PROGRESS, State.WORK_DONE, State.CLOSURE_INCOMPLETE)
UNSIGNED = (State.APPROVED, State.CONTRACT_SENT)


def waiting_of(state: str) -> str:
    """Return what a payment to come waits for: ready, dated, unsigned.

    What a dossier that ended still owes is due to a replaced expert: nothing but the payment is awaited.
    """
    return next(
        (kind for kind, states in (("dated", DATED), ("unsigned", UNSIGNED)) if state in states), "ready"
    )


def difference(old: dict[Cell, Sum], new: dict[Cell, Sum]) -> dict[Cell, Sum]:
    """Return what to add to the old sums to have the new ones."""
    changes: dict[Cell, Sum] = {}
    for cell in {*old, *new}:
        was, now = old.get(cell, Sum(0)), new.get(cell, Sum(0))
        if was != now:
            changes[cell] = Sum(now.n - was.n, now.amount - was.amount)
    return changes


def added(parts: Iterable[dict[Cell, Sum]]) -> dict[Cell, Sum]:
    """Return the sums of several, cell by cell; what comes to nothing is left out."""
    numbers: Counter[Cell] = Counter()
    amounts: dict[Cell, Decimal] = {}
    for part in parts:
        for cell, (n, amount) in part.items():
            numbers[cell] += n
            amounts[cell] = amounts.get(cell, ZERO) + amount
    return {cell: Sum(n, amounts[cell]) for cell, n in numbers.items() if n or amounts[cell]}
