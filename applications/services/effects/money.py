"""Effects of the money: settlement, payment, reversal, and the end of a paid dossier."""

from __future__ import annotations

from decimal import Decimal

from applications.models import (
    Commitment,
    Dossier,
    Hold,
    Letter,
    Mission,
    Payment,
    PaymentBatch,
    PaymentOrder,
    Snapshot,
    Transmission,
)
from applications.services import contents
from applications.services.effects.base import Effect
from applications.services.evaluation import keep_snapshot
from applications.services.kept_facts import tell
from applications.services.payments import certificate
from applications.services.payments.due import due_of
from applications.services.payments.orders import end_when_over
from applications.services.settlement import settlement_of
from applications.workflow.situation import Situation
from applications.workflow.states import MissionState, State
from experts.services import masked_iban

SETTLED = frozenset({MissionState.PAYMENT_APPROVED, MissionState.PAID})
OVER = SETTLED | {MissionState.ENDED}


def settle_commitment(dossier: Dossier, *, ending: bool = False) -> None:
    """Lower what the dossier holds of the envelope to what can still be paid.

    With every mission settled or ended, the sum of the final shares; while one is open, the contracted
    share; when the dossier is `ending` without its current mission paid, only what others were paid.
    """
    commitment = Commitment.objects.filter(dossier=dossier).first()
    if commitment is None:
        return
    missions = list(Mission.objects.filter(dossier=dossier))
    settled = sum((m.final_share or Decimal(0) for m in missions if m.state in SETTLED), Decimal(0))
    if ending or all(mission.state in OVER for mission in missions):
        # A replaced mission may still have to be paid after the dossier itself ended.
        open_missions = [mission for mission in missions if mission.state not in OVER]
        commitment.amount = commitment.amount if open_missions else settled
    else:
        commitment.amount = min(commitment.amount, dossier.bpifrance_share)
    commitment.save(update_fields=["amount"])


def tell_hold(dossier: Dossier, hold: Hold) -> None:
    """Have the act's event say that a hold was set."""
    tell(dossier, "hold_set", id=hold.pk, reason=hold.reason, mission=hold.mission_id)


def certify_service(situation: Situation) -> Effect:
    """Freeze what the officer checked; the PDF is made by the worker."""
    assert situation.actor is not None
    made = certificate.certify(situation.the_mission, actor=situation.actor, now=situation.now)
    return Effect(data={"certificate": made.pk})


def approve_payment(situation: Situation) -> Effect:
    """Settle the mission: final shares, unused money back to the envelope, snapshot."""
    dossier, mission = situation.dossier, situation.the_mission
    settlement = settlement_of(mission)
    mission.final_share = settlement["bpifrance_share"]
    mission.final_company_share = settlement["company_share"]
    mission.final_total = settlement["bpifrance_share"] + settlement["company_share"]
    mission.settled_lines = [
        {"item": line["item"], "eligible": str(line["eligible"])} for line in settlement["lines"]
    ]
    mission.state = MissionState.PAYMENT_APPROVED
    mission.payment_approved_on = situation.today
    mission.approved_account = mission.account_fingerprint
    mission.save()
    settle_commitment(dossier)
    last = dossier.snapshots.order_by("-taken_at", "-pk").first()
    if last is not None:
        evaluation = {**last.evaluation, "settlement": contents.jsonable(settlement)}
        keep_snapshot(
            dossier,
            moment=Snapshot.Moment.CLOSURE,
            case=last.case,
            evaluation=evaluation,
            now=situation.now,
            mission=mission,
        )
    return Effect(data={"share": str(mission.final_share)})


