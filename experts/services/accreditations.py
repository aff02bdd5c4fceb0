"""Use cases on accreditations: asked by a firm, decided by Bpifrance, one per firm and volet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse

from experts.charter import CHARTER_VERSION
from experts.models import Accreditation, ExpertFirm
from experts.services.firms import chain_of, lock_firm, members_of, require_member
from experts.services.refusals import Refused
from portal.accounts.models import StaffRole, User
from portal.audit.services import append
from portal.clock import civil_date
from portal.notifications.services import notify

Status = Accreditation.Status
DECIDERS = frozenset({StaffRole.OFFICER, StaffRole.MANAGER})
MOTIVE_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision on an accreditation: from which states, to which, and what the firm is told."""

    name: str
    label: str
    sources: frozenset[str]
    target: str
    told: str


DECISIONS: dict[str, Decision] = {
    decision.name: decision
    for decision in (
        Decision(
            "grant",
            "Agréer",
            frozenset({Status.REQUESTED, Status.SUSPENDED, Status.GRANTED}),
            Status.GRANTED,
            "Votre cabinet est agréé pour le volet {volet}.",
        ),
        Decision(
            "refuse",
            "Refuser",
            frozenset({Status.REQUESTED}),
            Status.REFUSED,
            "Votre demande d’agrément pour le volet {volet} est refusée.",
        ),
        Decision(
            "suspend",
            "Suspendre",
            frozenset({Status.GRANTED}),
            Status.SUSPENDED,
            "Votre agrément pour le volet {volet} est suspendu. Vos missions en cours se poursuivent.",
        ),
        Decision(
            "withdraw",
            "Retirer",
            frozenset({Status.GRANTED, Status.SUSPENDED}),
            Status.WITHDRAWN,
            "Votre agrément pour le volet {volet} est retiré. Vos missions en cours se poursuivent.",
        ),
    )
}


def require_decider(actor: User) -> None:
    """Refuse anybody but an officer or a manager of Bpifrance."""
    if actor.staff_role not in DECIDERS:
        raise Refused("Seul un chargé d’affaires ou un responsable décide d’un agrément.")


def decisions_open(accreditation: Accreditation) -> list[Decision]:
    """Return the decisions that its state allows."""
    return [decision for decision in DECISIONS.values() if accreditation.status in decision.sources]


def may_be_asked(accreditation: Accreditation | None, today: date) -> bool:
    """Say whether the firm may ask for it: never asked, refused, withdrawn or past its end."""
    if accreditation is None or accreditation.status in {Status.REFUSED, Status.WITHDRAWN}:
        return True
    ended = accreditation.valid_until is not None and accreditation.valid_until < today
    return accreditation.status == Status.GRANTED and ended


@transaction.atomic
def request_accreditation(
    *,
    firm: ExpertFirm,
    volet: int,
    references: str,
    charter_version: str,
    actor: User,
    now: datetime,
) -> Accreditation:
    """Ask for one volet; the charter in force is accepted by the actor, that day."""
    require_member(firm, actor)
    if charter_version != CHARTER_VERSION:
        raise Refused("Acceptez la charte dans sa version en vigueur.", field="charter")
    if len(references.strip()) < MOTIVE_LENGTH:
        raise Refused("Décrivez au moins une mission comparable.", field="references")
    lock_firm(firm)
    accreditation = Accreditation.objects.filter(firm=firm, volet=volet).first()
    if not may_be_asked(accreditation, civil_date(now)):
        raise Refused("Vous avez déjà une demande ou un agrément pour ce volet.", field="volet")
    accreditation = accreditation or Accreditation(firm=firm, volet=volet)
    accreditation.status = Status.REQUESTED
    accreditation.references = references.strip()
    accreditation.charter_version = charter_version
    accreditation.charter_accepted_on = civil_date(now)
    accreditation.charter_accepted_by = actor
    accreditation.requested_at = now
    accreditation.granted_on = accreditation.valid_until = accreditation.decided_by = None
    accreditation.motive = ""
    accreditation.full_clean(exclude=["firm"])
    accreditation.save()
    _record(accreditation, "accreditation_requested", actor, now)
    return accreditation


