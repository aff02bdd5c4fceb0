"""Whose eyes an act of the desk counts for: the person, and whoever lent the power used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from applications.models import PendingApproval
from applications.services.standing import desk_actors
from applications.workflow.refusals import Obstacle, Refused
from applications.workflow.situation import CODE_VERIFIED, LENT_BY, SECOND_MOTIVE, Actor, Situation
from applications.workflow.table import TRANSITIONS, Transition
from portal.accounts.models import User

SAME_PERSON = Obstacle(
    "same_person",
    "Vous avez demandé cet acte, vous-même ou par délégation\u00a0: une autre personne le confirme.",
)
SAME_ROLE = Obstacle("same_role", "Cet acte se confirme par une personne d’une autre fonction.")


def frozen(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the first person typed as it is kept until the second one answers."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in inputs.items()
        if name not in {CODE_VERIFIED, SECOND_MOTIVE}
    }


def thawed(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was kept as the guards and the effect read it."""
    return {
        name: date.fromisoformat(value) if name.endswith("_on") and isinstance(value, str) else value
        for name, value in inputs.items()
    }


def with_lent(own: frozenset[Actor], lenders: Mapping[Actor, User]) -> frozenset[Actor]:
    """Return a standing with the functions lent; a power lent gives nothing where one has no standing."""
    return own | lenders.keys() if own else own


def giver_of(situation: Situation, needed: frozenset[Actor]) -> User | None:
    """Return by whose delegation the actor holds one of the functions needed; None when by their own."""
    held = situation.standing & needed
    if held - situation.lenders.keys():
        return None
    return next((situation.lenders[role] for role in sorted(held)), None)


def check_second(transition: Transition, pending: PendingApproval, situation: Situation) -> None:
    """Judge the second person, and keep by whose delegation they act; raises Refused.

    Never the first one, nor who lent the first one the power, nor the function in which the first one asked.
    """
    assert transition.second is not None
    usable = situation.standing & transition.second.actors - _function_of_first(pending, transition)
    situation.giver = giver_of(situation, usable)
    if situation.eyes & {pending.asked_by_id, pending.inputs.get(LENT_BY)} or not situation.eyes:
        raise Refused([SAME_PERSON])
    if not usable:
        raise Refused([SAME_ROLE])


def _function_of_first(pending: PendingApproval, transition: Transition) -> frozenset[Actor]:
    """Return the functions in which the first person asked: their own, and the one lent for it."""
    own = desk_actors(pending.asked_by, {})
    lent_by = pending.inputs.get(LENT_BY)
    if lent_by is None:
        return own
    return own | desk_actors(User.objects.get(pk=lent_by), {}) & transition.actors


def may_confirm(pending: PendingApproval, user: User, lenders: Mapping[Actor, User]) -> bool:
    """Tell whether a person of the desk may be the second one of a pending act; `execute` judges it anew."""
    second = TRANSITIONS[pending.transition].second
    first = {pending.asked_by_id, pending.inputs.get(LENT_BY)}
    if second is None or user.pk in first:
        return False
    theirs = desk_actors(user, {role: giver for role, giver in lenders.items() if giver.pk not in first})
    return bool(theirs & second.actors - desk_actors(pending.asked_by, {}))
