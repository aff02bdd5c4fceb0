"""Ends of accreditations, PASSI certificates and insurances: told on their day, once each."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from experts import charter, services
from experts.models import Accreditation, ExpertFirm, PassiCertificate
from experts.services import expiries
from portal.accounts.models import User
from portal.clock import PARIS
from portal.notifications.models import Outbox
from tests.experts.conftest import NOW, TODAY, ask, decide, paper

pytestmark = pytest.mark.django_db
END = date(2029, 6, 14)


def sweep(day: date) -> int:
    return expiries.sweep(now=datetime.combine(day, time(6), tzinfo=PARIS), today=day)


def titles(user: User) -> list[str]:
    rows = Outbox.objects.filter(kind="notify", payload__user=user.pk).order_by("pk")
    return [row.payload["title"] for row in rows]


@pytest.fixture
def granted(firm: ExpertFirm, expert: User, officer: User, manager: User) -> Accreditation:
    found = decide(ask(firm, expert), "grant", officer, manager)
    firm.papers.update(next_notice_on=None)
    Outbox.objects.all().delete()
    return found


def test_an_accreditation_is_told_ninety_and_thirty_days_before_and_at_its_end(
    granted: Accreditation, expert: User, manager: User
) -> None:
    told = []
    for left in (91, 90, 89, 31, 30, 29, 1, 0, -1, -2, -40):
        before = len(titles(expert))
        sweep(END - timedelta(days=left))
        told += [left] * (len(titles(expert)) - before)
    assert told == [90, 30, -1]
    assert len(titles(manager)) == 1
    granted.refresh_from_db()
    assert granted.next_notice_on is None


def test_a_sweep_that_was_stopped_tells_the_last_step_alone(granted: Accreditation, expert: User) -> None:
    assert sweep(END - timedelta(days=5)) == 1
    assert sweep(END - timedelta(days=5)) == 0
    assert len(titles(expert)) == 1


def test_who_asked_for_the_renewal_is_not_reminded(granted: Accreditation, expert: User) -> None:
    Accreditation.objects.create(firm=granted.firm, volet=1, renews=granted)
    sweep(END - timedelta(days=30))
    assert titles(expert) == []
    sweep(END + timedelta(days=1))
    assert len(titles(expert)) == 1


@pytest.mark.parametrize("decision", ["suspend", "withdraw"])
def test_what_no_longer_runs_is_not_told(
    granted: Accreditation, expert: User, officer: User, manager: User, decision: str
) -> None:
    decide(granted, decision, officer, manager)
    before = len(titles(expert))
    assert sweep(END - timedelta(days=30)) == 0
    assert len(titles(expert)) == before


def certificate(
    firm: ExpertFirm, officer: User, until: date, *scopes: str, start: date = date(2024, 1, 1)
) -> PassiCertificate:
    return services.record_passi_certificate(
        firm=firm,
        valid_from=start,
        valid_until=until,
        scopes=scopes or ["code_audit"],
        officer=officer,
        now=NOW,
    )


def test_a_certificate_is_told_to_the_firm_and_to_the_managers(
    firm: ExpertFirm, expert: User, officer: User, manager: User
) -> None:
    certificate(firm, officer, END)
    for left in (90, 90, 30, 30, -1):
        sweep(END - timedelta(days=left))
    assert len(titles(expert)) == 3
    assert len(titles(manager)) == 3


def test_a_certificate_that_another_follows_is_not_told(
    firm: ExpertFirm, expert: User, officer: User, manager: User
) -> None:
    certificate(firm, officer, END)
    certificate(firm, officer, END + timedelta(days=900))
    sweep(END - timedelta(days=30))
    assert titles(expert) == titles(manager) == []


@pytest.mark.parametrize(
    ("scopes", "start", "words"),
    [
        (("architecture_audit",), END, "audit de code source, tests d’intrusion."),
        (("code_audit", "architecture_audit"), END, "concernées\u00a0: tests d’intrusion."),
        (("code_audit", "penetration_test"), END + timedelta(days=1), None),
        (
            ("code_audit", "penetration_test"),
            END + timedelta(days=2),
            "audit de code source, tests d’intrusion.",
        ),
    ],
)
def test_a_scope_that_no_certificate_goes_on_holding_is_told(  # noqa: PLR0917 people and a case
    firm: ExpertFirm, expert: User, officer: User, scopes: tuple[str, ...], start: date, words: str | None
) -> None:
    certificate(firm, officer, END, "code_audit", "penetration_test")
    certificate(firm, officer, END + timedelta(days=900), *scopes, start=start)
    sweep(END - timedelta(days=30))
    told = [row.payload["body"] for row in Outbox.objects.filter(payload__user=expert.pk)]
    assert len(told) == (words is not None)
    assert words is None or words in told[0]


def test_two_certificates_that_end_together_are_told_once(
    firm: ExpertFirm, expert: User, officer: User
) -> None:
    certificate(firm, officer, END, "code_audit")
    certificate(firm, officer, END, "code_audit")
    for day in (90, 30, -1):
        sweep(END - timedelta(days=day))
    assert len(titles(expert)) == 3


def test_an_insurance_is_told_thirty_days_before(firm: ExpertFirm, expert: User) -> None:
    services.file_insurance(
        firm=firm,
        file=paper(),
        insurer="Mutuelle",
        valid_from=TODAY,
        valid_until=date(2027, 6, 14),
        actor=expert,
        now=NOW,
    )
    assert sweep(date(2027, 5, 14)) == 0
    assert sweep(date(2027, 5, 15)) == 1
    assert sweep(date(2027, 5, 16)) == 0
    assert "prend fin le 14/06/2027" in titles(expert)[0]


def test_a_new_charter_is_asked_once_of_the_accredited(
    granted: Accreditation, expert: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sweep(TODAY) == 0
    monkeypatch.setattr(expiries, "CHARTER_VERSION", "2027-01")
    monkeypatch.setattr(charter, "CHARTER_VERSION", "2027-01")
    assert not services.charter_is_current(granted.firm)
    assert sweep(TODAY) == 1
    assert sweep(TODAY + timedelta(days=1)) == 0
    assert titles(expert) == ["La charte éthique de l’expert a changé"]


def many(count: int) -> None:
    from portal.accounts.models import Organisation

    for index in range(count):
        room = Organisation.objects.create(kind=Organisation.Kind.EXPERT_FIRM, name=f"C{index}")
        firm = ExpertFirm.objects.create(
            organisation=room, name=room.name, charter_version=charter.CHARTER_VERSION
        )
        until = {"valid_until": END, "next_notice_on": END - timedelta(days=90)}
        Accreditation.objects.create(firm=firm, volet=1, status="granted", granted_on=TODAY, **until)
        PassiCertificate.objects.create(firm=firm, valid_from=TODAY, scopes=["code_audit"], **until)


@pytest.mark.parametrize("count", [2, 40])
def test_the_sweep_reads_what_is_due_alone(
    count: int, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    many(count)
    with django_assert_num_queries(6):
        assert sweep(END - timedelta(days=91)) == 0
    with django_assert_max_num_queries(22):
        assert sweep(END - timedelta(days=90)) == 2 * count
