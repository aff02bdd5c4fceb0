"""Dossiers whose expert no longer holds, or will not hold to the term, what the scheme asks of him."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Max, OuterRef, Q, Subquery

from applications.models import Mission
from applications.models.mission import MissionQuerySet
from applications.services.morning import AUDITING, BEFORE_DECISION
from applications.workflow.states import State
from experts.models import Accreditation, ExpertFirm, PassiCertificate
from experts.policy import NOTICE_DAYS
from experts.services.facts import PASSI_VOLET

SHOWN = 200
QUALIFICATION = "Qualification PASSI"
# Until the contract is sent, the accreditation too is read on the day.
ACCREDITED = (*BEFORE_DECISION, State.APPROVED)
Status = Accreditation.Status
HALTED = {Status.SUSPENDED: "Agrément suspendu", Status.WITHDRAWN: "Agrément retiré"}


@dataclass(frozen=True, slots=True)
class Lapsing:
    """One mission and what of its expert ends; `until` is None where a decision ended it, or nothing ever was."""

    mission: Mission
    what: str
    until: date | None
    is_over: bool
    is_unlisted: bool = False

    @property
    def never_was(self) -> bool:
        """True where no qualification was ever recorded."""
        return self.until is None and self.what == QUALIFICATION


def lapsing(user: Any, *, today: date, firm: ExpertFirm | None = None) -> list[Lapsing]:
    """Return the dossiers a person sees whose expert lapsed or lapses before the term, the nearest end first.

    Before the contract is signed there is no term: an end within 90 days counts. `firm` keeps its own alone.
    """
    missions = Mission.objects.visible_to(user).filter(is_current=True, dossier__submitted_at__isnull=False)
    if firm is not None:
        missions = missions.filter(firm=firm)
    missions = missions.select_related("dossier__company", "firm")
    found = [*_audits(missions, today), *_accredited(missions, today)]
    found.sort(key=lambda one: (one.until or date.min, one.mission.pk))
    return found[:SHOWN]


def _audits(missions: MissionQuerySet, today: date) -> list[Lapsing]:
    """Volet 5 until the audits are done: the last certificate's end beside the term."""
    own = PassiCertificate.objects.filter(firm=OuterRef("firm")).order_by().values("firm")
    soon = today + timedelta(days=NOTICE_DAYS[0])
    gone = PassiCertificate.objects.filter(still_listed=False, valid_until__gte=today)
    lapsed = (
        Q(ends__isnull=True)
        | Q(ends__lt=today)
        | Q(ends__lt=F("dossier__due_on"))
        | Q(ends__lt=soon, dossier__due_on__isnull=True)
        | Q(firm__in=gone.values("firm"))
    )
    rows = (
        missions.filter(dossier__volet=PASSI_VOLET, dossier__state__in=AUDITING)
        .annotate(ends=Subquery(own.annotate(last=Max("valid_until")).values("last")))
        .filter(lapsed)
        .order_by(F("ends").asc(nulls_first=True), "pk")[:SHOWN]
    )
    unlisted = set(gone.values_list("firm", flat=True))
    return [
        Lapsing(
            row,
            QUALIFICATION,
            row.ends,
            _is_over(row.ends, today),
            is_unlisted=row.firm_id in unlisted,
        )
        for row in rows
    ]


def _accredited(missions: MissionQuerySet, today: date) -> list[Lapsing]:
    """Where the decision or the contract is still to come; a derogation granted stands in for the accreditation.

    What counts is the latest that was decided: an accreditation asked anew comes after the one withdrawn.
    """
    soon = today + timedelta(days=NOTICE_DAYS[0])
    decided = Accreditation.objects.filter(status__in=[Status.GRANTED, *HALTED])
    own = decided.filter(firm=OuterRef("firm"), volet=OuterRef("dossier__volet")).order_by("-pk")
    at_risk = decided.filter(Q(valid_until__lte=soon) | Q(status__in=list(HALTED)))
    rows = (
        missions.filter(dossier__state__in=ACCREDITED)
        .exclude(dossier__derogation__status="granted")
        .annotate(latest=Subquery(own.values("pk")[:1]))
        .filter(latest__in=at_risk.values("pk"))
        .order_by("pk")[:SHOWN]
    )
    known = decided.in_bulk([row.latest for row in rows])
    return [_of_accreditation(row, known[row.latest], today) for row in rows]


def _of_accreditation(mission: Mission, one: Accreditation, today: date) -> Lapsing:
    if one.status in HALTED:
        return Lapsing(mission, HALTED[Status(one.status)], None, is_over=True)
    return Lapsing(mission, "Agrément", one.valid_until, _is_over(one.valid_until, today))


def _is_over(until: date | None, today: date) -> bool:
    return until is None or until < today
