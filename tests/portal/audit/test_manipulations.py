"""The manipulations of the journal, each found at its first bad event, and each passing unseen without its check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.audit import heads, services, verification
from portal.audit.models import ChainHead, Event, HeadRecord
from tests.portal.audit.flush import run, triggers
from tests.portal.audit.tampering import rehash, remove, sql

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
DAY = date(2026, 11, 20)
# What each check is when it is off: it sees nothing.
OFF: dict[str, Callable[..., Any]] = {
    "_fault_of": lambda *_: None,
    "_fault_at_the_end": lambda *_: None,
    "_missing_chain": lambda *_: [],
    "_hash_of": lambda event: event.hash,
}


@pytest.fixture(autouse=True)
def journal() -> None:
    """Two chains of five and two events, recorded in the table and in a file; the triggers dropped."""
    for chain, count in (("dossier:1", 5), ("dossier:2", 2)):
        for rank in range(1, count + 1):
            services.append(
                chain=chain, name=f"step{rank}", at=AT, actor=None, data={"step": rank}, motive="Motif"
            )
    services.record_heads(day=DAY)
    heads.keep_new(now=AT)
    run(connection, triggers.statements_to_remove(connection.vendor))


def change() -> None:
    """Change what an event says."""
    sql("UPDATE audit_event SET name = 'other' WHERE chain = 'dossier:1' AND sequence = 3")


def delete_middle() -> None:
    """Take an event out of the middle."""
    remove("chain = %s AND sequence = 3", "dossier:1")


def delete_last() -> None:
    """Cut the last event off."""
    remove("chain = %s AND sequence = 5", "dossier:1")


def insert() -> None:
    """Put an event of one's own between two others."""
    sql("UPDATE audit_event SET sequence = sequence + 10 WHERE chain = 'dossier:1' AND sequence >= 3")
    sql("UPDATE audit_event SET sequence = sequence - 9 WHERE chain = 'dossier:1' AND sequence >= 13")
    Event.objects.create(chain="dossier:1", sequence=3, name="false", at=AT, data={}, hash="0" * 64)


def swap() -> None:
    """Exchange two events."""
    for old, new in ((2, 90), (3, 2), (90, 3)):
        sql(f"UPDATE audit_event SET sequence = {new} WHERE chain = 'dossier:1' AND sequence = {old}")


def relink() -> None:
    """Make an event follow one of another chain."""
    other = Event.objects.get(chain="dossier:2", sequence=2)
    sql("UPDATE audit_event SET previous_hash = %s WHERE chain = 'dossier:1' AND sequence = 4", other.hash)


def drop_a_chain() -> None:
    """Make a whole chain disappear."""
    remove("chain = %s", "dossier:2")


def rewrite() -> None:
    """Change an event and hash its whole chain anew."""
    sql("UPDATE audit_event SET name = 'other' WHERE chain = 'dossier:1' AND sequence = 3")
    rehash()


def rewrite_everything() -> None:
    """Rewrite, and have the daily record say what it must: the whole database agrees with itself."""
    rewrite()
    HeadRecord.objects.all().delete()
    ChainHead.objects.update(recorded=0)
    services.record_heads(day=DAY)


@dataclass(frozen=True)
class Manipulation:
    """What is done, the first bad event found, and the checks without which it passes unseen."""

    act: Callable[[], None]
    found: tuple[str, int, str]
    checks: tuple[str, ...]


EIGHT = (
    Manipulation(change, ("dossier:1", 3, "changed"), ("_hash_of",)),
    Manipulation(delete_middle, ("dossier:1", 3, "missing"), ("_fault_of", "_fault_at_the_end")),
    Manipulation(delete_last, ("dossier:1", 5, "missing"), ("_fault_at_the_end",)),
    Manipulation(insert, ("dossier:1", 3, "rewritten"), ("_fault_of", "_fault_at_the_end")),
    Manipulation(swap, ("dossier:1", 2, "rewritten"), ("_fault_of", "_fault_at_the_end")),
    Manipulation(relink, ("dossier:1", 4, "relinked"), ("_fault_of",)),
    Manipulation(drop_a_chain, ("dossier:2", 1, "chain_missing"), ("_missing_chain",)),
    Manipulation(rewrite, ("dossier:1", 3, "rewritten"), ("_recorded",)),
)


def found(**given: Any) -> list[tuple[str, int, str]]:
    """Return what the verification finds in the database."""
    return [(one.chain, one.sequence, one.code) for one in services.verify(**given)]


@pytest.mark.parametrize("manipulation", EIGHT, ids=lambda one: one.act.__name__)
def test_each_is_found_at_its_first_bad_event(manipulation: Manipulation) -> None:
    assert found() == []
    manipulation.act()
    assert found() == [manipulation.found]
    with pytest.raises(CommandError) as refusal:
        call_command("verify_audit")
    assert refusal.value.returncode == 1


@pytest.mark.twin
@pytest.mark.parametrize("manipulation", EIGHT, ids=lambda one: one.act.__name__)
def test_each_passes_unseen_without_its_check(
    manipulation: Manipulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twins."""
    manipulation.act()
    for check in manipulation.checks:
        if check == "_recorded":
            monkeypatch.setattr(verification.Recorded, "told", lambda *_: ("", ""))
        else:
            monkeypatch.setattr(verification, check, OFF[check])
    assert found() == []


def test_the_ninth_is_found_against_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    rewrite_everything()
    # Its twin: whoever looks at the database alone sees nothing.
    assert found() == []
    kept = heads.read_heads(heads.folder())
    assert found(heads=kept, all_kept=True) == [
        ("fichier du 20/11/2026", 0, "record_differs"),
        ("dossier:1", 3, "rewritten"),
    ]
    with pytest.raises(CommandError):
        call_command("verify_audit")
    assert "dossier:1 nº 3" in capsys.readouterr().err


def test_the_ninth_is_found_against_a_copy_kept_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "coffre.json"
    copy.write_bytes(heads.path_of(DAY).read_bytes())
    heads.path_of(DAY).unlink()
    call_command("verify_audit", heads=str(copy))
    rewrite_everything()
    heads.keep_new(now=AT)
    # The portal's own folder was rewritten too: only the copy tells.
    call_command("verify_audit")
    capsys.readouterr()
    with pytest.raises(CommandError):
        call_command("verify_audit", heads=str(copy))
    assert "dossier:1 nº 3" in capsys.readouterr().err
