"""The restore drill: back up, go on working, restore on a fresh server, find no difference; name what was tampered."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections

from applications.models import Dossier
from portal import clock
from portal.audit import heads
from portal.audit.models import HeadRecord
from portal.audit.services import record_heads
from portal.backup import folder as folders
from portal.backup import restoring
from portal.backup.database import is_empty
from portal.backup.folder import BackupRefused, find
from portal.backup.making import Made, make
from portal.documents.models import Document
from tests.applications.journeys import Journey

WAITING = "SELECT COUNT(*) FROM notifications_outbox WHERE done_at IS NULL AND dead_at IS NULL"
ROOT = Path(__file__).resolve().parent.parent.parent
TEXTS = Path(settings.BACKUP_TEXTS)
# A backup reads what was committed.
on_its_own = pytest.mark.django_db(transaction=True)
sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="restores into a file of SQLite")


def back_up(root: Path, minutes: int = 0, *, check: bool = False) -> Made:
    at = clock.now() + timedelta(minutes=minutes)
    return make(root, connection=connection, texts=TEXTS, now=at, check=check)


def written_record() -> HeadRecord:
    """Record the journal as it is, in the table and out of it."""
    record = record_heads(day=clock.today())
    assert heads.keep_new(now=clock.now()) == 1
    return record


def manage(var: Path, *arguments: str, database: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of a server of its own."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("DIAGDM", "DJANGO"))},
        "DIAGDM_VAR": str(var),
        "DIAGDM_ENVIRONMENT": "development",
        "DIAGDM_SECRET_KEY": settings.SECRET_KEY,
        **({"DATABASE_URL": database} if database else {}),
    }
    environment.pop("REDIS_URL", None)
    if not database:
        environment.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Give the folder of a server on which nothing was ever done."""
    var = tmp_path / "fresh"
    var.mkdir()
    return var


# --- The drill -----------------------------------------------------------------------------------
@sqlite_only
@on_its_own
def test_what_is_restored_is_what_was_backed_up_and_nothing_leaves(tmp_path: Path, fresh: Path) -> None:
    journey = Journey().to("in_progress")
    record = written_record()
    heads.path_of(record.day).with_suffix(".tst").write_bytes(b"a time stamp")
    made = back_up(tmp_path / "kept")
    assert made.files == Document.objects.count() > 0
    assert made.missing == []
    # Life goes on after the backup: none of it is in what is restored.
    journey.to("work_done")
    Document.objects.order_by("pk").first().file.delete(save=False)  # type: ignore[union-attr]

    restored = manage(fresh, "restore", str(tmp_path / "kept"), "--into", "portal.sqlite3")
    assert restored.returncode == 0, restored.stderr
    assert f"{made.files} fichiers remis en place" in restored.stdout
    verified = manage(fresh, "verify_restore", str(tmp_path / "kept"))
    assert verified.returncode == 0, verified.stderr
    assert "0 différence" in verified.stdout

    with sqlite3.connect(fresh / "portal.sqlite3") as base:
        assert base.execute("SELECT state FROM applications_dossier").fetchone()[0] == "in_progress"
        waiting = base.execute(WAITING).fetchone()[0]
        assert waiting > 0
        assert "Envois faits\u00a0: 0." in manage(fresh, "work_outbox").stdout
        assert base.execute(WAITING).fetchone()[0] == waiting

        base.execute("UPDATE applications_dossier SET company_share = 1 WHERE id = ?", [journey.dossier.pk])
    restored_head = fresh / "heads" / heads.path_of(record.day).name
    assert restored_head.read_bytes() == heads.path_of(record.day).read_bytes()
    assert restored_head.with_suffix(".tst").read_bytes() == b"a time stamp"
    restored_head.with_suffix(".tst").unlink()
    restored_head.chmod(0o640)
    restored_head.write_bytes(restored_head.read_bytes() + b" ")
    one = next(path for path in sorted((fresh / "files").rglob("*")) if path.is_file())
    one.write_bytes(one.read_bytes()[:-1] + b"?")
    verified = manage(fresh, "verify_restore", str(tmp_path / "kept"))
    assert verified.returncode == 1
    told = verified.stderr.replace("\u00a0", " ")
    assert f"table applications_dossier, ligne {journey.dossier.pk} : elle a changé." in told
    assert f"fichier {one.relative_to(fresh / 'files')} : son contenu diffère sur ce serveur." in told
    assert f"relevé {record.day}.json : son contenu diffère sur ce serveur." in told
    assert f"relevé {record.day}.tst : il manque sur ce serveur." in told


