"""Writing an offer: a draft is started or copied from the version before, saved, given its terms, given up.

Every write takes the lock of the invitation (of the request first, where the request changes), then judges who
acts, the state and the revision; it raises one of `applications.workflow.refusals`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from applications.models import Offer, OfferLine, QuoteInvitation, QuoteRequest
from applications.services.offers.clauses import IpChoices
from applications.services.offers.confidentiality import ConfidentialityChoices
from applications.services.offers.planning import Phase
from applications.workflow.refusals import NotYours, Obstacle, Refused, Stale, WrongState
from portal.accounts.models import Membership, User
from portal.documents import services as documents
from portal.documents.models import Document

Json = dict[str, Any]

TERMS_KIND = "offer_terms"
NOT_THE_FIRM = "Cette sollicitation est adressée à un cabinet dont vous n’êtes pas membre."
NO_ANSWER = "Cette demande n’attend plus votre réponse\u00a0: elle est close, passée de date ou déclinée."
NOT_A_DRAFT = "Cette version est envoyée\u00a0: elle ne se modifie plus. Préparez une nouvelle version."
CHANGED_MEANWHILE = (
    "Ce devis a été enregistré par un autre membre, ou dans un autre onglet, depuis l’affichage de la page. "
    "Rien n’a été écrasé\u00a0: votre saisie reste ci-dessous."
)
MOST_TYPED = 60_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line as the firm prices it; `amount` is what it comes to, HT."""

    item: str
    amount: Decimal
    label: str = ""
    consultant: int | None = None
    pricing: str = OfferLine.Pricing.FIXED
    days: Decimal | None = None
    daily_rate: Decimal | None = None
    complexity: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """All that a draft says."""

    lines: tuple[Line, ...] = ()
    method: str = ""
    planning: tuple[Phase, ...] = ()
    interview_confirmed_on: date | None = None
    valid_until: date | None = None
    ip: IpChoices = field(default_factory=IpChoices)
    confidentiality: ConfidentialityChoices = field(default_factory=ConfidentialityChoices)


def refused(message: str, remedy: str = "", *, input_name: str = "", code: str = "offer") -> Refused:
    """Return a refusal made of one obstacle."""
    return Refused([Obstacle(code, message, remedy, input_name)])


def require_firm(invitation: QuoteInvitation, actor: User) -> None:
    """Refuse whoever is no active member of the firm asked."""
    members = Membership.objects.active().filter(organisation=invitation.firm.organisation_id)
    if actor.staff_role or not members.filter(user=actor).exists():
        raise NotYours(NOT_THE_FIRM)


def lock_request(invitation: QuoteInvitation) -> QuoteInvitation:
    """Return the invitation read anew, its request and itself locked, in that order."""
    QuoteRequest.objects.select_for_update(of=("self",)).get(pk=invitation.request_id)
    return lock_invitation(invitation)


def lock_invitation(invitation: QuoteInvitation) -> QuoteInvitation:
    """Return the invitation read anew under its row lock."""
    found = QuoteInvitation.objects.select_for_update(of=("self",))
    return found.select_related("request__company", "firm").get(pk=invitation.pk)


def start(*, invitation: QuoteInvitation, actor: User, now: datetime, today: date) -> Offer:
    """Return the draft of the firm's answer: the one under way, else a copy of the last version, else a new one."""
    with transaction.atomic():
        locked = lock_invitation(invitation)
        require_firm(locked, actor)
        if not locked.may_answer(today):
            raise WrongState(NO_ANSWER)
        last = locked.offers.order_by("-version").first()
        if last is not None and last.is_draft:
            return last
        if last is not None and last.state == Offer.State.ACCEPTED:
            raise WrongState("Votre devis est retenu\u00a0: il ne change plus.")
        fresh = Offer(
            invitation=locked,
            version=last.version + 1 if last else 1,
            written_by=actor,
            created_at=now,
        )
        if last is not None:
            _copy(last, fresh)
        fresh.save(force_insert=True)
        if last is not None:
            write_lines(fresh, lines_of(last))
    return fresh


def _copy(last: Offer, fresh: Offer) -> None:
    for name in ("method", "planning", "ip_choices", "confidentiality_choices", "terms", "terms_sha256"):
        setattr(fresh, name, getattr(last, name))
    fresh.interview_confirmed_on, fresh.valid_until = last.interview_confirmed_on, last.valid_until


def lines_of(offer: Offer) -> tuple[Line, ...]:
    """Return the lines of an offer, in order."""
    return tuple(
        Line(
            item=line.item,
            amount=line.amount,
            label=line.label,
            consultant=line.consultant_id,
            pricing=line.pricing,
            days=line.days,
            daily_rate=line.daily_rate,
            complexity=line.complexity,
        )
        for line in offer.lines.all()
    )


