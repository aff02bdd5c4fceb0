"""The space of a company that did not come by itself: opened without members, until its owner is invited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from applications.models import Company
from applications.services.filing_company import Lookup, from_directory
from applications.services.records import chain_of
from portal.accounts.models import Organisation, User
from portal.audit.services import append


def open_unclaimed_company(
    *,
    scheme: str,
    identifier: str,
    identity: Mapping[str, str],
    event: str,
    data: dict[str, Any],
    actor: User | None,
    now: datetime,
    lookup: Lookup | None = None,
) -> Company:
    """Open the space of a company without members, and say so in its journal, in the caller's transaction.

    `identity`: name, address, postcode, city, region; `lookup` is what the directory said of that number.
    Raises IntegrityError where somebody registers the number at this moment.
    """
    organisation = Organisation.objects.create(
        kind=Organisation.Kind.COMPANY, name=identity["name"], created_at=now
    )
    company: Company = Company.objects.create(
        organisation=organisation,
        identifier_scheme=scheme,
        identifier=identifier,
        **identity,
        **from_directory(lookup),
    )
    append(
        chain=chain_of(company),
        name=event,
        at=now,
        actor=actor,
        data=data,
        names={"actor": actor.full_name} if actor is not None else {},
    )
    return company
