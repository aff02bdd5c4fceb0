"""What a dossier counts for: act by act as anew from its journal, to the day and to the cent."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.models import EVERY, FindingDecision, Listing, Satisfaction, Tally
from applications.services import feedback, filing_company, listing
from applications.services.figures import pilotage, rebuild, tally
from applications.services.figures.facts import Measure, cells_of, difference
from applications.services.figures.reading import Asked, Days, Sums, moved, period, read
from applications.services.figures.words import of_month
from portal import clock
from tests.applications import factories as f
from tests.applications.journeys import MAIN_ROAD, MOTIVE, SIDE_ROADS, Journey

pytestmark = pytest.mark.django_db


def asked(**more: Any) -> Asked:
    today = clock.today()
    month = today.replace(day=1)
    return Asked(*period(moved(month, -11), moved(month, 12), today), today=today, **more)


def sums(**more: Any) -> Sums:
    return read(asked(**more))


def agree() -> None:
    """Assert that counting anew changes nothing and mends nothing."""
    report = rebuild.rebuild(today=clock.today())
    assert (report.changed, report.cells) == (0, 0)


@pytest.mark.parametrize("state", [*MAIN_ROAD[1:], *SIDE_ROADS])
def test_act_by_act_and_anew_a_dossier_counts_for_the_same(state: str) -> None:
    journey = Journey()
    for step in MAIN_ROAD[1:]:
        if journey.dossier.state == state or (state in SIDE_ROADS and step == "approved"):
            break
        if state in MAIN_ROAD or step in {"submitted", "under_review"}:
            journey.to(step).day(2)
    if state in SIDE_ROADS:
        journey = Journey().to(state)
    assert journey.dossier.state == state
    agree()
    assert sums().n(Measure.FUNNEL) == Listing.objects.count()


def test_each_partys_days_until_the_decision_and_the_payment() -> None:
    journey = Journey().to("submitted").day(3).to("under_review").day(5).to("approved")
    journey.day(2).to("contract_sent").day(4).to("in_progress").day(20).to("work_done")
    journey.day(6).to("closure_submitted").day(1).to("payment_approved").day(7).to("paid").day(9).to("closed")
    row = Listing.objects.get(pk=journey.dossier.pk)
    assert (row.decided_own, row.decided_company) == (8, 0)
    assert journey.mission.closure_submitted_on is not None
    assert journey.dossier.signed_on is not None
    expert = (journey.mission.closure_submitted_on - journey.dossier.signed_on).days
    assert (row.paid_own, row.paid_company, row.paid_expert) == (3 + 5 + 2 + 1 + 7, 4, expert)
    found = sums()
    assert found.days(Measure.DECIDED_ALL).median == 8
    assert found.days(Measure.PAID_ALL).ninth == 22 + expert
    agree()


def test_the_time_that_a_completion_takes_is_the_companys() -> None:
    journey = Journey().to("submitted").day(1).to("incomplete").day(10)
    journey.act("resubmit", journey.owner, expected_revision=journey.dossier.revision)
    journey.day(2).to("approved") if journey.dossier.state == "under_review" else journey.to("approved")
    row = Listing.objects.get(pk=journey.dossier.pk)
    assert row.decided_company == 10
    agree()


def test_quantiles_are_exact() -> None:
    days = Days({1: 5, 4: 4, 30: 1})
    assert (days.n, days.median, days.ninth, days.quantile(91)) == (10, 1, 4, 30)
    assert Days({}).median is None
    assert Days({7: 1}).ninth == 7


def test_money_is_committed_then_paid_then_back_to_come() -> None:
    journey = Journey().to("approved")
    share = journey.dossier.bpifrance_share
    assert sums().amount(Measure.COMMITTED) == share == sums().amount(Measure.TO_PAY)
    assert [line.key for line in sums().lines(Measure.TO_PAY)] == ["unsigned"]
    journey.to("in_progress")
    (line,) = sums().lines(Measure.TO_PAY)
    assert journey.dossier.due_on is not None
    assert (line.key, line.day) == ("dated", journey.dossier.due_on.replace(day=1))
    journey.to("payment_approved")
    assert [line.key for line in sums().lines(Measure.TO_PAY)] == ["ready"]
    journey.to("paid")
    assert sums().lines(Measure.TO_PAY) == []
    assert sums().amount(Measure.PAID) == journey.mission.final_share
    agree()


def test_a_payment_that_came_back_is_no_longer_paid() -> None:
    journey = Journey().to("paid").day(3)
    inputs = {"motive": MOTIVE, "bank_reason": "AC04", "then": "pay"}
    journey.act("reverse_payment", journey.payer, mission=journey.mission, **inputs)
    if journey.dossier.state == "paid":
        journey.act("reverse_payment", journey.manager, mission=journey.mission, motive=MOTIVE)
    assert journey.dossier.state == "payment_approved"
    row = Listing.objects.get(pk=journey.dossier.pk)
    assert (row.reached, row.paid_on, row.paid) == (4, None, Decimal(0))
    assert sums().n(Measure.PAID) == 0
    agree()


def test_a_refusal_counts_the_rules_it_cites_and_a_review_takes_it_back() -> None:
    journey = Journey().to("rejected")
    cited = sums().keys(Measure.REFUSED)
    assert cited
    assert set(cited.values()) == {1}
    assert sums().keys(Measure.DECISION) == {"rejected": 1}
    journey.day(3).act("request_review", journey.owner, motive=MOTIVE)
    assert sums().keys(Measure.DECISION) == {}
    assert sums().keys(Measure.REFUSED) == {}
    agree()


def test_findings_lifted_and_upheld_count_once_the_request_is_decided() -> None:
    journey = Journey().to("under_review")
    for rule, outcome in (("expert.passi_scope", "accepted"), ("volet.digital_target", "refused")):
        FindingDecision.objects.create(
            dossier=journey.dossier,
            rule=rule,
            outcome=outcome,
            motive=MOTIVE,
            decided_by=journey.officer,
            decided_at=journey.now,
        )
    listing.refresh([journey.dossier.pk], today=journey.today)
    assert sums().keys(Measure.LIFTED) == {}
    journey.to("approved")
    assert sums().keys(Measure.LIFTED) == {"expert.passi_scope": 1}
    assert sums().keys(Measure.UPHELD) == {"volet.digital_target": 1}
    agree()


def test_an_answer_counts_at_its_score_and_a_changed_one_at_the_new() -> None:
    journey = Journey().to("work_done")

    def give(score: int | None) -> None:
        given = {"phase": feedback.WHOLE, "score": score}
        feedback.give_satisfaction(dossier=journey.dossier, actor=journey.owner, now=journey.now, **given)

    give(2)
    give(5)
    (line,) = sums().lines(Measure.SCORE)
    assert (line.key, line.value, line.n) == (feedback.WHOLE, 5, 1)
    agree()
    give(None)
    assert sums().lines(Measure.SCORE) == []
    assert Satisfaction.objects.exists()
    give(4)
    journey.to("closure_submitted")
    assert [line.value for line in sums().lines(Measure.SCORE)] == [4]
    agree()


def test_a_company_that_moves_takes_its_figures_along() -> None:
    journey = Journey().to("approved")
    company = journey.dossier.company
    identity = {name: getattr(company, name) for name in ("name", "address", "postcode", "city")}
    filing_company.edit_company(company, actor=journey.owner, **identity, region="Bretagne")
    assert sums(region="Bretagne").n(Measure.FUNNEL) == 1
    tally.fold()
    filing_company.edit_company(company, actor=journey.owner, **identity, region="Occitanie")
    assert sums(region="Bretagne").n(Measure.FUNNEL) == 0
    assert sums(region="Occitanie").amount(Measure.COMMITTED) == journey.dossier.bpifrance_share
    agree()


# --- Folding -----------------------------------------------------------------------------------------
def figures(**more: Any) -> list[Any]:
    return [(block.key, block.rows, block.tiles) for block in pilotage.board(asked(**more))]


FILTERS: list[dict[str, str]] = [
    {},
    {"volet": "1"},
    {"device": "dm.IIa"},
    {"edition": "2024"},
    {"region": "Bretagne"},
    {"device": "dm.IIa", "edition": "2024", "region": "Bretagne", "volet": "1"},
    {"edition": "2023"},
]


def test_folding_changes_no_figure_under_any_filter() -> None:
    for state in ("rejected", "in_progress", "closed"):
        Journey(volet=1).to(state)
    before = [figures(**one) for one in FILTERS]
    assert tally.fold() > 0
    assert not Tally.objects.exclude(stage=Tally.Stage.CELL).exists()
    assert [figures(**one) for one in FILTERS] == before
    assert tally.fold() == 0
    Journey(volet=1).to("submitted")
    mixed = [figures(**one) for one in FILTERS]
    tally.fold()
    assert [figures(**one) for one in FILTERS] == mixed
    agree()


def test_a_long_backlog_is_folded_lot_after_lot(monkeypatch: pytest.MonkeyPatch) -> None:
    Journey(volet=1).to("closed")
    waiting, before = Tally.objects.count(), figures()
    monkeypatch.setattr(tally, "LOT", 5)
    with CaptureQueriesContext(connection) as seen:
        assert tally.fold() == waiting > 10
    lots = [one for one in seen.captured_queries if "SET stage = 1" in one["sql"]]
    assert len(lots) == -(-waiting // 5) + 1
    assert figures() == before
    agree()


def test_what_came_to_nothing_leaves_no_cell() -> None:
    journey = Journey().to("submitted")
    tally.fold()
    row = tally.held([journey.dossier.pk])[journey.dossier.pk]
    tally.append(difference(cells_of(row), {}))
    tally.fold()
    assert not Tally.objects.exists()


def test_the_number_of_cells_follows_the_dimensions_not_the_dossiers() -> None:
    Journey().to("submitted")
    tally.fold()
    few = Tally.objects.count()
    for _ in range(4):
        Journey().to("submitted")
    tally.fold()
    assert Tally.objects.count() == few


def test_rebuilding_mends_what_is_wrong_and_says_so() -> None:
    journey = Journey().to("approved")
    tally.fold()
    good = figures()
    Tally.objects.filter(measure=Measure.FUNNEL, device=EVERY).exclude(n=0).update(n=1)
    Tally.objects.filter(measure=Measure.FUNNEL).exclude(device=EVERY).update(n=7)
    Listing.objects.filter(pk=journey.dossier.pk).update(decided_own=99)
    report = rebuild.rebuild(today=clock.today())
    assert report.dossiers == 1
    assert report.changed == 1
    assert report.cells > 0
    assert rebuild.rebuild(today=clock.today()).cells == 0
    assert figures() == good


def test_rows_that_were_never_counted_are_by_the_worker() -> None:
    journey = Journey().to("paid")
    good = figures()
    Tally.objects.all().delete()
    Listing.objects.filter(pk=journey.dossier.pk).update(
        reached=None, marks=None, paid_on=None, own_days=None
    )
    assert rebuild.catch_up(today=clock.today()) == 1
    assert rebuild.catch_up(today=clock.today()) == 0
    assert figures() == good


def test_one_dossier_that_can_not_be_counted_keeps_no_other_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        Journey().to("submitted")
    Listing.objects.update(reached=None)
    first = Listing.objects.order_by("pk").values_list("pk", flat=True)[0]
    refresh = listing.refresh

    def stubborn(keys: list[int], **rest: Any) -> None:
        if first in keys:
            raise ValueError("unreadable")
        refresh(keys, **rest)

    monkeypatch.setattr(rebuild, "BATCH", 1)
    monkeypatch.setattr(listing, "refresh", stubborn)
    assert rebuild.catch_up(today=clock.today()) == 1
    assert [row.pk for row in rebuild.uncounted()] == [first]


def test_what_an_ended_dossier_still_owes_is_shown_among_what_is_due() -> None:
    journey = Journey().to("in_progress")
    row = Listing.objects.get(pk=journey.dossier.pk)
    row.state = "cancelled"
    cells = {cell.key for cell in cells_of(row) if cell.measure == Measure.TO_PAY}
    assert cells == {"ready"}


@pytest.mark.parametrize("month", range(1, 13))
def test_a_month_is_elided_as_it_is_said(month: int) -> None:
    said = of_month(date(2026, month, 1))
    assert said.startswith("d’") is (month in {4, 8, 10})


def test_a_draft_is_a_number_and_nothing_more() -> None:
    f.DossierFactory(pieces=False)
    block = next(one for one in pilotage.board(asked()) if one.key == "parcours")
    assert block.rows[0].figures[0].value == 1
    assert block.rows[0].figures[0].link is None
    assert pilotage.drafts(asked(edition="2024")) is None
    assert not Listing.objects.exists()


def test_a_period_is_in_order_and_bounded() -> None:
    today = date(2026, 11, 21)
    assert period(None, None, today) == (date(2025, 12, 1), date(2026, 11, 1))
    assert period(date(2026, 5, 1), date(2026, 2, 1), today) == (date(2026, 2, 1), date(2026, 5, 1))
    assert period(date(2000, 1, 1), None, today) == (date(2021, 12, 1), date(2026, 11, 1))
    assert len(Asked(*period(None, None, today), today=today).months) == 12