def mark_paid(situation: Situation) -> Effect:
    """Keep the payment: Bpifrance pays the TTC of its invoice; the company gets its aid statement."""
    dossier, mission, actor = situation.dossier, situation.the_mission, situation.actor
    assert actor is not None
    due, order = due_of(mission), situation.facts.open_order(mission)
    payment = Payment.objects.create(
        mission=mission,
        ht=order.ht if order else due.ht,
        ttc=order.amount if order else due.amount,
        account=order.account if order else masked_iban(mission.firm.iban),
        reference=situation.text("reference"),
        paid_on=situation.inputs["paid_on"],
        paid_by=actor,
        recorded_at=situation.now,
    )
    tell(
        dossier,
        "paid",
        id=payment.pk,
        mission=mission.pk,
        ht=payment.ht,
        ttc=payment.ttc,
        paid_on=payment.paid_on,
    )
    if order is not None:
        _match(order, payment, situation)
    statement = contents.aid_statement(dossier, mission, payment)
    return Effect(
        data={"payment": payment.pk, "ttc": str(payment.ttc), **({"batch": order.batch_id} if order else {})},
        letters=[(Letter.Kind.AID_STATEMENT, statement)],
    )


def _match(order: PaymentOrder, payment: Payment, situation: Situation) -> None:
    """Close the order that this payment executes, and its batch with its last one."""
    order.status, order.payment = PaymentOrder.Status.PAID, payment
    order.ended_by, order.ended_at = situation.actor, situation.now
    order.save()
    # The batch's row after the dossier's: two last orders paid at once don't each leave the end to the other.
    end_when_over(PaymentBatch.objects.select_for_update().get(pk=order.batch_id), situation.now)


def hold_changed_account(situation: Situation) -> Effect:
    """Put an approved payment on hold, its firm's account having changed since."""
    hold = Hold.objects.create(
        mission=situation.the_mission,
        reason=Hold.Reason.IBAN,
        motive="Le compte du cabinet a changé après la validation de ce paiement\u00a0: vérifiez-le auprès de lui.",
        owner=situation.dossier.officer,
        set_at=situation.now,
    )
    tell_hold(situation.dossier, hold)
    return Effect(data={"hold": hold.pk, "reason": hold.reason}, motive=hold.motive)


def reverse_payment(situation: Situation) -> Effect:
    """Cancel the payment with the bank's reason; it is paid anew, or held until somebody looked."""
    payment = situation.facts.standing_payment(situation.the_mission)
    assert payment is not None
    payment.reversed_on = situation.today
    payment.reversal_motive = situation.text("motive")
    payment.reversal_reason = situation.text("bank_reason")
    payment.save()
    tell(situation.dossier, "payment_reversed", id=payment.pk, reversed_on=payment.reversed_on)
    if situation.text("then") == "hold":
        hold, fresh = Hold.objects.get_or_create(
            mission=situation.the_mission,
            reason=Hold.Reason.BANK_RETURN,
            lifted_at=None,
            defaults={
                "motive": payment.reversal_motive,
                "owner": situation.actor,
                "set_at": situation.now,
            },
        )
        if fresh:
            tell_hold(situation.dossier, hold)
    # Something is to be done again: it is back on the desk.
    situation.dossier.archived_on = None
    if situation.dossier.state == State.CLOSED:
        situation.dossier.ended_on = None
    data = {"payment": payment.pk, "bank_reason": payment.reversal_reason, "then": situation.text("then")}
    return Effect(data=data, motive=payment.reversal_motive)


def forward_report(situation: Situation) -> Effect:
    """Keep to which ministries the report went, and when."""
    assert situation.actor is not None
    recipients = sorted(set(situation.inputs["recipients"]))
    Transmission.objects.bulk_create(
        Transmission(
            dossier=situation.dossier,
            recipient=code,
            sent_on=situation.inputs["sent_on"],
            sent_by=situation.actor,
        )
        for code in recipients
    )
    # By hand, or with a parcel, whose own chain holds the hashes of what was sent.
    parcel = {"parcel": situation.inputs["parcel"]} if "parcel" in situation.inputs else {}
    return Effect(data={"recipients": recipients, **parcel})


def close(situation: Situation) -> Effect:
    """End the dossier: everyone is paid and the report was forwarded."""
    situation.dossier.ended_on = situation.today
    return Effect()
