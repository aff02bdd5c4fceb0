"""The tables kept between two runs are those that the migrations make, and no others are ever used."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from tests.tables import Tables, all_migrations, signature

SCHEMA = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
MIGRATED = "SELECT app, name FROM django_migrations ORDER BY app, name"

sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite's tables are kept")


def rows_of(path: Path, question: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as kept:
        return kept.execute(question).fetchall()


@sqlite_only
@pytest.mark.django_db
def test_the_tables_kept_are_those_of_the_tests(tables: Tables) -> None:
    with connection.cursor() as cursor:
        for question in (SCHEMA, MIGRATED):
            assert rows_of(tables.path, question) == cursor.execute(question).fetchall()


@sqlite_only
@pytest.mark.django_db
def test_a_database_of_its_own_begins_by_them_and_may_begin_by_nothing(
    tables: Tables, tmp_path: Path
) -> None:
    tables.copy_to(tmp_path / "portal.sqlite3")
    assert rows_of(tmp_path / "portal.sqlite3", SCHEMA) == rows_of(tables.path, SCHEMA)
    unknown = Tables(tmp_path)
    unknown.copy_to(tmp_path / "nothing.sqlite3")
    assert not (tmp_path / "nothing.sqlite3").exists()


def test_another_migration_gives_other_tables(tmp_path: Path) -> None:
    folder = tmp_path / "room" / "migrations"
    folder.mkdir(parents=True)
    first, second = folder / "0001_initial.py", folder / "0002_more.py"
    first.write_text("a = 1")
    known = signature([first])
    assert signature([first]) == known
    first.write_text("a = 2")
    changed = signature([first])
    second.write_text("")
    assert len({known, changed, signature([first, second]), signature([])}) == 4


def test_every_room_and_every_package_counts() -> None:
    rooms = {path.parent.parent.name for path in all_migrations()}
    assert {"applications", "experts", "tariffs", "accounts", "audit", "auth", "mfa"} <= rooms
