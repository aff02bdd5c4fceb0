"""The company's own space: its registration from an identifier, its identity and its devices."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from stdnum.exceptions import ValidationError as NumberError
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from applications.models import Company, Device
from applications.services import directory, listing
from applications.services.filing import NOT_A_MEMBER, refused
from applications.services.signals.marks import mark_of
from applications.workflow.refusals import NotYours, Stale
from portal.accounts.models import Membership, Organisation, User
from portal.accounts.services import create_organisation

logger = logging.getLogger(__name__)
Json = dict[str, Any]
Scheme = Company.Scheme

ALREADY_THERE = "Cette entreprise a déjà un espace sur le portail."
ASK_FOR_INVITATION = "Demandez une invitation à la personne qui l’a créé, ou à son propriétaire actuel."
WRONG_SIREN = "Ce numéro n’est ni un SIREN (9 chiffres) ni un SIRET (14 chiffres) valable."
CHECK_DIGITS = "Vérifiez chaque chiffre sur votre avis de situation ou votre extrait Kbis."
IDENTITY = ("name", "address", "postcode", "city", "region")


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


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is known of an identifier before the form: kept in the person's session as `as_json` gives it.

    `answer` says how the directory answered: found, unknown, down, off, too_often, or none for a
    register that has no directory. `taken`: the company has a space on the portal already.
    """

    scheme: str
    identifier: str
    answer: str
    taken: bool = False
    record: Json | None = None
    read_at: str = ""

    def as_json(self) -> Json:
        """Return the whole as JSON."""
        return asdict(self)


def look_up(*, scheme: str, identifier: str, user: User, now: datetime) -> Lookup:
    """Read an identifier, then ask the directory for it, outside any transaction.

    Raises `Refused` for a number that is none; a directory that fails is an answer like another.
    """
    number = read_identifier(scheme, identifier)
    if find_registered(scheme, number) is not None:
        return Lookup(scheme, number, "none", taken=True)
    if scheme != Scheme.SIREN:
        return Lookup(scheme, number, "none")
    if not directory.is_on():
        return Lookup(scheme, number, "off")
    try:
        record = directory.find_company(number, asked_by=user.pk)
    except directory.AskedTooOften:
        return Lookup(scheme, number, "too_often")
    except directory.Unavailable as reason:
        logger.warning("The directory of companies is unavailable: %s", reason)
        return Lookup(scheme, number, "down")
    if record is None:
        return Lookup(scheme, number, "unknown")
    return Lookup(scheme, number, "found", record=record.as_json(), read_at=now.isoformat())


def find_registered(scheme: str, number: str) -> Company | None:
    """Return the company that has a space under this identifier, None when there is none."""
    found = Company.objects.filter(identifier_scheme=scheme, identifier=number)
    return found.select_related("organisation").first()


def register_company(
    *,
    scheme: str,
    identifier: str,
    owner: User,
    now: datetime,
    lookup: Lookup | None = None,
    **identity: str,
) -> Company:
    """Create the space of a company for its owner; `identity`: name, address, postcode, city, region.

    What the directory said (`lookup`) is kept beside it when it is about the same company.
    """
    number = read_identifier(scheme, identifier)
    known = lookup if lookup is not None and (lookup.scheme, lookup.identifier) == (scheme, number) else None
    try:
        with transaction.atomic():
            if find_registered(scheme, number) is not None:
                raise refused(ALREADY_THERE, remedy=ASK_FOR_INVITATION, field="identifier", code="exists")
            organisation = create_organisation(
                name=identity["name"], kind=Organisation.Kind.COMPANY, owner=owner, now=now
            )
            return Company.objects.create(
                organisation=organisation,
                identifier_scheme=scheme,
                identifier=number,
                **identity,
                **from_directory(known),
            )
    except IntegrityError as error:
        raise refused(ALREADY_THERE, remedy=ASK_FOR_INVITATION, field="identifier", code="exists") from error


def from_directory(lookup: Lookup | None) -> Json:
    """Return the columns that tell what the directory said, and the facts a first request starts from."""
    if lookup is None or lookup.record is None:
        return {}
    record = lookup.record
    facts = {key: record[key] for key in ("legal_form", "created_on") if record.get(key)}
    return {
        "directory_record": record,
        "directory_read_at": datetime.fromisoformat(lookup.read_at),
        "facts": facts | {"registered_in": "FR"},
    }


def as_seen(row: Company | Device) -> str:
    """Return a digest of the answers that a page shows, by which a later write tells whether they changed."""
    names = IDENTITY if isinstance(row, Company) else ("name", "description", "facts")
    shown = json.dumps([getattr(row, name) for name in names], sort_keys=True)
    return hashlib.sha256(shown.encode()).hexdigest()


def _unless_changed(row: Company | Device, seen: str) -> None:
    """Refuse to write over what another member wrote after the page was shown; no digest: no page was."""
    if seen and seen != as_seen(row):
        raise Stale("Un autre membre a modifié ces réponses depuis que cette page est ouverte.")


@transaction.atomic
def edit_company(company: Company, *, actor: User, seen: str = "", **identity: str) -> Company:
    """Write the name and address of the company; its identifier never changes.

    `seen`: the digest of the answers shown (`as_seen`); `Stale` when another member changed them since.
    """
    require_member(company, actor)
    locked = Company.objects.select_for_update(of=("self",)).get(pk=company.pk)
    _unless_changed(locked, seen)
    for name in IDENTITY:
        setattr(locked, name, identity[name])
    locked.save()
    Organisation.objects.filter(pk=locked.organisation_id).update(name=locked.name)
    listing.company_changed(locked.pk)
    return locked


def require_member(company: Company, actor: User) -> None:
    """Refuse whoever is not an active member of the company."""
    found = Membership.objects.active().filter(user=actor, organisation_id=company.organisation_id)
    if not found.exists():
        raise NotYours(NOT_A_MEMBER)


@transaction.atomic
def keep_device(
    company: Company,
    *,
    actor: User,
    name: str,
    description: str,
    facts: dict[str, Any],
    device: Device | None = None,
    seen: str = "",
) -> Device:
    """Add a device, or write one of the company's again; requests under way keep their own facts.

    `seen`: as for `edit_company`.
    """
    require_member(company, actor)
    kept = Device(company=company)
    if device is not None:
        kept = company.devices.select_for_update(of=("self",)).get(pk=device.pk)
        _unless_changed(kept, seen)
    kept.name, kept.description, kept.description_mark = name, description, mark_of(description)
    kept.facts = {key: value for key, value in facts.items() if value is not None and value != ""}
    kept.save()
    if device is not None:
        listing.company_changed(company.pk)
    return kept
