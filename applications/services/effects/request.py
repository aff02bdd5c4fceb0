"""Effects of the request: filing, taking charge, completing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from applications.models import (
    CompletionItem,
    CompletionRequest,
    Deadline,
    Dossier,
    Letter,
    Mission,
    NumberSeries,
    Snapshot,
)
from applications.services import contents
from applications.services.assistance.ending import close_for
from applications.services.deadlines import close_deadlines, open_deadline
from applications.services.effects.base import Effect
from applications.services.evaluation import keep_snapshot, last_filed
from applications.services.filing import keep_company_facts
from applications.services.filing_differences import changed_since_asked, content_of
from applications.services.filing_drafts import forget
from applications.services.kept_facts import tell, tell_pieces
from applications.workflow.guards import ENGAGEMENTS
from applications.workflow.policy import policy
from applications.workflow.situation import Situation

Json = dict[str, Any]
ZERO = Decimal("0.00")


def next_number(year: int) -> str:
    """Take the year's next number, e.g. DM-2026-000123, under the series' row lock."""
    NumberSeries.objects.get_or_create(year=year)
    series = NumberSeries.objects.select_for_update().get(year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return f"DM-{year}-{series.last:06d}"


def pin_money(dossier: Dossier, evaluation: Json) -> None:
    """Copy the engine's money onto the dossier: zero where there is no funding."""
    funding = evaluation["funding"] or {}
    dossier.total = Decimal(funding.get("total", ZERO))
    dossier.eligible_total = Decimal(funding.get("eligible_total", ZERO))
    dossier.bpifrance_share = Decimal(funding.get("bpifrance_share", ZERO))
    dossier.company_share = Decimal(funding.get("company_share", ZERO))


def _pin(situation: Situation, moment: str) -> Json:
    """Pin edition, facts and money as filed today, and keep the snapshot."""
    dossier, evaluation = situation.dossier, situation.facts.filing_evaluation
    dossier.edition = evaluation["edition"]
    dossier.judged_on = situation.today
    dossier.device_kind = dossier.device_facts.get("kind") or ""
    dossier.device_class = dossier.device_facts.get("risk_class") or ""
    dossier.verdict = evaluation["verdict"]
    pin_money(dossier, evaluation)
    # What was judged is what is kept: nothing of it is read again, but the edition that it pinned.
    case = {**situation.facts.filing_case, "edition": dossier.edition}
    tell_pieces(dossier, dossier.documents.select_related("document"))
    keep_snapshot(dossier, moment=moment, case=case, evaluation=evaluation, now=situation.now)
    return evaluation


def submit(situation: Situation) -> Effect:
    """Give number and edition, begin the expert's mission, keep the snapshot, order the receipt."""
    dossier = situation.dossier
    evaluation = _pin(situation, Snapshot.Moment.SUBMISSION)
    dossier.number = next_number(situation.today.year)
    dossier.submitted_at = situation.now
    dossier.commitments = {**dossier.commitments, **dict.fromkeys(ENGAGEMENTS, True)}
    assert dossier.firm is not None
    dossier.quotes.update(firm=dossier.firm)
    forget(dossier)
    if dossier.entered is not None:
        close_for(dossier, end="submitted", actor=situation.actor, now=situation.now)
        keep_company_facts(dossier)
    situation.mission = Mission(dossier=dossier, firm=dossier.firm, rank=1, began_on=situation.today)
    situation.mission.save()
    receipt = contents.receipt(dossier, evaluation, situation.today)
    return Effect(
        data={
            "edition": dossier.edition,
            "verdict": dossier.verdict,
            "file_anyway": bool(situation.inputs.get("file_anyway")),
        },
        letters=[(Letter.Kind.RECEIPT, receipt)],
    )


def take(situation: Situation) -> Effect:
    """Put the actor in charge."""
    situation.dossier.officer, situation.dossier.assigned_at = situation.actor, situation.now
    return Effect(data={"officer": situation.actor.pk if situation.actor else None})


# What an assignment's event keeps besides: the rule and the loads it weighed, the assignment of many it is part of.
ASSIGNED_BY = ("rule", "loads", "bulk")


def assign(situation: Situation) -> Effect:
    """Put the chosen officer in charge; the event says who had it, and by which rule it was given."""
    dossier, officer = situation.dossier, situation.inputs["officer"]
    data, names = {"officer": officer.pk}, {"officer": str(officer)}
    if dossier.officer is not None:
        data["previous"], names["previous"] = dossier.officer.pk, str(dossier.officer)
    data |= {name: situation.inputs[name] for name in ASSIGNED_BY if situation.inputs.get(name)}
    dossier.officer, dossier.assigned_at = officer, situation.now
    return Effect(data=data, motive=situation.text("motive"), names=names)


def request_completion(situation: Situation) -> Effect:
    """Name what to mend and why, with a due date; the clock and its reminders start."""
    dossier = situation.dossier
    # An officer who asks before taking charge takes charge by asking.
    if dossier.officer is None:
        dossier.officer, dossier.assigned_at = situation.actor, situation.now
    due_on = situation.today + timedelta(days=policy().completion_days)
    assert situation.actor is not None
    request = CompletionRequest.objects.create(
        dossier=dossier,
        filed=content_of(dossier),
        message=situation.text("message"),
        due_on=due_on,
        asked_by=situation.actor,
        asked_at=situation.now,
    )
    items = [
        CompletionItem(
            request=request,
            step=item.get("step", ""),
            target=item.get("target", ""),
            reason=str(item["reason"]).strip(),
        )
        for item in situation.inputs["items"]
    ]
    CompletionItem.objects.bulk_create(items)
    open_deadline(dossier, kind=Deadline.Kind.COMPLETION, due_on=due_on, today=situation.today)
    return Effect(
        data={"request": request.pk, "items": len(items)},
        motive=situation.text("message"),
        letters=[
            (
                Letter.Kind.COMPLETION,
                contents.completion(
                    dossier, request, items, situation.facts.decision_evaluation, situation.today
                ),
            )
        ],
    )


def resubmit(situation: Situation) -> Effect:
    """Close the completion request, judge again what was named, keep the snapshot."""
    dossier = situation.dossier
    before = last_filed(dossier)
    evaluation = _pin(situation, Snapshot.Moment.RESUBMISSION)
    if before is not None:
        _forget_judgements(dossier, before.evaluation, evaluation)
    for request in CompletionRequest.objects.filter(dossier=dossier, answered_at__isnull=True):
        request.answered_at = situation.now
        request.differences = changed_since_asked(dossier, request.filed)
        request.save(update_fields=["answered_at", "differences"])
    forget(dossier)
    close_deadlines(dossier, Deadline.Kind.COMPLETION, today=situation.today)
    dossier.quotes.filter(accepted_on__isnull=True).update(firm=dossier.firm)
    mission = situation.mission
    if mission is not None and dossier.firm is not None and mission.firm_id != dossier.firm_id:
        mission.firm = dossier.firm
        mission.conflict_free = mission.conflict_declared_at = mission.conflict_declared_by = None
        mission.conflict_statement = ""
    return Effect(data={"verdict": evaluation["verdict"]})


def _forget_judgements(dossier: Dossier, before: Json, after: Json) -> None:
    """Drop the officer's judgement of each finding that the completion changed: it judged other facts."""
    old = {finding["rule"]: finding for finding in before["findings"]}
    changed = [f["rule"] for f in after["findings"] if f != old.get(f["rule"])]
    dossier.finding_decisions.filter(rule__in=changed).delete()
    tell(dossier, "judgements_dropped", rules=changed)
