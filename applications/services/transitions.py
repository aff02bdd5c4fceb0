"""The only writer of a dossier's state: locks, checks, writes, records, and leaves the rest to the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from applications.models import Dossier, Mission, PendingApproval
from applications.services import announcements, letters, listing
from applications.services.assignment import duty
from applications.services.conflicts import conflict_of
from applications.services.effects import EFFECTS, Effect
from applications.services.eyes import check_second, frozen, giver_of, thawed, with_lent
from applications.services.facts import DossierFacts
from applications.services.kept_facts import KEY, kept_by
from applications.services.locking import lock
from applications.services.signing import code_is_right
from applications.services.standing import lenders_of, mission_at_stake, standing_of, state_at_stake
from applications.workflow.guards import Guard
from applications.workflow.refusals import STALE, ActRefused, NotYours, Obstacle, Refused, Stale, WrongState
from applications.workflow.situation import CODE_VERIFIED, LENT_BY, SECOND_MOTIVE, Actor, Situation
from applications.workflow.states import MISSION_STATES, MissionState, State
from applications.workflow.table import TRANSITIONS, Transition
from portal import clock
from portal.accounts.models import User
from portal.audit.models import Event
from portal.audit.services import append


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act gave: the dossier as it is now, the event, and the pending act when a second person is needed."""

    dossier: Dossier
    event: Event
    pending: PendingApproval | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """An act that a person may do here and now, or what stands in its way."""

    transition: Transition
    obstacles: tuple[Obstacle, ...]
    pending: PendingApproval | None = None
    # By whose delegation it would be done; None when by one's own function.
    giver: User | None = None


def execute(
    name: str,
    *,
    dossier: Dossier,
    actor: User | None,
    expected_version: int,
    now: datetime | None = None,
    mission: Mission | None = None,
    **inputs: Any,
) -> Outcome:
    """Do one act of the table, wholly or not at all.

    `expected_version` is the version of the page on which the person decided. `actor` None is the sweep.
    Raises NotYours (no standing), Stale (the dossier moved meanwhile), WrongState, or Refused with the
    obstacles. When the act needs a second person, the first call keeps it as a pending approval.
    """
    now = now or clock.now()
    if Dossier.objects.filter(pk=dossier.pk).exclude(version=expected_version).exists():
        # Before a code is spent on an act that can't succeed; judged again under the lock.
        inputs.pop("code", None)
    # Spent in a transaction of its own, so that a refusal does not give a wrong code its attempt back.
    inputs.pop(SECOND_MOTIVE, None)
    inputs.pop(LENT_BY, None)
    inputs[CODE_VERIFIED] = code_is_right(
        dossier=dossier, user=actor, act=name, code=inputs.pop("code", ""), now=now
    )
    try:
        with transaction.atomic():
            return _execute(
                TRANSITIONS[name],
                lock(dossier.pk),
                actor=actor,
                expected_version=expected_version,
                now=now,
                mission=mission,
                inputs=inputs,
            )
    except IntegrityError as error:
        raise Refused([conflict_of(error)]) from error


def _execute(
    transition: Transition,
    dossier: Dossier,
    *,
    actor: User | None,
    expected_version: int,
    now: datetime,
    mission: Mission | None,
    inputs: Mapping[str, Any],
) -> Outcome:
    situation = _situation(transition.name, dossier, actor=actor, now=now, mission=mission, inputs=inputs)
    _check_standing(transition, situation)
    situation.giver = giver_of(situation, transition.actors)
    if expected_version != dossier.version:
        raise Stale(STALE)
    _check_state(transition, situation)
    pending, situation = _second_person(transition, situation)
    _check(transition.concerns, situation)
    _check(transition.guards, situation)
    _check(transition.checks, situation)
    if pending is None and transition.second is not None and transition.second.needed(situation):
        return _ask_second_person(transition, situation)
    return _apply(transition, situation, pending)


def _situation(
    name: str,
    dossier: Dossier,
    *,
    actor: User | None,
    now: datetime,
    mission: Mission | None,
    inputs: Mapping[str, Any],
    lenders: Mapping[Actor, User] | None = None,
    facts: DossierFacts | None = None,
) -> Situation:
    today = clock.civil_date(now)
    lenders = lenders_of(actor, today) if lenders is None else lenders
    stake = mission_at_stake(name, dossier, mission)
    if stake is not None:
        stake.dossier = dossier
    return Situation(
        dossier=dossier,
        mission=stake,
        actor=actor,
        standing=with_lent(standing_of(actor, dossier, stake), lenders),
        now=now,
        today=today,
        facts=facts or DossierFacts(dossier, today=today, now=now),
        inputs=inputs,
        lenders=lenders,
    )


def _allowed(transition: Transition) -> frozenset[Actor]:
    return transition.actors | (transition.second.actors if transition.second else frozenset())


