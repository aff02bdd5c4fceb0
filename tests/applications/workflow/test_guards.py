"""Each condition of the request and of its review, on both sides of its boundary."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from applications.workflow import guards as g
from applications.workflow.refusals import Obstacle
from applications.workflow.situation import Situation
from tariffs.engine.facts import CaseError
from tests.applications.workflow.given import LONG, SHORT, TODAY, always, codes, one, situation

YESTERDAY, TOMORROW = date(2026, 3, 30), date(2026, 4, 1)
THRESHOLD = Decimal("25000.00")
CENT = Decimal("0.01")


def finding(status: str, rule: str = "company.category") -> dict[str, Any]:
    return {"rule": rule, "status": status, "message": "Un constat.", "remedy": None}


def judged(status: str, outcome: str | None = None, *, overridable: bool = False) -> dict[str, Any]:
    """Return the facts of a request with one finding, as an officer judged it."""
    return {
        "facts__decision_findings": {"the.rule": finding(status)},
        "facts__finding_outcomes": {} if outcome is None else {"the.rule": outcome},
        "facts__overridable_rules": frozenset({"the.rule"} if overridable else ()),
    }


def to_judge(status: str, *, overridable: bool = False, waits: bool = False, rule: str = "the.rule") -> Any:
    """Return the facts of a finding that an officer is about to judge."""
    return {
        "inputs__rule": rule,
        "facts__decision_findings": {rule: finding(status)},
        "facts__derogation_waits": waits,
        "facts__overridable_rules": frozenset({rule} if overridable else ()),
    }


def rejection(**fields: Any) -> dict[str, Any]:
    """Return the facts of a rejection whose review is asked."""
    told = {"review_requested_on": None, "rejected_on": date(2026, 1, 31)} | fields
    taken = told.pop("taken", False)
    return {f"dossier__{name}": value for name, value in told.items()} | {"facts__volet_taken": taken}


def rank(number: int, state: str) -> Any:
    return one(rank=number, state=state)


@pytest.mark.parametrize(
    ("guard", "given", "expected"),
    [
        (g.motive_is_given, {"inputs__motive": LONG[:10]}, []),
        (g.motive_is_given, {"inputs__motive": SHORT}, ["motive_missing"]),
        (g.motive_is_given, {"inputs__motive": " " * 12}, ["motive_missing"]),
        (g.date_is_given("paid_on"), {}, ["date_missing"]),
        (g.date_is_given("paid_on"), {"inputs__paid_on": TODAY}, []),
        (g.date_is_given("paid_on"), {"inputs__paid_on": TOMORROW}, ["date_in_future"]),
        (g.date_is_given("paid_on"), {"inputs__paid_on": YESTERDAY}, []),
        (g.device_and_firm_are_chosen, {"dossier__device_id": 1, "dossier__firm_id": 1}, []),
        (
            g.device_and_firm_are_chosen,
            {"dossier__device_id": None, "dossier__firm_id": 1},
            ["device_missing"],
        ),
        (g.device_and_firm_are_chosen, {"dossier__device_id": 1, "dossier__firm_id": None}, ["firm_missing"]),
        (g.review_is_current, {"inputs__expected_revision": 3, "dossier__revision": 3}, []),
        (g.review_is_current, {"inputs__expected_revision": 2, "dossier__revision": 3}, ["revision"]),
        (g.completion_items_are_named, {}, ["items_missing"]),
        (g.completion_items_are_named, {"inputs__items": [{"reason": "Illisible."}]}, []),
        (g.completion_items_are_named, {"inputs__items": [{"reason": " "}, {}]}, ["reason_missing"] * 2),
        (g.outcome_is_known, {"inputs__outcome": "accepted"}, []),
        (g.outcome_is_known, {"inputs__outcome": "refused"}, []),
        (g.outcome_is_known, {"inputs__outcome": "perhaps"}, ["outcome_unknown"]),
        (g.derogation_is_decided, {"facts__derogation_waits": True}, ["derogation_waits"]),
        (g.derogation_is_decided, {"facts__derogation_waits": False}, []),
        (g.day_checks_pass, {"facts__day_obstacles": [Obstacle("insolvency", "Une.")]}, ["insolvency"]),
        (g.term_is_known, {"facts__term_months": None}, ["term_unknown"]),
        (g.term_is_known, {"facts__term_months": 12}, []),
        (g.funding_is_known, {"dossier__bpifrance_share": Decimal(0)}, ["nothing_to_fund"]),
        (g.funding_is_known, {"dossier__bpifrance_share": CENT}, []),
        (g.volet_is_free, {"facts__volet_taken": True}, ["volet_taken"]),
        (g.volet_is_free, {"facts__volet_taken": False}, []),
    ],
)
def test_a_condition(guard: g.Guard, given: dict[str, Any], expected: list[str]) -> None:
    assert codes(guard, **given) == expected


def test_a_date_is_asked_by_its_own_name() -> None:
    guard = g.date_is_given("sent_on")
    assert guard.__name__ == "sent_on_is_given"
    assert codes(guard, inputs__paid_on=TODAY) == ["date_missing"]
    assert codes(guard, inputs__sent_on=TODAY) == []


@pytest.mark.parametrize("name", g.ENGAGEMENTS)
@pytest.mark.parametrize("ticked", [False, None, "true"])
def test_an_engagement_is_ticked_and_nothing_else_will_do(name: str, ticked: Any) -> None:
    all_ticked = {f"inputs__{other}": True for other in g.ENGAGEMENTS}
    assert codes(g.engagements_are_ticked, **all_ticked) == []
    assert codes(g.engagements_are_ticked, **all_ticked | {f"inputs__{name}": ticked}) == [
        f"engagement:{name}"
    ]


@pytest.mark.parametrize(
    ("findings", "anyway", "expected"),
    [
        ([finding("pass")], False, []),
        ([finding("fail")], False, ["fails"]),
        ([finding("fail"), finding("fail")], False, ["fails"]),
        ([finding("fail")], True, []),
        ([finding("pass")], True, []),
        ([finding("missing"), finding("review")], False, []),
    ],
)
def test_a_failing_request_is_filed_by_an_explicit_wish_only(
    findings: list[dict[str, Any]], anyway: bool, expected: list[str]
) -> None:
    given = {"facts__filing_evaluation": {"findings": findings}, "inputs__file_anyway": anyway}
    assert codes(g.failure_is_accepted, **given) == expected


class Documents:
    """The documents of a dossier, each by what is asked of it."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = rows

    def filter(self, **asked: Any) -> "Documents":
        return Documents(*(row for row in self.rows if row | asked == row))

    def values_list(self, name: str, *, flat: bool = False) -> list[Any]:
        return [row[name] if flat else (row[name],) for row in self.rows]

    def exists(self) -> bool:
        return bool(self.rows)


