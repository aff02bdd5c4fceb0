"""What the company says of the mission: minutes approved, satisfaction at the end of a phase."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from applications.models import Dossier, Mission, MissionReport, Satisfaction
from applications.services.locking import lock
from applications.services.standing import standing_of
from applications.workflow.refusals import NotYours, Obstacle, Refused
from applications.workflow.situation import COMPANY
from portal.accounts.models import User


def _require_company(dossier: Dossier, actor: User) -> None:
    if not standing_of(actor, dossier) & COMPANY:
        raise NotYours("Seule l’entreprise se prononce ici.")


def give_satisfaction(
    *, dossier: Dossier, actor: User, now: datetime, phase: str, score: int, comment: str = ""
) -> Satisfaction:
    """Keep the score of a phase, 1 to 5, once a phase; raises Refused where it was given before."""
    try:
        with transaction.atomic():
            dossier = lock(dossier.pk)
            _require_company(dossier, actor)
            mission = Mission.objects.filter(dossier=dossier, is_current=True).first()
            if mission is None or dossier.signed_on is None:
                raise Refused([Obstacle("no_mission", "La prestation n’a pas encore commencé.")])
            return Satisfaction.objects.create(
                mission=mission,
                phase=phase.strip(),
                score=score,
                comment=comment.strip(),
                given_by=actor,
                given_at=now,
            )
    except IntegrityError as error:
        known = Obstacle(
            "given_already", "Cette phase est déjà évaluée.", "Nommez-en une autre.", field="phase"
        )
        raise Refused([known]) from error


def approve_minutes(*, report: MissionReport, actor: User, now: datetime) -> None:
    """Keep the company's approval of minutes; a second one changes nothing."""
    with transaction.atomic():
        dossier = lock(report.mission.dossier_id)
        _require_company(dossier, actor)
        MissionReport.objects.filter(
            pk=report.pk, kind=MissionReport.Kind.MINUTES, approved_by_company_at__isnull=True
        ).update(approved_by_company_at=now)
