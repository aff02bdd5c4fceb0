"""Decisions on accreditations: two persons, from the right state, with a motive; each step told."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from experts import services
from experts.models import Accreditation, AccreditationDecision, ExpertFirm
from portal.accounts.models import StaffRole, User
from portal.audit.models import Event
from portal.audit.services import verify
from portal.documents.models import Document
from portal.notifications.models import Outbox
from tests.experts.conftest import MOTIVE, NOW, TODAY, ask, decide, person

pytestmark = pytest.mark.django_db


def propose(
    accreditation: Accreditation, decision: str, actor: User, **more: object
) -> AccreditationDecision:
    return services.propose_decision(
        accreditation=accreditation,
        decision=decision,
        actor=actor,
        now=NOW,
        **({"motive": MOTIVE} | more),  # type: ignore[arg-type]
    )


def told(person_: User) -> list[str]:
    rows = Outbox.objects.filter(kind="notify", payload__user=person_.pk).order_by("pk")
    return [row.payload["title"] for row in rows]


def test_the_life_of_an_accreditation(firm: ExpertFirm, expert: User, officer: User, manager: User) -> None:
    granted = decide(ask(firm, expert), "grant", officer, manager)
    assert (granted.status, granted.granted_on, granted.valid_until) == ("granted", TODAY, date(2029, 6, 14))
    assert granted.decided_by == manager
    for decision, status in [("suspend", "suspended"), ("reinstate", "granted"), ("withdraw", "withdrawn")]:
        assert decide(granted, decision, officer, manager).status == status
    names = Event.objects.filter(chain=f"firm:{firm.pk}").order_by("sequence").values_list("name", flat=True)
    assert list(names)[2:] == [
        "accreditation_requested",
        "accreditation_grant_proposed",
        "accreditation_grant",
        "accreditation_suspend_proposed",
        "accreditation_suspend",
        "accreditation_reinstate_proposed",
        "accreditation_reinstate",
        "accreditation_withdraw_proposed",
        "accreditation_withdraw",
    ]
    assert list(verify(f"firm:{firm.pk}")) == []
    assert services.standing_for(firm, 1, TODAY).may_ask


def test_the_firm_is_told_at_each_step_and_never_of_an_opinion(
    firm: ExpertFirm, expert: User, officer: User, manager: User
) -> None:
    granted = decide(ask(firm, expert), "grant", officer, manager)
    assert [title.partition(":")[2].strip() or title for title in told(expert)] == [
        "Demande d’agrément reçue pour le volet 1",
        "demande instruite",
        "agréé",
    ]
    propose(granted, "suspend", officer)
    assert len(told(expert)) == 3
    assert MOTIVE not in str([row.payload for row in Outbox.objects.filter(payload__user=expert.pk)])
    assert len(told(manager)) == 2


@pytest.mark.parametrize(
    ("status", "decision"),
    [
        ("requested", "suspend"),
        ("requested", "withdraw"),
        ("granted", "refuse"),
        ("granted", "grant"),
        ("granted", "reinstate"),
        ("refused", "grant"),
        ("suspended", "suspend"),
        ("withdrawn", "reinstate"),
        ("renewed", "suspend"),
    ],
)
def test_a_decision_starts_from_its_states(
    firm: ExpertFirm, officer: User, status: str, decision: str
) -> None:
    known = Accreditation.objects.create(firm=firm, volet=2, status=status, granted_on=date(2026, 1, 1))
    with pytest.raises(services.Refused, match="rechargez"):
        propose(known, decision, officer)


@pytest.mark.parametrize("role", ["", "controller", "auditor", "administrator"])
def test_only_officers_and_managers_propose(firm: ExpertFirm, expert: User, role: str) -> None:
    with pytest.raises(services.Refused):
        propose(ask(firm, expert), "grant", person("somebody", role))


@pytest.mark.parametrize("role", ["", "officer", "controller", "auditor", "administrator"])
def test_only_a_manager_decides(firm: ExpertFirm, expert: User, officer: User, role: str) -> None:
    proposal = propose(ask(firm, expert), "grant", officer)
    with pytest.raises(services.Refused, match="responsable"):
        services.follow_decision(proposal=proposal, actor=person("somebody", role), now=NOW)
    assert Accreditation.objects.get().status == "requested"


def test_nobody_decides_what_he_proposed(firm: ExpertFirm, expert: User, manager: User) -> None:
    proposal = propose(ask(firm, expert), "grant", manager)
    with pytest.raises(services.Refused, match="un autre responsable"):
        services.follow_decision(proposal=proposal, actor=manager, now=NOW)
    with pytest.raises(services.Refused, match="un autre responsable"):
        services.set_decision_aside(proposal=proposal, answer=MOTIVE, actor=manager, now=NOW)
    other = person("other", StaffRole.MANAGER)
    assert services.follow_decision(proposal=proposal, actor=other, now=NOW).status == "granted"


def test_the_database_too_wants_two_persons(firm: ExpertFirm, expert: User, manager: User) -> None:
    proposal = propose(ask(firm, expert), "grant", manager)
    rows = AccreditationDecision.objects.filter(pk=proposal.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(status="taken", decided_by=manager, decided_at=NOW)


def test_a_decision_is_taken_once(firm: ExpertFirm, expert: User, officer: User, manager: User) -> None:
    proposal = propose(ask(firm, expert), "grant", officer)
    services.follow_decision(proposal=proposal, actor=manager, now=NOW)
    with pytest.raises(services.Refused, match="rechargez"):
        services.follow_decision(proposal=proposal, actor=manager, now=NOW)
    with pytest.raises(services.Refused, match="rechargez"):
        services.set_decision_aside(proposal=proposal, answer=MOTIVE, actor=manager, now=NOW)


def test_one_proposal_waits_at_a_time(firm: ExpertFirm, expert: User, officer: User) -> None:
    asked = ask(firm, expert)
    propose(asked, "grant", officer)
    with pytest.raises(services.Refused, match="déjà proposée"):
        propose(asked, "refuse", officer)


def test_a_proposal_not_followed_goes_back_to_its_author(
    firm: ExpertFirm, expert: User, officer: User, manager: User
) -> None:
    asked = ask(firm, expert)
    proposal = propose(asked, "refuse", officer)
    with pytest.raises(services.Refused) as refusal:
        services.set_decision_aside(proposal=proposal, answer="non", actor=manager, now=NOW)
    assert refusal.value.field == "answer"
    services.set_decision_aside(
        proposal=proposal, answer="La troisième référence est probante.", actor=manager, now=NOW
    )
    asked.refresh_from_db()
    assert asked.status == "requested"
    assert "n’est pas suivi" in told(officer)[-1]
    assert decide(asked, "grant", officer, manager).status == "granted"
    assert asked.decisions.count() == 2


def test_every_proposal_has_a_motive_and_a_grant_ordered_dates(
    firm: ExpertFirm, expert: User, officer: User
) -> None:
    asked = ask(firm, expert)
    with pytest.raises(services.Refused) as refusal:
        propose(asked, "grant", officer, motive="ok")
    assert refusal.value.field == "motive"
    with pytest.raises(services.Refused) as refusal:
        propose(asked, "grant", officer, valid_from=TODAY, valid_until=date(2026, 6, 14))
    assert refusal.value.field == "valid_until"


@pytest.mark.parametrize("state", ["pending", "refused"])
def test_a_paper_that_cannot_be_read_supports_no_grant(
    firm: ExpertFirm, expert: User, officer: User, state: str
) -> None:
    asked = ask(firm, expert)
    Document.objects.filter(kind="expert_insurance").update(state=state)
    with pytest.raises(services.Refused, match="assurance"):
        propose(asked, "grant", officer)
    assert propose(asked, "refuse", officer).status == "proposed"


def test_what_was_agreed_outside_is_confirmed_by_a_manager(
    firm: ExpertFirm, officer: User, manager: User
) -> None:
    proposal = services.record_accreditation(
        firm=firm,
        volet=3,
        valid_from=date(2025, 1, 1),
        motive="Décision du 1er janvier 2025",
        actor=officer,
        now=NOW,
    )
    assert not ExpertFirm.objects.accredited_for(3, TODAY).exists()
    services.follow_decision(proposal=proposal, actor=manager, now=NOW)
    assert list(ExpertFirm.objects.accredited_for(3, date(2025, 1, 1))) == [firm]
    # Three years from its own start.
    assert Accreditation.objects.get().valid_until == date(2027, 12, 31)
    with pytest.raises(services.Refused) as refusal:
        services.record_accreditation(firm=firm, volet=3, motive=MOTIVE, actor=officer, now=NOW)
    assert refusal.value.field == "volet"


def test_a_suspended_accreditation_is_not_renewed_over(
    firm: ExpertFirm, expert: User, officer: User, manager: User
) -> None:
    granted = decide(ask(firm, expert), "grant", officer, manager)
    renewal = Accreditation.objects.create(firm=firm, volet=1, renews=granted)
    proposal = propose(renewal, "grant", officer)
    Accreditation.objects.filter(pk=granted.pk).update(status="suspended")
    with pytest.raises(services.Refused, match="suspendu"):
        services.follow_decision(proposal=proposal, actor=manager, now=NOW)


@pytest.mark.parametrize("decision", ["suspend", "withdraw"])
def test_what_halts_a_renewal_to_come_halts_what_still_runs(
    firm: ExpertFirm, expert: User, officer: User, manager: User, decision: str
) -> None:
    granted = decide(ask(firm, expert), "grant", officer, manager)
    renewal = Accreditation.objects.create(firm=firm, volet=1, renews=granted)
    start = date(2029, 6, 15)
    renewed = decide(renewal, "grant", officer, manager, valid_from=start, valid_until=date(2032, 6, 14))
    accredited = ExpertFirm.objects.accredited_for
    assert list(accredited(1, TODAY)) == [firm]
    decide(renewed, decision, officer, manager)
    assert not accredited(1, TODAY).exists()
    if decision == "suspend":
        decide(renewed, "reinstate", officer, manager)
        assert list(accredited(1, TODAY)) == [firm]


def test_nothing_is_added_to_an_accreditation_that_was_withdrawn(
    firm: ExpertFirm, expert: User, officer: User, manager: User
) -> None:
    granted = decide(ask(firm, expert), "grant", officer, manager)
    renewal = Accreditation.objects.create(firm=firm, volet=1, renews=granted)
    assert services.default_dates(renewal, TODAY) == (TODAY, date(2032, 6, 14))
    decide(granted, "withdraw", officer, manager)
    renewal = Accreditation.objects.select_related("renews").get(pk=renewal.pk)
    assert services.default_dates(renewal, TODAY) == (TODAY, date(2029, 6, 14))


def test_nothing_is_granted_whose_end_is_past(
    firm: ExpertFirm, expert: User, officer: User, manager: User
) -> None:
    asked = ask(firm, expert)
    with pytest.raises(services.Refused) as refusal:
        propose(asked, "grant", officer, valid_from=date(2020, 1, 1), valid_until=date(2026, 6, 14))
    assert refusal.value.field == "valid_until"
    proposal = propose(asked, "grant", officer, valid_from=date(2020, 1, 1), valid_until=TODAY)
    with pytest.raises(services.Refused, match="déjà passée"):
        services.follow_decision(proposal=proposal, actor=manager, now=NOW + timedelta(days=1))