def filed(name: str, *, replaced: bool = False, state: str = "clean", **more: Any) -> dict[str, Any]:
    """Return a document that was filed, or an empty place where it has no file."""
    return {
        "replaced_at__isnull": not replaced,
        "document__original_name": name,
        "document__state": state,
        "document__isnull": not name,
    } | more


EVIDENCE = {"kind": "derogation_evidence"}


class Wrong:
    """Facts that the engine can't read."""

    @property
    def filing_evaluation(self) -> dict[str, Any]:
        raise CaseError("company.created_on", "Cette date est à venir.")


@pytest.mark.parametrize(
    ("awaited", "findings", "expected"),
    [
        ([], [finding("pass"), finding("fail")], []),
        ([], [finding("missing", "a"), finding("missing", "b")], ["missing:a", "missing:b"]),
        ([filed("devis.pdf", state="pending")], [finding("pass")], ["file_awaited"]),
        ([filed("devis.pdf")], [finding("pass")], []),
        ([filed("devis.pdf", state="pending", replaced=True)], [finding("pass")], []),
    ],
)
def test_nothing_is_missing_and_no_file_is_awaited(
    awaited: list[dict[str, Any]], findings: list[dict[str, Any]], expected: list[str]
) -> None:
    given = {"dossier__documents": Documents(*awaited), "facts__filing_evaluation": {"findings": findings}}
    assert codes(g.nothing_is_missing, **given) == expected


def test_what_is_missing_comes_with_its_remedy_and_what_is_awaited_with_its_name() -> None:
    lacking = {**finding("missing"), "remedy": "Indiquez l’effectif."}
    given = situation(
        dossier__documents=Documents(filed("devis.pdf", state="pending")),
        facts__filing_evaluation={"findings": [lacking, finding("missing")]},
    )
    awaited, first, second = g.nothing_is_missing(given)
    assert "« devis.pdf »" in awaited.message.replace("\u00a0", " ")
    assert (first.remedy, second.remedy) == ("Indiquez l’effectif.", "")


def test_an_answer_that_cannot_be_read_is_the_only_thing_said() -> None:
    assert codes(g.nothing_is_missing, dossier__documents=Documents(), facts=Wrong()) == ["case_wrong"]


