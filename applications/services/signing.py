"""Seals of what is signed, and the one-time codes by which a company's signatory confirms."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from applications.models import Amendment, Dossier
from portal.accounts.models import User
from portal.accounts.sealing import seal
from portal.accounts.services.codes import issue_code, use_code
from portal.notifications.services import send_email

# The acts signed with a code, and what its e-mail says that it signs.
SIGNED_ACTS = {"sign": "le contrat", "amend": "l’avenant"}


def sealed_hash(terms: dict[str, Any]) -> str:
    """Return the SHA-256 of the canonical form of what is signed."""
    return hashlib.sha256(json.dumps(terms, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def open_amendment(dossier: Dossier) -> Amendment | None:
    """Return the amendment that waits for signatures."""
    return Amendment.objects.filter(dossier=dossier, status=Amendment.Status.OPEN).first()


def subject_of(dossier: Dossier, act: str) -> str | None:
    """Return what a code is for: the contract, or one amendment; None where nothing of the kind is to sign.

    A code asked for one never signs the other, nor the next amendment.
    """
    if act == "sign":
        return f"{dossier.chain}:contract"
    amendment = open_amendment(dossier) if act == "amend" else None
    return f"{dossier.chain}:amendment:{amendment.pk}" if amendment is not None else None


def new_code(*, dossier: Dossier, user: User, act: str, now: datetime) -> str:
    """Return a code valid ten minutes for one act of signature; raises the accounts' `Refused` past five."""
    subject = subject_of(dossier, act)
    assert subject is not None, f"{dossier} has nothing for {act!r}"
    return issue_code(user=user, purpose=act, subject=subject, now=now)


def send_code(*, dossier: Dossier, user: User, act: str, now: datetime) -> str:
    """E-mail a code valid ten minutes and return it; raises the accounts' `Refused` when asked too often."""
    code = new_code(dossier=dossier, user=user, act=act, now=now)
    send_email(
        to=user.email,
        subject=f"Votre code pour signer {SIGNED_ACTS[act]} – {dossier}",
        template="company/email/sign_code",
        context={"number": str(dossier), "what": SIGNED_ACTS[act], "sealed_code": seal(code)},
        dedup_key=f"sign-code:{dossier.pk}:{user.pk}:{now.isoformat()}",
        now=now,
    )
    return code


def code_is_right(*, dossier: Dossier, user: User | None, act: str, code: object, now: datetime) -> bool:
    """Return whether the code typed was sent for this act, and spend it; a wrong one counts as an attempt."""
    if user is None or not isinstance(code, str) or not code.strip():
        return False
    subject = subject_of(dossier, act)
    if subject is None:
        return False
    return use_code(user=user, purpose=act, subject=subject, code=code.strip()[:20], now=now)
