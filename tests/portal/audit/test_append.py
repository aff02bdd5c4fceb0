"""Appending: chained, in the caller's transaction, erasable, and refused to change by the database."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from portal.audit import services
from portal.audit.models import ChainHead, Event, EventDetail, HeadRecord
from tests.portal.audit.flush import run, triggers

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def append(chain="dossier:1", name="submit", **more):
    """Append an ordinary event."""
    values = {"chain": chain, "name": name, "at": AT, "actor": None, "data": {"from": "draft"}} | more
    return services.append(**values)


@pytest.mark.django_db
def test_events_follow_each_other_in_their_chain():
    first, second, other = append(), append(name="take"), append(chain="dossier:2")
    assert (first.sequence, second.sequence, other.sequence) == (1, 2, 1)
    assert first.previous_hash == ""
    assert second.previous_hash == first.hash
    assert ChainHead.objects.get(chain="dossier:1").hash == second.hash
    assert services.verify() == []


@pytest.mark.django_db(transaction=True)
def test_append_outside_a_transaction_is_refused():
    with pytest.raises(TransactionManagementError):
        append()
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_dies_with_the_transaction_that_it_tells():
    with transaction.atomic():
        append()
        transaction.set_rollback(True)
    with transaction.atomic():
        assert append().sequence == 1
    assert services.verify() == []


@pytest.mark.django_db
@pytest.mark.parametrize("value", [1.5, AT, {1: "a"}, [b"x"], float("nan")])
def test_data_that_a_database_may_return_otherwise_is_refused(value):
    with pytest.raises(TypeError):
        append(data={"value": value})


@pytest.mark.django_db
def test_an_event_without_names_or_motive_has_no_detail():
    assert append().detail_hash == ""
    assert not EventDetail.objects.exists()


@pytest.mark.django_db
def test_an_erasure_leaves_the_chain_valid_and_the_canary_nowhere():
    event = append(motive="Canari motif", names={"signatory": "Canari nom"})
    append(name="take")
    services.erase_detail(event, now=AT)
    detail = EventDetail.objects.get(event=event)
    assert (detail.salt, detail.names, detail.motive, detail.erased_at) == ("", {}, "", AT)
    assert services.verify() == []
    with connection.cursor() as cursor:
        for table in ("audit_event", "audit_eventdetail", "audit_chainhead"):
            cursor.execute(f"SELECT * FROM {table}")
            assert "Canari" not in str(cursor.fetchall())


@pytest.mark.django_db
def test_a_second_erasure_keeps_the_date_of_the_first():
    event = append(motive="motif")
    services.erase_detail(event, now=AT)
    services.erase_detail(event, now=AT.replace(year=2027))
    assert EventDetail.objects.get(event=event).erased_at == AT


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET name = 'x'",
        "DELETE FROM audit_event",
        "UPDATE audit_headrecord SET digest = 'x'",
        "DELETE FROM audit_headrecord",
    ],
)
def test_the_database_refuses_to_change_or_remove(statement):
    append()
    services.record_heads(day=date(2026, 11, 20))
    with pytest.raises(IntegrityError), transaction.atomic():
        run(connection, [statement])
    assert Event.objects.count() == HeadRecord.objects.count() == 1


@pytest.mark.django_db
def test_truncate_is_refused_where_it_exists():
    append()
    if connection.vendor == "postgresql":
        with pytest.raises(IntegrityError), transaction.atomic():
            run(connection, ["TRUNCATE audit_event CASCADE"])
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_the_triggers_are_reversible():
    run(connection, triggers.statements_to_remove(connection.vendor))
    append()
    assert Event.objects.update(name="changed") == 1
    run(connection, triggers.statements_to_install(connection.vendor))
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.update(name="again")


@pytest.mark.django_db(transaction=True)
def test_the_flush_of_a_transactional_test_puts_the_triggers_back():
    from django.core.management import call_command

    with transaction.atomic():
        append()
    call_command("flush", interactive=False, verbosity=0)
    assert not Event.objects.exists()
    with transaction.atomic():
        append()
    with pytest.raises(IntegrityError):
        Event.objects.update(name="changed")


@pytest.mark.django_db
def test_a_day_is_recorded_once_and_only_what_is_new():
    append()
    first = services.record_heads(day=date(2026, 11, 20))
    append(name="take")
    assert services.record_heads(day=date(2026, 11, 20)) == first
    append(chain="dossier:2")
    second = services.record_heads(day=date(2026, 11, 21))
    assert second.previous_digest == first.digest
    assert {chain: (start, len(hashes)) for chain, (start, hashes) in second.hashes.items()} == {
        "dossier:1": (2, 1),
        "dossier:2": (1, 1),
    }
    assert services.verify() == []