def _check_standing(transition: Transition, situation: Situation) -> None:
    if not situation.standing & _allowed(transition):
        who = " ou ".join(sorted(actor.label.lower() for actor in transition.actors))
        raise NotYours(
            f"« {transition.label} » revient à : {who}. Votre compte ne le permet pas sur ce dossier."
        )


def _check_state(transition: Transition, situation: Situation) -> None:
    state = state_at_stake(transition, situation.dossier, situation.mission)
    if state not in transition.sources or (transition.on_mission and situation.mission is None):
        label = State(state).label if state in State.values else MissionState(state).label
        raise WrongState(
            f"« {transition.label} » n’est pas possible : le dossier est dans l’état « {label} »."
        )


def _check(guards: Iterable[Guard], situation: Situation) -> None:
    obstacles = [obstacle for guard in guards for obstacle in guard(situation)]
    if obstacles:
        raise Refused(obstacles)


# --- Acts of two persons -------------------------------------------------------------------------
def _open_pending(transition: Transition, situation: Situation) -> PendingApproval | None:
    pending = situation.facts.pending
    if pending is None or pending.transition != transition.name:
        return None
    if pending.version != situation.dossier.version:
        return None
    if pending.mission_id is not None and situation.mission is not None:
        return pending if pending.mission_id == situation.mission.pk else None
    return pending


def _second_person(transition: Transition, situation: Situation) -> tuple[PendingApproval | None, Situation]:
    """Return the pending act this person completes, and the situation with the inputs the first one gave."""
    if transition.second is None:
        return None, situation
    pending = _open_pending(transition, situation)
    if pending is None:
        if not situation.standing & transition.actors:
            raise WrongState(f"« {transition.label} » attend d’abord la demande d’une première personne.")
        return None, situation
    check_second(transition, pending, situation)
    situation.inputs = {**thawed(pending.inputs), SECOND_MOTIVE: situation.text("motive")}
    return pending, situation


def _ask_second_person(transition: Transition, situation: Situation) -> Outcome:
    assert situation.actor is not None
    _void_pending(situation)
    lent_by = {LENT_BY: situation.giver.pk} if situation.giver else {}
    event = _record(f"{transition.name}_asked", situation, Effect(motive=situation.text("motive")))
    pending = PendingApproval.objects.create(
        dossier=situation.dossier,
        mission=situation.mission if transition.on_mission else None,
        transition=transition.name,
        inputs=frozen(situation.inputs) | lent_by,
        asked_by=situation.actor,
        asked_at=situation.now,
        # Readings of a report are events of the chain too: the version is the event's, not one more.
        version=event.sequence,
    )
    situation.dossier.save()
    listing.refresh([situation.dossier.pk], today=situation.today, acted_at=situation.now)
    return Outcome(situation.dossier, event, pending)


def drop_pending(pending: PendingApproval, *, actor: User, now: datetime, page: int | None = None) -> None:
    """Give up an act that waits for its second person; either of the two roles may. Raises NotYours, Stale."""
    with transaction.atomic():
        dossier = lock(pending.dossier_id)
        transition = TRANSITIONS[pending.transition]
        situation = _situation(
            transition.name, dossier, actor=actor, now=now, mission=pending.mission, inputs={}
        )
        if not situation.standing & _allowed(transition):
            raise NotYours("Seules les deux personnes concernées peuvent abandonner cet acte.")
        version = pending.version if page is None else page
        found = PendingApproval.objects.filter(pk=pending.pk, status="open", version=version)
        updated = found.update(status=PendingApproval.Status.DROPPED, ended_by=actor, ended_at=now)
        if not updated:
            raise Stale(STALE)
        _record(f"{transition.name}_dropped", situation, Effect())
        dossier.save()
        listing.refresh([dossier.pk], today=situation.today, acted_at=now)


def _void_pending(situation: Situation) -> None:
    PendingApproval.objects.filter(dossier=situation.dossier, status=PendingApproval.Status.OPEN).update(
        status=PendingApproval.Status.VOID, ended_at=situation.now
    )


# --- Writing -------------------------------------------------------------------------------------
def _apply(transition: Transition, situation: Situation, pending: PendingApproval | None) -> Outcome:
    dossier, mission = situation.dossier, situation.mission
    before = state_at_stake(transition, dossier, mission)
    if pending is not None:
        pending.status = PendingApproval.Status.DONE
        pending.ended_by, pending.ended_at = situation.actor, situation.now
        pending.save(update_fields=["status", "ended_by", "ended_at"])
    _void_pending(situation)
    effect = EFFECTS[transition.name](situation)
    # A filing begins a mission, a replacement changes the current one: what follows is about that one.
    mission = situation.mission
    target = transition.target
    if target is not None and transition.elsewhere is not None and dossier.officer_id is None:
        target = transition.elsewhere
    if target is not None:
        _move(transition, dossier, mission, target, situation.now)
    if pending is not None:
        effect.data["first"] = pending.asked_by_id
        if LENT_BY in pending.inputs:
            effect.data[f"first_{LENT_BY}"] = pending.inputs[LENT_BY]
        effect.motive = " ".join(filter(None, (effect.motive, situation.text(SECOND_MOTIVE))))
    effect.data |= {"from": str(before), "to": str(target or before)}
    event = _record(transition.name, situation, effect)
    dossier.save()
    if mission is not None:
        mission.save()
    listing.refresh([dossier.pk], today=situation.today, acted_at=situation.now)
    if target == State.SUBMITTED:
        duty.queue(dossier, now=situation.now)
    return Outcome(dossier, event)


