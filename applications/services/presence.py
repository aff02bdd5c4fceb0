"""Who else has a dossier open at the desk, and what others did on it since a page was shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from applications.models import Dossier, Note, Sight
from applications.models.company import BPIFRANCE_READERS
from applications.services.opinions import READINGS
from portal.accounts.models import User
from portal.audit.models import Event
from portal.documents import policy

# A page tells that it is open every thirty seconds while it is in front.
HERE_FOR = timedelta(seconds=75)
SILENT = READINGS | policy.READINGS


@dataclass(frozen=True, slots=True)
class News:
    """What a page of the desk is told: the others on it, their last act since, how many notes they wrote."""

    others: list[User]
    event: Event | None
    outdated: bool
    notes: int


def touch(dossier: Dossier, *, user: User, version: int, now: datetime) -> None:
    """Note that a person has the dossier's page in front."""
    Sight.objects.update_or_create(
        dossier=dossier,
        user=user,
        defaults={"here_at": now},
        create_defaults={"here_at": now, "version": min(version, dossier.version)},
    )


def news(dossier: Dossier, *, user: User, version: int, head: int, note: int, now: datetime) -> News:
    """Return what happened since a page that showed `version`, the event ranked `head` and the note `note`."""
    here = Sight.objects.filter(
        dossier=dossier,
        here_at__gt=now - HERE_FOR,
        user__is_active=True,
        user__staff_role__in=BPIFRANCE_READERS,
    ).exclude(user=user)
    return News(
        others=[sight.user for sight in here.select_related("user").order_by("user__full_name", "pk")],
        event=last_act(dossier, besides=user, since=head),
        outdated=dossier.version > version,
        notes=Note.objects.filter(dossier=dossier, pk__gt=note).exclude(author=user).count(),
    )


def last_act(dossier: Dossier, *, besides: User, since: int) -> Event | None:
    """Return the last thing that somebody else did on a dossier after the event ranked `since`."""
    after = Event.objects.filter(chain=dossier.chain, sequence__gt=since).exclude(name__in=SILENT)
    return after.exclude(actor_ref=besides.pk).select_related("detail").order_by("-sequence").first()
