"""Effects of the contract: signatures, amendments, replacement of the expert."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from applications.models import (
    Amendment,
    Contract,
    Deadline,
    Dossier,
    FindingDecision,
    Letter,
    Mission,
    Quote,
    QuoteLine,
    Signatory,
    Snapshot,
)
from applications.services import contents, letters
from applications.services.deadlines import close_deadlines, open_deadline
from applications.services.effects.base import Effect
from applications.services.effects.extension import move_term
from applications.services.effects.request import pin_money
from applications.services.evaluation import case_of, evaluate_case, keep_snapshot, last_filed, merged
from applications.services.evidence import sealed_of
from applications.services.kept_facts import tell, tell_mission
from applications.services.settlement import contracted_by_dossier
from applications.services.signing import SIGNED_ACTS, sealed_hash, subject_of
from applications.workflow.policy import policy
from applications.workflow.refusals import Obstacle, Refused
from applications.workflow.situation import Actor, Situation
from applications.workflow.states import MissionState, State
from experts.models import ExpertFirm
from portal.clock import PARIS

Json = dict[str, Any]
# Rules outside `expert.*` and `quote.*` that read the quote's lines.
RULES_OF_LINES = frozenset({"volet.medical_committee", "volet.training_not_cumulated"})


def declare_conflict(situation: Situation) -> Effect:
    """Keep the expert's declaration of interests for this mission."""
    mission = situation.the_mission
    mission.conflict_free = situation.inputs["conflict_free"]
    mission.conflict_statement = situation.text("statement")
    mission.conflict_declared_at = situation.now
    mission.conflict_declared_by = situation.actor
    return Effect(data={"free": bool(mission.conflict_free)}, motive=mission.conflict_statement)


def sign_for_bpifrance(situation: Situation) -> Effect:
    """Compose the contract, seal its terms and sign it first for Bpifrance."""
    dossier, actor = situation.dossier, situation.actor
    delegation = situation.facts.delegation_of(actor)
    assert actor is not None
    assert delegation is not None
    terms = contents.contract_terms(dossier, _evaluation_in_force(situation), situation.today)
    terms |= letters.special_terms(dossier, terms, situation.inputs.get(letters.INPUT))
    contract = Contract(
        dossier=dossier,
        terms=terms,
        sha256=sealed_hash(terms),
        bpifrance_signatory=actor,
        bpifrance_signatory_name=actor.full_name,
        bpifrance_signatory_capacity=delegation.capacity,
        signed_by_bpifrance_on=situation.today,
    )
    contract.save()
    return Effect(
        data={"sha256": contract.sha256}, letters=[(Letter.Kind.CONTRACT, contents.contract(contract))]
    )


def _evaluation_in_force(situation: Situation) -> Json:
    """Return the evaluation that the contract is made from: the last amendment's, else the decision's."""
    amended = situation.dossier.snapshots.filter(moment=Snapshot.Moment.AMENDMENT).last()
    return amended.evaluation if amended is not None else situation.facts.decision_evaluation


def send_contract(situation: Situation) -> Effect:
    """Send the contract to the company's signatory; thirty days to sign."""
    dossier = situation.dossier
    dossier.contract_sent_on = situation.today
    due_on = situation.today + timedelta(days=policy().signature_days)
    open_deadline(dossier, kind=Deadline.Kind.SIGNATURE, due_on=due_on, today=situation.today)
    return Effect()


def sign(situation: Situation) -> Effect:
    """Keep the last signature with its evidence; the term starts (edition 2024)."""
    dossier, actor, contract = situation.dossier, situation.actor, situation.facts.contract
    signatory = situation.facts.signatory_of(actor)
    assert actor is not None
    assert contract is not None
    assert signatory is not None
    contract.company_signatory = actor
    contract.company_signatory_name = signatory.full_name
    contract.company_signatory_capacity = signatory.capacity
    contract.signed_by_company_at = situation.now
    contract.evidence = _evidence(situation, signatory, contract.sha256, "sign")
    contract.save()
    dossier.signed_on = situation.today
    term = evaluate_case(case_of(dossier, on=dossier.judged_on or situation.today))["term"]
    close_deadlines(dossier, Deadline.Kind.SIGNATURE, today=situation.today)
    if term["starts_on_event"] == "contract_signed":
        dossier.due_on = date.fromisoformat(term["due_on"])
        open_deadline(dossier, kind=Deadline.Kind.TERM, due_on=dossier.due_on, today=situation.today)
    return Effect(
        data={"sha256": contract.sha256, "due_on": str(dossier.due_on)},
        letters=[(Letter.Kind.SIGNED_CONTRACT, contents.signed_contract(contract, situation.now))],
    )