@on_its_own
def test_a_server_in_use_is_not_overwritten_and_another_is_never_meant(tmp_path: Path) -> None:
    Journey()
    back_up(tmp_path / "kept")
    base = str(connection.settings_dict["NAME"])
    with pytest.raises(CommandError, match="La base n’est pas vide"):
        call_command("restore", str(tmp_path / "kept"), "--into", base)
    with pytest.raises(CommandError, match="redites-la"):
        call_command("restore", str(tmp_path / "kept"), "--into", "production")
    assert Dossier.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_same_drill_on_postgresql(tmp_path: Path, fresh: Path) -> None:
    Journey().to("in_progress")
    made = back_up(tmp_path / "kept")
    told = connection.settings_dict
    name = f"{told['NAME']}_restored"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        url = f"postgres://{told['USER']}:{told['PASSWORD']}@{told['HOST']}:{told['PORT'] or 5432}/{name}"
        restored = manage(fresh, "restore", str(tmp_path / "kept"), "--into", name, database=url)
        assert restored.returncode == 0, restored.stderr
        verified = manage(fresh, "verify_restore", str(tmp_path / "kept"), database=url)
        assert verified.returncode == 0, verified.stderr
        assert f"{made.files} fichiers" in verified.stdout
        assert "Envois faits\u00a0: 0." in manage(fresh, "work_outbox", database=url).stdout
        refused = manage(fresh, "restore", str(tmp_path / "kept"), "--into", name, database=url)
        assert "La base n’est pas vide" in refused.stderr
        again = manage(fresh, "restore", str(tmp_path / "kept"), "--into", name, "--replace", database=url)
        assert again.returncode == 0, again.stderr
    finally:
        connections.close_all()
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@sqlite_only
@on_its_own
def test_nothing_leaves_even_where_the_files_could_not_be_put_back(tmp_path: Path, fresh: Path) -> None:
    Journey().to("submitted")
    back_up(tmp_path / "kept")
    (fresh / "files").write_text("in the place of the folder")
    assert manage(fresh, "restore", str(tmp_path / "kept"), "--into", "portal.sqlite3").returncode == 1
    with sqlite3.connect(fresh / "portal.sqlite3") as base:
        said = "SELECT name FROM audit_event WHERE chain = 'sending' ORDER BY sequence DESC"
        assert base.execute(said).fetchone() == ("sending_stopped",)


# --- The folder ----------------------------------------------------------------------------------
@on_its_own
def test_a_file_is_copied_once_however_many_backups(tmp_path: Path) -> None:
    Journey().to("submitted")
    first = back_up(tmp_path / "kept")
    second = back_up(tmp_path / "kept", minutes=1)
    assert first.copied > 0
    assert (second.files, second.copied) == (first.files, 0)
    assert find(tmp_path / "kept").folder == second.folder
    assert list(folders.faults_of(find(first.folder))) == []


@on_its_own
def test_a_damaged_backup_prevents_none_after_it(tmp_path: Path) -> None:
    Journey().to("submitted")
    first = back_up(tmp_path / "kept")
    (first.folder / folders.MANIFEST).write_text("{")
    second = back_up(tmp_path / "kept", minutes=1)
    assert second.files == first.files
    assert list(folders.faults_of(find(second.folder))) == []


@on_its_own
def test_a_check_mends_a_file_whose_copy_changed(tmp_path: Path) -> None:
    Journey().to("submitted")
    first = back_up(tmp_path / "kept")
    one_byte_of_a_file(first)
    checked = back_up(tmp_path / "kept", minutes=1, check=True)
    assert checked.copied == 1
    assert list(folders.faults_of(find(checked.folder))) == []


@on_its_own
def test_a_record_later_than_the_database_taken_is_left_out(tmp_path: Path) -> None:
    Journey()
    record = written_record()
    heads.path_of(record.day + timedelta(days=1)).write_text("{}")
    made = back_up(tmp_path / "kept")
    assert [one.name for one in find(made.folder).heads()] == [f"{record.day}.json"]


