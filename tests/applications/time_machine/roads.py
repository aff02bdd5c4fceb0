"""Journeys through every act of the table, photographed after each act."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from applications.models import Derogation
from experts.models import Accreditation
from tests.applications import factories as f
from tests.applications.journeys import ENGAGED, MOTIVE
from tests.applications.time_machine.album import Photographed
from tests.applications.workflow.test_account import change_account
from tests.applications.workflow.test_replacement import finish, replace, working

DOUBT = "company.legal_form"
SIGNED: dict[str, Any] = {"reauthenticated": True, "evidence": {"ip": "127.0.0.1"}}


class Traveller(Photographed):
    """Who takes these roads."""


def lines_of(journey: Traveller, amount: str = "") -> list[dict[str, str]]:
    """Return the lines of the first quote, each of this amount if given."""
    lines = journey.dossier.quotes.order_by("number")[0].lines.all()
    return [{"item": line.item, "amount": amount or str(line.amount)} for line in lines]


def in_doubt(journey: Traveller) -> None:
    """Have a legal form that a person must judge."""
    journey.dossier.company_facts["legal_form"] = "9220"
    journey.dossier.save()


def amended(journey: Traveller) -> None:
    """Lower each line by an amendment, signed by all."""
    journey.to("in_progress")
    journey.day().act("amend", journey.officer, lines=lines_of(journey, "1000.00"), motive=MOTIVE)
    journey.act("amend", journey.expert, agreed=True)
    journey.act("amend", journey.owner, code=journey.code(), **SIGNED)
    journey.to("closed")


def replacement_dropped(journey: Traveller) -> None:
    """Ask for another expert, give it up, ask again, and cancel meanwhile."""
    journey.to("in_progress")
    firm = f.ExpertFirmFactory()
    asked: dict[str, Any] = {"firm": firm, "lines": lines_of(journey), "motive": MOTIVE}
    journey.day().act("replace_expert", journey.manager, **asked)
    journey.act("drop_amendment", journey.officer, motive=MOTIVE)
    journey.day().act("replace_expert", journey.manager, **asked)
    journey.act("cancel", journey.manager, motive=MOTIVE)


def replaced(journey: Traveller) -> None:
    """Replace an expert at work; both are paid, each for its part."""
    working(journey)
    first = replace(journey)
    finish(journey, first, qms_support=Decimal("8000.00"), qms_training=Decimal("0.00"))
    journey.act("declare_conflict", journey.expert, conflict_free=True)
    journey.to("closed")


def replaced_and_ended(journey: Traveller) -> None:
    """Replace an expert at work, who is not paid."""
    working(journey)
    first = replace(journey)
    journey.to("closure_submitted")
    journey.act("end_mission", journey.manager, mission=first, motive=MOTIVE)
    journey.to("paid")


def replaced_under_review(journey: Traveller) -> None:
    """Judge a finding, then replace the expert before the decision."""
    in_doubt(journey)
    journey.to("under_review")
    journey.act("decide_finding", journey.officer, rule=DOUBT, outcome="accepted", motive=MOTIVE)
    replace(journey)
    journey.to("approved")


def completed(journey: Traveller) -> None:
    """Ask for a completion, get it, judge, reject, have the rejection reviewed and given to another."""
    in_doubt(journey)
    journey.to("incomplete").day(3)
    revision = journey.dossier.revision
    journey.act("resubmit", journey.owner, expected_revision=revision, file_anyway=True)
    journey.act("decide_finding", journey.officer, rule=DOUBT, outcome="refused", motive=MOTIVE)
    journey.act("reject", journey.officer, rules=[DOUBT], motive=MOTIVE)
    journey.day().act("request_review", journey.owner, motive=MOTIVE)
    journey.act("assign", journey.manager, officer=f.OfficerFactory())


def held(journey: Traveller) -> None:
    """Hold a payment, lift it, pay, and have the transfer come back."""
    journey.to("closure_submitted")
    journey.act("contest_restitution", journey.owner, motive=MOTIVE)
    journey.day(11)
    journey.act("settle_restitution", journey.officer, restitution_on=journey.today, evidence=MOTIVE)
    journey.act("set_hold", journey.officer, reason="other", motive=MOTIVE)
    hold = journey.mission.holds.get(lifted_at=None)
    journey.act("lift_hold", journey.officer, hold=hold.pk, motive=MOTIVE)
    journey.to("closed").day(3)
    journey.act("reverse_payment", journey.payer, motive=MOTIVE, bank_reason="AC04", then="hold")
    journey.act("reverse_payment", journey.manager)


def held_for_its_account(journey: Traveller) -> None:
    """Change the account after the payment was approved: the portal holds it."""
    journey.to("payment_approved")
    change_account(journey)
    if not journey.mission.holds.filter(lifted_at=None).exists():
        journey.act("hold_changed_account", None)


def corrected(journey: Traveller) -> None:
    """Have the closure corrected, then paid."""
    journey.to("closure_incomplete").day(2)
    journey.correct_closure()
    journey.to("paid")


def closure_refused(journey: Traveller) -> None:
    """Refuse the closure."""
    journey.to("closure_submitted")
    journey.act("refuse_closure", journey.manager, motive=MOTIVE)


def reopened(journey: Traveller) -> None:
    """Let the term pass, lapse, and reopen: the work had ended in time."""
    journey.to("lapsed")
    signed, due = journey.dossier.signed_on, journey.dossier.due_on
    journey.act("reopen", journey.manager, work_started_on=signed, work_ended_on=due, motive=MOTIVE)


def given(journey: Traveller) -> None:
    """Give the dossier by a manager, then to another officer; decline a cancellation."""
    journey.to("submitted")
    journey.act("assign", journey.manager, officer=journey.officer)
    journey.act("reassign", journey.manager, officer=f.OfficerFactory(), motive=MOTIVE)
    journey.to("in_progress")
    journey.act("request_cancellation", journey.owner, motive=MOTIVE)
    journey.act("decline_cancellation", journey.manager, motive=MOTIVE)


def given_by_the_rules(journey: Traveller) -> None:
    """Give the dossier by the rules, and never sign its contract."""
    journey.to("submitted")
    journey.act("assign_by_rules", None, officer=journey.officer)
    journey.to("contract_sent").day(31)
    journey.act("unsigned", None)


def derogated(journey: Traveller) -> None:
    """Take an expert from outside the pool."""
    Accreditation.objects.filter(firm=journey.dossier.firm).delete()
    Derogation.objects.create(
        dossier=journey.dossier, reason="Seule à connaître ce dispositif.", requested_at=journey.now
    )
    f.DossierDocumentFactory(dossier=journey.dossier, kind="derogation_evidence")
    revision = journey.dossier.revision
    journey.act("submit", journey.owner, expected_revision=revision, file_anyway=True, **ENGAGED)
    journey.to("under_review")
    journey.act("advise_derogation", journey.officer, favourable=True, motive=MOTIVE)
    journey.act("decide_derogation", journey.manager, granted=True, motive=MOTIVE)
    journey.to("approved")


def extended(journey: Traveller) -> None:
    """Decline an extension, then grant one; only under an edition that allows it."""
    journey.to("in_progress")
    journey.act("request_extension", journey.owner, motive=MOTIVE)
    journey.act("decline_extension", journey.manager, motive=MOTIVE)
    journey.act("request_extension", journey.owner, motive=MOTIVE)
    journey.act("extend", journey.manager, motive=MOTIVE)
    journey.act("amend", journey.owner, code=journey.code(), **SIGNED)
    journey.act("amend", journey.expert, agreed=True)


def road(state: str) -> Callable[[Traveller], Any]:
    """Return the journey to a state."""
    return lambda journey: journey.to(state)


JOURNEYS: dict[str, Callable[[Traveller], Any]] = {
    # The other ends are met on the way of the roads below.
    "withdrawn": road("withdrawn"),
    "abandoned": road("abandoned"),
    "amended": amended,
    "replacement dropped": replacement_dropped,
    "replaced": replaced,
    "replaced and ended": replaced_and_ended,
    "replaced under review": replaced_under_review,
    "completed": completed,
    "held": held,
    "held for its account": held_for_its_account,
    "corrected": corrected,
    "closure refused": closure_refused,
    "reopened": reopened,
    "given": given,
    "given by the rules": given_by_the_rules,
    "derogated": derogated,
    "extended": extended,
}
