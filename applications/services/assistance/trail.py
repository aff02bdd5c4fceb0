"""What is kept of each entry: who may write, and the events of the dossier's chain."""

from __future__ import annotations

from datetime import datetime

from applications.models import Assistance, Company, Dossier
from applications.models.dossier_sets import WRITERS_FOR_COMPANIES
from portal.accounts.models import Membership, User
from portal.audit.services import append


def writes_for_companies(user: User) -> bool:
    """True for an officer or a manager at work."""
    return user.serves_as(*WRITERS_FOR_COMPANIES)


def has_members(company: Company) -> bool:
    """Tell whether somebody of the company may enter its space now: then it is not Bpifrance's to invite there."""
    return Membership.objects.active().filter(organisation=company.organisation_id).exists()


def end_it(assistance: Assistance, end: Assistance.End, *, now: datetime) -> None:
    """Note the end on the row, which the caller saves."""
    assistance.closed_at, assistance.end = now, end


def close(assistance: Assistance, end: Assistance.End, *, actor: User | None, now: datetime) -> None:
    """End an entry and record it, under the dossier's lock."""
    end_it(assistance, end, now=now)
    assistance.save()
    record("assistance_closed", assistance, actor=actor, now=now)


def record(name: str, assistance: Assistance, *, actor: User | None, now: datetime) -> None:
    """Append the event; a page of the draft shown before it acts no more, as after any event."""
    dossier = assistance.dossier
    event = append(
        chain=dossier.chain,
        name=name,
        at=now,
        actor=actor,
        data={
            "assistance": assistance.pk,
            "entered_by": assistance.officer_id,
            "channel": assistance.channel,
            "received_on": assistance.received_on.isoformat(),
            "end": assistance.end,
        },
        motive=assistance.reason,
        names={"officer": assistance.officer.full_name} | ({"actor": actor.full_name} if actor else {}),
    )
    dossier.version = event.sequence
    Dossier.objects.filter(pk=dossier.pk).update(version=event.sequence)