@transaction.atomic
def record_accreditation(
    *,
    firm: ExpertFirm,
    volet: int,
    granted_on: date,
    valid_until: date | None,
    actor: User,
    now: datetime,
    motive: str = "",
) -> Accreditation:
    """Grant a volet that Bpifrance agreed outside the portal, without a request of the firm."""
    require_decider(actor)
    lock_firm(firm)
    accreditation = Accreditation.objects.filter(firm=firm, volet=volet).first()
    if accreditation is None:
        accreditation = Accreditation(firm=firm, volet=volet, status=Status.REQUESTED)
        accreditation.full_clean(exclude=["firm"])
        accreditation.save()
    return decide_accreditation(
        accreditation=accreditation,
        decision="grant",
        actor=actor,
        now=now,
        granted_on=granted_on,
        valid_until=valid_until,
        motive=motive,
    )


@transaction.atomic
def decide_accreditation(
    *,
    accreditation: Accreditation,
    decision: str,
    actor: User,
    now: datetime,
    motive: str = "",
    granted_on: date | None = None,
    valid_until: date | None = None,
) -> Accreditation:
    """Grant, refuse, suspend or withdraw; a motive is due for all but a grant, dates for a grant alone."""
    require_decider(actor)
    firm = lock_firm(accreditation.firm)
    current = Accreditation.objects.select_for_update(of=("self",)).get(pk=accreditation.pk)
    chosen = DECISIONS[decision]
    if current.status not in chosen.sources:
        raise Refused(
            f"L’agrément est maintenant «\u00a0{current.get_status_display().lower()}\u00a0»\u00a0: rechargez la page."
        )
    if decision == "grant":
        _date(current, granted_on or civil_date(now), valid_until)
    elif len(motive.strip()) < MOTIVE_LENGTH:
        raise Refused("Donnez le motif\u00a0: le cabinet le lira.", field="motive")
    current.status, current.motive, current.decided_by = chosen.target, motive.strip(), actor
    current.save()
    sequence = _record(current, f"accreditation_{chosen.target}", actor, now, motive=current.motive)
    _tell(firm, current, chosen, sequence, now)
    return current


def _date(accreditation: Accreditation, granted_on: date, valid_until: date | None) -> None:
    if valid_until is not None and valid_until < granted_on:
        raise Refused("La fin de l’agrément précède son début.", field="valid_until")
    accreditation.granted_on, accreditation.valid_until = granted_on, valid_until


def _record(accreditation: Accreditation, name: str, actor: User, now: datetime, *, motive: str = "") -> int:
    event = append(
        chain=chain_of(accreditation.firm),
        name=name,
        at=now,
        actor=actor,
        data={
            "firm": accreditation.firm_id,
            "volet": accreditation.volet,
            "granted_on": accreditation.granted_on.isoformat() if accreditation.granted_on else "",
            "valid_until": accreditation.valid_until.isoformat() if accreditation.valid_until else "",
        },
        motive=motive,
    )
    return event.sequence


def _tell(
    firm: ExpertFirm, accreditation: Accreditation, decision: Decision, sequence: int, now: datetime
) -> None:
    """Tell the firm; a manager also learns of a suspension or an end, since missions go on."""
    reason = f" Motif\u00a0: {accreditation.motive}" if accreditation.motive else ""
    notify(
        recipients=members_of(firm),
        kind="accreditation",
        title=f"Agrément, volet {accreditation.volet}\u00a0: {accreditation.get_status_display().lower()}",
        body=decision.told.format(volet=accreditation.volet) + reason,
        url=reverse("firm_profile_of", args=[firm.pk]),
        action="Voir mes agréments",
        family="firm",
        event_ref=f"{chain_of(firm)}:{sequence}",
        now=now,
    )
    if decision.name in {"suspend", "withdraw"}:
        managers = User.objects.staff(StaffRole.MANAGER).order_by("pk")
        notify(
            recipients=managers,
            kind="accreditation",
            title=f"{firm.name}\u00a0: volet {accreditation.volet} {accreditation.get_status_display().lower()}",
            body="Le cabinet ne peut plus recevoir de mission de ce volet\u00a0; celles en cours se poursuivent.",
            url=reverse("firm_detail", args=[firm.pk]),
            action="Ouvrir la fiche du cabinet",
            family="firm",
            event_ref=f"{chain_of(firm)}:{sequence}:managers",
            now=now,
        )
