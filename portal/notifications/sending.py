"""Whether anything may leave: sending is stopped by a restore, and starts again when somebody says so with a reason.

The last event of one chain of the journal says which, since when, by whom and why: no backup, restart or
second server forgets it, and the outbox reads it in the very query that looks for work.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Subquery, Value
from django.db.models.functions import Coalesce

from portal.audit import services as audit
from portal.audit.models import Event

CHAIN = "sending"
STOPPED = "sending_stopped"
RESUMED = "sending_resumed"


@dataclass(frozen=True, slots=True)
class Stop:
    """Since when nothing leaves, and why ("" once the words were erased)."""

    since: datetime
    reason: str


def last_word() -> Coalesce:
    """Return the expression that is STOPPED or RESUMED; RESUMED where nobody ever stopped anything."""
    events = Event.objects.filter(chain=CHAIN).order_by("-sequence").values("name")[:1]
    return Coalesce(Subquery(events), Value(RESUMED))


def stopped() -> Stop | None:
    """Return the stop that stands, None while things leave."""
    event = Event.objects.filter(chain=CHAIN).select_related("detail").order_by("-sequence").first()
    if event is None or event.name == RESUMED:
        return None
    return Stop(event.at, event.detail.motive if hasattr(event, "detail") else "")


@transaction.atomic
def stop(*, reason: str, now: datetime, actor: AbstractBaseUser | None = None) -> None:
    """Let no duty of the outbox be worked any more: no message, no letter, no file; they wait."""
    audit.append(chain=CHAIN, name=STOPPED, at=now, actor=actor, data={}, motive=reason)


@transaction.atomic
def resume(*, reason: str, now: datetime, actor: AbstractBaseUser | None = None) -> bool:
    """Let what waits be worked again; False when nothing was stopped."""
    if stopped() is None:
        return False
    audit.append(chain=CHAIN, name=RESUMED, at=now, actor=actor, data={}, motive=reason)
    return True
