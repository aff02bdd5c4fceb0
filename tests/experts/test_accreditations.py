"""What a firm asks: the papers, the charter, the renewal, its consultants."""

from datetime import date, datetime, timedelta, timezone

import pytest

from experts import services
from experts.charter import CHARTER_VERSION, PRINCIPLES
from experts.models import Accreditation, Consultant, ExpertFirm
from experts.services import Evidence
from portal.accounts.models import StaffRole, User
from portal.audit.models import Event
from portal.documents.models import Document
from portal.notifications.models import Outbox
from tests.experts.conftest import NOW, TODAY, ask, decide, paper, person

pytestmark = pytest.mark.django_db
END = date(2029, 6, 14)


def test_the_charter_has_its_seven_principles() -> None:
    assert len(PRINCIPLES) == 7


def test_a_request_keeps_its_papers_and_who_accepted_the_charter(firm: ExpertFirm, expert: User) -> None:
    officer = person("officer", StaffRole.OFFICER)
    asked = ask(firm, expert)
    kinds = sorted(asked.papers.values_list("kind", flat=True))
    assert kinds == ["cv", "cv", "insurance", "tax"]
    assert (asked.charter_version, asked.charter_accepted_on) == (CHARTER_VERSION, TODAY)
    assert asked.charter_accepted_by == expert
    firm.refresh_from_db()
    assert firm.insurance_until == date(2026, 12, 31)
    assert services.charter_is_current(firm)
    names = list(Event.objects.filter(chain=f"firm:{firm.pk}").values_list("name", flat=True))
    assert names[1:] == ["charter_accepted", "accreditation_requested"]
    told = {row.payload["user"] for row in Outbox.objects.filter(kind="notify")}
    assert told == {expert.pk, officer.pk}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"cvs": []}, "cvs"),
        ({"cvs": [paper("cv.exe")]}, "cvs"),
        ({"insurance": None}, "insurance"),
        ({"insurer": " "}, "insurer"),
        ({"insurance_from": None}, "insurance_from"),
        ({"insurance_until": None}, "insurance_until"),
        ({"insurance_until": date(2026, 6, 14)}, "insurance_until"),
        ({"insurance_from": date(2026, 6, 16)}, "insurance_until"),
        ({"tax": None}, "tax"),
        ({"tax_issued_on": None}, "tax_issued_on"),
        ({"tax_issued_on": date(2026, 6, 16)}, "tax_issued_on"),
        ({"tax_issued_on": date(2025, 12, 15)}, "tax_issued_on"),
    ],
)
def test_a_request_names_the_paper_it_lacks(
    firm: ExpertFirm, expert: User, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(services.Refused) as refusal:
        ask(firm, expert, **changed)
    assert refusal.value.field == field
    assert not Accreditation.objects.exists()
    assert not firm.papers.exists()


def test_a_tax_certificate_is_recent_until_its_sixth_month_is_over(firm: ExpertFirm, expert: User) -> None:
    assert ask(firm, expert, tax_issued_on=date(2025, 12, 16)).status == "requested"


def test_papers_given_before_are_taken_again(firm: ExpertFirm, expert: User) -> None:
    first = ask(firm, expert)
    second = services.request_accreditation(
        firm=firm,
        volet=2,
        references="Trois dossiers de marquage CE",
        charter_version=CHARTER_VERSION,
        evidence=Evidence(cvs=[paper("cv.pdf")]),
        actor=expert,
        now=NOW,
    )
    shared = set(first.papers.exclude(kind="cv")) & set(second.papers.all())
    assert {one.kind for one in shared} == {"insurance", "tax"}


def test_the_cv_of_a_consultant_serves_his_volets(firm: ExpertFirm, expert: User) -> None:
    services.add_consultant(
        firm=firm, actor=expert, now=NOW, full_name="Ana Lys", volets=[3, 1], cv=paper("ana.pdf")
    )
    asked = ask(firm, expert, cvs=[])
    assert asked.papers.get(kind="cv").document.original_name == "ana.pdf"
    with pytest.raises(services.Refused) as refusal:
        ask(firm, expert, volet=2, cvs=[])
    assert refusal.value.field == "cvs"


def test_a_second_request_waits_for_the_first(firm: ExpertFirm, expert: User) -> None:
    ask(firm, expert)
    with pytest.raises(services.Refused, match="déjà une demande"):
        ask(firm, expert)


def test_an_old_charter_is_not_accepted(firm: ExpertFirm, expert: User) -> None:
    with pytest.raises(services.Refused) as refusal:
        services.accept_charter(firm=firm, version="2023-01", actor=expert, now=NOW)
    assert refusal.value.field == "charter"
    assert not services.charter_is_current(firm)


def test_the_charter_is_accepted_once(firm: ExpertFirm, expert: User) -> None:
    for _ in range(2):
        accepted = services.accept_charter(firm=firm, version=CHARTER_VERSION, actor=expert, now=NOW)
    assert (accepted.charter_accepted_on, accepted.charter_accepted_by) == (TODAY, expert)
    assert Event.objects.filter(name="charter_accepted").count() == 1


@pytest.mark.parametrize(("before", "may_ask"), [(91, False), (90, True), (0, True), (-1, True)])
def test_a_renewal_opens_ninety_days_before_the_end(  # noqa: PLR0917 people and days
    firm: ExpertFirm, expert: User, officer: User, manager: User, before: int, may_ask: bool
) -> None:
    decide(ask(firm, expert), "grant", officer, manager)
    on = END - timedelta(days=before)
    where = services.standing_for(firm, 1, on)
    assert (where.may_ask, where.is_renewal) == (may_ask, True)


def test_a_renewal_leaves_the_running_accreditation_alone(
    firm: ExpertFirm, expert: User, officer: User, manager: User
) -> None:
    decide(ask(firm, expert), "grant", officer, manager)
    later = datetime(2029, 5, 2, 9, tzinfo=timezone(timedelta(hours=2)))
    dates = {
        "insurance_from": date(2029, 1, 1),
        "insurance_until": date(2029, 12, 31),
        "tax_issued_on": date(2029, 4, 1),
    }
    asked = ask(firm, expert, now=later, **dates)
    in_force = Accreditation.objects.in_force
    assert in_force(later.date()).get().volet == 1
    renewed = decide(asked, "grant", officer, manager, now=later)
    # Three years are added to what still ran.
    assert (renewed.granted_on, renewed.valid_until) == (date(2029, 5, 2), date(2032, 6, 14))
    former = asked.renews
    assert former is not None
    former.refresh_from_db()
    assert (former.status, former.valid_until) == ("renewed", date(2029, 5, 1))
    for day in (date(2028, 1, 1), date(2029, 5, 1), date(2029, 5, 2), date(2032, 6, 14)):
        assert in_force(day).count() == 1
    assert services.standing_for(firm, 1, later.date()).standing == renewed


def test_a_refused_renewal_ends_nothing(firm: ExpertFirm, expert: User, officer: User, manager: User) -> None:
    granted = decide(ask(firm, expert), "grant", officer, manager)
    later = datetime(2029, 5, 2, 9, tzinfo=timezone(timedelta(hours=2)))
    dates = {
        "insurance_from": date(2029, 1, 1),
        "insurance_until": date(2029, 12, 31),
        "tax_issued_on": date(2029, 4, 1),
    }
    decide(ask(firm, expert, now=later, **dates), "refuse", officer, manager, now=later)
    granted.refresh_from_db()
    assert (granted.status, granted.valid_until) == ("granted", END)
    assert services.standing_for(firm, 1, later.date()).may_ask


def test_a_new_insurance_moves_the_firms_date(firm: ExpertFirm, expert: User) -> None:
    ask(firm, expert)
    services.file_insurance(
        firm=firm,
        file=paper("assurance-2027.pdf"),
        insurer="Mutuelle",
        valid_from=TODAY,
        valid_until=date(2027, 6, 14),
        actor=expert,
        now=NOW,
    )
    firm.refresh_from_db()
    assert firm.insurance_until == date(2027, 6, 14)
    assert firm.papers.filter(kind="insurance", next_notice_on__isnull=False).count() == 1
    with pytest.raises(services.Refused):
        services.file_insurance(
            firm=firm,
            file=paper(),
            insurer="Mutuelle",
            valid_from=TODAY,
            valid_until=date(2027, 6, 14),
            actor=person("stranger"),
            now=NOW,
        )


def test_the_insurance_of_next_year_is_given_before_it_begins(firm: ExpertFirm, expert: User) -> None:
    ask(firm, expert)

    def give(start: date) -> None:
        services.file_insurance(
            firm=firm,
            file=paper("assurance-2027.pdf"),
            insurer="Mutuelle",
            valid_from=start,
            valid_until=date(2027, 12, 31),
            actor=expert,
            now=NOW,
        )

    with pytest.raises(services.Refused, match="prend pas la suite"):
        give(date(2027, 1, 2))
    give(date(2027, 1, 1))
    firm.refresh_from_db()
    assert firm.insurance_until == date(2027, 12, 31)
    # The next request still rests upon the one that runs today.
    running = services.insurance_of(firm, TODAY)
    assert running is not None
    assert running.valid_until == date(2026, 12, 31)
    assert running in ask(firm, expert, volet=2, insurance=None).papers.all()


def test_a_paper_that_the_antivirus_refused_is_asked_again(firm: ExpertFirm, expert: User) -> None:
    services.add_consultant(
        firm=firm, actor=expert, now=NOW, full_name="Ana Lys", volets=[2], cv=paper("ana.pdf")
    )
    ask(firm, expert)
    for kind, field in (
        ("expert_cv", "cvs"),
        ("expert_insurance", "insurance"),
        ("expert_tax_certificate", "tax"),
    ):
        papers = Document.objects.filter(kind=kind)
        papers.update(state="refused")
        with pytest.raises(services.Refused) as refusal:
            ask(firm, expert, volet=2, cvs=[], insurance=None, tax=None)
        assert refusal.value.field == field
        papers.update(state="clean")
    assert ask(firm, expert, volet=2, cvs=[], insurance=None, tax=None).papers.count() == 3


def test_consultants_come_change_and_go(firm: ExpertFirm, expert: User) -> None:
    added = services.add_consultant(
        firm=firm, actor=expert, now=NOW, full_name=" Ana Lys ", email="Ana@Vigie.fr", volets=[5, 4, 5]
    )
    assert (added.full_name, added.email, added.volets) == ("Ana Lys", "ana@vigie.fr", [4, 5])
    changed = services.update_consultant(
        consultant=added, actor=expert, now=NOW, full_name="Ana Lys-Roy", volets=[4], cv=paper("ana.pdf")
    )
    assert changed.cv is not None
    services.update_consultant(consultant=changed, actor=expert, now=NOW, full_name="Ana Lys-Roy", volets=[4])
    services.set_consultant_active(consultant=added, actor=expert, now=NOW, active=False)
    kept = Consultant.objects.get()
    assert (kept.cv, kept.volets, kept.is_active) == (changed.cv, [4], False)
    names = Event.objects.filter(chain=f"firm:{firm.pk}").order_by("sequence").values_list("name", flat=True)
    assert list(names)[1:] == [
        "consultant_added",
        "consultant_changed",
        "consultant_changed",
        "consultant_gone",
    ]
