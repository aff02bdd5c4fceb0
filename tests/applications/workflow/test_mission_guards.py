"""Each condition of the contract, of the work and of the ends, on both sides of its boundary."""

from datetime import date
from typing import Any
from unittest import mock

import pytest

from applications.workflow import mission_guards as m
from applications.workflow.guards import Guard
from applications.workflow.refusals import Obstacle
from applications.workflow.situation import CODE_VERIFIED, SECOND_MOTIVE, Actor
from tests.applications.workflow.given import LONG, SHORT, TODAY, always, codes, one

YESTERDAY, TOMORROW = date(2026, 3, 30), date(2026, 4, 1)


def extension(**fields: Any) -> dict[str, Any]:
    """Return the facts of a term that may be extended, but for what is given."""
    was_extended = fields.pop("was_extended", False)
    told = {"extension_requested_at": None, "due_on": TOMORROW} | fields
    return {f"dossier__{name}": value for name, value in told.items()} | {"facts__was_extended": was_extended}


def ended(on: Any, due_on: date | None = TODAY, replaced_on: date | None = None) -> dict[str, Any]:
    return {
        "inputs__work_ended_on": on,
        "dossier__due_on": due_on,
        "mission__replaced_on": replaced_on,
    }


def term(due_on: date | None, noticed: date | None = None) -> dict[str, Any]:
    """Return a term; the notice, once given, has its own deadline."""
    return {"dossier__due_on": due_on, "facts__deadline_on": {"lapse": noticed}.get}


def signed(**fields: Any) -> dict[str, Any]:
    """Return an amendment at the signature that nobody signed, but for what is given."""
    return {
        "facts__open_amendment": one(**{"expert_signed_at": None, "company_signed_at": None} | fields),
        "dossier__state": "in_progress",
    }


