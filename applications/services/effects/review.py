"""Effects of the review: findings settled, derogation, approval, rejection, review of a rejection."""

from __future__ import annotations

from datetime import date

from applications.models import (
    Commitment,
    Deadline,
    Derogation,
    Envelope,
    FindingDecision,
    Letter,
    Snapshot,
)
from applications.services import contents
from applications.services.deadlines import open_deadline
from applications.services.effects.base import Effect
from applications.services.effects.request import pin_money
from applications.services.evaluation import case_of, evaluate_case, keep_snapshot
from applications.services.kept_facts import tell
from applications.workflow.refusals import Obstacle, Refused
from applications.workflow.situation import Situation


def decide_finding(situation: Situation) -> Effect:
    """Keep the officer's judgement of one finding, with its motive; a new one replaces it."""
    assert situation.actor is not None
    FindingDecision.objects.update_or_create(
        dossier=situation.dossier,
        rule=situation.text("rule"),
        defaults={
            "outcome": situation.text("outcome"),
            "motive": situation.text("motive"),
            "decided_by": situation.actor,
            "decided_at": situation.now,
        },
    )
    return Effect(
        data={"rule": situation.text("rule"), "outcome": situation.text("outcome")},
        motive=situation.text("motive"),
    )


def advise_derogation(situation: Situation) -> Effect:
    """Keep the officer's opinion on the derogation."""
    favourable = situation.inputs.get("favourable") is True
    Derogation.objects.filter(dossier=situation.dossier).update(
        officer=situation.actor, officer_favourable=favourable, officer_motive=situation.text("motive")
    )
    return Effect(data={"favourable": favourable}, motive=situation.text("motive"))


def decide_derogation(situation: Situation) -> Effect:
    """Keep the manager's decision on the derogation."""
    granted = situation.inputs.get("granted") is True
    status = Derogation.Status.GRANTED if granted else Derogation.Status.REFUSED
    Derogation.objects.filter(dossier=situation.dossier).update(
        manager=situation.actor, status=status, decided_at=situation.now, motive=situation.text("motive")
    )
    return Effect(data={"granted": granted}, motive=situation.text("motive"))


def approve(situation: Situation) -> Effect:
    """Commit the share, keep the decision's snapshot, date the validation; edition 2023 starts its term."""
    dossier = situation.dossier
    commit_share(situation)
    evaluation = situation.facts.decision_evaluation
    case = case_of(dossier, on=dossier.judged_on or situation.today)
    keep_snapshot(
        dossier, moment=Snapshot.Moment.DECISION, case=case, evaluation=evaluation, now=situation.now
    )
    pin_money(dossier, evaluation)
    dossier.validated_on = situation.today
    dossier.verdict = evaluation["verdict"]
    quote = dossier.quotes.order_by("-number").first()
    if quote is not None:
        quote.accepted_on = situation.today
        quote.save(update_fields=["accepted_on"])
    _start_term_at_validation(situation)
    letter = contents.approval(dossier, evaluation, situation.today)
    return Effect(
        data={"share": str(dossier.bpifrance_share)},
        motive=situation.text("motive"),
        letters=[(Letter.Kind.APPROVAL, letter)],
    )


def commit_share(situation: Situation) -> None:
    """Commit the dossier's share of the open envelope under its lock; Refused where it became short."""
    envelope = Envelope.objects.select_for_update().filter(is_open=True).first()
    share = situation.dossier.bpifrance_share
    if envelope is None or envelope.remaining(besides=situation.dossier) < share:
        raise Refused(
            [
                Obstacle(
                    "envelope_short", "L’enveloppe est devenue insuffisante.", "Demandez à un responsable."
                )
            ]
        )
    Commitment.objects.update_or_create(
        dossier=situation.dossier, defaults={"envelope": envelope, "amount": share}
    )


def _start_term_at_validation(situation: Situation) -> None:
    dossier = situation.dossier
    term = evaluate_case(case_of(dossier, on=dossier.judged_on or situation.today))["term"]
    if term["starts_on_event"] != "validated" or term["due_on"] is None:
        return
    dossier.due_on = date.fromisoformat(term["due_on"])
    open_deadline(dossier, kind=Deadline.Kind.TERM, due_on=dossier.due_on, today=situation.today)


def reject(situation: Situation) -> Effect:
    """Refuse, citing rules, sections and remedies."""
    dossier = situation.dossier
    dossier.rejected_on = situation.today
    dossier.ended_on = situation.today
    evaluation = situation.facts.decision_evaluation
    case = case_of(dossier, on=dossier.judged_on or situation.today)
    keep_snapshot(
        dossier, moment=Snapshot.Moment.DECISION, case=case, evaluation=evaluation, now=situation.now
    )
    rules = list(situation.inputs["rules"])
    letter = contents.rejection(dossier, evaluation, rules, situation.text("motive"), situation.today)
    return Effect(
        data={"rules": rules},
        motive=situation.text("motive"),
        letters=[(Letter.Kind.REJECTION, letter)],
    )


def request_review(situation: Situation) -> Effect:
    """Have the request wait for another officer: the rules, or a manager, choose one who did not decide."""
    dossier = situation.dossier
    dossier.review_requested_on = situation.today
    dossier.ended_on = None
    FindingDecision.objects.filter(dossier=dossier).delete()
    tell(dossier, "judgements_dropped", rules=None)
    dossier.officer, dossier.assigned_at = None, None
    return Effect(motive=situation.text("motive"))
