"""Each condition of the closure and of the payment, on both sides of its boundary."""

from datetime import date
from typing import Any

import pytest

from applications.workflow import closure_guards as c
from applications.workflow.guards import Guard
from applications.workflow.refusals import Obstacle
from applications.workflow.situation import Actor
from tests.applications.workflow.given import LONG, SHORT, TODAY, always, codes, one, situation

YESTERDAY = date(2026, 3, 30)
REASON = one(ASSIGNMENT="assignment", STARTED_EARLY="started_early", IBAN="iban_change")
STATUS = one(APPROVED="approved")


def hold(reason: str, pk: int = 1) -> Any:
    return one(pk=pk, reason=reason, Reason=REASON, get_reason_display=lambda: "Saisie")


def held(*holds: Any) -> dict[str, Any]:
    return {"facts__open_holds": always(list(holds))}


def order(status: str = "approved") -> dict[str, Any]:
    return {"facts__open_order": always(one(reference="VIR-7", batch=one(status=status, Status=STATUS)))}


def asked(reason: str, *holds: Any, **typed: Any) -> dict[str, Any]:
    """Return a hold that is asked for, beside those that stand."""
    inputs = {f"inputs__{name}": value for name, value in typed.items()}
    reasons = {"facts__hold_reasons": {"assignment", "seizure"}}
    return {"inputs__reason": reason, **reasons, **held(*holds), **inputs}


@pytest.mark.parametrize(
    ("guard", "given", "expected"),
    [
        (c.restitution_is_open, {"mission__restitution_on": None}, []),
        (c.restitution_is_open, {"mission__restitution_on": TODAY}, ["restitution_done"]),
        (c.restitution_is_not_contested, {"mission__restitution_contested_at": None}, []),
        (c.restitution_is_not_contested, {"mission__restitution_contested_at": TODAY}, ["contested_already"]),
        (
            c.restitution_silence_is_over,
            {"mission__closure_submitted_on": date(2026, 3, 22)},
            ["restitution_waits"],
        ),
        (c.restitution_silence_is_over, {"mission__closure_submitted_on": date(2026, 3, 21)}, []),
        (c.restitution_silence_is_over, {"mission__closure_submitted_on": None}, ["restitution_waits"]),
        (c.evidence_is_given, {"inputs__evidence": LONG[:10]}, []),
        (c.evidence_is_given, {"inputs__evidence": SHORT}, ["evidence_missing"]),
        (c.restitution_is_confirmed, {"mission__restitution_on": TODAY}, []),
        (c.restitution_is_confirmed, {"mission__restitution_on": None}, ["no_restitution"]),
        (c.nothing_is_held, held(), []),
        (
            c.nothing_is_held,
            held(hold("seizure"), hold("assignment")),
            ["hold:seizure", "hold:assignment"],
        ),
        (c.contract_is_signed, {"facts__contract": None}, ["contract_unsigned"]),
        (c.contract_is_signed, {"facts__contract": one(signed_by_company_at=None)}, ["contract_unsigned"]),
        (c.contract_is_signed, {"facts__contract": one(signed_by_company_at=TODAY)}, []),
        (c.iban_is_known, {"mission__firm": one(iban="")}, ["no_iban"]),
        (c.iban_is_known, {"mission__firm": one(iban="FR76")}, []),
        (
            c.iban_is_the_approved_one,
            {"facts__released_order": always(None), "mission__account_is_approved": True},
            [],
        ),
        (
            c.iban_is_the_approved_one,
            {"facts__released_order": always(None), "mission__account_is_approved": False},
            ["iban_changed"],
        ),
        (
            c.iban_is_the_approved_one,
            {"facts__released_order": always(one()), "mission__account_is_approved": False},
            [],
        ),
        (c.account_is_not_held, held(hold("seizure")), []),
        (c.account_is_not_held, held(hold("seizure"), hold("iban_change")), ["held_already"]),
        (c.no_file_has_left, {"facts__released_order": always(None)}, []),
        (c.no_file_has_left, {"facts__released_order": always(one())}, ["batch_left"]),
        (c.order_is_released, {"facts__open_order": always(None)}, []),
        (c.order_is_released, order(), []),
        (c.order_is_released, order("prepared"), ["batch_waits"]),
        (c.payment_is_of_its_order, {"facts__open_order": always(None), "inputs__reference": "X"}, []),
        (c.payment_is_of_its_order, order(), []),
        (c.payment_is_of_its_order, order() | {"inputs__reference": "VIR-7"}, []),
        (c.payment_is_of_its_order, order() | {"inputs__reference": "VIR-8"}, ["reference_of_order"]),
        (c.service_is_certified, {"facts__certificate": always(None)}, ["not_certified"]),
        (c.service_is_certified, {"facts__certificate": always(one())}, []),
        (c.service_is_not_certified, {"facts__certificate": always(None)}, []),
        (c.service_is_not_certified, {"facts__certificate": always(one())}, ["certified_already"]),
        (c.payment_is_described, {"inputs__reference": " "}, ["reference_missing"]),
        (c.payment_is_described, {"inputs__reference": "VIR-1"}, []),
        (c.a_payment_stands, {"facts__standing_payment": always(None)}, ["no_payment"]),
        (c.a_payment_stands, {"facts__standing_payment": always(one())}, []),
    ],
)
def test_a_condition(guard: Guard, given: dict[str, Any], expected: list[str]) -> None:
    assert codes(guard, **given) == expected


