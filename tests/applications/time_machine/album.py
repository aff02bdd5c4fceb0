"""Photographs a dossier's rows as they are, in the words in which the journal is played again."""

from __future__ import annotations

from typing import Any

from applications.models import Deadline, Dossier, Hold, Mission, Payment, PendingApproval
from applications.services.kept_facts import OF_DOSSIER, OF_MISSION, plain
from applications.services.time_machine.replay import Past, replay
from applications.services.transitions import Outcome
from portal.accounts.models import User
from portal.audit.models import Event
from tests.applications.journeys import Journey

Json = dict[str, Any]


def _columns(row: Any, names: tuple[str, ...]) -> Json:
    return {name: None if (value := plain(getattr(row, name))) == "" else value for name in names}


def photograph(dossier: Dossier) -> Json:
    """Return what the rows say now."""
    dossier = Dossier.objects.get(pk=dossier.pk)
    running = Deadline.objects.filter(dossier=dossier, closed_on=None)
    holds = Hold.objects.filter(mission__dossier=dossier, lifted_at=None)
    payments = Payment.objects.filter(mission__dossier=dossier, reversed_on=None)
    pending = PendingApproval.objects.filter(dossier=dossier, status="open").first()
    snapshot = dossier.snapshots.order_by("taken_at", "pk").last()
    missions = Mission.objects.filter(dossier=dossier)
    return {
        "version": dossier.version,
        "dossier": _columns(dossier, OF_DOSSIER),
        "missions": {one.pk: _columns(one, OF_MISSION) for one in missions},
        "terms": sorted((one.kind, plain(one.due_on), one.mission_id or 0) for one in running),
        "holds": {one.pk: (one.reason, one.mission_id) for one in holds},
        "payments": {one.pk: (plain(one.ht), plain(one.ttc), plain(one.paid_on)) for one in payments},
        "judgements": dict(dossier.finding_decisions.values_list("rule", "outcome")),
        "pending": pending.transition if pending else "",
        "snapshot": snapshot.pk if snapshot else None,
    }


def developed(past: Past) -> Json:
    """Return what the journal says, in the same words."""
    return {
        "version": past.version,
        "dossier": past.known,
        "missions": {key: {name: one[name] for name in OF_MISSION} for key, one in past.missions.items()},
        "terms": sorted((one["kind"], one["due_on"], one["mission"] or 0) for one in past.terms),
        "holds": {key: (one["reason"], one["mission"]) for key, one in past.holds.items()},
        "payments": {key: (one["ht"], one["ttc"], one["paid_on"]) for key, one in past.payments.items()},
        "judgements": {rule: outcome for rule, (outcome, _) in past.judgements.items()},
        "pending": past.pending,
        "snapshot": past.snapshot[0] if past.snapshot else None,
    }


def played(dossier: Dossier, rank: int | None = None) -> Past:
    """Play the journal up to a rank, to its end without one."""
    events = Event.objects.filter(chain=dossier.chain).order_by("sequence")
    return replay(events if rank is None else events.filter(sequence__lte=rank))


class Photographed(Journey):
    """A journey that keeps a photograph of the rows after each act: (instant, rank of the event, photograph)."""

    album: list[tuple[Any, int, Json]]

    def act(self, name: str, actor: User | None, **inputs: Any) -> Outcome:
        """Do the act, look that it left one event, its own and of this person, then photograph the rows."""
        before = set(Event.objects.filter(chain=self.dossier.chain).values_list("pk", flat=True))
        outcome = super().act(name, actor, **inputs)
        fresh = list(Event.objects.filter(chain=self.dossier.chain).exclude(pk__in=before))
        expected = f"{name}_asked" if outcome.pending else name
        assert [(event.name, event.actor_ref) for event in fresh] == [(expected, actor.pk if actor else None)]
        self.__dict__.setdefault("album", []).append(
            (self.now, outcome.event.sequence, photograph(self.dossier))
        )
        return outcome
