"""Use cases on the persons of a firm who carry out missions: who they are, their CV, the volets they work on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Required, TypedDict, Unpack

from django.db import transaction

from experts.models import Consultant, ExpertFirm
from experts.services.firms import chain_of, lock_firm, require_member
from experts.services.papers import Upload, keep_cv
from experts.services.refusals import Refused
from portal.accounts.models import User
from portal.audit.services import append

VOLETS = range(1, 6)


class Details(TypedDict, total=False):
    """What is said of a consultant; without a new CV the former one stays."""

    full_name: Required[str]
    email: str
    volets: Iterable[int]
    cv: Upload | None


@transaction.atomic
def add_consultant(*, firm: ExpertFirm, actor: User, now: datetime, **details: Unpack[Details]) -> Consultant:
    """Add a person who carries out missions."""
    require_member(firm, actor)
    consultant = Consultant(firm=lock_firm(firm))
    return _write(consultant, "consultant_added", details, actor=actor, now=now)


@transaction.atomic
def update_consultant(
    *, consultant: Consultant, actor: User, now: datetime, **details: Unpack[Details]
) -> Consultant:
    """Correct what is said of a consultant."""
    require_member(consultant.firm, actor)
    lock_firm(consultant.firm)
    held = Consultant.objects.select_related("firm__organisation").get(pk=consultant.pk)
    return _write(held, "consultant_changed", details, actor=actor, now=now)


def _write(consultant: Consultant, name: str, told: Details, *, actor: User, now: datetime) -> Consultant:
    consultant.full_name, consultant.email = told["full_name"].strip(), told.get("email", "").strip().lower()
    if not consultant.full_name:
        raise Refused("Indiquez le nom du consultant.", field="full_name")
    wanted = set(told.get("volets", ()))
    consultant.volets = [volet for volet in VOLETS if volet in wanted]
    cv = told.get("cv")
    if cv is not None:
        consultant.cv = keep_cv(consultant.firm, cv, actor=actor, now=now)
    consultant.save()
    _record(consultant, name, actor, now, named=True)
    return consultant


def _record(consultant: Consultant, name: str, actor: User, now: datetime, *, named: bool = False) -> None:
    append(
        chain=chain_of(consultant.firm),
        name=name,
        at=now,
        actor=actor,
        data={"firm": consultant.firm_id, "consultant": consultant.pk, "volets": consultant.volets},
        names={"consultant": consultant.full_name} if named else None,
    )


@transaction.atomic
def set_consultant_active(*, consultant: Consultant, actor: User, now: datetime, active: bool) -> Consultant:
    """Say that a consultant works for the firm again, or no longer."""
    require_member(consultant.firm, actor)
    lock_firm(consultant.firm)
    consultant.is_active = active
    consultant.save(update_fields=["is_active"])
    _record(consultant, "consultant_back" if active else "consultant_gone", actor, now)
    return consultant
