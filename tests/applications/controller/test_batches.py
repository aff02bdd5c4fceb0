"""Payments leave in batches: made by one, released by another, written once, matched once."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Payment, PaymentBatch, PaymentOrder
from applications.services.payments import making, orders, pain, releasing
from applications.views import officer_acts
from applications.workflow.refusals import NotYours, Refused, Stale
from experts.models import ExpertFirm
from portal import clock
from portal.audit.models import Event
from portal.audit.services import verify
from portal.notifications.models import Outbox
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.officer.conftest import signed_in
from tests.applications.workflow.test_request import refused

pytestmark = pytest.mark.django_db
NS = {"p": pain.NAMESPACE}


def approved(**fields: Any) -> Journey:
    return Journey(**fields).to("payment_approved")


def batch_of(*journeys: Journey, actor: Any = None) -> PaymentBatch:
    first = journeys[0]
    return making.make_batch(
        missions=[one.mission.pk for one in journeys],
        execution_on=first.today,
        actor=actor or first.controller,
        now=first.now,
    )


def release(journey: Journey, batch: PaymentBatch, actor: Any = None) -> PaymentBatch:
    count = batch.orders.filter(status="open").count()
    return releasing.approve_batch(batch=batch, actor=actor or journey.payer, now=journey.now, seen=count)


def codes(act: Any, **inputs: Any) -> set[str]:
    with pytest.raises(Refused) as refusal:
        act(**inputs)
    return {obstacle.code for obstacle in refusal.value.obstacles}


def content(batch: PaymentBatch) -> bytes:
    assert batch.document is not None
    with batch.document.file.open("rb") as file:
        return bytes(file.read())


# --- The file ----------------------------------------------------------------------------------
def test_the_file_is_valid_and_says_whom_how_much_and_why() -> None:
    one, two = approved(), approved()
    batch = release(one, batch_of(one, two))
    found = content(batch)
    pain.check(found)
    root = ET.fromstring(found)
    texts = [node.text for node in root.iterfind(".//p:EndToEndId", NS)]
    assert texts == [order.reference for order in batch.orders.order_by("pk")]
    assert texts[0] == f"{one.dossier.number}-1-1"
    total = sum(order.amount for order in batch.orders.all())
    assert root.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=NS) == f"{total:.2f}"
    assert root.findtext(".//p:GrpHdr/p:NbOfTxs", namespaces=NS) == "2"
    ibans = [node.text for node in root.iterfind(".//p:CdtrAcct/p:Id/p:IBAN", NS)]
    assert ibans == [one.mission.firm.iban, two.mission.firm.iban]


def test_an_invalid_file_is_never_offered() -> None:
    journey = approved()
    found = content(release(journey, batch_of(journey)))
    with pytest.raises(pain.InvalidFileError, match="ChrgBr"):
        pain.check(found.replace(b"SLEV", b"GRATUIT"))


@pytest.mark.parametrize(
    ("regime", "rate", "due"),
    [
        ("standard", "20.00", "14400.00"),
        ("franchise_293B", "0.00", "12000.00"),
        ("reverse_charge", "0.00", "12000.00"),
    ],
)
def test_the_ttc_is_paid_or_the_ht_by_the_regime(regime: str, rate: str, due: str) -> None:
    journey = Journey().to("closure_submitted")
    ExpertFirm.objects.filter(pk=journey.mission.firm_id).update(vat_regime=regime)
    if rate == "0.00":
        for invoice in journey.mission.invoices.all():
            invoice.vat_rate, invoice.vat, invoice.ttc = Decimal(0), Decimal(0), invoice.ht
            invoice.save()
    journey.to("payment_approved")
    order = batch_of(journey).orders.get()
    assert (order.ht, order.amount) == (Decimal("12000.00"), Decimal(due))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Cœur & Qualité – Énée", "Coeur + Qualite - Enee"),
        ("Ж" * 80, ""),
        ("A" * 80, "A" * 70),
        ("l’Œil", "l'OEil"),
    ],
)
def test_names_are_written_in_the_signs_every_bank_takes(name: str, written: str) -> None:
    assert pain.sepa_text(name, pain.NAME_LENGTH) == written


# --- Two persons -------------------------------------------------------------------------------
def test_only_a_controller_makes_a_batch() -> None:
    journey = approved()
    for actor in (journey.officer, journey.manager, journey.owner, f.AuditorFactory()):
        with pytest.raises(NotYours):
            batch_of(journey, actor=actor)


def test_neither_its_maker_nor_who_approved_a_payment_releases_a_batch() -> None:
    journey = approved()
    batch = batch_of(journey, actor=journey.payer)
    inputs = {"batch": batch, "now": journey.now, "seen": 1}
    assert codes(releasing.approve_batch, **inputs, actor=journey.payer) == {"own_batch"}
    assert codes(releasing.approve_batch, **inputs, actor=journey.controller) == {"two_decisions"}
    with pytest.raises(NotYours):
        releasing.approve_batch(**inputs, actor=journey.officer)
    releasing.approve_batch(**inputs, actor=journey.manager)


def test_a_manager_who_approved_the_request_does_not_release_its_payment() -> None:
    journey = Journey(volet=2)
    journey.dossier.quotes.get().lines.update(amount=Decimal("60000.00"))
    journey.to("payment_approved")
    inputs = {"batch": batch_of(journey), "now": journey.now, "seen": 1}
    assert codes(releasing.approve_batch, **inputs, actor=journey.manager) == {"two_decisions"}


def test_a_batch_decided_on_an_old_page_stays() -> None:
    one, two = approved(), approved()
    batch = batch_of(one, two)
    orders.retire_order(order=batch.orders.first(), actor=one.controller, motive=MOTIVE, now=one.now)
    with pytest.raises(Stale):
        releasing.approve_batch(batch=batch, actor=one.payer, now=one.now, seen=2)
    release(one, batch)
    with pytest.raises(Stale):
        release(one, batch)
    with pytest.raises(Stale):
        releasing.cancel_batch(batch=batch, actor=one.payer, motive=MOTIVE, now=one.now)


def test_whoever_may_release_is_told_and_never_its_maker() -> None:
    journey = approved()
    batch = batch_of(journey)
    told = Outbox.objects.filter(kind="notify", payload__kind="batch_made")
    assert {row.payload["user"] for row in told} >= {journey.payer.pk, journey.manager.pk}
    assert journey.controller.pk not in {row.payload["user"] for row in told}
    assert {row.payload["url"] for row in told} == {reverse("batch_detail", args=[batch.pk])}


# --- Nothing twice -----------------------------------------------------------------------------
def test_a_payment_is_in_one_batch_at_a_time() -> None:
    journey = approved()
    batch = batch_of(journey)
    with pytest.raises(Refused, match="autre lot"):
        batch_of(journey, actor=journey.payer)
    assert journey.mission not in making.sendable(journey.controller)
    releasing.cancel_batch(batch=batch, actor=journey.controller, motive=MOTIVE, now=journey.now)
    again = batch_of(journey).orders.get()
    assert again.reference.endswith("-1-2")


def test_a_payment_in_a_batch_is_recorded_only_once_released_and_under_its_reference() -> None:
    journey = approved()
    batch = batch_of(journey)
    reference = batch.orders.get().reference
    inputs = {"reference": reference, "paid_on": journey.today}
    assert refused(journey, "mark_paid", journey.payer, **inputs) == {"batch_waits"}
    release(journey, batch)
    wrong = inputs | {"reference": "VIR-1"}
    assert refused(journey, "mark_paid", journey.payer, **wrong) == {"reference_of_order"}
    journey.act("mark_paid", journey.payer, **inputs)
    batch.refresh_from_db()
    assert (batch.status, batch.executed_on) == ("done", journey.today)
    assert batch.orders.get().payment == Payment.objects.get()


def test_a_payment_on_hold_does_not_enter_nor_leave() -> None:
    journey = approved()
    journey.act("set_hold", journey.controller, reason="seizure", motive=MOTIVE)
    with pytest.raises(Refused, match="suspendu"):
        batch_of(journey)
    hold = journey.mission.holds.get()
    journey.act("lift_hold", journey.controller, hold=hold.pk, motive=MOTIVE)
    batch = release(journey, batch_of(journey))
    client = signed_in(journey.payer)
    address = reverse("document_download", args=[batch.document_id])
    assert client.get(address).status_code == 200
    journey.act("set_hold", journey.controller, reason="insolvency", motive=MOTIVE)
    assert client.get(address).status_code == 404
    assert "suspendu depuis" in client.get(reverse("batch_detail", args=[batch.pk])).content.decode()


def test_an_amount_or_an_account_changed_since_keeps_the_batch() -> None:
    journey = approved()
    batch = batch_of(journey)
    firm = journey.mission.firm
    ExpertFirm.objects.filter(pk=firm.pk).update(bic="PSSTFRPPPAR")
    inputs = {"batch": batch, "actor": journey.payer, "now": journey.now, "seen": 1}
    assert codes(releasing.approve_batch, **inputs) == {"iban_changed", "account_changed"}
    ExpertFirm.objects.filter(pk=firm.pk).update(bic=firm.bic)
    journey.mission.invoices.filter(addressee="bpifrance").update(ttc=1, ht=1, vat=0)
    assert codes(releasing.approve_batch, **inputs) == {"amount_changed"}


def test_the_same_bytes_each_time_and_each_download_kept() -> None:
    journey = approved()
    batch = release(journey, batch_of(journey))
    address = reverse("document_download", args=[batch.document_id])
    for user in (journey.officer, f.AuditorFactory(), journey.owner, journey.expert):
        assert signed_in(user).get(address).status_code == 404
    assert not Event.objects.filter(chain=batch.chain, name="document_read").exists()
    first, second = (b"".join(signed_in(journey.payer).get(address)) for _ in range(2))
    assert first == second == content(batch)
    assert Event.objects.filter(chain=batch.chain, name="document_read").count() == 2
    assert not verify(batch.chain)


# --- Taking a transfer out -----------------------------------------------------------------------
def test_once_released_two_persons_take_a_transfer_out() -> None:
    journey = approved()
    batch = release(journey, batch_of(journey))
    order = batch.orders.get()
    orders.retire_order(order=order, actor=journey.payer, motive=MOTIVE, now=journey.now)
    assert PaymentOrder.objects.get().status == "open"
    inputs = {"order": order, "now": journey.now}
    assert codes(orders.confirm_retired, **inputs, actor=journey.payer) == {"same_person"}
    orders.keep_order(**inputs, actor=journey.manager)
    with pytest.raises(Stale):
        orders.confirm_retired(**inputs, actor=journey.controller)
    orders.retire_order(order=order, actor=journey.payer, motive=MOTIVE, now=journey.now)
    orders.confirm_retired(**inputs, actor=journey.controller)
    batch.refresh_from_db()
    assert (batch.status, PaymentOrder.objects.get().status) == ("cancelled", "retired")
    assert journey.mission in making.sendable(journey.controller)


def test_a_payment_that_came_back_is_held_or_paid_again_under_another_reference() -> None:
    journey = approved()
    batch = release(journey, batch_of(journey))
    journey.act("mark_paid", journey.payer, reference=batch.orders.get().reference, paid_on=journey.today)
    journey.act("reverse_payment", journey.payer, motive=MOTIVE, bank_reason="AC04", then="hold")
    journey.act("reverse_payment", journey.manager)
    payment = Payment.objects.get()
    assert (payment.reversal_reason, payment.reversed_on) == ("AC04", journey.today)
    assert journey.mission.holds.get().reason == "bank_return"
    journey.act("lift_hold", journey.controller, hold=journey.mission.holds.get().pk, motive=MOTIVE)
    again = batch_of(journey)
    assert again.orders.get().reference != payment.reference


@pytest.mark.parametrize(
    "typed", [{"bank_reason": "XX00", "then": "pay"}, {"bank_reason": "AC04", "then": "rien"}, {}]
)
def test_a_return_says_why_and_what_follows(typed: dict[str, str]) -> None:
    journey = Journey().to("paid")
    assert refused(journey, "reverse_payment", journey.payer, motive=MOTIVE, **typed)


# --- Pages -----------------------------------------------------------------------------------------
def test_the_road_by_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = approved()
    monkeypatch.setattr(clock, "now", lambda: journey.now)
    maker, second = signed_in(journey.controller), signed_in(journey.payer)
    page = maker.get(reverse("batch_new")).content.decode()
    assert journey.dossier.number in page
    typed = {"execution_on": journey.today.isoformat(), "missions": [journey.mission.pk]}
    late = typed | {"execution_on": (journey.today + timedelta(days=99)).isoformat()}
    assert "60 jours" in maker.post(reverse("batch_new"), late).content.decode()
    assert (
        "au moins un paiement" in maker.post(reverse("batch_new"), typed | {"missions": []}).content.decode()
    )
    address = maker.post(reverse("batch_new"), typed).url
    batch = PaymentBatch.objects.get()
    assert "Vous avez préparé ce lot" in maker.get(address).content.decode()
    release_at = reverse("batch_approve", args=[batch.pk])
    shy = signed_in(journey.payer, just_now=False)
    assert shy.post(release_at, {"seen": 1}).url.startswith(reverse("account_reauthenticate"))
    assert second.post(release_at, {"seen": 9}).status_code == 409
    assert second.post(release_at, {"seen": 1}).url == address
    assert second.post(release_at, {"seen": 1}).status_code == 409
    page = second.get(address).content.decode()
    batch.refresh_from_db()
    assert reverse("document_download", args=[batch.document_id]) in page
    assert journey.mission.firm.iban not in page
    match = reverse("batch_match", args=[batch.pk])
    assert "Joignez la liste" in second.post(match, {"executed_on": ""}).content.decode()
    typed = {"typed": batch.orders.get().reference, "executed_on": journey.today.isoformat()}
    report = second.post(match, typed).content.decode()
    assert re.search(r"Payés</dt><dd>1", report)
    journey.dossier.refresh_from_db()
    assert journey.dossier.state == "paid"
    assert second.get(reverse("batch_list")).status_code == 200


def test_payments_are_approved_only_by_who_just_gave_a_password() -> None:
    journey = Journey().to("closure_submitted")
    for name in ("approve_payment", "mark_paid"):
        address = reverse("desk_mission_act", args=[journey.mission.pk, name])
        answer = signed_in(journey.controller, just_now=False).post(address, {"version": 1})
        assert answer.url.startswith(reverse("account_reauthenticate"))


def test_the_batch_page_asks_the_same_queries_for_one_or_many() -> None:
    many = [approved() for _ in range(3)]
    one, three = batch_of(many[0]), batch_of(*many[1:], actor=many[1].controller)
    counts = []
    for batch in (one, three):
        client = signed_in(f.AuditorFactory())
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("batch_detail", args=[batch.pk])).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 10


@pytest.mark.twin
def test_without_the_look_at_the_proof_an_open_session_is_enough_to_pay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journey = Journey().to("closure_submitted")
    address = reverse("desk_mission_act", args=[journey.mission.pk, "approve_payment"])
    client = signed_in(journey.controller, just_now=False)
    assert client.get(address).status_code == 302
    monkeypatch.setattr(officer_acts, "recently_authenticated", lambda _request: True)
    assert client.get(address).status_code in {200, 409}
