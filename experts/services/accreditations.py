"""Accreditations as a firm sees and asks for them: one volet at a time, with its papers and the charter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse

from experts.charter import CHARTER_VERSION
from experts.models import Accreditation, ExpertFirm
from experts.policy import RENEWAL_DAYS
from experts.services.firms import chain_of, lock_firm, members_of, require_member
from experts.services.papers import Evidence, gather
from experts.services.refusals import Refused
from portal.accounts.models import StaffRole, User
from portal.audit.services import append
from portal.clock import civil_date
from portal.notifications.services import notify

Status = Accreditation.Status
REFERENCES_LENGTH = 10


@dataclass(frozen=True, slots=True)
class VoletStanding:
    """Where a firm stands for one volet: what is in force, what is asked, what was said last."""

    volet: int
    standing: Accreditation | None
    request: Accreditation | None
    last: Accreditation | None
    today: date

    @property
    def has_ended(self) -> bool:
        """True where the accreditation granted is past its end."""
        return self.standing is not None and self.standing.has_ended(self.today)

    @property
    def days_left(self) -> int | None:
        """Days until the end of what is granted; None where it has no end or nothing is granted."""
        if self.standing is None or self.standing.valid_until is None:
            return None
        return (self.standing.valid_until - self.today).days

    @property
    def renewal_opens_on(self) -> date | None:
        """The first day on which the renewal may be asked."""
        if self.standing is None or self.standing.valid_until is None:
            return None
        return self.standing.valid_until - timedelta(days=RENEWAL_DAYS)

    @property
    def may_ask(self) -> bool:
        """True where nothing is asked, and nothing is granted or its end is near or past."""
        if self.request is not None:
            return False
        if self.standing is None:
            return True
        opens = self.renewal_opens_on
        return self.standing.status == Status.GRANTED and opens is not None and opens <= self.today

    @property
    def is_renewal(self) -> bool:
        """True where a request would renew what stands."""
        return self.standing is not None


def standings(accreditations: Iterable[Accreditation], today: date) -> dict[int, VoletStanding]:
    """Return, for each of the five volets, where a firm stands; `accreditations` are all of that firm's.

    What Bpifrance recorded by itself, then did not confirm, is none of the firm's history.
    """
    told = (one for one in accreditations if one.was_asked or one.status != Status.REFUSED)
    rows = sorted(told, key=lambda one: one.pk)
    found = {}
    for volet in range(1, 6):
        own = [one for one in rows if one.volet == volet]
        found[volet] = VoletStanding(
            volet=volet,
            standing=next((one for one in own if one.status in Accreditation.STANDING), None),
            request=next((one for one in own if one.status == Status.REQUESTED), None),
            last=own[-1] if own else None,
            today=today,
        )
    return found


def standing_for(firm: ExpertFirm, volet: int, today: date) -> VoletStanding:
    """Return where the firm stands for one volet."""
    return standings(firm.accreditations.filter(volet=volet), today)[volet]


@transaction.atomic
def accept_charter(*, firm: ExpertFirm, version: str, actor: User, now: datetime) -> ExpertFirm:
    """Accept the charter in force in the firm's name; a second time the same day changes nothing."""
    require_member(firm, actor)
    current = lock_firm(firm)
    _accept(current, version, actor, now)
    return current


def _accept(firm: ExpertFirm, version: str, actor: User, now: datetime) -> None:
    if version != CHARTER_VERSION:
        raise Refused("La charte a changé\u00a0: relisez-la dans sa version en vigueur.", field="charter")
    if firm.charter_version == CHARTER_VERSION:
        return
    firm.charter_version, firm.charter_accepted_on = version, civil_date(now)
    firm.charter_accepted_by = actor
    firm.save(update_fields=["charter_version", "charter_accepted_on", "charter_accepted_by"])
    append(
        chain=chain_of(firm),
        name="charter_accepted",
        at=now,
        actor=actor,
        data={"firm": firm.pk, "version": version},
    )


@transaction.atomic
def request_accreditation(
    *,
    firm: ExpertFirm,
    volet: int,
    references: str,
    charter_version: str,
    evidence: Evidence,
    actor: User,
    now: datetime,
) -> Accreditation:
    """Ask for one volet, or for its renewal; the charter in force is accepted by the actor, that day."""
    require_member(firm, actor)
    current = lock_firm(firm)
    where = standing_for(current, volet, civil_date(now))
    if not where.may_ask:
        raise Refused("Vous avez déjà une demande ou un agrément en cours pour ce volet.", field="volet")
    if len(references.strip()) < REFERENCES_LENGTH:
        raise Refused("Décrivez au moins une mission comparable.", field="references")
    _accept(current, charter_version, actor, now)
    papers = gather(current, volet, evidence, actor=actor, now=now)
    asked = Accreditation.objects.create(
        firm=current,
        volet=volet,
        renews=where.standing,
        references=references.strip(),
        charter_version=charter_version,
        charter_accepted_on=civil_date(now),
        charter_accepted_by=actor,
    )
    Accreditation.objects.filter(pk=asked.pk).update(requested_at=now)
    asked.requested_at = now
    asked.papers.set(papers)
    event = append(
        chain=chain_of(current),
        name="accreditation_requested",
        at=now,
        actor=actor,
        data={
            "firm": current.pk,
            "volet": volet,
            "accreditation": asked.pk,
            "renews": asked.renews_id or 0,
            "papers": sorted(paper.pk for paper in papers),
        },
    )
    _tell_request(current, asked, f"{chain_of(current)}:{event.sequence}", now)
    return asked


def _tell_request(firm: ExpertFirm, asked: Accreditation, event_ref: str, now: datetime) -> None:
    what = "Renouvellement" if asked.renews_id else "Demande d’agrément"
    tell_firm(
        firm,
        f"{what} {'reçu' if asked.renews_id else 'reçue'} pour le volet {asked.volet}",
        "Un chargé d’affaires l’instruit, puis un responsable décide. Vous serez prévenu."
        + (" Votre agrément actuel court pendant ce temps." if asked.renews_id else ""),
        event_ref=event_ref,
        now=now,
    )
    notify(
        recipients=User.objects.staff(StaffRole.OFFICER).order_by("pk"),
        kind="accreditation",
        title=f"{firm.name}\u00a0: {what.lower()}, volet {asked.volet}",
        body="Les justificatifs sont sur la page de la demande.",
        url=reverse("accreditation_decide", args=[asked.pk]),
        action="Instruire la demande",
        family="firm",
        event_ref=f"{event_ref}:officers",
        now=now,
    )


def tell_firm(firm: ExpertFirm, title: str, body: str, *, event_ref: str, now: datetime) -> None:
    """Tell the firm's people of one of its accreditations."""
    notify(
        recipients=members_of(firm),
        kind="accreditation",
        title=title,
        body=body,
        url=reverse("firm_profile_of", args=[firm.pk]),
        action="Voir mes agréments",
        family="firm",
        event_ref=event_ref,
        now=now,
    )
