"""In whose court the ball was: days that add up, whoever acted and however the expert was replaced."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.services.court import Holder, clock_of, days_by_holder, holder_of, journal_of, moves_of
from applications.workflow.states import State
from tests.applications.company.test_pages import replaced_at_its_end
from tests.applications.journeys import Journey

START = date(2026, 1, 1)
MOVES = st.lists(st.tuples(st.sampled_from(list(State)), st.integers(0, 400)), min_size=1, max_size=20)


def dated(moves: list[tuple[str, int]]) -> list[tuple[str, date]]:
    on, found = START, []
    for state, days in moves:
        on += timedelta(days=days)
        found.append((state, on))
    return found


@given(MOVES, st.integers(0, 400))
def test_the_days_add_up_to_the_whole(moves: list[tuple[str, int]], more: int) -> None:
    path = dated(moves)
    until = path[-1][1] + timedelta(days=more)
    held = days_by_holder(path, until=until)
    assert sum(held.values()) == (until - path[0][1]).days
    assert min(held.values()) >= 0


@given(MOVES, st.integers(0, 400), st.integers(1, 100))
def test_a_day_more_goes_to_who_holds_it(moves: list[tuple[str, int]], more: int, days: int) -> None:
    path = dated(moves)
    until = path[-1][1] + timedelta(days=more)
    before, after = (
        days_by_holder(path, until=until),
        days_by_holder(path, until=until + timedelta(days=days)),
    )
    holder = holder_of(path[-1][0])
    assert after == {**before, holder: before[holder] + days}


def test_a_request_moves_from_bpifrance_to_company_to_expert() -> None:
    path = [("submitted", START), ("incomplete", date(2026, 1, 11)), ("under_review", date(2026, 1, 14))]
    path += [
        ("contract_sent", date(2026, 2, 14)),
        ("in_progress", date(2026, 2, 16)),
        ("closed", date(2026, 6, 16)),
    ]
    held = days_by_holder(path, until=date(2027, 1, 1))
    assert (held[Holder.COMPANY], held[Holder.BPIFRANCE], held[Holder.EXPERT]) == (3 + 2, 10 + 31, 120)


@pytest.mark.django_db
def test_the_journal_tells_every_move() -> None:
    journey = Journey().to("submitted").day(4).to("in_progress").day(10)
    moves = [state for state, _ in moves_of(journey.dossier, journal_of(journey.dossier))]
    assert moves == ["submitted", "under_review", "approved", "contract_sent", "in_progress"]
    parts = {
        part.who: part for part in clock_of(journey.dossier, journal_of(journey.dossier), today=journey.today)
    }
    assert (parts["bpifrance"].days, parts["expert"].days, parts["company"].days) == (4, 10, 0)
    assert [who for who, part in parts.items() if part.current] == ["expert"]


@pytest.mark.django_db
def test_a_replaced_experts_mission_is_not_the_dossiers() -> None:
    journey, _ = replaced_at_its_end()
    moves = moves_of(journey.dossier, journal_of(journey.dossier))
    assert moves[-1][0] == journey.dossier.state == "in_progress"
    assert "work_done" not in {state for state, _ in moves}


@pytest.mark.django_db
def test_a_draft_has_no_clock() -> None:
    journey = Journey()
    assert clock_of(journey.dossier, journal_of(journey.dossier), today=journey.today) == []
