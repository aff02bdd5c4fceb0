"""The twins of the workflow: each guard of `execute` off, and each invariant of a dossier's life broken on purpose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import F

from applications.models import Contract, Dossier, Envelope, Invoice, Mission, Payment, Tally
from applications.services import effects, locking, transitions
from applications.services.effects.base import Effect
from applications.workflow.refusals import NotYours, Refused, Stale, WrongState
from applications.workflow.situation import Situation
from portal import clock
from portal.audit.models import ChainHead
from portal.notifications.models import Outbox
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.workflow.cast import cast_of
from tests.applications.workflow.invariants import check
from tests.applications.workflow.test_model import Life
from tests.promises import record_figure

pytestmark = [pytest.mark.django_db, pytest.mark.twin]
DAY = timedelta(days=1)


def off(*_: Any, **__: Any) -> None:
    """Stand for a guard that is off."""


# --- What `execute` asks before it writes ----------------------------------------------------------
def test_without_the_check_of_standing_anybody_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey().to("submitted")
    stranger: Any = f.AuditorFactory()
    with pytest.raises(NotYours):
        journey.act("take", stranger)
    monkeypatch.setattr(transitions, "_check_standing", off)
    journey.act("take", stranger)
    assert journey.dossier.state == "under_review"


def test_without_the_check_of_the_state_an_act_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey().to("under_review")
    version = journey.dossier.version
    with pytest.raises(WrongState):
        journey.act("take", journey.officer)
    monkeypatch.setattr(transitions, "_check_state", off)
    journey.act("take", journey.officer)
    assert journey.dossier.version == version + 1


def test_without_the_version_an_old_page_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey().to("submitted")
    old = journey.dossier.version - 1
    with pytest.raises(Stale):
        journey.act("take", journey.officer, expected_version=old)
    read = locking.lock

    def of_the_page(pk: int) -> Dossier:
        dossier = read(pk)
        dossier.version = old
        return dossier

    monkeypatch.setattr(transitions, "lock", of_the_page)
    journey.act("take", journey.officer, expected_version=old)
    assert journey.dossier.state == "under_review"


def test_without_its_conditions_a_payment_waits_for_no_restitution(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey().to("closure_submitted")
    with pytest.raises(Refused):
        journey.act("approve_payment", journey.controller)
    monkeypatch.setattr(transitions, "_check", off)
    journey.act("approve_payment", journey.controller)
    with pytest.raises(AssertionError):
        check(journey.dossier)


def test_without_its_conditions_a_payment_on_hold_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey().to("payment_approved")
    journey.mission.holds.create(reason="other", motive=MOTIVE, set_at=journey.now)
    paid = {"reference": "VIR-1", "paid_on": journey.today}
    with pytest.raises(Refused):
        journey.act("mark_paid", journey.payer, **paid)
    monkeypatch.setattr(transitions, "_check", off)
    journey.act("mark_paid", journey.payer, **paid)
    assert journey.dossier.state == "paid"


# --- What the model sees of an act -----------------------------------------------------------------
class Draws:
    """Answers what hypothesis would draw."""

    def draw(self, _strategy: object, label: str = "") -> Any:
        """Return the plainest answer."""
        return "other" if label == "reason" else False


def one_step(journey: Journey, name: str, role: str) -> bool:
    """Have the model try one act on a dossier, and compare with the table as it does."""
    life = Life()
    life.journey, life.other_firm = journey, f.ExpertFirmFactory()
    life.cast = cast_of(journey)
    data: Any = Draws()
    return life.attempt(name, role, data, journey.dossier.version, None)


def test_the_model_sees_a_term_that_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    take = effects.EFFECTS["take"]

    def moving(situation: Situation) -> Effect:
        situation.dossier.due_on = situation.today + DAY
        return take(situation)

    assert one_step(Journey().to("submitted"), "take", "officer")
    monkeypatch.setitem(effects.EFFECTS, "take", moving)
    with pytest.raises(AssertionError):
        one_step(Journey().to("submitted"), "take", "officer")


def test_the_model_sees_a_state_off_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    def elsewhere(_transition: object, dossier: Dossier, *_: object) -> None:
        dossier.state = "incomplete"

    journey = Journey().to("submitted")
    monkeypatch.setattr(transitions, "_move", elsewhere)
    with pytest.raises(AssertionError):
        one_step(journey, "take", "officer")


# --- What is true of a dossier, whatever was done to it ----------------------------------------------
def rows(dossier: Dossier) -> Any:
    return Dossier.objects.filter(pk=dossier.pk)


def mission(dossier: Dossier) -> Mission:
    return Mission.objects.get(dossier=dossier, is_current=True)


def told(dossier: Dossier) -> Any:
    return Outbox.objects.filter(dedup_key__startswith=f"announce:{dossier.chain}:")


CENT = Decimal("0.01")
BREAKAGES: dict[str, Callable[[Dossier], object]] = {
    "a share above the half": lambda one: rows(one).update(
        bpifrance_share=F("bpifrance_share") + CENT, company_share=F("company_share") - CENT
    ),
    "shares that do not add up": lambda one: rows(one).update(company_share=F("company_share") + CENT),
    "a company above its total": lambda _: Payment.objects.update(
        ht=Decimal("139000.01"), ttc=Decimal("166800.02")
    ),
    "more versions than events": lambda one: rows(one).update(version=F("version") + 1),
    "a chain whose head is another": lambda one: ChainHead.objects.filter(chain=one.chain).update(
        hash="0" * 64
    ),
    "a duty that was not written": lambda one: told(one).first().delete(),
    "a duty written twice": lambda one: Outbox.objects.create(
        kind="announce", dedup_key=f"announce:{one.chain}:1:bis", payload={}, due_at=one.state_since
    ),
    "a mission in another state": lambda one: mission(one).__class__.objects.update(state="closed"),
    "a mission paid without a payment": lambda _: Payment.objects.all().delete(),
    "a contract that was not signed": lambda one: Contract.objects.filter(dossier=one).update(
        signed_by_company_at=None
    ),
    "no final report": lambda one: mission(one).documents.filter(kind="final_report").delete(),
    "no signed quote": lambda one: mission(one).documents.filter(kind="signed_quote").delete(),
    "no restitution": lambda _: Mission.objects.update(restitution_on=None),
    "no invoice to Bpifrance": lambda _: Invoice.objects.filter(addressee="bpifrance").delete(),
    "an invoice that was not acquitted": lambda _: Invoice.objects.update(acquitted_on=None),
    "a final share of another sum": lambda _: Mission.objects.update(final_share=F("final_share") - CENT),
    "an envelope that gave more than it held": lambda _: Envelope.objects.update(amount=Decimal(1)),
    "an end that is dated too soon": lambda one: rows(one).update(ended_on=one.work_ended_on),
    "a sum that is one too many": lambda _: Tally.objects.update(n=F("n") + 1),
    "a term moved behind the journal": lambda one: rows(one).update(due_on=clock.today()),
}


def test_each_invariant_sees_what_breaks_it() -> None:
    dossier = Journey().to("paid").dossier
    check(dossier)
    unseen = []
    for name, breaks in BREAKAGES.items():
        with transaction.atomic():
            breaks(dossier)
            try:
                check(Dossier.objects.get(pk=dossier.pk))
            except (AssertionError, ObjectDoesNotExist):
                record_figure("invariants broken", 1)
            else:
                unseen.append(name)
            transaction.set_rollback(True)
    assert unseen == []
    check(Dossier.objects.get(pk=dossier.pk))