def _evidence(situation: Situation, signatory: Signatory, sha256: str, act: str) -> Json:
    """Return how the company's signatory was identified, and what the code was asked for."""
    assert situation.actor is not None
    return {
        **dict(situation.inputs.get("evidence") or {}),
        "sha256": sha256,
        "method": "ré-authentification et code à usage unique",
        "code_for": SIGNED_ACTS[act],
        "code_subject": subject_of(situation.dossier, act),
        "name": signatory.full_name,
        "capacity": signatory.capacity,
        "power": signatory.kind,
        "account": situation.actor.pk,
        "email": situation.actor.email,
        "signed_at": situation.now.astimezone(PARIS).isoformat(timespec="seconds"),
    }


# --- Amendments ----------------------------------------------------------------------------------
def amend(situation: Situation) -> Effect:
    """Open the amendment (officer) or sign it (company, expert); the last signature applies it."""
    if Actor.OFFICER in situation.standing:
        return _open_amendment(situation)
    amendment = situation.facts.open_amendment
    assert amendment is not None
    if Actor.EXPERT in situation.standing:
        amendment.expert_signed_by, amendment.expert_signed_at = situation.actor, situation.now
        signer = "expert"
    else:
        amendment.company_signed_by, amendment.company_signed_at = situation.actor, situation.now
        signatory = situation.facts.signatory_of(situation.actor)
        assert signatory is not None
        amendment.evidence = _evidence(situation, signatory, amendment.sha256, "amend")
        signer = "company"
    effect = Effect(data={"amendment": amendment.pk, "signer": signer})
    if amendment.company_signed_at is not None and amendment.expert_signed_at is not None:
        if amendment.new_due_on is not None:
            move_term(situation, amendment, effect)
        else:
            _apply_amendment(situation, amendment, effect)
    amendment.save()
    return effect


def _open_amendment(situation: Situation) -> Effect:
    quote = new_quote(situation, situation.inputs["lines"], firm=situation.the_mission.firm)
    amendment = _amendment(situation, quote, mission=None)
    return Effect(
        data={"amendment": amendment.pk, "signer": "officer"},
        motive=amendment.motive,
        letters=[(Letter.Kind.AMENDMENT, contents.amendment(amendment))],
    )


def _amendment(situation: Situation, quote: Quote, mission: Mission | None) -> Amendment:
    dossier = situation.dossier
    motive = situation.text("motive")
    amendment = Amendment(
        dossier=dossier,
        rank=dossier.amendments.count() + 1,
        quote=quote,
        mission=mission,
        motive=motive,
        opened_on=situation.today,
        officer_signed_by=situation.actor,
        officer_signed_at=situation.now,
    )
    amendment.sha256 = sealed_hash(sealed_of(amendment))
    amendment.save()
    return amendment


def new_quote(situation: Situation, lines: list[Json], *, firm: ExpertFirm) -> Quote:
    """Keep a new version of the quote with these lines."""
    dossier = situation.dossier
    last = dossier.quotes.order_by("-number").first()
    quote = Quote.objects.create(
        dossier=dossier,
        number=last.number + 1 if last else 1,
        firm=firm,
        issued_on=situation.today,
        signed=False,
    )
    QuoteLine.objects.bulk_create(
        QuoteLine(
            quote=quote,
            position=rank,
            item=line["item"],
            label=line.get("label") or "",
            amount=Decimal(str(line["amount"])),
            complexity=line.get("complexity") or "",
            performed_by=line.get("performed_by") or "expert",
        )
        for rank, line in enumerate(lines, start=1)
    )
    return quote


def _apply_amendment(situation: Situation, amendment: Amendment, effect: Effect) -> None:
    dossier, quote = situation.dossier, amendment.quote
    assert quote is not None
    _check_again(situation, amendment, quote)
    amendment.status = Amendment.Status.SIGNED
    quote.accepted_on = situation.today
    quote.save(update_fields=["accepted_on"])
    if amendment.mission is not None:
        _replace(situation, amendment.mission, motive=amendment.motive)
        # The contract that the company has not signed yet named the former expert: it is signed anew.
        Contract.objects.filter(dossier=dossier, signed_by_company_at__isnull=True).delete()
    case = case_of(dossier, on=situation.today, quote=quote, firm=quote.firm)
    evaluation = evaluate_case(case)
    keep_snapshot(
        dossier, moment=Snapshot.Moment.AMENDMENT, case=case, evaluation=evaluation, now=situation.now
    )
    if amendment.mission is None:
        pin_money(dossier, _evaluation_of_the_whole(situation, evaluation))
        _lower_commitment(dossier)
    effect.data["applied"] = True


