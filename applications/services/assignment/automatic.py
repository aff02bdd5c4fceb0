"""Gives a dossier to an officer by the rules, after its filing: the outbox's duty, done by nobody's hand."""

from __future__ import annotations

from collections.abc import Mapping

from applications.services import transitions
from applications.services.assignment import team
from applications.services.assignment.choice import choose
from applications.services.facts import DossierFacts
from applications.services.locking import lock
from applications.workflow.states import State
from portal import clock
from portal.accounts.models import User

ACT = "assign_by_rules"


def give(payload: Mapping[str, int], *, outbox_id: int) -> None:  # noqa: ARG001 a handler's signature
    """Outbox handler: give one dossier by the rules; the payload is {dossier}.

    Nothing is done, and nothing recorded, where somebody took it meanwhile, the rules are off, or none has anybody:
    the dossier stays among those that nobody is in charge of.
    """
    now = clock.now()
    today = clock.civil_date(now)
    # Held to the end: the next duty weighs the loads that this one leaves.
    if not team.hold_switch().is_on:
        return
    dossier = lock(payload["dossier"])
    if dossier.state != State.SUBMITTED or dossier.officer_id is not None:
        return
    rules = team.rules_in_service()
    facts = DossierFacts(dossier, today=today, now=now)
    chosen = choose(
        dossier.volet,
        dossier.company.region,
        rules=rules,
        seats=team.seats_of(rules, today=today),
        barred=team.barred_by(rejecters=facts.rejecters, enterers=facts.enterers),
    )
    if chosen.officer is None:
        return
    transitions.execute(
        ACT,
        dossier=dossier,
        actor=None,
        expected_version=dossier.version,
        now=now,
        officer=User.objects.get(pk=chosen.officer),
        rule=chosen.rule,
        loads={str(key): load for key, load in chosen.loads.items()},
        motive=chosen.reason,
    )