@pytest.mark.parametrize(
    ("derogation", "joined", "expected"),
    [
        (None, (), []),
        (one(asks_evidence=False), (), []),
        (one(asks_evidence=True), (filed("cv.pdf", **EVIDENCE),), []),
        (one(asks_evidence=True), (), ["derogation_evidence_missing"]),
        (one(asks_evidence=True), (filed("devis.pdf", kind="quote"),), ["derogation_evidence_missing"]),
        (one(asks_evidence=True), (filed("", **EVIDENCE),), ["derogation_evidence_missing"]),
        (
            one(asks_evidence=True),
            (filed("cv.pdf", replaced=True, **EVIDENCE),),
            ["derogation_evidence_missing"],
        ),
    ],
)
def test_a_derogation_comes_with_its_evidence(
    derogation: Any, joined: tuple[dict[str, Any], ...], expected: list[str]
) -> None:
    given = {"dossier__derogation": derogation, "dossier__documents": Documents(*joined)}
    assert codes(g.derogation_is_evidenced, **given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (to_judge("review"), []),
        (to_judge("pass"), ["finding_unknown"]),
        (to_judge("fail"), ["finding_unknown"]),
        (to_judge("fail", overridable=True), []),
        (to_judge("pass", overridable=True), ["finding_unknown"]),
        (to_judge("review", waits=True), []),
        (to_judge("review", rule="expert.accredited"), []),
        (to_judge("review", rule="expert.accredited", waits=True), ["derogation_waits"]),
        (to_judge("review") | {"inputs__rule": "no.rule"}, ["finding_unknown"]),
    ],
)
def test_a_finding_is_judged_where_it_asks_for_a_judgement(
    given: dict[str, Any], expected: list[str]
) -> None:
    assert codes(g.finding_exists, **given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (judged("pass"), []),
        (judged("review"), ["review:the.rule"]),
        (judged("review", "accepted"), []),
        (judged("review", "refused"), ["review:the.rule"]),
        (judged("fail"), ["fail:the.rule"]),
        (judged("fail", "accepted"), ["fail:the.rule"]),
        (judged("fail", overridable=True), ["fail:the.rule"]),
        (judged("fail", "refused", overridable=True), ["fail:the.rule"]),
        (judged("fail", "accepted", overridable=True), []),
        (judged("missing"), ["missing:the.rule"]),
        (judged("not_applicable"), []),
    ],
)
def test_every_finding_is_settled(given: dict[str, Any], expected: list[str]) -> None:
    assert codes(g.findings_are_settled, **given) == expected


def test_a_judgement_that_lacks_is_told_from_one_against_the_request() -> None:
    (waiting,) = g.findings_are_settled(situation(**judged("review")))
    (kept,) = g.findings_are_settled(situation(**judged("review", "refused")))
    assert waiting.message.startswith("Un constat est à trancher")
    assert kept.message.startswith("Un constat est maintenu contre la demande")


@pytest.mark.parametrize(
    ("remaining", "expected"),
    [
        (None, ["envelope_missing"]),
        (THRESHOLD - CENT, ["envelope_short"]),
        (THRESHOLD, []),
        (THRESHOLD + CENT, []),
    ],
)
def test_the_envelope_holds_the_share(remaining: Decimal | None, expected: list[str]) -> None:
    given = {"facts__envelope_remaining": remaining, "dossier__bpifrance_share": THRESHOLD}
    assert codes(g.envelope_has_room, **given) == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], ["rules_missing"]),
        (None, ["rules_missing"]),
        (["known"], []),
        (["known", "unknown"], ["rules_missing"]),
    ],
)
def test_a_rejection_cites_known_rules(rules: list[str] | None, expected: list[str]) -> None:
    given = {"inputs__rules": rules, "facts__decision_findings": {"known": finding("fail")}}
    assert codes(g.rules_are_cited, **given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (rejection(), []),
        (rejection(rejected_on=date(2026, 1, 30)), ["review_late"]),
        (rejection(rejected_on=None), []),
        (rejection(review_requested_on=YESTERDAY), ["review_twice"]),
        (rejection(taken=True), ["volet_taken"]),
    ],
)
def test_a_rejection_is_reviewed_once_within_two_months(given: dict[str, Any], expected: list[str]) -> None:
    assert codes(g.review_is_possible, **given) == expected


@pytest.mark.parametrize(
    ("derogation", "expected"),
    [(None, ["no_derogation"]), (one(status="granted"), ["no_derogation"]), (one(status="requested"), [])],
)
def test_a_derogation_is_decided_once(derogation: Any, expected: list[str]) -> None:
    assert codes(g.derogation_is_open, facts__derogation=derogation) == expected


