"""The tables of the tests on SQLite: migrated once for each set of migrations, copied into memory ever after.

The copy only saves the time of the migrations: `migrate` still runs on it, and finds nothing left to do. A changed
migration, another package or another SQLite gives another name, so the tables are then migrated again. The copies
stand in pytest's cache, which `pytest --cache-clear` empties.
"""

import hashlib
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import django
from django.apps import apps
from django.db import connection


def all_migrations() -> list[Path]:
    """Return the files of every migration, those of the packages included."""
    folders = (Path(app.path, "migrations") for app in apps.get_app_configs())
    return sorted(path for folder in folders for path in folder.glob("*.py"))


def signature(migrations: Iterable[Path]) -> str:
    """Return what changes when the tables would: with these migrations, with Django, Python and SQLite."""
    digest = hashlib.sha256(f"{django.VERSION} {sys.version} {sqlite3.sqlite_version}".encode())
    for path in migrations:
        digest.update(b"/".join([path.parent.parent.name.encode(), path.name.encode(), path.read_bytes()]))
    return digest.hexdigest()[:32]


class Tables:
    """The migrated tables kept in a folder from one run to the next."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{signature(all_migrations())}.sqlite3"

    @contextmanager
    def in_memory(self, name: str) -> Iterator[None]:
        """Have a database in memory hold the tables, if they are known, until Django opened it."""
        with closing(sqlite3.connect(name, uri=True)) as memory:
            if self.path.exists():
                with closing(sqlite3.connect(self.path)) as kept:
                    kept.backup(memory)
            yield

    def keep(self) -> None:
        """Remember the tables that Django just migrated, unless they are known; others are forgotten."""
        if self.path.exists():
            return
        for other in set(self.path.parent.glob("*.sqlite3")) - {self.path}:
            other.unlink(missing_ok=True)
        # Written beside and renamed: another process never reads half of it.
        beside = self.path.with_suffix(f".{os.getpid()}")
        with closing(sqlite3.connect(beside)) as kept:
            connection.ensure_connection()
            connection.connection.backup(kept)
        beside.replace(self.path)

    def copy_to(self, path: Path) -> None:
        """Begin a database of its own by the tables, if they are known; it is to be migrated all the same."""
        if self.path.exists():
            shutil.copyfile(self.path, path)
