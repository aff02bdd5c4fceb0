"""What somebody who owns the database may do to the journal, by raw SQL and with its own method."""

from django.db import connection

from portal.audit import hashing
from portal.audit.models import ChainHead, Event


def sql(statement, *parameters):
    """Run one raw statement as the manipulator would."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def remove(condition, *parameters):
    """Delete events and their details by raw SQL."""
    sql(
        f"DELETE FROM audit_eventdetail WHERE event_id IN (SELECT id FROM audit_event WHERE {condition})",
        *parameters,
    )
    sql(f"DELETE FROM audit_event WHERE {condition}", *parameters)


def rehash(chain="dossier:1", start=1):
    """Recompute every hash of a chain from one event on, and its head: the manipulator knows the method."""
    previous = ""
    for event in Event.objects.filter(chain=chain).order_by("sequence"):
        if event.sequence >= start:
            event.previous_hash = previous
            event.hash = hashing.hash_of_event(
                chain=event.chain,
                sequence=event.sequence,
                name=event.name,
                at=event.at,
                actor_ref=event.actor_ref,
                data=event.data,
                detail_hash=event.detail_hash,
                previous_hash=previous,
            )
            event.save()
        previous = event.hash
        ChainHead.objects.filter(chain=chain).update(hash=event.hash, sequence=event.sequence)