class Preflight:
    """A closure of which every part has its obstacle."""

    def obstacles(self, *parts: str) -> list[Obstacle]:
        return [Obstacle(part, "À corriger.") for part in parts]


def test_the_closure_and_its_invoices_are_examined_part_by_part() -> None:
    given = {"facts__preflight": always(Preflight())}
    assert codes(c.closure_is_complete, **given) == ["lignes", "rapport", "devis"]
    assert codes(c.invoices_match_shares, **given) == ["entreprise", "bpifrance"]


@pytest.mark.parametrize(
    ("guard", "typed", "event"),
    [
        (c.report_follows_start, "report_given_on", "work_started_on"),
        (c.restitution_follows_start, "restitution_on", "work_started_on"),
        (c.payment_follows_approval, "paid_on", "payment_approved_on"),
    ],
)
@pytest.mark.parametrize(
    ("day", "happened", "is_early"),
    [(YESTERDAY, TODAY, True), (TODAY, TODAY, False), (TODAY, None, False), (None, TODAY, False)],
)
def test_a_date_does_not_precede_its_event(
    guard: Guard, typed: str, event: str, day: date | None, happened: date | None, *, is_early: bool
) -> None:
    given = {f"inputs__{typed}": day, f"mission__{event}": happened}
    assert codes(guard, **given) == [f"{typed}_too_early"] * is_early


@pytest.mark.parametrize(
    ("missions", "expected"),
    [
        ([], []),
        ([one(is_current=True, report_given_on=None)], []),
        ([one(is_current=True, report_given_on=YESTERDAY)], []),
        ([one(is_current=True, report_given_on=TODAY)], ["sent_on_too_early"]),
        ([one(is_current=False, report_given_on=TODAY)], []),
    ],
)
def test_the_report_is_sent_after_it_was_given(missions: list[Any], expected: list[str]) -> None:
    given = {"inputs__sent_on": YESTERDAY, "facts__missions": missions}
    assert codes(c.sending_follows_report, **given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (asked("seizure"), []),
        (asked("unheard_of"), ["reason_missing"]),
        (asked("seizure", hold("seizure")), ["held_already"]),
        (asked("seizure", hold("assignment")), []),
        (asked("assignment"), ["assignee_missing", "notified_missing", "deed_missing"]),
        (asked("assignment", assignee="BK", notified_on=TODAY, deed="acte.pdf"), []),
        (asked("assignment", assignee="B", notified_on=TODAY, deed="acte.pdf"), ["assignee_missing"]),
        (asked("assignment", assignee="BK", notified_on="hier", deed="acte.pdf"), ["notified_missing"]),
        (asked("assignment", assignee="BK", notified_on=TODAY), ["deed_missing"]),
    ],
)
def test_a_hold_is_described(given: dict[str, Any], expected: list[str]) -> None:
    assert codes(c.hold_is_described, **given) == expected


@pytest.mark.parametrize(
    ("reason", "then", "expected"),
    [
        ("AC04", "pay", []),
        ("AC04", "hold", []),
        ("XX99", "pay", ["bank_reason_missing"]),
        ("AC04", "wait", ["then_missing"]),
    ],
)
def test_a_return_says_why_and_what_follows(reason: str, then: str, expected: list[str]) -> None:
    given = {"inputs__bank_reason": reason, "inputs__then": then, "facts__return_reasons": {"AC04"}}
    assert codes(c.return_is_described, **given) == expected


@pytest.mark.parametrize(
    ("reason", "wanted", "role", "expected"),
    [
        ("seizure", 1, Actor.OFFICER, []),
        ("seizure", 2, Actor.OFFICER, ["no_hold"]),
        ("started_early", 1, Actor.OFFICER, ["manager_lifts"]),
        ("started_early", 1, Actor.MANAGER, []),
    ],
)
def test_a_hold_is_lifted_by_who_may(reason: str, wanted: int, role: Actor, expected: list[str]) -> None:
    given = {"inputs__hold": wanted, "standing": {role}, **held(hold(reason))}
    assert codes(c.hold_is_liftable, **given) == expected


def test_the_assignment_of_a_claim_is_lifted_by_two() -> None:
    both = held(hold("seizure", 1), hold("assignment", 2))
    assert c.hold_is_of_two(situation(inputs__hold=2, **both)) is True
    assert c.hold_is_of_two(situation(inputs__hold=1, **both)) is False
    assert c.hold_is_of_two(situation(inputs__hold=3, **both)) is False
