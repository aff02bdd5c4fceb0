"""An entry begins: from what a company wrote or said, a draft that Bpifrance fills in for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.formats import date_format

from applications.models import Assistance, Company, Dossier, DossierDocument
from applications.services.arrivals.spaces import open_unclaimed_company
from applications.services.assistance import told
from applications.services.assistance.trail import has_members, record
from applications.services.filing import refused
from applications.services.filing_company import Lookup, find_registered
from applications.services.filing_start import start_for_company
from applications.services.records import check_desk
from portal.accounts.models import User
from portal.accounts.services import Refused as AccountRefused
from portal.accounts.services import invite_first_owner
from portal.clock import civil_date
from portal.documents.services import store

Channel = Assistance.Channel
LETTER = DossierDocument.Kind.RECEIVED_LETTER
LETTER_TYPES = ("pdf", "jpg", "png", "docx")
# A letter and an e-mail leave a paper; what was said does not always.
WRITTEN = frozenset({Channel.POST, Channel.EMAIL})
VOLET_TAKEN = (
    "Une demande de cette entreprise existe déjà pour ce volet\u00a0: chaque volet ne sert qu’une fois."
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a company asked, as Bpifrance received it; `letter` None where nothing was written."""

    channel: str
    received_on: date
    letter: UploadedFile[bytes] | None = None
    contact_email: str = ""


def begin(
    *, lookup: Lookup, identity: dict[str, str], volet: int, heard: Heard, actor: User, now: datetime
) -> Assistance:
    """Open a draft that `actor` enters for the company of a number; its owners are told, or one is invited.

    `identity` (name, address, postcode, city, region) serves for a company that is not known. Raises NotYours,
    Refused with the fields concerned, `documents.checks.FileRefused`.
    """
    check_desk(actor)
    known = find_registered(lookup.scheme, lookup.identifier)
    _check_heard(heard, today=civil_date(now), unclaimed=known is None or not has_members(known))
    try:
        with transaction.atomic():
            company = known or _opened(lookup, identity, actor, now)
            if Dossier.objects.live().filter(company=company, volet=volet).exists():
                raise refused(VOLET_TAKEN, field="volet", code="volet_taken")
            return _begun(company, volet, heard, actor, now)
    except IntegrityError as error:
        raise refused(
            "Quelqu’un ouvrait cette entreprise, ou cette demande, au même moment.",
            remedy="Rien n’a été enregistré\u00a0: recommencez, vous verrez où elle en est.",
            code="at_once",
        ) from error


def _check_heard(heard: Heard, *, today: date, unclaimed: bool) -> None:
    if heard.received_on > today:
        raise refused("Cette date est à venir.", remedy="Indiquez le jour de réception.", field="received_on")
    if heard.channel in WRITTEN and heard.letter is None:
        raise refused(
            "Le courrier ou l’e-mail reçu manque.",
            remedy="Joignez-le\u00a0: il reste dans le dossier.",
            field="letter",
        )
    if unclaimed and not heard.contact_email:
        raise refused(
            "Cette entreprise n’a pas encore de membre sur le portail.",
            remedy="Indiquez l’adresse de la personne à qui la demande sera remise.",
            field="contact_email",
        )


def _opened(lookup: Lookup, identity: dict[str, str], actor: User, now: datetime) -> Company:
    if not identity.get("name"):
        raise refused("La raison sociale manque.", remedy="Indiquez-la.", field="name")
    return open_unclaimed_company(
        scheme=lookup.scheme,
        identifier=lookup.identifier,
        identity=identity,
        event="company_opened_for_it",
        data={},
        actor=actor,
        now=now,
        lookup=lookup,
    )


def _begun(company: Company, volet: int, heard: Heard, actor: User, now: datetime) -> Assistance:
    dossier = start_for_company(company=company, volet=volet, actor=actor, now=now, today=civil_date(now))
    assistance = Assistance.objects.create(
        dossier=dossier,
        officer=actor,
        channel=heard.channel,
        received_on=heard.received_on,
        letter=_kept(dossier, heard.letter, actor, now) if heard.letter is not None else None,
        contact_email=heard.contact_email,
        opened_at=now,
    )
    record("assistance_opened", assistance, actor=actor, now=now)
    if has_members(company):
        told.opened(assistance, now=now)
    else:
        invite(assistance, actor=actor, now=now, note=told.INVITED_AT_START)
    return assistance


def _kept(dossier: Dossier, file: UploadedFile[bytes], actor: User, now: datetime) -> DossierDocument:
    document = store(
        file=file,
        kind=LETTER,
        uploaded_by=actor,
        organisation=dossier.company.organisation,
        allowed=LETTER_TYPES,
        examine=True,
        now=now,
    )
    return DossierDocument.objects.create(dossier=dossier, kind=LETTER, document=document, added_by=actor)


def invite(assistance: Assistance, *, actor: User, now: datetime, note: str) -> None:
    """Invite the owner-to-be of a company without members. Raises Refused."""
    try:
        invite_first_owner(
            organisation=assistance.dossier.company.organisation,
            email=assistance.contact_email,
            invited_by=actor,
            now=now,
            note=note.format(received_on=date_format(assistance.received_on, "j F Y")),
        )
    except AccountRefused as refusal:
        raise refused(str(refusal), field="contact_email", code="invitation") from refusal