@on_its_own
def test_a_record_that_is_there_is_never_rewritten(tmp_path: Path) -> None:
    assert heads.put_back("2026-11-20.json", b"first")
    assert not heads.put_back("2026-11-20.json", b"second")
    assert heads.path_of(date(2026, 11, 20)).read_bytes() == b"first"
    with pytest.raises(heads.HeadsError):
        heads.put_back("../2026-11-20.json", b"elsewhere")


@on_its_own
def test_a_file_removed_meanwhile_is_told(tmp_path: Path) -> None:
    Journey().to("submitted")
    gone = Document.objects.order_by("pk")[0].file.name
    default_storage.delete(gone)
    assert back_up(tmp_path / "kept").missing == [gone]


@on_its_own
def test_a_backup_that_fails_leaves_nothing_under_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Journey()
    monkeypatch.setattr(shutil, "copytree", _full)
    with pytest.raises(OSError, match="disk full"):
        back_up(tmp_path / "kept")
    assert [path.name for path in (tmp_path / "kept").iterdir() if path.name != "files"] == []
    with pytest.raises(BackupRefused, match="Aucune sauvegarde"):
        find(tmp_path / "kept")


def _full(*_: Any, **__: Any) -> None:
    raise OSError("disk full")


# --- Tampering -----------------------------------------------------------------------------------
def one_byte_of_the_database(made: Made) -> str:
    path = made.folder / "database"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return "database : son contenu a changé."


def one_file_missing(made: Made) -> str:
    kept = next(find(made.folder).files())
    folders.blob(made.folder.parent, kept.sha256).unlink()
    return f"fichier {kept.name} : il manque dans la sauvegarde"


def one_byte_of_a_file(made: Made) -> str:
    kept = next(find(made.folder).files())
    path = folders.blob(made.folder.parent, kept.sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    return f"fichier {kept.name} : son contenu a changé dans la sauvegarde"


def one_byte_of_a_record(made: Made) -> str:
    kept = next(find(made.folder).heads())
    path = folders.blob(made.folder.parent, kept.sha256)
    path.chmod(0o640)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    return f"relevé {kept.name} : son contenu a changé dans la sauvegarde"


def one_row(made: Made) -> str:
    path = made.folder / folders.ROWS
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    folders.write_lines(path, lines[:-1])
    return "rows.gz : son contenu a changé."


def the_manifest(made: Made) -> str:
    path = made.folder / folders.MANIFEST
    manifest = json.loads(path.read_text())
    manifest["migrations"] = []
    path.write_text(json.dumps(manifest))
    return "manifest.json : son empreinte n’est pas celle de manifest.sha256."


def an_edition(made: Made) -> str:
    path = made.folder / folders.EDITIONS / "2024.toml"
    path.write_text(path.read_text() + "\n")
    return "editions/2024.toml : son contenu a changé."


TAMPERINGS: list[Callable[[Made], str]] = [
    *(one_byte_of_the_database, one_file_missing, one_byte_of_a_file, one_byte_of_a_record),
    *(one_row, the_manifest, an_edition),
]


@on_its_own
def test_each_tampering_is_named_and_the_restore_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Journey().to("submitted")
    written_record()
    back_up(tmp_path / "kept")
    for number, tamper in enumerate(TAMPERINGS):
        copy = tmp_path / f"copy{number}"
        shutil.copytree(tmp_path / "kept", copy)
        backup = find(copy)
        named = tamper(Made(backup.folder, "", 0, 0, []))
        faults = [fault.replace("\u00a0", " ") for fault in folders.faults_of(find(copy))]
        assert any(fault.startswith(named) for fault in faults), (tamper.__name__, faults)
        with pytest.raises(BackupRefused, match="telle qu’elle a été faite"):
            restoring.restore(find(copy), connection=connection, now=clock.now(), replace=True)
    assert Dossier.objects.count() == 1


@pytest.mark.twin
@sqlite_only
@on_its_own
def test_the_twin_without_the_check_of_content_restores_what_was_tampered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the digests, a changed file passes: they are what names it."""
    Journey().to("submitted")
    made = back_up(tmp_path / "kept")
    named = one_byte_of_a_file(made)
    assert any(
        fault.replace("\u00a0", " ").startswith(named) for fault in folders.faults_of(find(made.folder))
    )
    monkeypatch.setattr(folders, "_faults_of_files", lambda *_: iter(()))
    assert list(folders.faults_of(find(made.folder))) == []


@on_its_own
def test_a_database_in_use_is_not_empty() -> None:
    assert is_empty(connection)
    Journey()
    assert not is_empty(connection)