@pytest.mark.parametrize(
    ("guard", "given", "expected"),
    [
        (m.signatory_has_delegation, {"facts__delegation_of": always(None)}, ["no_delegation"]),
        (m.signatory_has_delegation, {"facts__delegation_of": always(one())}, []),
        (m.conflict_is_declared, {"mission": None}, ["conflict_undeclared"]),
        (m.conflict_is_declared, {"mission__conflict_declared_at": None}, ["conflict_undeclared"]),
        (
            m.conflict_is_declared,
            {"mission__conflict_declared_at": TODAY, "mission__conflict_free": False},
            ["conflict_declared"],
        ),
        (
            m.conflict_is_declared,
            {"mission__conflict_declared_at": TODAY, "mission__conflict_free": True},
            [],
        ),
        (m.bpifrance_signed, {"facts__contract": None}, ["not_signed_by_bpifrance"]),
        (m.bpifrance_signed, {"facts__contract": one()}, []),
        (m.contract_is_not_signed_yet, {"facts__contract": None}, []),
        (m.contract_is_not_signed_yet, {"facts__contract": one()}, ["signed_already"]),
        (m.contract_is_intact, {"facts__contract": None}, ["contract_voided"]),
        (
            m.contract_is_intact,
            {"facts__contract": one(), "facts__contract_is_intact": False},
            ["contract_altered"],
        ),
        (m.contract_is_intact, {"facts__contract": one(), "facts__contract_is_intact": True}, []),
        (m.signatory_may_sign, {"facts__signatory_of": always(None)}, ["may_not_sign"]),
        (m.signatory_may_sign, {"facts__signatory_of": always(one(may_sign=False))}, ["may_not_sign"]),
        (m.signatory_may_sign, {"facts__signatory_of": always(one(may_sign=True))}, []),
        (m.identity_is_confirmed, {f"inputs__{CODE_VERIFIED}": True}, ["not_reauthenticated"]),
        (m.identity_is_confirmed, {"inputs__reauthenticated": "yes"}, ["not_reauthenticated"]),
        (m.identity_is_confirmed, {"inputs__reauthenticated": True}, ["wrong_code"]),
        (
            m.identity_is_confirmed,
            {"inputs__reauthenticated": True, f"inputs__{CODE_VERIFIED}": True},
            [],
        ),
        (m.conflict_statement_is_given, {}, ["conflict_missing"]),
        (m.conflict_statement_is_given, {"inputs__conflict_free": True}, []),
        (
            m.conflict_statement_is_given,
            {"inputs__conflict_free": False, "inputs__statement": SHORT},
            ["statement_missing"],
        ),
        (
            m.conflict_statement_is_given,
            {"inputs__conflict_free": False, "inputs__statement": LONG[:10]},
            [],
        ),
        (m.service_contract_is_there, {"facts__service_contract": None}, ["no_service_contract"]),
        (m.service_contract_is_there, {"facts__service_contract": one()}, []),
        (m.work_did_not_start, {"mission__work_started_on": None}, []),
        (m.work_did_not_start, {"mission__work_started_on": TODAY}, ["started_already"]),
        (m.work_started, {"mission__work_started_on": TODAY}, []),
        (m.work_started, {"mission__work_started_on": None}, ["not_started"]),
        (
            m.start_follows_signature,
            {"inputs__work_started_on": YESTERDAY, "dossier__signed_on": TODAY},
            ["started_early"],
        ),
        (m.start_follows_signature, {"inputs__work_started_on": TODAY, "dossier__signed_on": TODAY}, []),
        (m.start_follows_signature, {"inputs__work_started_on": TODAY, "dossier__signed_on": None}, []),
        (m.start_follows_signature, {"inputs__work_started_on": None, "dossier__signed_on": TODAY}, []),
        (m.no_end_awaits_a_manager, {"facts__end_awaits_a_manager": True}, ["end_awaits"]),
        (m.no_end_awaits_a_manager, {"facts__end_awaits_a_manager": False}, []),
        (m.a_replaced_mission_is_open, {"mission": None}, ["not_replaced"]),
        (
            m.a_replaced_mission_is_open,
            {"mission__is_current": True, "mission__replaced_on": TODAY},
            ["not_replaced"],
        ),
        (
            m.a_replaced_mission_is_open,
            {"mission__is_current": False, "mission__replaced_on": None},
            ["not_replaced"],
        ),
        (
            m.a_replaced_mission_is_open,
            {"mission__is_current": False, "mission__replaced_on": TODAY},
            [],
        ),
        (
            m.end_follows_start,
            {"inputs__work_ended_on": YESTERDAY, "mission__work_started_on": TODAY},
            ["ended_before_start"],
        ),
        (m.end_follows_start, {"inputs__work_ended_on": TODAY, "mission__work_started_on": TODAY}, []),
        (m.end_follows_start, {"inputs__work_ended_on": TODAY, "mission__work_started_on": None}, []),
        (m.end_follows_start, {"mission__work_started_on": TODAY}, []),
        (
            m.end_follows_start,
            {
                "inputs__work_ended_on": YESTERDAY,
                "inputs__work_started_on": YESTERDAY,
                "mission__work_started_on": TODAY,
            },
            [],
        ),
        (m.end_is_within_term, ended(TODAY), []),
        (m.end_is_within_term, ended(TOMORROW), ["after_term"]),
        (m.end_is_within_term, ended(TOMORROW, due_on=None), []),
        (m.end_is_within_term, ended(None), []),
        (m.end_is_within_term, ended(None, replaced_on=YESTERDAY), []),
        (m.end_is_within_term, ended(YESTERDAY, replaced_on=YESTERDAY), []),
        (m.end_is_within_term, ended(TODAY, replaced_on=YESTERDAY), ["after_replacement"]),
        (m.lateness_is_accepted, {}, []),
        (m.lateness_is_accepted, {f"inputs__{SECOND_MOTIVE}": SHORT}, ["motive_missing"]),
        (m.lateness_is_accepted, {f"inputs__{SECOND_MOTIVE}": LONG[:10]}, []),
        (m.no_amendment_is_open, {"facts__open_amendment": None}, []),
        (m.no_amendment_is_open, {"facts__open_amendment": one()}, ["amendment_open"]),
        (m.an_amendment_is_open, {"facts__open_amendment": None}, ["no_amendment"]),
        (m.an_amendment_is_open, {"facts__open_amendment": one()}, []),
    ],
)
def test_a_condition(guard: Guard, given: dict[str, Any], expected: list[str]) -> None:
    assert codes(guard, **given) == expected


