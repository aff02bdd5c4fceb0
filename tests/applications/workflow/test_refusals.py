"""Generated: in each state, each act by each role that the table does not allow is refused and leaves no trace."""

import pytest

from applications.services.transitions import execute
from applications.workflow.refusals import ActRefused, NotYours, Stale, WrongState
from applications.workflow.states import State
from applications.workflow.table import TRANSITIONS, Transition
from tests.applications.journeys import Journey
from tests.applications.workflow.cast import STANDING, cast_of, everything_typed, standing, trace

pytestmark = pytest.mark.django_db


def refusal_of(transition: Transition, role: str, state: str) -> type[ActRefused] | None:
    """Return how the table refuses a role in a state; None where it may act, if the conditions are met."""
    mine = standing(role, state)
    second = transition.second.actors if transition.second else frozenset()
    if not mine & (transition.actors | second):
        return NotYours
    if state not in transition.sources or not mine & transition.actors:
        return WrongState
    return None


@pytest.mark.parametrize("state", State.values)
def test_what_the_table_does_not_allow_is_refused_in_french_and_leaves_no_trace(state: str) -> None:
    journey = Journey()
    if state != "draft":
        journey.to(state)
    dossier, cast, typed = journey.dossier, cast_of(journey), everything_typed(journey)
    before = trace()
    for transition in TRANSITIONS.values():
        for role in STANDING:
            expected, version = refusal_of(transition, role, state), dossier.version
            if expected is None:
                # Whoever may act, may not on a page shown before somebody else's act.
                expected, version = Stale, dossier.version - 1
            with pytest.raises(expected) as refusal:
                execute(
                    transition.name,
                    dossier=dossier,
                    actor=cast[role],
                    expected_version=version,
                    now=journey.now,
                    **typed,
                )
            assert refusal.type is expected, (transition.name, role)
            sentence = str(refusal.value)
            assert sentence[0] in "«L"
            assert sentence.endswith(".")
        assert trace() == before, transition.name


def test_every_role_may_do_something_somewhere_or_nothing_at_all() -> None:
    able = {
        role
        for role in STANDING
        for state in State.values
        for transition in TRANSITIONS.values()
        if refusal_of(transition, role, state) is None
    }
    assert set(STANDING) - able == {
        "other_owner",
        "other_expert",
        "auditor",
        "administrator",
        "deactivated_officer",
    }
