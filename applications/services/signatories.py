"""Who may sign for a company: its legal representative, or a person with a delegation that an officer checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from applications.models import Company, Signatory
from applications.services.filing import refused
from applications.services.records import chain_of
from applications.workflow.refusals import NotYours
from portal.accounts.models import Membership, User
from portal.audit.services import append
from portal.documents import services as documents
from portal.documents.models import Document

OWNERS_ONLY = "Seul un propriétaire de l’entreprise désigne qui signe pour elle, ou lui retire ce droit."


# Where a signatory stands, and how it is shown: word, tone, what it means.
ACCEPTED, TO_CHECK, LEFT, ENDED = "accepted", "to_check", "left", "ended"
SHOWN = {
    ACCEPTED: ("Peut signer", "success", ""),
    TO_CHECK: (
        "Délégation à vérifier",
        "warning",
        "Bpifrance lit la délégation une fois la première demande déposée\u00a0; d’ici là, cette personne ne "
        "peut pas signer.",
    ),
    LEFT: (
        "N’est plus membre",
        "danger",
        "Cette personne a quitté l’entreprise sur le portail\u00a0: elle ne peut plus signer.",
    ),
    ENDED: ("Retiré", "neutral", ""),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A signatory and where he stands today."""

    signatory: Signatory
    state: str
    label: str
    tone: str
    note: str


def read_signatories(company: Company) -> list[Row]:
    """Return everybody who may or might sign for the company, those whose right ended last."""
    members = set(
        Membership.objects.active()
        .filter(organisation=company.organisation_id)
        .values_list("user", flat=True)
    )
    found = company.signatories.select_related("delegation").order_by("-is_active", "full_name", "pk")
    return [Row(one, state, *SHOWN[state]) for one in found for state in [_state_of(one, members)]]


def _state_of(signatory: Signatory, members: set[int]) -> str:
    if not signatory.is_active:
        return ENDED
    if signatory.user_id not in members:
        return LEFT
    return ACCEPTED if signatory.may_sign else TO_CHECK


def is_owner(company: Company, actor: User) -> bool:
    """Tell whether a person owns the company's space, and so decides who signs for it."""
    owners = Membership.objects.owners()
    return owners.filter(user=actor, organisation_id=company.organisation_id).exists()


def require_owner(company: Company, actor: User) -> None:
    """Refuse whoever is not an owner: a member must not name himself legal representative and sign."""
    if not is_owner(company, actor):
        raise NotYours(OWNERS_ONLY)


def _stored(company: Company, actor: User, delegation: UploadedFile[bytes] | None) -> Document:
    """Keep the file of a delegation; `Refused` without one."""
    if delegation is None:
        raise refused(
            "La délégation de signature manque.",
            remedy="Joignez-la en PDF.",
            field="delegation",
            code="delegation",
        )
    return documents.store(
        file=delegation,
        kind="delegation",
        uploaded_by=actor,
        organisation=company.organisation,
        allowed=("pdf",),
    )


def add_signatory(
    company: Company,
    *,
    actor: User,
    person: User,
    capacity: str,
    kind: str,
    now: datetime,
    delegation: UploadedFile[bytes] | None = None,
) -> Signatory:
    """Name a member who signs; a delegate joins the delegation, which an officer will check."""
    _check_naming(company, actor, person)
    stored = _stored(company, actor, delegation) if kind == Signatory.Kind.DELEGATE else None
    try:
        with transaction.atomic():
            # Storing took its time: the right and the place may have gone to somebody else meanwhile.
            Company.objects.select_for_update(of=("self",), no_key=True).get(pk=company.pk)
            _check_naming(company, actor, person)
            found, _created = Signatory.objects.update_or_create(
                company=company,
                user=person,
                defaults={
                    "full_name": person.full_name,
                    "capacity": capacity,
                    "kind": kind,
                    "delegation": stored,
                    "checked_by": None,
                    "checked_at": None,
                    "is_active": True,
                },
            )
            _record("signatory_named", found, actor=actor, now=now)
    except Exception:
        if stored is not None:
            documents.discard(document=stored)
        raise
    return found


def _check_naming(company: Company, actor: User, person: User) -> None:
    """Refuse whoever is not an owner, and to name who is no member or signs already."""
    require_owner(company, actor)
    if not Membership.objects.active().filter(user=person, organisation=company.organisation_id).exists():
        raise refused(
            "Cette personne n’est pas membre de l’entreprise.", remedy="Invitez-la d’abord.", field="person"
        )
    if company.signatories.filter(user=person, is_active=True).exists():
        raise refused("Cette personne est déjà signataire de l’entreprise.", field="person", code="exists")


@transaction.atomic
def end_signatory(signatory: Signatory, *, actor: User, now: datetime) -> None:
    """Take the right to sign away; what was signed stays signed. A second time changes nothing."""
    require_owner(signatory.company, actor)
    ended = Signatory.objects.filter(pk=signatory.pk, is_active=True).update(is_active=False)
    signatory.is_active = False
    if ended:
        _record("signatory_ended", signatory, actor=actor, now=now)


def _record(name: str, signatory: Signatory, *, actor: User, now: datetime) -> None:
    """Keep in the company's chain who may sign for it, and by which delegation."""
    document = str(signatory.delegation_id) if signatory.delegation_id else None
    append(
        chain=chain_of(signatory.company),
        name=name,
        at=now,
        actor=actor,
        data={"signatory": signatory.pk, "kind": signatory.kind, "document": document},
        names={"actor": actor.full_name, "signatory": signatory.full_name},
    )