def _check_again(situation: Situation, amendment: Amendment, quote: Quote) -> None:
    """Refuse an amendment that no longer holds on the day of its last signature."""
    lines = [
        {
            "item": line.item,
            "amount": line.amount,
            "complexity": line.complexity,
            "performed_by": line.performed_by,
        }
        for line in quote.lines.all()
    ]
    obstacles: list[Obstacle] = []
    if amendment.mission is not None:
        obstacles += situation.facts.firm_obstacles(amendment.mission.firm)
        obstacles += situation.facts.amended_quote_obstacles(lines, firm=amendment.mission.firm)
    else:
        obstacles += situation.facts.amended_quote_obstacles(lines)
    if obstacles:
        raise Refused(obstacles)


def _evaluation_of_the_whole(situation: Situation, evaluation: Json) -> Json:
    """Return the evaluation of all that the dossier contracts: the quote's own unless the expert was replaced."""
    dossier = situation.dossier
    if not Amendment.objects.filter(
        dossier=dossier, mission__isnull=False, status=Amendment.Status.SIGNED
    ).exists():
        return evaluation
    fresh = Dossier.objects.get(pk=dossier.pk)
    lines = [{"item": item, "amount": amount} for item, amount in contracted_by_dossier(fresh).items()]
    return evaluate_case(case_of(dossier, on=situation.today, lines=lines))


def _lower_commitment(dossier: Dossier) -> None:
    commitment = dossier.commitment
    if commitment.amount > dossier.bpifrance_share:
        commitment.amount = dossier.bpifrance_share
        commitment.save(update_fields=["amount"])


def drop_amendment(situation: Situation) -> Effect:
    """Give the open amendment up; a new expert's mission that waited for it ends."""
    amendment = situation.facts.open_amendment
    assert amendment is not None
    amendment.status = Amendment.Status.DROPPED
    amendment.save(update_fields=["status"])
    if amendment.mission is not None:
        Mission.objects.filter(pk=amendment.mission.pk).update(state=MissionState.ENDED)
        tell(situation.dossier, "waiting_mission_ended")
    return Effect(data={"amendment": amendment.pk}, motive=situation.text("motive"))


# --- Replacement of the expert -------------------------------------------------------------------
def replace_expert(situation: Situation) -> Effect:
    """Bring a new firm in: at once while under review, by a signed amendment after approval."""
    dossier, firm = situation.dossier, situation.inputs["firm"]
    quote = new_quote(situation, situation.inputs["lines"], firm=firm)
    rank = dossier.missions.count() + 1
    mission = Mission.objects.create(
        dossier=dossier, firm=firm, rank=rank, is_current=False, began_on=situation.today
    )
    tell_mission(mission)
    effect = Effect(data={"new_mission": mission.pk, "firm": firm.pk}, motive=situation.text("motive"))
    if dossier.state == State.UNDER_REVIEW:
        filed = last_filed(dossier)
        _replace(situation, mission, motive=situation.text("motive"))
        forget = _rules_of_expert_and_quote(situation.facts.decision_evaluation)
        FindingDecision.objects.filter(dossier=dossier, rule__in=forget).delete()
        tell(dossier, "judgements_dropped", rules=sorted(forget))
        case = case_of(dossier, on=situation.today, quote=quote, firm=firm)
        evaluation = evaluate_case(case)
        if filed is not None:
            # Age, size and certificates stay judged at the filing: only expert and quote are new.
            kept = merged(filed.evaluation, evaluation, _rules_of_expert_and_quote(evaluation))
            evaluation = {**kept, "funding": evaluation["funding"]}
        keep_snapshot(
            dossier,
            moment=Snapshot.Moment.RESUBMISSION,
            case=case,
            evaluation=evaluation,
            now=situation.now,
        )
        pin_money(dossier, evaluation)
        return effect
    amendment = _amendment(situation, quote, mission=mission)
    effect.letters.append((Letter.Kind.AMENDMENT, contents.amendment(amendment)))
    return effect


def _rules_of_expert_and_quote(evaluation: Json) -> set[str]:
    names = {finding["rule"] for finding in evaluation["findings"]}
    return {name for name in names if name.startswith(("expert.", "quote."))} | (names & RULES_OF_LINES)


def _replace(situation: Situation, new: Mission, *, motive: str) -> None:
    """Make `new` the current mission; the old one goes on alone if its work began, and ends otherwise."""
    old = Mission.objects.filter(dossier=situation.dossier, is_current=True).exclude(pk=new.pk).get()
    old.is_current = False
    old.replaced_on = situation.today
    old.replacement_motive = motive
    if old.work_started_on is None:
        old.state = MissionState.ENDED
    old.save()
    old.dossier = situation.dossier
    tell_mission(old)
    situation.dossier.firm = new.firm
    new.is_current = True
    new.state = (
        MissionState.IN_PROGRESS if situation.dossier.state == State.IN_PROGRESS else MissionState.ENGAGED
    )
    new.save()
    # The dossier's own dates are those of its current mission.
    situation.dossier.work_started_on = situation.dossier.work_ended_on = None
    situation.mission = new
