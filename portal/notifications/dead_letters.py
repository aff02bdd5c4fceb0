"""What an administrator does about duties given up: tries them again, or drops one for a reason; each is journalled.

Two administrators at once never do both: the row is changed only where it still is a dead letter.
"""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from portal.audit import services as audit
from portal.notifications import outbox
from portal.notifications.models import Outbox

CHAIN = "outbox"
# As many as one press retries: the next scan rings for them all.
AT_ONCE = 500


@transaction.atomic
def retry(*, letter: Outbox, actor: AbstractBaseUser, now: datetime, reason: str = "") -> bool:
    """Give a dead letter its ten attempts again; False when somebody settled it before."""
    if not _retried([letter.pk]):
        return False
    audit.append(
        chain=CHAIN,
        name="dead_letter_retried",
        at=now,
        actor=actor,
        data={"outbox": letter.pk},
        motive=reason,
    )
    transaction.on_commit(lambda: outbox.ring(letter.pk, letter.kind))
    return True


@transaction.atomic
def retry_kind(*, kind: str, actor: AbstractBaseUser, now: datetime, reason: str = "") -> int:
    """Give the dead letters of a kind their attempts again, AT_ONCE at most; return how many were."""
    dead = Outbox.objects.dead().filter(kind=kind)
    letters = list(dead.select_for_update().values_list("pk", flat=True)[:AT_ONCE])
    count = _retried(letters)
    if count:
        data = {"kind": kind, "outbox": sorted(letters)}
        audit.append(chain=CHAIN, name="dead_letters_retried", at=now, actor=actor, data=data, motive=reason)
    return count


def _retried(letters: list[int]) -> int:
    dead = Outbox.objects.dead().order_by().filter(pk__in=letters)
    return dead.update(dead_at=None, attempts=0, locked_until=None)


@transaction.atomic
def drop(*, letter: Outbox, actor: AbstractBaseUser, reason: str, now: datetime) -> bool:
    """Give a dead letter up for good, with a reason; False when somebody settled it before."""
    dead = Outbox.objects.dead().order_by().filter(pk=letter.pk)
    changes = {"dropped_at": now, "dropped_by": actor, "drop_reason": reason, "payload": {}}
    if not dead.update(**changes):
        return False
    audit.append(
        chain=CHAIN,
        name="dead_letter_dropped",
        at=now,
        actor=actor,
        data={"outbox": letter.pk},
        motive=reason,
    )
    return True
