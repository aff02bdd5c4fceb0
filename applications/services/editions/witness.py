"""What the journal says of the editions published on the portal: nobody's word is taken against it."""

from __future__ import annotations

from datetime import date

from portal.audit.hashing import hash_of_event
from portal.audit.models import Event
from tariffs import catalogue

CHAIN = "editions"
LOADED, WITHDRAWN, REHEARSED = "edition_loaded", "edition_withdrawn", "edition_rehearsed"
PUBLISHED = "edition_published"
CANCEL_ASKED, CANCEL_DROPPED, CANCELLED = (
    "edition_cancel_asked",
    "edition_cancel_dropped",
    "edition_cancelled",
)
WITHHELD = "L’édition {code} du cahier des charges ne peut plus être lue telle qu’elle a été publiée."


def remembered() -> dict[str, tuple[str, date]]:
    """Return the publications that stand, by code: the text's digest and its first day.

    An event whose own hash is wrong says nothing: what it published is then withheld.
    """
    found: dict[str, tuple[str, date]] = {}
    events = Event.objects.filter(chain=CHAIN, name__in=[PUBLISHED, CANCELLED]).order_by("sequence")
    for event in events:
        if not _is_whole(event):
            continue
        code = event.data["code"]
        if event.name == PUBLISHED:
            found[code] = event.data["digest"], date.fromisoformat(event.data["in_force_from"])
        else:
            found.pop(code, None)
    return found


def _is_whole(event: Event) -> bool:
    return event.hash == hash_of_event(
        chain=event.chain,
        sequence=event.sequence,
        name=event.name,
        at=event.at,
        actor_ref=event.actor_ref,
        data=event.data,
        detail_hash=event.detail_hash,
        previous_hash=event.previous_hash,
    )


def problems() -> list[str]:
    """Return a French sentence for each published edition that this process refuses to read."""
    return [WITHHELD.format(code=code) for code in catalogue.editions().withheld]