@pytest.mark.parametrize("is_current", [True, False])
def test_the_charter_in_force_is_accepted(is_current: bool) -> None:
    with mock.patch.object(m, "charter_is_current", always(is_current)):
        assert codes(m.charter_is_accepted, mission__firm=one()) == ["charter_outdated"] * (not is_current)


@pytest.mark.parametrize(
    ("role", "given", "expected"),
    [
        (Actor.OFFICER, signed() | {"facts__open_amendment": None}, []),
        (Actor.OFFICER, signed(), ["amendment_open"]),
        (
            Actor.OFFICER,
            {"facts__open_amendment": None, "dossier__state": "approved"},
            ["amendment_early"],
        ),
        (Actor.EXPERT, {"facts__open_amendment": None}, ["no_amendment"]),
        (Actor.EXPERT, signed(), []),
        (Actor.EXPERT, signed(company_signed_at=TODAY), []),
        (Actor.EXPERT, signed(expert_signed_at=TODAY), ["amendment_signed"]),
        (Actor.SIGNATORY, signed(expert_signed_at=TODAY), []),
        (Actor.SIGNATORY, signed(company_signed_at=TODAY), ["amendment_signed"]),
    ],
)
def test_an_amendment_is_opened_once_and_signed_once_by_each(
    role: Actor, given: dict[str, Any], expected: list[str]
) -> None:
    assert codes(m.amendment_is_signable, standing={role}, **given) == expected


def quote_too_high(lines: list[Any], firm: Any = None) -> list[Obstacle]:
    """Answer as the facts do of an amended quote: one obstacle a line, and one where another firm takes over."""
    return [Obstacle("line", "Trop.")] * len(lines) + [Obstacle("firm_quote", "Trop.")] * (firm is not None)


@pytest.mark.parametrize(
    ("role", "typed", "expected"),
    [
        (Actor.OFFICER, {"motive": LONG[:10]}, []),
        (Actor.OFFICER, {"motive": SHORT, "lines": [1, 2]}, ["motive_missing", "line", "line"]),
        (Actor.EXPERT, {"agreed": True}, ["conflict_undeclared"]),
        (Actor.EXPERT, {}, ["not_agreed", "conflict_undeclared"]),
        (Actor.SIGNATORY, {}, ["may_not_sign", "not_reauthenticated"]),
    ],
)
def test_who_signs_an_amendment_is_sure_of_it(
    role: Actor, typed: dict[str, Any], expected: list[str]
) -> None:
    given = {
        "standing": {role},
        "mission__conflict_declared_at": None,
        "facts__amended_quote_obstacles": quote_too_high,
        "facts__signatory_of": always(None),
        **{f"inputs__{name}": value for name, value in typed.items()},
    }
    assert codes(m.amendment_signer_is_sure, **given) == expected


@pytest.mark.parametrize(
    ("firm", "lines", "expected"),
    [
        (None, None, ["firm_missing"]),
        (one(pk=1), None, ["same_firm"]),
        (one(pk=2), None, ["not_accredited", "firm_quote"]),
        (one(pk=2), [1], ["not_accredited", "line", "firm_quote"]),
    ],
)
def test_the_new_firm_is_another_one_and_is_examined(firm: Any, lines: Any, expected: list[str]) -> None:
    given = {
        "inputs__firm": firm,
        "inputs__lines": lines,
        "mission__firm_id": 1,
        "facts__firm_obstacles": always([Obstacle("not_accredited", "Non.")]),
        "facts__amended_quote_obstacles": quote_too_high,
    }
    assert codes(m.replacement_is_possible, **given) == expected


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["paid"], []),
        (["paid", "ended"], []),
        (["payment_approved"], ["mission_open"]),
        (["paid", "work_done"], ["mission_open"]),
    ],
)
def test_every_mission_is_over_before_the_dossier_is_closed(states: list[str], expected: list[str]) -> None:
    missions = [one(state=state) for state in states]
    assert codes(m.every_mission_is_over, facts__missions=missions) == expected


