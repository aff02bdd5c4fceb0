"""One-time codes sent by e-mail to confirm one act on one subject, such as signing a contract."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.accounts.models import OneTimeCode, User
from portal.accounts.services.refusals import Refused

VALIDITY = timedelta(minutes=10)
MAX_ATTEMPTS = 5
ISSUED_AT_MOST = 5
ISSUED_WITHIN = timedelta(minutes=15)


def _hash_code(user: User, purpose: str, subject: str, code: str) -> str:
    value = f"{user.pk}:{purpose}:{subject}:{code}"
    return salted_hmac("portal.accounts.codes", value, algorithm="sha256").hexdigest()


@transaction.atomic
def issue_code(*, user: User, purpose: str, subject: str, now: datetime) -> str:
    """Return a new six-digit code, valid ten minutes; the caller sends it, sealed, by e-mail.

    It replaces the earlier codes for the same act and subject. Raises Refused after five codes
    within fifteen minutes, whatever they were for.
    """
    User.objects.select_for_update().get(pk=user.pk)
    codes = OneTimeCode.objects.filter(user=user)
    if codes.filter(created_at__gt=now - ISSUED_WITHIN).count() >= ISSUED_AT_MOST:
        raise Refused(
            "Vous avez demandé cinq codes en un quart d’heure. "
            "Patientez quinze minutes avant d’en demander un autre."
        )
    codes.filter(purpose=purpose, subject=subject, used_at__isnull=True, expires_at__gt=now).update(
        attempts=MAX_ATTEMPTS
    )
    code = f"{secrets.randbelow(1_000_000):06d}"
    OneTimeCode.objects.create(
        user=user,
        purpose=purpose,
        subject=subject,
        code_hash=_hash_code(user, purpose, subject, code),
        created_at=now,
        expires_at=now + VALIDITY,
    )
    return code


@transaction.atomic
def use_code(*, user: User, purpose: str, subject: str, code: str, now: datetime) -> bool:
    """Say whether the code is right, and spend it; each wrong answer counts, the fifth kills the code.

    The caller must not roll the transaction back on False, or the attempt would not count.
    """
    waiting = (
        OneTimeCode.objects.select_for_update()
        .filter(
            user=user,
            purpose=purpose,
            subject=subject,
            used_at__isnull=True,
            expires_at__gt=now,
            attempts__lt=MAX_ATTEMPTS,
        )
        .order_by("-created_at", "-pk")
        .first()
    )
    if waiting is None:
        return False
    typed = "".join(code.split())
    right = constant_time_compare(waiting.code_hash, _hash_code(user, purpose, subject, typed))
    # Counted by the database as well as under the lock: two answers at once are never counted as one.
    spent = OneTimeCode.objects.filter(pk=waiting.pk, used_at__isnull=True, attempts__lt=MAX_ATTEMPTS).update(
        attempts=F("attempts") + 1, used_at=now if right else None
    )
    return right and spent == 1
