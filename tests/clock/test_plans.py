"""What happens around each term, read day by day: on its day and on no other, whatever the term's own day."""

from datetime import date, timedelta

import pytest

from applications.models import Deadline
from applications.services.deadlines import PLANS, advance, plan_of
from experts.policy import INSURANCE_NOTICE_DAYS, NOTICE_DAYS
from experts.services.expiries import next_notice, step_of

# Days after the term (before it when negative), as the scheme says them, and what is done on that day.
EXPECTED = {
    "completion": {-15: "completion_reminder", -5: "completion_reminder", 1: "abandon"},
    "signature": {
        -20: "signature_reminder",
        -10: "signature_reminder",
        -3: "signature_reminder",
        1: "unsigned",
    },
    "term": {-90: "term_reminder", -30: "term_reminder", -7: "term_reminder", 1: "give_notice"},
    "lapse": {1: "lapse"},
    "report": {
        -3: "report_reminder",
        1: "report_late",
        10: "report_late",
        30: "report_late",
        31: "report_overdue",
    },
    "restitution": {0: "restitution_silence"},
    "corrections": {0: "corrections_silence"},
}
# An ordinary day, the leap day, ends of months and of the year, the days of both changes of hour and their eves.
DUE = [
    date(2027, 6, 15),
    date(2028, 2, 29),
    date(2027, 2, 28),
    date(2027, 12, 31),
    date(2028, 1, 1),
    date(2027, 3, 27),
    date(2027, 3, 28),
    date(2027, 10, 30),
    date(2027, 10, 31),
]
DAYS = range(-100, 60)


def opened(kind: str, due_on: date) -> Deadline:
    first = due_on + timedelta(days=plan_of(kind)[0].offset)
    return Deadline(kind=kind, due_on=due_on, next_on=first)


def test_every_term_is_in_the_table() -> None:
    assert set(EXPECTED) == set(PLANS) == set(Deadline.Kind.values)


@pytest.mark.parametrize("due_on", DUE)
@pytest.mark.parametrize("kind", EXPECTED)
def test_each_step_is_done_on_its_day_alone(kind: str, due_on: date) -> None:
    deadline, done = opened(kind, due_on), {}
    for offset in DAYS:
        step = advance(deadline, today=due_on + timedelta(days=offset))
        if step is not None:
            done[offset] = step.act or step.notice
    assert done == EXPECTED[kind]
    assert deadline.next_on is None


@pytest.mark.parametrize("kind", EXPECTED)
def test_the_column_that_is_swept_is_always_the_day_of_the_next_step(kind: str) -> None:
    for due_on in DUE:
        deadline = opened(kind, due_on)
        for offset in DAYS:
            today = due_on + timedelta(days=offset)
            was_due = deadline.next_on is not None and deadline.next_on <= today
            assert (advance(deadline, today=today) is not None) == was_due


@pytest.mark.parametrize("kind", EXPECTED)
def test_after_any_outage_only_the_latest_step_is_done_and_none_is_left_behind(kind: str) -> None:
    due_on = date(2027, 3, 28)
    for back in DAYS:
        deadline = opened(kind, due_on)
        advance(deadline, today=due_on + timedelta(days=back))
        behind = [name for offset, name in EXPECTED[kind].items() if offset <= back]
        assert deadline.step == len(behind)
        ahead = [offset for offset in EXPECTED[kind] if offset > back]
        assert deadline.next_on == (due_on + timedelta(days=ahead[0]) if ahead else None)


@pytest.mark.parametrize("steps", [NOTICE_DAYS, INSURANCE_NOTICE_DAYS])
@pytest.mark.parametrize("until", DUE)
def test_an_end_of_an_expert_is_told_on_each_of_its_days(steps: tuple[int, ...], until: date) -> None:
    swept: date | None = until - timedelta(days=steps[0])
    told = {}
    for offset in DAYS:
        today = until + timedelta(days=offset)
        if swept is not None and swept <= today:
            told[offset] = step_of(until, steps, today)
            swept = next_notice(until, steps, today)
    assert told == {**{-days: str(days) for days in steps}, 1: "over"}
