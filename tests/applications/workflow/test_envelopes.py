"""The money set aside for the scheme: who opens, tops up and closes an envelope, and what it then holds."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from applications.models import Envelope
from applications.services import envelopes as e
from applications.workflow.refusals import NotYours, Refused
from portal.audit.models import Event
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 31, 10, tzinfo=UTC)
CENT = Decimal("0.01")


def opened(**changes: Any) -> Envelope:
    given = {"code": " FR2030 ", "label": " France 2030 ", "amount": Decimal(1000), "now": NOW} | changes
    return e.open_envelope(**{"actor": f.ManagerFactory()} | given)


def topped_up(envelope: Envelope, amount: Decimal | None, motive: str = MOTIVE) -> Envelope:
    return e.top_up(envelope=envelope, amount=amount, motive=motive, actor=f.ManagerFactory(), now=NOW)


def closed(envelope: Envelope, motive: str = MOTIVE) -> Envelope:
    return e.close_envelope(envelope=envelope, motive=motive, actor=f.ManagerFactory(), now=NOW)


def refused(act: Any) -> list[str]:
    with pytest.raises(Refused) as refusal:
        act()
    return [obstacle.code for obstacle in refusal.value.obstacles]


def test_an_envelope_is_opened_topped_up_and_closed_and_each_leaves_an_event() -> None:
    envelope = opened()
    assert (envelope.code, envelope.label, envelope.amount) == ("FR2030", "France 2030", Decimal(1000))
    assert topped_up(envelope, CENT).amount == Decimal("1000.01")
    assert closed(envelope).pk == envelope.pk
    envelope.refresh_from_db()
    assert (envelope.amount, envelope.is_open) == (Decimal("1000.01"), False)
    events = Event.objects.filter(chain=e.chain_of(envelope)).order_by("sequence")
    assert [(event.name, event.data) for event in events] == [
        ("envelope_opened", {"code": "FR2030", "amount": "1000"}),
        ("envelope_topped_up", {"added": "0.01", "amount": "1000.01"}),
        ("envelope_closed", {}),
    ]


@pytest.mark.parametrize("amount", [None, Decimal(0), -CENT, e.MOST + CENT])
def test_an_amount_that_is_not_possible_is_refused(amount: Decimal | None) -> None:
    assert refused(lambda: opened(amount=amount)) == ["amount_wrong"]
    envelope = opened()
    assert refused(lambda: topped_up(envelope, amount)) == ["amount_wrong"]


def test_an_envelope_holds_what_its_column_can_and_no_cent_more() -> None:
    envelope = opened(amount=e.MOST - CENT)
    assert refused(lambda: topped_up(envelope, 2 * CENT)) == ["amount_wrong"]
    assert topped_up(envelope, CENT).amount == e.MOST
    closed(envelope)
    assert opened(code="B", amount=e.MOST).amount == e.MOST


def test_an_envelope_may_hold_one_cent() -> None:
    assert opened(amount=CENT).amount == CENT


@pytest.mark.parametrize("name", ["code", "label"])
def test_an_envelope_has_a_code_and_a_label(name: str) -> None:
    assert refused(lambda: opened(**{name: "  "})) == ["name_missing"]


def test_one_envelope_is_open_at_a_time_and_a_code_is_used_once() -> None:
    first = opened()
    assert refused(lambda: opened(code="B")) == ["open_already"]
    closed(first)
    assert refused(opened) == ["code_used"]
    assert opened(code="B").is_open


def test_a_closed_envelope_takes_nothing_more() -> None:
    envelope = opened()
    closed(envelope)
    assert refused(lambda: topped_up(envelope, CENT)) == ["closed"]
    assert refused(lambda: closed(envelope)) == ["closed"]


def test_a_motive_of_ten_characters_is_written() -> None:
    envelope = opened()
    assert refused(lambda: topped_up(envelope, CENT, " neuf let. ")) == ["motive_missing"]
    assert refused(lambda: closed(envelope, "neuf let.")) == ["motive_missing"]
    topped_up(envelope, CENT, "dix lettre")
    closed(envelope, "dix lettre")


@pytest.mark.parametrize("role", [f.OfficerFactory, f.ControllerFactory, f.AuditorFactory])
def test_only_a_manager_handles_envelopes(role: Any) -> None:
    envelope = opened()
    person = role()
    for act in (
        lambda: opened(code="B", actor=person),
        lambda: e.top_up(envelope=envelope, amount=CENT, motive=MOTIVE, actor=person, now=NOW),
        lambda: e.close_envelope(envelope=envelope, motive=MOTIVE, actor=person, now=NOW),
    ):
        with pytest.raises(NotYours):
            act()


def test_the_open_envelope_comes_first_with_what_is_held_of_it() -> None:
    old = opened()
    closed(old)
    new = opened(code="B")
    assert [(found.pk, found.held) for found in e.with_committed()] == [(new.pk, 0), (old.pk, 0)]