def test_the_report_goes_to_each_ministry_once() -> None:
    left = {"facts__recipients_to_serve": {"sante": "Santé"}}
    assert codes(m.report_is_forwarded, **left) == ["not_forwarded"]
    assert codes(m.report_is_forwarded, facts__recipients_to_serve={}) == []
    assert codes(m.recipients_are_known, inputs__recipients=["sante"], **left) == []
    assert codes(m.recipients_are_known, **left) == ["recipients_missing"]
    assert codes(m.recipients_are_known, inputs__recipients=["sante", "economie"], **left) == [
        "recipients_missing"
    ]


def test_the_cancellation_is_asked_once() -> None:
    asked, silent = (
        {"dossier__cancellation_requested_at": TODAY},
        {"dossier__cancellation_requested_at": None},
    )
    assert (codes(m.cancellation_is_asked, **asked), codes(m.cancellation_is_asked, **silent)) == (
        [],
        ["not_asked"],
    )
    assert (codes(m.cancellation_is_not_asked, **asked), codes(m.cancellation_is_not_asked, **silent)) == (
        ["asked_already"],
        [],
    )


@pytest.mark.parametrize(
    ("signed_on", "ended_on", "expected"),
    [
        (TODAY, date(2026, 1, 30), []),
        (TODAY, date(2026, 1, 29), ["reopen_late"]),
        (TODAY, None, []),
        (None, TODAY, ["never_signed"]),
    ],
)
def test_a_lapse_is_reopened_within_60_days(
    signed_on: date | None, ended_on: date | None, expected: list[str]
) -> None:
    given = {"dossier__signed_on": signed_on, "dossier__ended_on": ended_on}
    assert codes(m.lapse_can_be_reopened, **given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (extension(), []),
        (extension(due_on=TODAY), ["extension_late"]),
        (extension(due_on=None), []),
        (extension(extension_requested_at=TODAY), ["extension_asked"]),
        (extension(was_extended=True), ["extended_already"]),
    ],
)
def test_an_extension_is_asked_once_before_the_term(given: dict[str, Any], expected: list[str]) -> None:
    assert codes(m.an_extension_may_be_asked, **given) == expected


@pytest.mark.parametrize(
    ("months", "given", "expected"),
    [
        (0, extension(), []),
        (1, extension(), ["extension_not_asked"]),
        (3, extension(extension_requested_at=TODAY), []),
        (3, extension(extension_requested_at=TODAY, was_extended=True), ["extension_not_asked"]),
    ],
)
def test_an_extension_is_granted_once_asked(months: int, given: dict[str, Any], expected: list[str]) -> None:
    assert codes(m.an_extension_is_asked, facts__extension_months=months, **given) == expected
    assert codes(m.the_edition_extends, facts__extension_months=months) == ["no_extension"] * (months == 0)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (term(YESTERDAY), []),
        (term(TODAY), ["not_due"]),
        (term(None), ["not_due"]),
        (term(YESTERDAY, noticed=TODAY), ["not_due"]),
    ],
)
def test_a_notice_follows_the_term_once(given: dict[str, Any], expected: list[str]) -> None:
    assert codes(m.term_is_over, **given) == expected


@pytest.mark.parametrize(
    ("due_on", "expected"),
    [(YESTERDAY, []), (TODAY, ["not_due"]), (TOMORROW, ["not_due"]), (None, ["not_due"])],
)
def test_the_sweep_acts_on_the_day_after(due_on: date | None, expected: list[str]) -> None:
    given = {"facts__deadline_on": {"unsigned": due_on}.get}
    guard = m.deadline_is_over("unsigned")
    assert guard.__name__ == "unsigned_deadline_is_over"
    assert codes(guard, **given) == expected
