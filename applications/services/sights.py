"""What changed since a person last looked: the dossier's version then, and the moment all was said to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Greatest

from applications.models import Dossier, Listing, Sight, Visit
from portal.accounts.models import User
from portal.audit.models import Event


def look(user: User, dossier: Dossier, *, version: int) -> None:
    """Remember that the person saw the dossier at this version; an older page never takes a newer look back."""
    seen = min(version, dossier.version)
    sight, created = Sight.objects.get_or_create(user=user, dossier=dossier, defaults={"version": seen})
    if not created and sight.version < seen:
        Sight.objects.filter(pk=sight.pk).update(version=Greatest("version", seen))


@transaction.atomic
def see_all(user: User, *, now: datetime) -> None:
    """Remember that everything up to now was seen, and forget the looks at single dossiers."""
    Visit.objects.update_or_create(user=user, defaults={"seen_at": now})
    Sight.objects.filter(user=user).delete()


def changes(user: User, rows: Sequence[Listing]) -> dict[int, Event]:
    """Return the last event of each dossier that somebody else moved since the person's last look.

    A dossier never opened counts from the moment all was seen, or from the opening of the account.
    The dossiers of the rows are read already.
    """
    visit = Visit.objects.filter(user=user).first()
    since = visit.seen_at if visit else user.date_joined
    fresh = [row for row in rows if row.changed_at > since]
    if not fresh:
        return {}
    looks = Sight.objects.filter(user=user, dossier__in=[row.pk for row in fresh])
    seen = dict(looks.values_list("dossier", "version"))
    moved = [row for row in fresh if row.dossier.version > seen.get(row.pk, 0)]
    if not moved:
        return {}
    latest = Q()
    for row in moved:
        latest |= Q(chain=row.dossier.chain, sequence=row.dossier.version)
    events = {event.chain: event for event in Event.objects.filter(latest)}
    found = {row.pk: events.get(row.dossier.chain) for row in moved}
    return {key: event for key, event in found.items() if event is not None and event.actor_ref != user.pk}