def _move(
    transition: Transition, dossier: Dossier, mission: Mission | None, target: State, now: datetime
) -> None:
    if mission is not None:
        if target in MISSION_STATES or target == State.IN_PROGRESS:
            mission.state = MissionState(target.value)
        elif target in {State.CANCELLED, State.LAPSED, State.WITHDRAWN, State.REJECTED, State.ABANDONED}:
            mission.state = MissionState.ENDED
        if target in {State.UNDER_REVIEW, State.SUBMITTED} and mission.state == MissionState.ENDED:
            mission.state = MissionState.ENGAGED
        if transition.on_mission and not mission.is_current:
            if target != State.PAYMENT_APPROVED or dossier.state != State.CLOSED:
                return
            # A replaced expert is to be paid anew: the dossier is no longer closed, its own payment stands.
            target = State.PAID
    dossier.state = target
    dossier.state_since = now


def _record(name: str, situation: Situation, effect: Effect) -> Event:
    dossier, actor = situation.dossier, situation.actor
    data = {**effect.data, KEY: kept_by(dossier, situation.mission, [one for one, _ in effect.letters])}
    if situation.mission is not None:
        data["mission"] = situation.mission.pk
    names = effect.names | ({"actor": actor.full_name} if actor else {})
    if situation.giver is not None:
        data[LENT_BY], names["giver"] = situation.giver.pk, situation.giver.full_name
    event = append(
        chain=dossier.chain,
        name=name,
        at=situation.now,
        actor=actor,
        data=data,
        motive=effect.motive,
        names=names,
    )
    dossier.version = event.sequence
    for kind, context in effect.letters:
        letters.order(
            dossier,
            kind=kind,
            context=context,
            event_ref=f"{dossier.chain}:{event.sequence}",
            now=situation.now,
            texts=situation.inputs.get(letters.INPUT),
        )
    announcements.announce(event, dossier=dossier, mission=situation.mission, now=situation.now)
    return event


# --- What may be done ----------------------------------------------------------------------------
def refusal_of(
    name: str,
    dossier: Dossier,
    actor: User,
    *,
    now: datetime,
    lenders: Mapping[Actor, User],
    facts: DossierFacts,
    **inputs: Any,
) -> ActRefused | None:
    """Return how `execute` would refuse this act now, None where it would do it; nothing is locked nor written."""
    transition = TRANSITIONS[name]
    situation = _situation(
        name, dossier, actor=actor, now=now, mission=None, inputs=inputs, lenders=lenders, facts=facts
    )
    try:
        _check_standing(transition, situation)
        _check_state(transition, situation)
        for guards in (transition.concerns, transition.guards, transition.checks):
            _check(guards, situation)
    except ActRefused as refusal:
        return refusal
    return None


def available(
    dossier: Dossier,
    actor: User,
    *,
    now: datetime | None = None,
    mission: Mission | None = None,
    facts: DossierFacts | None = None,
) -> list[Offer]:
    """Return the acts open to `actor`, each with what stands in its way; `facts` are those read already."""
    now = now or clock.now()
    facts = facts or DossierFacts(dossier, today=clock.civil_date(now), now=now)
    lenders = lenders_of(actor, clock.civil_date(now))
    offers = []
    situations: dict[tuple[bool, bool], Situation] = {}
    for transition in TRANSITIONS.values():
        # The three ways `mission_at_stake` chooses: the amendment's, the one given, the current one.
        key = (transition.name == "amend", transition.on_mission)
        if key not in situations:
            situations[key] = _situation(
                transition.name,
                dossier,
                actor=actor,
                now=now,
                mission=mission,
                inputs={},
                lenders=lenders,
                facts=facts,
            )
        situation = situations[key]
        situation.giver = giver_of(situation, transition.actors)
        if not situation.standing & _allowed(transition):
            continue
        if transition.on_mission and situation.mission is None:
            continue
        if state_at_stake(transition, dossier, situation.mission) not in transition.sources:
            continue
        pending = _open_pending(transition, situation) if transition.second else None
        if pending is None and not situation.standing & transition.actors:
            continue
        if any(True for guard in transition.concerns for _ in guard(situation)):
            continue
        obstacles = tuple(obstacle for guard in transition.guards for obstacle in guard(situation))
        offers.append(Offer(transition, obstacles, pending, situation.giver))
    return offers
