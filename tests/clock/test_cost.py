"""What a sweep costs follows what is due, not what exists; one row that fails stops no other."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from applications.models import Assistance, Deadline, Dossier, Offer, Opinion
from applications.services import opinions, sweeps
from applications.services.assistance import sweep as entries
from applications.services.offers import accepting
from applications.services.worklist import running_deadlines
from experts.models import ExpertFirm, PassiCertificate
from experts.services import expiries
from portal import clock
from portal.notifications.models import Outbox
from portal.sweeps import batches, work
from tests.applications import factories as f
from tests.applications.journeys import Journey

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def dossiers(count: int) -> list[Dossier]:
    """Return that many bare dossiers of one company, written at once: withdrawn, they occupy no volet."""
    company, person = f.CompanyFactory(), f.UserFactory()
    rows = [
        Dossier(company=company, volet=1, state="withdrawn", created_by=person, ended_on=clock.today())
        for _ in range(count)
    ]
    return Dossier.objects.bulk_create(rows, batch_size=500)


def running(count: int, *, next_on: date) -> None:
    """Add running terms whose next step is that day, three to a dossier."""
    kinds = ("signature", "term", "completion")
    Deadline.objects.bulk_create(
        [
            Deadline(dossier=one, kind=kind, due_on=next_on, next_on=next_on)
            for one in dossiers(-(-count // len(kinds)))
            for kind in kinds
        ],
        batch_size=500,
    )


def queries(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


def sweep(today: date | None = None) -> int:
    return sweeps.sweep(now=clock.now(), today=today or clock.today())


# --- Terms -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("existing", [3, 300])
def test_a_sweep_with_nothing_due_is_one_query(existing: int) -> None:
    running(existing, next_on=clock.today() + DAY)
    assert queries(sweep) == 1


@pytest.mark.parametrize("existing", [3, 300])
def test_the_cost_of_a_few_reminders_does_not_follow_what_exists(existing: int) -> None:
    running(existing, next_on=clock.today() + 30 * DAY)
    due = [Journey().to("contract_sent") for _ in range(2)]
    Deadline.objects.filter(dossier__in=[one.dossier for one in due]).update(next_on=clock.today())
    day = clock.today() + 10 * DAY
    # Read, hold, read again, write: the same for all; then one duty of the outbox each.
    assert queries(lambda: sweep(day)) == 6 + 4 * len(due)
    assert Outbox.objects.filter(dedup_key__startswith="remind:").count() == len(due)


def test_reminders_are_worked_together() -> None:
    rows = dossiers(60)
    day = clock.today()
    Deadline.objects.bulk_create(
        Deadline(dossier=one, kind="signature", due_on=day + 20 * DAY, next_on=day) for one in rows
    )
    with CaptureQueriesContext(connection) as seen:
        assert sweep() == 60
    # Found once; held, read again under the lock and written by fifty.
    ours = [one["sql"] for one in seen if "applications_d" in one["sql"]]
    assert len(ours) == 1 + 2 * 3
    assert sweep() == 0


def test_a_row_that_a_changed_plan_left_due_gets_its_next_day_and_loops_nobody() -> None:
    (one,) = dossiers(1)
    due_on = clock.today() + 40 * DAY
    Deadline.objects.create(dossier=one, kind="term", due_on=due_on, step=1, next_on=clock.today())
    assert sweep() == 0
    assert Deadline.objects.get(dossier=one).next_on == due_on - 30 * DAY


# --- Batches -----------------------------------------------------------------------------------------
def test_batches_give_each_row_once_in_order_even_where_none_is_done() -> None:
    running(30, next_on=clock.today())
    running(30, next_on=clock.today() - DAY)
    found = [
        [one.pk for one in batch]
        for batch in batches(Deadline.objects.due(clock.today()), by="next_on", size=7)
    ]
    keys = [key for batch in found for key in batch]
    assert keys == list(Deadline.objects.order_by("next_on", "pk").values_list("pk", flat=True))
    assert {len(batch) for batch in found[:-1]} == {7}


@pytest.mark.parametrize("bad", [{2}, {1, 5}, {1, 2, 3, 4, 5}])
def test_what_fails_together_is_done_one_by_one(bad: set[int], caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    def do(keys: list[int]) -> int:
        if bad & set(keys):
            raise RuntimeError
        done.extend(keys)
        return len(keys)

    good = {1, 2, 3, 4, 5} - bad
    assert work([1, 2, 3, 4, 5], do, what="Row") == len(good)
    assert set(done) == good
    for key in bad:
        assert f"Row {key} could not be worked" in caplog.text


def test_a_reminder_that_fails_keeps_nothing_and_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (Journey().to("contract_sent").day(10) for _ in range(2))
    real = sweeps.announcements.remind

    def remind(deadline: Deadline, **more: Any) -> None:
        real(deadline, **more)
        if deadline.dossier_id == first.dossier.pk:
            raise RuntimeError

    monkeypatch.setattr("applications.services.sweeps.announcements.remind", remind)
    assert sweep(second.today) == 1
    steps = dict(Deadline.objects.values_list("dossier", "step"))
    assert (steps[first.dossier.pk], steps[second.dossier.pk]) == (0, 1)
    monkeypatch.undo()
    assert sweep(second.today) == 1
    assert Outbox.objects.filter(dedup_key__startswith="remind:").count() == 2


# --- The other sweeps ----------------------------------------------------------------------------------
def awaited(count: int, dossier: Dossier, due_on: date) -> None:
    person = f.OfficerFactory()
    Opinion.objects.bulk_create(
        [
            Opinion(
                dossier=dossier,
                name="Pr Dehors",
                email=f"p{due_on:%j}-{number}@exemple.fr",
                question="Qu’en pensez-vous ?",
                due_on=due_on,
                nonce=f"{due_on:%j}{number}",
                token_hash=f"{due_on:%j}{number:060d}",
                asked_by=person,
                asked_at=clock.now() - 9 * DAY,
            )
            for number in range(count)
        ],
        batch_size=500,
    )


def certificates(count: int, firm: ExpertFirm, next_notice_on: date | None) -> None:
    today = clock.today()
    PassiCertificate.objects.bulk_create(
        [
            PassiCertificate(
                firm=firm,
                valid_from=today - 99 * DAY,
                valid_until=today + 99 * DAY,
                scopes=["code_audit"],
                next_notice_on=next_notice_on,
            )
            for _ in range(count)
        ],
        batch_size=500,
    )


def closed_entries(count: int) -> None:
    officer, now = f.OfficerFactory(), clock.now()
    Assistance.objects.bulk_create(
        [
            Assistance(
                dossier=one,
                officer=officer,
                channel="post",
                received_on=now.date(),
                opened_at=now - 400 * DAY,
                closed_at=now - 399 * DAY,
                end="handed",
            )
            for one in dossiers(count)
        ],
        batch_size=500,
    )


@pytest.mark.parametrize("existing", [3, 200])
def test_the_other_sweeps_read_nothing_of_what_is_not_due(existing: int) -> None:
    (dossier,) = dossiers(1)
    awaited(existing, dossier, clock.today() + 60 * DAY)
    certificates(existing, f.ExpertFirmFactory(), clock.today() + 9 * DAY)
    closed_entries(existing)
    now, today = clock.now(), clock.today()
    assert queries(lambda: opinions.remind(now=now, today=today)) == 2
    assert queries(lambda: entries.sweep(now=now, today=today)) == 3
    # Three kinds of ends, then the charter.
    assert queries(lambda: expiries.sweep(now=now, today=today)) <= 10


def test_one_opinion_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    (dossier,) = dossiers(1)
    awaited(3, dossier, clock.today() + DAY)
    bad = Opinion.objects.order_by("pk").first()
    real = opinions._send

    def send(opinion: Opinion, why: str, **more: Any) -> None:
        if opinion == bad:
            raise RuntimeError
        real(opinion, why, **more)

    monkeypatch.setattr("applications.services.opinions._send", send)
    assert opinions.remind(now=clock.now(), today=clock.today()) == 2
    assert Opinion.objects.filter(reminded_at=None).get() == bad


# --- What PostgreSQL reads -----------------------------------------------------------------------------
def scans(act: Callable[[], object], model: type[Model]) -> list[str]:
    """Return the plans of what an act reads of a table that go through all its rows."""
    table = model._meta.db_table
    with CaptureQueriesContext(connection) as seen:
        act()
    read = [one["sql"] for one in seen if one["sql"].startswith("SELECT") and f'FROM "{table}"' in one["sql"]]
    assert read, f"nothing of {table} was read"
    found = []
    with connection.cursor() as cursor:
        for sql in read:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            if f"Seq Scan on {table}" in plan:
                found.append(plan)
    return found


def measured(*models: type[Model]) -> None:
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')


@pytest.mark.postgres
def test_postgresql_goes_through_no_table_to_find_what_is_due() -> None:
    running(9000, next_on=clock.today() + 60 * DAY)
    (dossier,) = dossiers(1)
    awaited(3000, dossier, clock.today() + 60 * DAY)
    certificates(3000, f.ExpertFirmFactory(), None)
    closed_entries(3000)
    now, today = clock.now(), clock.today()
    due = Journey().to("contract_sent").day(10)
    awaited(2, dossier, today + DAY)
    certificates(2, f.ExpertFirmFactory(), today)
    measured(Deadline, Opinion, PassiCertificate, Assistance, Offer, Dossier)
    assert not scans(lambda: sweep(due.today), Deadline)
    assert not scans(lambda: opinions.remind(now=now, today=today), Opinion)
    assert not scans(lambda: expiries.sweep(now=now, today=today), PassiCertificate)
    assert not scans(lambda: entries.sweep(now=now, today=today), Assistance)
    soon = running_deadlines(f.OfficerFactory()).filter(due_on__lte=today + 30 * DAY)
    assert not scans(lambda: list(soon[:300]), Deadline)
    assert accepting.end_unfollowed(now=now) == 0


@pytest.mark.twin
@pytest.mark.postgres
def test_without_its_index_postgresql_would_go_through_them_all() -> None:
    running(9000, next_on=clock.today() + 60 * DAY)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX deadline_to_do")
    measured(Deadline)
    assert scans(sweep, Deadline)
