"""Puts firms' new accounts in force, and holds the payments that were approved for the old one."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from applications.models import Mission, PaymentBatch
from applications.services.transitions import execute
from applications.workflow.refusals import Refused, WrongState
from applications.workflow.states import MissionState
from experts.models import AccountChange, ExpertFirm
from experts.services import apply_change, due_changes

logger = logging.getLogger(__name__)


def apply_due(*, now: datetime) -> int:
    """Put in force every account whose 48 hours are over; return how many. Each on its own, once."""
    done = 0
    for change in due_changes(now):
        try:
            done += _apply(change, now)
        except Exception:
            logger.exception("Account change %s could not be put in force.", change.pk)
    return done


def _apply(change: AccountChange, now: datetime) -> int:
    with transaction.atomic():
        firm = apply_change(change, now=now)
        if firm is None:
            return 0
        for mission in to_hold(firm):
            _hold(mission, now)
        return 1


def to_hold(firm: ExpertFirm) -> list[Mission]:
    """Return the firm's missions approved and not paid; one in an approved batch keeps its frozen account."""
    approved = Mission.objects.filter(firm=firm, state=MissionState.PAYMENT_APPROVED)
    gone = Mission.objects.filter(
        payment_orders__status="open", payment_orders__batch__status=PaymentBatch.Status.APPROVED
    )
    return list(approved.exclude(pk__in=gone).select_related("dossier").order_by("dossier_id", "pk"))


def _hold(mission: Mission, now: datetime) -> None:
    """Set the hold as an act of its own; a mission held for that already, or paid meanwhile, stays as it is."""
    try:
        execute(
            "hold_changed_account",
            dossier=mission.dossier,
            actor=None,
            expected_version=mission.dossier.version,
            mission=mission,
            now=now,
        )
    except (Refused, WrongState):
        logger.info("Mission %s needs no hold for its firm's new account.", mission.pk)
