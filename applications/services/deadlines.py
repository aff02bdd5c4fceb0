"""The terms of a dossier: duties are rows with a date; what happens around each kind is a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from applications.models import Deadline, Dossier, Mission
from applications.services.kept_facts import tell
from applications.workflow.policy import Policy, policy

Kind = Deadline.Kind


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do `offset` days after the due date (before it when negative).

    `act` is the transition the sweep executes; without one, a reminder goes to the people concerned.
    """

    offset: int
    act: str = ""
    notice: str = ""


def _completion(p: Policy) -> list[Step]:
    half = -(p.completion_days // 2)
    return [
        Step(half, notice="completion_reminder"),
        Step(-p.completion_last_reminder_days, notice="completion_reminder"),
        Step(1, act="abandon"),
    ]


def _signature(p: Policy) -> list[Step]:
    reminders = [
        Step(day - p.signature_days, notice="signature_reminder") for day in p.signature_reminder_days
    ]
    return [*reminders, Step(1, act="unsigned")]


def _term(p: Policy) -> list[Step]:
    reminders = [Step(-days, notice="term_reminder") for days in p.term_reminder_days]
    return [*reminders, Step(1, act="give_notice")]


def _report(p: Policy) -> list[Step]:
    reminders = [
        Step(days, notice="report_reminder" if days < 0 else "report_late") for days in p.report_reminder_days
    ]
    return [*reminders, Step(p.report_reminder_days[-1] + 1, notice="report_overdue")]


def _then(*steps: Step) -> Callable[[Policy], list[Step]]:
    return lambda _: list(steps)


# What happens around each kind of term, in order. Everything here is [decision]: no rulebook says it.
PLANS: dict[str, Callable[[Policy], list[Step]]] = {
    Kind.COMPLETION: _completion,
    Kind.SIGNATURE: _signature,
    Kind.TERM: _term,
    Kind.LAPSE: _then(Step(1, act="lapse")),
    Kind.REPORT: _report,
    Kind.RESTITUTION: _then(Step(0, notice="restitution_silence")),
    Kind.CORRECTIONS: _then(Step(0, notice="corrections_silence")),
}


def plan_of(kind: str) -> list[Step]:
    """Return the steps of a kind of term, earliest first."""
    return PLANS[kind](policy())


def _next(deadline: Deadline) -> date | None:
    steps = plan_of(deadline.kind)
    if deadline.step >= len(steps):
        return None
    return deadline.due_on + timedelta(days=steps[deadline.step].offset)


def open_deadline(
    dossier: Dossier, *, kind: str, due_on: date, today: date, mission: Mission | None = None
) -> Deadline:
    """Start a term; steps whose date is already past when it opens are not done."""
    deadline = Deadline(dossier=dossier, mission=mission, kind=kind, due_on=due_on)
    steps = plan_of(kind)
    while deadline.step < len(steps) and not steps[deadline.step].act and _is_past(deadline, today):
        deadline.step += 1
    deadline.next_on = _next(deadline)
    deadline.save()
    tell(dossier, "term_opened", kind=kind, due_on=due_on, mission=mission.pk if mission else None)
    return deadline


def _is_past(deadline: Deadline, today: date) -> bool:
    following = _next(deadline)
    return following is not None and following < today


def corrections_due_on(mission: Mission) -> date | None:
    """Return until when the corrections of a closure are asked; no query where it was read with the mission."""
    if hasattr(mission, "corrections_due_on"):
        known: date | None = mission.corrections_due_on
        return known
    running = mission.deadlines.filter(kind=Kind.CORRECTIONS, closed_on__isnull=True)
    return running.values_list("due_on", flat=True).first()


def close_deadlines(dossier: Dossier, *kinds: str, today: date, mission: Mission | None = None) -> None:
    """End the running terms of these kinds (every kind when none is named), of one mission when given."""
    running = Deadline.objects.filter(dossier=dossier, closed_on__isnull=True)
    if kinds:
        running = running.filter(kind__in=kinds)
    if mission is not None:
        running = running.filter(mission=mission)
    running.update(closed_on=today)
    tell(
        dossier, "terms_closed", kinds=[str(kind) for kind in kinds], mission=mission.pk if mission else None
    )


def step_due(deadline: Deadline, *, today: date) -> Step | None:
    """Return the latest step that is due on `today`, the only one to do; None where none is."""
    steps = plan_of(deadline.kind)
    passed = _passed(deadline, steps, today)
    return steps[passed - 1] if passed > deadline.step else None


def advance(deadline: Deadline, *, today: date) -> Step | None:
    """Move past every step due on `today` and return the latest one, as `step_due`; the caller saves the row.

    After an outage yesterday's reminders do not go out on top of today's. A row that a changed plan left
    without anything due gets the day of its next step.
    """
    step = step_due(deadline, today=today)
    deadline.step = _passed(deadline, plan_of(deadline.kind), today)
    deadline.next_on = _next(deadline)
    return step


def _passed(deadline: Deadline, steps: list[Step], today: date) -> int:
    """Return how many steps lie behind on `today`, those done before included."""
    passed = deadline.step
    while passed < len(steps) and deadline.due_on + timedelta(days=steps[passed].offset) <= today:
        passed += 1
    return passed
