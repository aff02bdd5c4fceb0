"""Thirteen people around one dossier, and what the table lets each of them do; written apart from `standing_of`."""

from typing import Any

from django.db.models import Model

from applications.models import (
    Amendment,
    Commitment,
    Contract,
    Deadline,
    Dossier,
    FindingDecision,
    Hold,
    Letter,
    Mission,
    Payment,
    PendingApproval,
    Quote,
    Signatory,
    Snapshot,
    Transmission,
)
from applications.workflow.situation import Actor
from portal.accounts.models import MembershipRole, User
from portal.audit.models import Event
from portal.notifications.models import Outbox
from tests.applications import factories as f
from tests.applications.journeys import ENGAGED, MOTIVE, Journey

STANDING: dict[str, set[Actor]] = {
    "owner": {Actor.OWNER, Actor.MEMBER, Actor.SIGNATORY},
    "member": {Actor.MEMBER},
    "signatory": {Actor.MEMBER, Actor.SIGNATORY},
    "other_owner": set(),
    "expert": {Actor.EXPERT},
    "other_expert": set(),
    "officer": {Actor.OFFICER},
    "manager": {Actor.MANAGER},
    "controller": {Actor.CONTROLLER},
    "auditor": set(),
    "administrator": set(),
    "deactivated_officer": set(),
    "sweep": {Actor.SWEEP},
}
BPIFRANCE = {Actor.OFFICER, Actor.MANAGER, Actor.CONTROLLER}


def standing(role: str, state: str) -> set[Actor]:
    """Return what a role is to a dossier in a state: a draft is the company's alone."""
    hidden = BPIFRANCE | {Actor.EXPERT} if state == "draft" else set()
    return STANDING[role] - hidden


def cast_of(journey: Journey) -> dict[str, User | None]:
    """Return the person of each role."""
    company = journey.dossier.company
    member = f.MembershipFactory(organisation=company.organisation).user
    signatory = f.MembershipFactory(organisation=company.organisation, role=MembershipRole.MEMBER).user
    Signatory.objects.create(
        company=company, user=signatory, full_name=signatory.full_name, capacity="Directeur général"
    )
    return {
        "owner": journey.owner,
        "member": member,
        "signatory": signatory,
        "other_owner": f.owner_of(f.CompanyFactory()),
        "expert": journey.expert,
        "other_expert": f.owner_of(f.ExpertFirmFactory()),
        "officer": f.OfficerFactory(),
        "manager": journey.manager,
        "controller": f.ControllerFactory(),
        "auditor": f.AuditorFactory(),
        "administrator": f.AdministratorFactory(),
        "deactivated_officer": f.OfficerFactory(is_active=False),
        "sweep": None,
    }


def everything_typed(journey: Journey) -> dict[str, Any]:
    """Return inputs that would satisfy any act's form."""
    item = {"step": "pieces", "target": "quote", "reason": "Le devis est illisible."}
    return {
        **ENGAGED,
        "file_anyway": True,
        "expected_revision": journey.dossier.revision,
        "motive": MOTIVE,
        "message": MOTIVE,
        "evidence": MOTIVE,
        "reauthenticated": True,
        "agreed": True,
        "lines": [{"item": "qms_support", "amount": "20000.00"}],
        "conflict_free": True,
        "items": [item],
        "rule": "company.legal_form",
        "rules": ["company.category"],
        "outcome": "accepted",
        "favourable": True,
        "granted": True,
        "officer": journey.officer,
        "firm": journey.dossier.firm,
        "reason": "other",
        "hold": 0,
        "reference": "VIR-REFUS",
        "recipients": ["economie"],
        **dict.fromkeys(
            ("work_started_on", "work_ended_on", "report_given_on", "restitution_on", "paid_on", "sent_on"),
            journey.today,
        ),
    }


TRACES: tuple[type[Model], ...] = (
    Dossier,
    Mission,
    Event,
    Outbox,
    PendingApproval,
    Amendment,
    Commitment,
    Contract,
    Deadline,
    FindingDecision,
    Hold,
    Letter,
    Payment,
    Quote,
    Snapshot,
    Transmission,
)


def trace() -> dict[str, list[dict[str, Any]]]:
    """Return every row an act may write, field by field."""
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in TRACES}
