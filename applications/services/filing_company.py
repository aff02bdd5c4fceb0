"""The company's own space: its creation from an identifier, its devices and who may sign for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from stdnum.exceptions import ValidationError as NumberError
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from applications.models import Company, Device, Signatory
from applications.services.filing import NOT_A_MEMBER, refused
from applications.services.records import chain_of
from applications.workflow.refusals import NotYours
from portal.accounts.models import Membership, Organisation, User
from portal.accounts.services import create_organisation
from portal.audit.services import append
from portal.documents import services as documents

Scheme = Company.Scheme

ALREADY_THERE = "Cette entreprise a déjà un espace sur le portail."
ASK_FOR_INVITATION = "Demandez une invitation à la personne qui l’a créé, ou à son propriétaire actuel."
WRONG_SIREN = "Ce numéro n’est ni un SIREN (9 chiffres) ni un SIRET (14 chiffres) valable."
OWNERS_ONLY = "Seul un propriétaire de l’entreprise désigne qui signe pour elle, ou lui retire ce droit."
CHECK_DIGITS = "Vérifiez chaque chiffre sur votre avis de situation ou votre extrait Kbis."


def read_identifier(scheme: str, typed: str) -> str:
    """Return the identifier as it is kept; a SIRET gives its SIREN; `Refused` otherwise.

    Only SIREN and SIRET have a checksum (domain, Words).
    """
    text = "".join(str(typed).split()).replace("\u00a0", "").upper()
    if scheme != Scheme.SIREN:
        if not 3 <= len(text) <= 20:
            raise refused(
                "Cet identifiant est trop court ou trop long.",
                remedy="Recopiez-le tel que l’écrit votre registre (20 caractères au plus).",
                field="identifier",
            )
        return text
    text = text.replace(".", "").replace("-", "")
    try:
        return str(
            siret_number.to_siren(siret_number.validate(text))
            if len(text) == 14
            else siren_number.validate(text)
        )
    except NumberError as error:
        raise refused(WRONG_SIREN, remedy=CHECK_DIGITS, field="identifier", code="identifier") from error


def register_company(*, scheme: str, identifier: str, owner: User, now: datetime, **identity: str) -> Company:
    """Create the space of a company for its owner; `identity`: name, address, postcode, city, region."""
    number = read_identifier(scheme, identifier)
    try:
        with transaction.atomic():
            if Company.objects.filter(identifier_scheme=scheme, identifier=number).exists():
                raise refused(ALREADY_THERE, remedy=ASK_FOR_INVITATION, field="identifier", code="exists")
            organisation = create_organisation(
                name=identity["name"], kind=Organisation.Kind.COMPANY, owner=owner, now=now
            )
            return Company.objects.create(
                organisation=organisation, identifier_scheme=scheme, identifier=number, **identity
            )
    except IntegrityError as error:
        raise refused(ALREADY_THERE, remedy=ASK_FOR_INVITATION, field="identifier", code="exists") from error


@transaction.atomic
def edit_company(company: Company, *, actor: User, **identity: str) -> Company:
    """Write the name and address of the company; its identifier never changes."""
    require_member(company, actor)
    locked = Company.objects.select_for_update(of=("self",)).get(pk=company.pk)
    for name in ("name", "address", "postcode", "city", "region"):
        setattr(locked, name, identity[name])
    locked.save()
    Organisation.objects.filter(pk=locked.organisation_id).update(name=locked.name)
    return locked


def require_member(company: Company, actor: User) -> None:
    """Refuse whoever is not an active member of the company."""
    found = Membership.objects.active().filter(user=actor, organisation_id=company.organisation_id)
    if not found.exists():
        raise NotYours(NOT_A_MEMBER)


def is_owner(company: Company, actor: User) -> bool:
    """Tell whether a person owns the company's space, and so decides who signs for it."""
    owners = Membership.objects.owners()
    return owners.filter(user=actor, organisation_id=company.organisation_id).exists()


def require_owner(company: Company, actor: User) -> None:
    """Refuse whoever is not an owner: a member must not name himself legal representative and sign."""
    if not is_owner(company, actor):
        raise NotYours(OWNERS_ONLY)


@transaction.atomic
def keep_device(
    company: Company,
    *,
    actor: User,
    name: str,
    description: str,
    facts: dict[str, Any],
    device: Device | None = None,
) -> Device:
    """Add a device, or write one of the company's again; requests under way keep their own facts."""
    require_member(company, actor)
    kept = device or Device(company=company)
    kept.name, kept.description = name, description
    kept.facts = {key: value for key, value in facts.items() if value is not None and value != ""}
    kept.save()
    return kept


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
    require_owner(company, actor)
    if not Membership.objects.active().filter(user=person, organisation=company.organisation_id).exists():
        raise refused(
            "Cette personne n’est pas membre de l’entreprise.", remedy="Invitez-la d’abord.", field="person"
        )
    if kind == Signatory.Kind.DELEGATE and delegation is None:
        raise refused(
            "La délégation de signature manque.",
            remedy="Joignez-la en PDF.",
            field="delegation",
            code="delegation",
        )
    if company.signatories.filter(user=person, is_active=True).exists():
        raise refused("Cette personne est déjà signataire de l’entreprise.", field="person", code="exists")
    stored = None
    if kind == Signatory.Kind.DELEGATE and delegation is not None:
        stored = documents.store(
            file=delegation,
            kind="delegation",
            uploaded_by=actor,
            organisation=company.organisation,
            allowed=("pdf",),
        )
    with transaction.atomic():
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
    return found


@transaction.atomic
def end_signatory(signatory: Signatory, *, actor: User, now: datetime) -> None:
    """Take the right to sign away; what was signed stays signed."""
    require_owner(signatory.company, actor)
    signatory.is_active = False
    signatory.save(update_fields=["is_active"])
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
