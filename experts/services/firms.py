"""Use cases on expert firms: their registration and identity.

Every write locks the firm's row first, and leaves an event in the chain "firm:<pk>".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from experts.models import ExpertFirm
from experts.services.numbers import clean_siren
from experts.services.refusals import Refused
from portal.accounts.models import Membership, Organisation, User
from portal.accounts.services import Refused as AccountsRefused
from portal.accounts.services import create_organisation, invite_first_owner
from portal.audit.models import Event
from portal.audit.services import append
from portal.notifications.outbox import enqueue
from portal.notifications.services import send_email

IDENTITY_FIELDS = (
    "name",
    "address",
    "postcode",
    "city",
    "region",
    "contact_email",
    "phone",
)
KNOWN_ALREADY = (
    "Un cabinet portant ce SIREN est déjà enregistré. Demandez une invitation à l’un de ses membres, "
    "ou acceptez celle que vous avez reçue par courriel."
)


def chain_of(firm: ExpertFirm) -> str:
    """Return the name of the firm's chain of audit events."""
    return f"firm:{firm.pk}"


def lock_firm(firm: ExpertFirm) -> ExpertFirm:
    """Return the firm, locked until the end of the transaction."""
    return ExpertFirm.objects.select_for_update(of=("self",)).get(pk=firm.pk)


def members_of(firm: ExpertFirm) -> list[User]:
    """Return the firm's people who may act now."""
    memberships = Membership.objects.active().filter(organisation_id=firm.organisation_id)
    return [membership.user for membership in memberships.select_related("user").order_by("pk")]


def require_member(firm: ExpertFirm, actor: User, *, owner: bool = False) -> None:
    """Refuse anybody but an active member, or an active owner, of the firm."""
    memberships = Membership.objects.owners() if owner else Membership.objects.active()
    if not memberships.filter(organisation_id=firm.organisation_id, user=actor).exists():
        raise Refused(
            "Seul un propriétaire du cabinet peut modifier ses coordonnées de paiement."
            if owner
            else "Vous n’êtes pas membre de ce cabinet."
        )


@transaction.atomic
def register_firm(
    *, name: str, siren: str, actor: User, now: datetime, details: Mapping[str, Any] | None = None
) -> ExpertFirm:
    """Register the actor's firm, which the actor then owns; `details` may hold the other identity fields."""
    number = clean_siren(siren)
    if ExpertFirm.objects.filter(siren=number).exists():
        raise Refused(KNOWN_ALREADY, field="siren")
    try:
        organisation = create_organisation(
            name=name, kind=Organisation.Kind.EXPERT_FIRM, owner=actor, now=now
        )
    except AccountsRefused as refusal:
        raise Refused(str(refusal)) from refusal
    chosen = {key: value for key, value in (details or {}).items() if key in IDENTITY_FIELDS}
    firm = _insert(organisation, number, chosen | {"name": name.strip()})
    append(chain=chain_of(firm), name="firm_registered", at=now, actor=actor, data={"firm": firm.pk})
    return firm


@transaction.atomic
def register_outside_firm(
    *, name: str, siren: str, email: str, invited_by: User, now: datetime
) -> ExpertFirm:
    """Return the firm of that SIREN, registered without accreditation and invited when it is not known yet.

    A firm already known is returned as it is: who belongs to it is its owners' business alone.
    """
    number = clean_siren(siren)
    known = ExpertFirm.objects.filter(siren=number).first()
    if known is not None:
        return known
    organisation = Organisation(kind=Organisation.Kind.EXPERT_FIRM, name=name.strip())
    if not organisation.name:
        raise Refused("Indiquez la raison sociale de l’expert.", field="name")
    organisation.save()
    firm = _insert(organisation, number, {"name": organisation.name, "contact_email": email.strip().lower()})
    append(
        chain=chain_of(firm),
        name="firm_registered_by_company",
        at=now,
        actor=invited_by,
        data={"firm": firm.pk},
    )
    try:
        invite_first_owner(organisation=organisation, email=email, invited_by=invited_by, now=now)
    except AccountsRefused as refusal:
        raise Refused(str(refusal), field="email") from refusal
    return firm


def _insert(organisation: Organisation, siren: str, fields: Mapping[str, Any]) -> ExpertFirm:
    try:
        with transaction.atomic():
            return ExpertFirm.objects.create(organisation=organisation, siren=siren, **fields)
    except IntegrityError as error:
        raise Refused(KNOWN_ALREADY, field="siren") from error


@transaction.atomic
def update_identity(*, firm: ExpertFirm, actor: User, now: datetime, fields: Mapping[str, Any]) -> ExpertFirm:
    """Write the identity fields given; the event names the fields that changed, never their values."""
    require_member(firm, actor)
    current = lock_firm(firm)
    changed = [name for name in IDENTITY_FIELDS if name in fields and getattr(current, name) != fields[name]]
    if not changed:
        return current
    former = current.contact_email
    for name in changed:
        setattr(current, name, fields[name])
    if not current.name.strip():
        raise Refused("Indiquez la raison sociale du cabinet.", field="name")
    current.save(update_fields=changed)
    if "name" in changed:
        Organisation.objects.filter(pk=current.organisation_id).update(name=current.name)
    event = append(
        chain=chain_of(current),
        name="identity_changed",
        at=now,
        actor=actor,
        data={"firm": current.pk, "fields": changed},
    )
    if "contact_email" in changed and former:
        _tell_former_contact(current, former, event, now)
    if "name" in changed:
        enqueue(
            kind="relist_firm",
            dedup_key=f"relist:{event.chain}:{event.sequence}",
            payload={"firm": current.pk},
            due_at=now,
        )
    return current


def _tell_former_contact(firm: ExpertFirm, former: str, event: Event, now: datetime) -> None:
    """Write to the address that is left: whoever turns the firm's mail away does not do it unseen."""
    send_email(
        to=former,
        subject="L’adresse de contact du cabinet a changé",
        template="accounts/email/notice",
        context={
            "full_name": firm.name,
            "lines": [
                f"Bpifrance et les entreprises n’écrivent plus au cabinet {firm.name} à cette adresse. Si vous "
                "n’êtes pas à l’origine de ce changement, prévenez Bpifrance sans attendre."
            ],
            "link": settings.PORTAL_URL + reverse("firm_profile_of", args=[firm.pk]),
            "label": "Vérifier les coordonnées",
        },
        dedup_key=f"{event.chain}:{event.sequence}:former",
        now=now,
    )
