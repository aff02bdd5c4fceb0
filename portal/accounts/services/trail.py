"""What is kept and told of accounts and organisations: the audit chains, and the e-mails to the people concerned."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from portal.accounts.models import Organisation, User
from portal.audit.services import append
from portal.notifications.services import send_email


def chain_of_account(user: User) -> str:
    """Return the name of an account's chain of audit events."""
    return f"account:{user.pk}"


def chain_of_organisation(organisation: Organisation) -> str:
    """Return the name of an organisation's chain of audit events."""
    return f"organisation:{organisation.pk}"


def keep_account_event(
    name: str,
    account: User,
    *,
    actor: User | None,
    now: datetime,
    data: dict[str, Any] | None = None,
    motive: str = "",
) -> str:
    """Append an event to an account's chain, in the caller's transaction; return its reference.

    `actor` is None for whoever holds the server.
    """
    event = append(
        chain=chain_of_account(account),
        name=name,
        at=now,
        actor=actor,
        data={"account": account.pk, **(data or {})},
        names={"actor": actor.full_name if actor else "", "account": account.full_name},
        motive=motive,
    )
    return f"{event.chain}:{event.sequence}"


def keep_event(
    name: str,
    organisation: Organisation,
    *,
    actor: User,
    now: datetime,
    data: dict[str, Any] | None = None,
    names: dict[str, str] | None = None,
) -> str:
    """Append an event to an organisation's chain, in the caller's transaction; return its reference."""
    event = append(
        chain=chain_of_organisation(organisation),
        name=name,
        at=now,
        actor=actor,
        data=data or {},
        names={"actor": actor.full_name, **(names or {})},
    )
    return f"{event.chain}:{event.sequence}"


def tell(
    person: User, *, subject: str, lines: Sequence[str], event: str, path: str, label: str, now: datetime
) -> None:
    """E-mail a person, once per event: what happened, line by line, and the one page to open."""
    send_email(
        to=person.email,
        subject=subject,
        template="accounts/email/notice",
        context={
            "full_name": person.full_name,
            "lines": list(lines),
            "link": settings.PORTAL_URL + path,
            "label": label,
        },
        dedup_key=f"{event}:{person.pk}",
        now=now,
    )
