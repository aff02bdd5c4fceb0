"""Who opened the reports of a dossier, when, and how: read from its journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from applications.models import Dossier
from portal.accounts.models import User
from portal.audit.models import Event
from portal.documents.models import Document
from portal.documents.policy import COPIED, PAGE_SEEN, READ, READINGS

# What is shown at most; the journal holds them all.
SHOWN = 200
HOW = {READ: "Téléchargé", COPIED: "Copie de lecture", PAGE_SEEN: "Page"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One opening: by whom ("" for an account that is no more), of which file, how."""

    at: datetime
    who: str
    file: str
    how: str


def readings_of(dossier: Dossier) -> tuple[list[Reading], int]:
    """Return the last openings of a dossier's reports, the latest first, and how many there were in all."""
    events = Event.objects.filter(chain=dossier.chain, name__in=READINGS)
    last = list(events.order_by("-sequence")[:SHOWN])
    people = User.objects.in_bulk({event.actor_ref for event in last if event.actor_ref})
    names = Document.objects.filter(pk__in={event.data["document"] for event in last})
    files = {str(pk): name for pk, name in names.order_by().values_list("pk", "original_name")}
    told = [
        Reading(
            at=event.at,
            who=str(people.get(event.actor_ref, "")),
            file=files.get(event.data["document"], ""),
            how=_how(event),
        )
        for event in last
    ]
    return told, events.count()


def _how(event: Event) -> str:
    how = HOW[event.name]
    return f"{how} {event.data['page']}" if "page" in event.data else how