@pytest.mark.parametrize(
    ("derogation", "expected"),
    [
        (None, []),
        (one(officer_id=None), ["not_advised"]),
        (one(officer_id=7), []),
        (one(officer_id=1), ["advised_before"]),
        (one(officer_id=2), ["advised_before"]),
    ],
)
def test_a_derogation_is_advised_by_another_person(derogation: Any, expected: list[str]) -> None:
    given = {"actor": one(pk=1), "giver": one(pk=2), "facts__derogation": derogation}
    assert codes(g.derogation_is_advised, **given) == expected


@pytest.mark.parametrize("person", ["actor", "giver"])
@pytest.mark.parametrize(("before", "is_refused"), [({1}, True), ({2}, False), (set(), False)])
def test_nobody_decides_twice_of_one_dossier(person: str, before: set[int], is_refused: bool) -> None:
    given: dict[str, Any] = {person: one(pk=1), "facts__rejecters": before}
    assert codes(g.actor_did_not_reject, **given) == ["decided_before"] * is_refused
    given = {person: one(pk=1), "facts__money_deciders": always(before)}
    assert codes(g.takes_no_other_decision("approve"), **given) == ["two_decisions"] * is_refused


def test_the_same_decision_may_be_taken_again() -> None:
    taken = {"approve": 1, "mark_paid": 2}
    deciders = {
        "facts__money_deciders": lambda besides: {who for act, who in taken.items() if act != besides}
    }
    assert codes(g.takes_no_other_decision("approve"), actor=one(pk=1), **deciders) == []
    assert codes(g.takes_no_other_decision("mark_paid"), actor=one(pk=1), **deciders) == ["two_decisions"]


@pytest.mark.parametrize(
    ("mission", "others", "expected"),
    [
        (rank(2, "closure_submitted"), [rank(1, "work_done")], ["earlier_mission"]),
        (rank(2, "closure_submitted"), [rank(1, "payment_approved")], []),
        (rank(2, "closure_submitted"), [rank(1, "paid")], []),
        (rank(2, "closure_submitted"), [rank(1, "ended")], []),
        (rank(1, "closure_submitted"), [rank(2, "work_done")], []),
        (rank(1, "closure_submitted"), [rank(1, "closure_submitted")], []),
        (None, [rank(1, "work_done")], []),
    ],
)
def test_missions_are_settled_in_their_order(mission: Any, others: list[Any], expected: list[str]) -> None:
    given = {"mission": mission, "facts__missions": others}
    assert codes(g.earlier_missions_are_settled, **given) == expected


def decided(**changes: Any) -> Situation:
    """Return an approval that one person may decide, but for what is given."""
    plain: dict[str, Any] = {
        "facts__decision_findings": {"r": finding("review"), "f": finding("fail")},
        "facts__finding_outcomes": {"r": "accepted"},
        "facts__derogation": None,
        "facts__derogation_counts": False,
        "dossier__bpifrance_share": THRESHOLD - CENT,
        "dossier__review_requested_on": None,
    }
    return situation(**plain | changes)


def test_a_manager_approves_an_override_a_derogation_a_great_share_and_a_reviewed_rejection() -> None:
    derogation = one()
    assert not g.needs_manager_at_approval(decided())
    assert g.needs_manager_at_approval(decided(facts__finding_outcomes={"r": "accepted", "f": "accepted"}))
    assert not g.needs_manager_at_approval(decided(facts__finding_outcomes={"gone": "accepted"}))
    assert not g.needs_manager_at_approval(decided(facts__derogation=derogation))
    assert not g.needs_manager_at_approval(decided(facts__derogation_counts=True))
    assert g.needs_manager_at_approval(decided(facts__derogation=derogation, facts__derogation_counts=True))
    assert g.needs_manager_at_approval(decided(dossier__bpifrance_share=THRESHOLD))
    assert g.needs_manager_at_approval(decided(dossier__review_requested_on=YESTERDAY))


def test_when_an_act_takes_two_persons() -> None:
    assert g.always(decided()) is True
    assert g.was_reviewed(situation(dossier__review_requested_on=YESTERDAY)) is True
    assert g.was_reviewed(situation(dossier__review_requested_on=None)) is False
    assert [
        g.declared_after_term(situation(dossier__due_on=due_on)) for due_on in (YESTERDAY, TODAY, None)
    ] == [True, False, False]
