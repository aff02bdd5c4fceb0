"""The table is whole: every act has its effect, its words and its way; the page that draws it is current."""

import re

import pytest
from django.core.management import CommandError, call_command

from applications.management.commands import workflow_diagram
from applications.services.effects import EFFECTS
from applications.services.notices import NOTICES
from applications.workflow import drawing
from applications.workflow.situation import Actor
from applications.workflow.states import COMPANY_LABELS, FREED, LIVE, TONES, MissionState, State
from applications.workflow.table import TRANSITIONS, Transition

# Acts of which nobody needs to hear: the judgement of one finding, the record of a transmission.
SILENT = {"decide_finding", "forward_report"}
each_act = pytest.mark.parametrize("transition", TRANSITIONS.values(), ids=TRANSITIONS)


@each_act
def test_an_act_has_an_effect_a_french_label_sources_and_actors(transition: Transition) -> None:
    assert transition.name in EFFECTS
    assert re.fullmatch(r"[A-ZÀÉ][\wà-ÿ’ ]+", transition.label)
    assert transition.sources
    assert len(set(transition.sources)) == len(transition.sources)
    assert transition.actors
    assert transition.name in set(NOTICES) ^ SILENT


@each_act
def test_an_act_of_the_sweep_is_nobody_elses(transition: Transition) -> None:
    assert Actor.SWEEP not in transition.actors or transition.actors == {Actor.SWEEP}


def test_no_effect_and_no_notice_lacks_its_act() -> None:
    assert set(EFFECTS) == set(TRANSITIONS)
    asked = {f"{name}_asked" for name, transition in TRANSITIONS.items() if transition.second}
    dropped = {f"{name}_dropped" for name, transition in TRANSITIONS.items() if transition.second}
    assert set(NOTICES) == (set(TRANSITIONS) - SILENT) | asked | dropped | {
        "amend_applied",
        "satisfaction_asked",
    }


def test_every_state_is_reached_from_a_draft() -> None:
    reached, grown = {State.DRAFT}, True
    while grown:
        found = {
            target
            for transition in TRANSITIONS.values()
            if set(transition.sources) & reached
            for target in drawing.targets(transition)
        }
        grown = not found <= reached
        reached |= found
    assert reached == set(State)


def test_every_live_state_has_a_way_out() -> None:
    for state in LIVE - {State.CLOSED}:
        assert any(
            state in transition.sources and any(target != state for target in drawing.targets(transition))
            for transition in TRANSITIONS.values()
        ), state


def test_only_a_review_or_a_reopening_leaves_a_freed_state() -> None:
    ways = {(source, name) for name, t in TRANSITIONS.items() for source in t.sources if source in FREED}
    assert ways == {(State.REJECTED, "request_review"), (State.LAPSED, "reopen")}


def test_each_state_has_two_labels_and_a_tone() -> None:
    assert set(COMPANY_LABELS) == set(TONES) == set(State)
    assert all(state.label and COMPANY_LABELS[state] for state in State)
    assert len(set(COMPANY_LABELS.values())) == len({state.label for state in State}) == len(State)
    assert all(MissionState(state).label for state in MissionState)


def test_no_person_is_the_first_and_the_second_by_the_same_role() -> None:
    for transition in TRANSITIONS.values():
        # Any two of the functions do: `execute` refuses a second person of the first one's.
        if transition.second and transition.name not in {"reverse_payment", "lift_hold"}:
            assert not transition.second.actors & transition.actors
    reversal = TRANSITIONS["reverse_payment"]
    assert reversal.second is not None
    assert reversal.second.actors == reversal.actors == {Actor.CONTROLLER, Actor.MANAGER}


def test_the_page_that_draws_the_table_is_current() -> None:
    call_command("workflow_diagram", "--check")


def test_the_check_fails_on_another_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow_diagram, "page", lambda: "autre")
    with pytest.raises(CommandError, match="workflow_diagram"):
        call_command("workflow_diagram", "--check")
