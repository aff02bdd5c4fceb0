"""The PASSI qualification is read at the quote, at the contract and at the delivery; each test fails without it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from applications.models import DeliveredLine
from applications.services.evaluation import filing_evaluation
from applications.services.lapsing import lapsing
from applications.services.settlement import AUDIT_ITEMS, settlement_of
from applications.workflow.refusals import Refused
from experts.models import Accreditation, AuditScope, ExpertFirm, PassiCertificate
from experts.services import SCOPE_OF_ITEM
from tariffs import catalogue
from tests.applications.journeys import Journey

pytestmark = pytest.mark.django_db


def finding(journey: Journey, rule: str) -> str:
    findings = filing_evaluation(journey.dossier, today=journey.today)["findings"]
    return str(next(one["status"] for one in findings if one["rule"] == rule))


def obstacles(journey: Journey, name: str, actor: Any, **inputs: Any) -> set[str]:
    with pytest.raises(Refused) as refusal:
        journey.act(name, actor, **inputs)
    return {one.code for one in refusal.value.obstacles}


# --- The mapping
def test_each_audit_of_volet_5_asks_for_its_own_scope() -> None:
    assert SCOPE_OF_ITEM == {
        "configuration_audit": AuditScope.CONFIGURATION,
        "code_audit": AuditScope.CODE,
        "penetration_test": AuditScope.PENETRATION,
    }
    edition = catalogue.get_edition("2024")
    assert {code for code, item in edition.items.items() if item.volet == 5} == set(SCOPE_OF_ITEM)
    assert frozenset(SCOPE_OF_ITEM) == AUDIT_ITEMS


@pytest.mark.parametrize("item", list(SCOPE_OF_ITEM))
def test_the_engine_reads_the_same_scope_for_each_item(item: str) -> None:
    journey = Journey(volet=5)
    line = journey.dossier.quotes.get().lines.order_by("pk")[0]
    journey.dossier.quotes.get().lines.exclude(pk=line.pk).delete()
    type(line).objects.filter(pk=line.pk).update(item=item)
    PassiCertificate.objects.update(scopes=[SCOPE_OF_ITEM[item].value])
    assert finding(journey, "expert.passi_scope") == "pass"
    PassiCertificate.objects.update(scopes=[one for one in AuditScope.values if one != SCOPE_OF_ITEM[item]])
    assert finding(journey, "expert.passi_scope") == "review"


# --- At the quote
def test_the_quote_of_a_firm_whose_qualification_ended_does_not_pass() -> None:
    journey = Journey(volet=5)
    assert finding(journey, "expert.passi") == "pass"
    PassiCertificate.objects.update(valid_until=journey.today - timedelta(days=1))
    assert finding(journey, "expert.passi") == "fail"
    assert "fails" in obstacles(
        journey,
        "submit",
        journey.owner,
        expected_revision=journey.dossier.revision,
        accuracy=True,
        no_early_start=True,
        availability=True,
        transmission=True,
    )


# --- At the contract
def test_the_contract_is_not_sent_once_the_qualification_ended() -> None:
    journey = Journey(volet=5).to("approved")
    journey.act("declare_conflict", journey.expert, conflict_free=True)
    journey.act("sign_for_bpifrance", journey.manager)
    ends = PassiCertificate.objects.get().valid_until
    PassiCertificate.objects.update(valid_until=journey.today - timedelta(days=1))
    assert obstacles(journey, "send_contract", journey.officer) == {"day:expert.passi"}
    PassiCertificate.objects.update(valid_until=ends)
    journey.act("send_contract", journey.officer)


# --- At the delivery
@pytest.mark.parametrize("item", list(SCOPE_OF_ITEM))
def test_an_audit_counts_only_on_days_when_its_scope_was_qualified(item: str) -> None:
    journey = Journey(volet=5).to("work_done")
    mission = journey.mission
    amount = journey.dossier.quotes.get().lines.all()[0].amount
    journey.dossier.quotes.get().lines.exclude(amount=amount).delete()
    journey.dossier.quotes.get().lines.update(item=item)
    line = DeliveredLine.objects.create(
        mission=mission, item=item, delivered=amount, audited_from=journey.today, audited_until=journey.today
    )
    assert settlement_of(mission)["eligible_total"] > 0
    PassiCertificate.objects.update(scopes=[one for one in AuditScope.values if one != SCOPE_OF_ITEM[item]])
    assert settlement_of(mission)["eligible_total"] == Decimal("0.00")
    PassiCertificate.objects.update(scopes=AuditScope.values)
    certificate = PassiCertificate.objects.get()
    for start, end in (
        (certificate.valid_from - timedelta(days=1), journey.today),
        (journey.today, certificate.valid_until + timedelta(days=1)),
    ):
        DeliveredLine.objects.filter(pk=line.pk).update(audited_from=start, audited_until=end)
        assert settlement_of(mission)["eligible_total"] == Decimal("0.00")


# --- The charter, before the mission
def test_a_mission_begins_under_the_charter_in_force() -> None:
    journey = Journey().to("approved")
    ExpertFirm.objects.update(charter_version="2023-01")
    assert "charter_outdated" in obstacles(journey, "declare_conflict", journey.expert, conflict_free=True)


# --- The dossiers concerned
def concerned(journey: Journey) -> list[tuple[str, bool]]:
    found = lapsing(journey.officer, today=journey.today)
    return [(one.what, one.is_over) for one in found]


def test_a_dossier_is_listed_when_its_experts_qualification_ends_before_the_term() -> None:
    journey = Journey(volet=5).to("in_progress")
    term = journey.dossier.due_on
    assert term is not None
    PassiCertificate.objects.update(valid_until=term)
    assert concerned(journey) == []
    PassiCertificate.objects.update(valid_until=term - timedelta(days=1))
    assert concerned(journey) == [("Qualification PASSI", False)]
    PassiCertificate.objects.update(valid_until=journey.today - timedelta(days=1))
    assert concerned(journey) == [("Qualification PASSI", True)]
    PassiCertificate.objects.all().delete()
    assert concerned(journey) == [("Qualification PASSI", True)]
    assert lapsing(journey.owner, today=journey.today) == []
    assert lapsing(journey.expert, today=journey.today)[0].mission == journey.mission


def test_a_dossier_is_listed_when_its_expert_left_the_list() -> None:
    journey = Journey(volet=5).to("submitted")
    assert concerned(journey) == []
    PassiCertificate.objects.update(still_listed=False)
    assert concerned(journey) == [("Qualification PASSI", False)]


@pytest.mark.parametrize(("days", "listed"), [(91, False), (90, True), (-1, True)])
def test_before_the_contract_an_accreditation_that_ends_soon_is_listed(days: int, listed: bool) -> None:
    journey = Journey(volet=1).to("under_review")
    Accreditation.objects.update(valid_until=journey.today + timedelta(days=days))
    assert bool(concerned(journey)) == listed


def test_a_suspended_accreditation_is_listed_until_the_contract() -> None:
    journey = Journey(volet=1).to("approved")
    Accreditation.objects.filter(volet=1).update(status="suspended")
    assert concerned(journey) == [("Agrément suspendu", True)]
    Accreditation.objects.filter(volet=1).update(status="granted")
    journey.to("in_progress")
    Accreditation.objects.filter(volet=1).update(status="suspended")
    assert concerned(journey) == []


def test_a_withdrawn_accreditation_is_listed_until_another_is_granted() -> None:
    journey = Journey(volet=1).to("under_review")
    former = Accreditation.objects.get(firm=journey.dossier.firm, volet=1)
    Accreditation.objects.filter(pk=former.pk).update(status="withdrawn")
    assert concerned(journey) == [("Agrément retiré", True)]
    # Its end, which is years away, is not what ends it.
    (found,) = lapsing(journey.officer, today=journey.today)
    assert (found.until, found.never_was) == (None, False)
    Accreditation.objects.create(
        firm=former.firm,
        volet=1,
        status="granted",
        granted_on=journey.today,
        valid_until=journey.today + timedelta(days=900),
    )
    assert concerned(journey) == []


def test_the_selection_costs_the_same_for_any_number(django_assert_max_num_queries: Any) -> None:
    journeys = [Journey(volet=5).to("submitted") for _ in range(3)]
    PassiCertificate.objects.update(valid_until=date(2020, 1, 1), valid_from=date(2019, 1, 1))
    with django_assert_max_num_queries(5):
        found = lapsing(journeys[0].officer, today=journeys[0].today)
        assert {one.mission.dossier.company.name for one in found}
    assert len(found) == 3
