"""Seals of what is signed, and the one-time codes by which a company's signatory confirms."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from applications.models import Dossier
from portal.accounts.models import User
from portal.accounts.sealing import seal
from portal.accounts.services.codes import issue_code, use_code
from portal.notifications.services import send_email

PURPOSE = "sign"


def sealed_hash(terms: dict[str, Any]) -> str:
    """Return the SHA-256 of the canonical form of what is signed."""
    return hashlib.sha256(json.dumps(terms, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def send_code(*, dossier: Dossier, user: User, now: datetime) -> str:
    """E-mail a code valid ten minutes and return it; raises the accounts' `Refused` when asked too often."""
    code = issue_code(user=user, purpose=PURPOSE, subject=dossier.chain, now=now)
    send_email(
        to=user.email,
        subject=f"Votre code de signature – {dossier}",
        template="company/email/sign_code",
        context={"number": str(dossier), "sealed_code": seal(code)},
        dedup_key=f"sign-code:{dossier.pk}:{user.pk}:{now.isoformat()}",
        now=now,
    )
    return code


def code_is_right(*, dossier: Dossier, user: User | None, code: object, now: datetime) -> bool:
    """Return whether the code typed is the one sent, and spend it; a wrong one counts as an attempt."""
    if user is None or not isinstance(code, str) or not code.strip():
        return False
    return use_code(user=user, purpose=PURPOSE, subject=dossier.chain, code=code.strip()[:20], now=now)
