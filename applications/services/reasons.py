"""The library of sentences for letters: managers write them, each rewriting is a version, none is lost."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from applications.models import Reason, ReasonVersion
from applications.workflow.refusals import NotYours, Stale
from portal.accounts.models import StaffRole, User

OVERTAKEN = (
    "Quelqu’un d’autre vient de réécrire cette formulation. Rien n’est enregistré\u00a0: relisez-la, puis "
    "recommencez si besoin."
)


def _check(author: User) -> None:
    if author.staff_role != StaffRole.MANAGER:
        raise NotYours("La bibliothèque de formulations est tenue par les responsables.")


def add(*, rule: str, title: str, text: str, author: User, now: datetime) -> Reason:
    """Add a reason about one rule, or about none ("")."""
    _check(author)
    with transaction.atomic():
        reason = Reason.objects.create(rule=rule)
        ReasonVersion.objects.create(
            reason=reason, number=1, title=title, text=text, written_by=author, written_at=now
        )
    return reason


def rewrite(
    reason: Reason, *, rule: str, title: str, text: str, expected: int, author: User, now: datetime
) -> None:
    """Add a version to a reason; raises Stale where `expected` is not its last one any more."""
    _check(author)
    try:
        with transaction.atomic():
            last = reason.versions.order_by("-number").first()
            assert last is not None
            if last.number != expected:
                raise Stale(OVERTAKEN)
            if (reason.rule, last.title, last.text) == (rule, title, text):
                return
            Reason.objects.filter(pk=reason.pk).update(rule=rule)
            ReasonVersion.objects.create(
                reason=reason, number=expected + 1, title=title, text=text, written_by=author, written_at=now
            )
    except IntegrityError as error:
        raise Stale(OVERTAKEN) from error


def retire(reason: Reason, *, author: User, now: datetime) -> bool:
    """Take a reason out of what may be inserted, or back in; return whether it is out now."""
    _check(author)
    with transaction.atomic():
        locked = Reason.objects.select_for_update().get(pk=reason.pk)
        locked.retired_at = None if locked.retired_at else now
        locked.save(update_fields=["retired_at"])
    return locked.retired_at is not None