def told_of(offer: Offer) -> Told:
    """Return what an offer says, as it is written in a form."""
    return Told(
        lines=lines_of(offer),
        method=offer.method,
        planning=tuple(Phase.read(phase) for phase in offer.planning),
        interview_confirmed_on=offer.interview_confirmed_on,
        valid_until=offer.valid_until,
        ip=IpChoices.read(offer.ip_choices),
        confidentiality=ConfidentialityChoices.read(offer.confidentiality_choices),
    )


def write_lines(offer: Offer, lines: tuple[Line, ...]) -> None:
    """Write the lines of a draft anew; a consultant of another firm is nobody."""
    ours = set(offer.invitation.firm.consultants.values_list("pk", flat=True))
    offer.lines.all().delete()
    OfferLine.objects.bulk_create(
        OfferLine(
            offer=offer,
            position=position,
            item=line.item,
            label=line.label,
            consultant_id=line.consultant if line.consultant in ours else None,
            pricing=line.pricing,
            days=line.days,
            daily_rate=line.daily_rate,
            amount=line.amount,
            complexity=line.complexity,
        )
        for position, line in enumerate(lines, start=1)
    )


@contextmanager
def editing(offer: Offer, *, actor: User, now: datetime, expected_revision: int | None) -> Iterator[Offer]:
    """Give the locked draft; counts the save when the block ends well. `expected_revision` None overwrites nothing."""
    with transaction.atomic():
        invitation = lock_invitation(offer.invitation)
        require_firm(invitation, actor)
        locked = Offer.objects.select_for_update(of=("self",)).filter(pk=offer.pk).first()
        if locked is None:
            raise Stale("Ce brouillon a été abandonné par un autre membre de votre cabinet.")
        if not locked.is_draft:
            raise WrongState(NOT_A_DRAFT)
        if expected_revision is not None and expected_revision != locked.revision:
            raise Stale(CHANGED_MEANWHILE)
        locked.invitation = invitation
        yield locked
        locked.revision += 1
        locked.saved_at = now
        locked.save()


def save(*, offer: Offer, actor: User, now: datetime, expected_revision: int, told: Told) -> Offer:
    """Write all that the form says, which was read whole."""
    with editing(offer, actor=actor, now=now, expected_revision=expected_revision) as locked:
        write(locked, told)
    return locked


def write(offer: Offer, told: Told) -> None:
    """Put what is told into a draft; its lines are written at once, the rest by the caller's save."""
    write_lines(offer, told.lines)
    offer.method = told.method
    offer.planning = [phase.to_json() for phase in told.planning]
    offer.interview_confirmed_on, offer.valid_until = told.interview_confirmed_on, told.valid_until
    offer.ip_choices = told.ip.to_json()
    offer.confidentiality_choices = told.confidentiality.to_json()
    offer.typed = {}


def keep_typed(
    *, offer: Offer, actor: User, now: datetime, expected_revision: int, typed: Mapping[str, list[str]]
) -> Offer:
    """Keep as typed a form of which something can't be read; what was stored before stays as it is."""
    with editing(offer, actor=actor, now=now, expected_revision=expected_revision) as locked:
        room, kept = MOST_TYPED, {}
        for name, texts in typed.items():
            clean = [text.replace("\x00", "") for text in texts]
            room -= sum(len(text) for text in clean) + len(name)
            if room < 0:
                break
            kept[name] = clean
        locked.typed = kept
    return locked


def attach_terms(*, offer: Offer, actor: User, now: datetime, file: UploadedFile[bytes]) -> Offer:
    """Join the firm's terms of sale (CGV or CGS), hashed; raises FileRefused where the file is no sound PDF."""
    stored = documents.store(
        file=file,
        kind=TERMS_KIND,
        uploaded_by=actor,
        organisation=offer.invitation.firm.organisation,
        allowed=("pdf",),
        now=now,
    )
    try:
        with editing(offer, actor=actor, now=now, expected_revision=None) as locked:
            former, locked.terms, locked.terms_sha256 = locked.terms, stored, stored.sha256
    except Exception:
        documents.discard(document=stored)
        raise
    _forget(former)
    return locked


def _forget(document: Document | None) -> None:
    """Remove terms that no version refers to any more."""
    if document is not None and not Offer.objects.filter(terms=document).exists():
        documents.discard(document=document)


def drop(*, offer: Offer, actor: User) -> None:
    """Give a draft up; the versions that were sent stay."""
    with transaction.atomic():
        invitation = lock_invitation(offer.invitation)
        require_firm(invitation, actor)
        locked = Offer.objects.select_for_update(of=("self",)).filter(pk=offer.pk).first()
        if locked is None:
            return
        if not locked.is_draft:
            raise WrongState(NOT_A_DRAFT)
        terms = locked.terms
        locked.delete()
        _forget(terms)
