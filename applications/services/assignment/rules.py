"""The managers' rules: added, changed, put in order, switched on or off, removed; each change is in the journal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from applications.models import AssignmentRule
from applications.services.assignment.team import CHAIN, hold_switch
from applications.workflow.refusals import Stale
from portal.accounts.models import User
from portal.audit.services import append

GONE = "Cette règle vient d’être supprimée\u00a0: rien n’est enregistré."


@transaction.atomic
def save(
    rule: AssignmentRule | None,
    *,
    name: str,
    volets: Iterable[int],
    regions: Iterable[str],
    officers: Iterable[User],
    ceiling: int | None,
    actor: User,
    now: datetime,
) -> AssignmentRule:
    """Change what was typed of a rule, or add one after the others where none is given; Stale where it is gone."""
    hold_switch()
    typed = {"name": name, "ceiling": ceiling, "volets": sorted(volets), "regions": sorted(regions)}
    if rule is None:
        last = AssignmentRule.objects.aggregate(last=Max("rank"))["last"] or 0
        kept = AssignmentRule.objects.create(rank=last + 1, **typed)
    else:
        # What was fetched for the form may have been put elsewhere, switched or removed since.
        found = AssignmentRule.objects.filter(pk=rule.pk).first()
        if found is None:
            raise Stale(GONE)
        kept = found
        for field, value in typed.items():
            setattr(kept, field, value)
        kept.save(update_fields=list(typed))
    kept.officers.set(officers)
    _keep("rule_changed" if rule else "rule_added", kept, actor=actor, now=now)
    return kept


@transaction.atomic
def move(rule: AssignmentRule, *, up: bool, actor: User, now: datetime) -> None:
    """Put a rule before the one above it, or after the one below; at the end of the order nothing moves."""
    hold_switch()
    order = list(AssignmentRule.objects.order_by("rank", "pk"))
    here = next((place for place, one in enumerate(order) if one.pk == rule.pk), None)
    there = None if here is None else here + (-1 if up else 1)
    if here is None or there is None or not 0 <= there < len(order):
        return
    order[here], order[there] = order[there], order[here]
    for rank, one in enumerate(order, 1):
        one.rank = rank
    AssignmentRule.objects.bulk_update(order, ["rank"])
    _keep("rules_ordered", rule, actor=actor, now=now, order=[one.pk for one in order])


@transaction.atomic
def switch_rule(rule: AssignmentRule, *, on: bool, actor: User, now: datetime) -> None:
    """Put a rule in service, or leave it out without losing it."""
    hold_switch()
    AssignmentRule.objects.filter(pk=rule.pk).update(is_on=on)
    _keep("rule_switched", rule, actor=actor, now=now, on=on)


@transaction.atomic
def remove(rule: AssignmentRule, *, actor: User, now: datetime) -> None:
    """Remove a rule for good; what it gave stays given, and says by which rule."""
    hold_switch()
    _keep("rule_removed", rule, actor=actor, now=now)
    rule.delete()


@transaction.atomic
def switch_all(*, on: bool, actor: User, now: datetime) -> None:
    """Have the rules give each new dossier by themselves, or not."""
    switch = hold_switch()
    switch.is_on = on
    switch.save(update_fields=["is_on"])
    append(
        chain=CHAIN,
        name="rules_switched",
        at=now,
        actor=actor,
        data={"on": on},
        names={"actor": actor.full_name},
    )


def _keep(name: str, rule: AssignmentRule, *, actor: User, now: datetime, **more: Any) -> None:
    data = {
        "rule": rule.pk,
        "volets": rule.volets,
        "regions": rule.regions,
        "officers": sorted(one.pk for one in rule.officers.all()),
        "ceiling": rule.ceiling or 0,
        **more,
    }
    names = {"actor": actor.full_name, "rule": rule.name}
    append(chain=CHAIN, name=name, at=now, actor=actor, data=data, names=names)
