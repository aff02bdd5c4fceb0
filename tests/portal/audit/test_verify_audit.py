"""The eight manipulations of the journal, each made by raw SQL, each found and named."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.audit import hashing, services
from portal.audit.models import ChainHead, Event, EventDetail, HeadRecord
from tests.portal.audit.flush import run, triggers
from tests.portal.audit.tampering import rehash, remove, sql

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def append(chain, name):
    """Append an event with a motive."""
    return services.append(chain=chain, name=name, at=AT, actor=None, data={"step": name}, motive="Motif")


@pytest.fixture
def journal():
    """Give two chains of five and two events; recorded; the triggers dropped for the manipulator."""
    for number in range(1, 6):
        append("dossier:1", f"step{number}")
    append("dossier:2", "step1")
    append("dossier:2", "step2")
    run(connection, triggers.statements_to_remove(connection.vendor))


@pytest.fixture
def recorded(journal):
    """Give the same journal after its daily record."""
    return services.record_heads(day=date(2026, 11, 20))


def found():
    """Return what the verification found, and check that the command fails and says the same."""
    problems = services.verify()
    errors = StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command("verify_audit", stderr=errors)
    assert refusal.value.returncode == 1
    assert [str(problem) for problem in problems] == errors.getvalue().split("\n")[:-1]
    return [(problem.chain, problem.sequence, problem.code) for problem in problems]


def test_an_intact_journal_is_said_intact(recorded):
    output = StringIO()
    call_command("verify_audit", stdout=output)
    assert "Journal intact : 7 événements." in output.getvalue()


def test_change(journal):
    sql("UPDATE audit_event SET name = 'other' WHERE chain = 'dossier:1' AND sequence = 3")
    assert found() == [("dossier:1", 3, "changed")]


def test_change_of_a_motive(journal):
    EventDetail.objects.filter(event__chain="dossier:1", event__sequence=2).update(motive="Autre")
    assert found() == [("dossier:1", 2, "detail_changed")]


def test_loss_of_a_motive(journal):
    EventDetail.objects.filter(event__chain="dossier:1", event__sequence=2).delete()
    assert found() == [("dossier:1", 2, "detail_missing")]


def test_motive_added_after_the_erasure(journal):
    services.erase_detail(Event.objects.get(chain="dossier:1", sequence=4), now=AT)
    EventDetail.objects.filter(event__chain="dossier:1", event__sequence=4).update(motive="Autre")
    assert found() == [("dossier:1", 4, "detail_changed")]


def test_delete_middle(journal):
    remove("chain = %s AND sequence = 3", "dossier:1")
    assert found() == [("dossier:1", 3, "missing")]


def test_delete_middle_and_renumber(journal):
    remove("chain = %s AND sequence = 3", "dossier:1")
    sql("UPDATE audit_event SET sequence = 3 WHERE chain = 'dossier:1' AND sequence = 4")
    sql("UPDATE audit_event SET sequence = 4 WHERE chain = 'dossier:1' AND sequence = 5")
    assert found() == [("dossier:1", 3, "relinked")]


def test_delete_last(journal):
    remove("chain = %s AND sequence = 5", "dossier:1")
    assert found() == [("dossier:1", 5, "missing")]


def test_delete_last_and_move_the_head(recorded):
    remove("chain = %s AND sequence = 5", "dossier:1")
    rehash(start=5)
    assert found() == [("dossier:1", 5, "missing")]


def test_insert(journal):
    sql("UPDATE audit_event SET sequence = sequence + 10 WHERE chain = 'dossier:1' AND sequence >= 3")
    sql("UPDATE audit_event SET sequence = sequence - 9 WHERE chain = 'dossier:1' AND sequence >= 13")
    Event.objects.create(chain="dossier:1", sequence=3, name="false", at=AT, data={}, hash="0" * 64)
    assert found() == [("dossier:1", 3, "relinked")]


def test_insert_at_the_end(journal):
    last = Event.objects.get(chain="dossier:1", sequence=5)
    event = Event(chain="dossier:1", sequence=6, name="false", at=AT, data={}, previous_hash=last.hash)
    event.hash = hashing.hash_of_event(
        chain="dossier:1",
        sequence=6,
        name="false",
        at=AT,
        actor_ref=None,
        data={},
        detail_hash="",
        previous_hash=last.hash,
    )
    event.save()
    assert found() == [("dossier:1", 6, "added")]


def test_swap(journal):
    for old, new in ((2, 90), (3, 2), (90, 3)):
        sql(f"UPDATE audit_event SET sequence = {new} WHERE chain = 'dossier:1' AND sequence = {old}")
    assert found() == [("dossier:1", 2, "relinked")]


def test_relink(journal):
    other = Event.objects.get(chain="dossier:2", sequence=2)
    sql("UPDATE audit_event SET previous_hash = %s WHERE chain = 'dossier:1' AND sequence = 4", other.hash)
    assert found() == [("dossier:1", 4, "relinked")]


def test_drop_a_chain(journal):
    remove("chain = %s", "dossier:2")
    assert found() == [("dossier:2", 1, "chain_missing")]


def test_drop_a_chain_with_its_head(recorded):
    remove("chain = %s", "dossier:2")
    sql("DELETE FROM audit_chainhead WHERE chain = 'dossier:2'")
    assert found() == [("dossier:2", 1, "chain_missing")]


def test_drop_of_a_head(journal):
    sql("DELETE FROM audit_chainhead WHERE chain = 'dossier:2'")
    assert found() == [("dossier:2", 1, "added")]


def test_false_head(journal):
    ChainHead.objects.filter(chain="dossier:2").update(hash="0" * 64)
    assert found() == [("dossier:2", 2, "head_changed")]


def test_rewrite_with_rehash_against_the_daily_record(recorded):
    sql("UPDATE audit_event SET name = 'other' WHERE chain = 'dossier:1' AND sequence = 3")
    rehash()
    assert found() == [("dossier:1", 3, "rewritten")]


def test_change_of_the_daily_record(recorded):
    HeadRecord.objects.update(hashes={})
    assert found() == [("relevé du 20/11/2026", 0, "record_changed")]


def test_record_rewritten_too_against_the_digest_kept_elsewhere(recorded):
    digest = recorded.digest
    sql("UPDATE audit_event SET name = 'other' WHERE chain = 'dossier:1' AND sequence = 3")
    rehash()
    HeadRecord.objects.all().delete()
    ChainHead.objects.update(recorded=0)
    services.record_heads(day=date(2026, 11, 20))
    assert services.verify() == []
    with pytest.raises(CommandError):
        call_command("verify_audit", digest=[f"2026-11-20={digest}"], stderr=StringIO())
    fresh = HeadRecord.objects.get().digest
    call_command("verify_audit", digest=[f"2026-11-20={fresh}"], stdout=StringIO())


def test_only_the_chain_asked_for_is_read(journal):
    sql("UPDATE audit_event SET name = 'other' WHERE chain = 'dossier:1' AND sequence = 3")
    assert services.verify("dossier:2") == []
    assert [problem.sequence for problem in services.verify("dossier:1")] == [3]


def test_a_digest_that_cannot_be_read_is_a_clear_error(journal):
    with pytest.raises(CommandError, match="AAAA-MM-JJ"):
        call_command("verify_audit", digest=["hier"])
