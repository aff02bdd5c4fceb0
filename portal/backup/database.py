"""Takes a database as it was at one moment, and puts it back: pg_dump and pg_restore, or SQLite's own copy."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.client import DatabaseClient
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLiteWrapper
from django.db.transaction import atomic

NAME = "database"


class ToolFailed(Exception):
    """A tool of PostgreSQL is absent or failed; the sentence says which, and what it answered."""


@contextmanager
def dumped(connection: BaseDatabaseWrapper, target: Path) -> Iterator[BaseDatabaseWrapper]:
    """Write the whole database to `target`; give a connection that reads it as it was at that very moment."""
    if connection.vendor == "sqlite":
        _copy_sqlite(connection, target)
        copy = reading(connection, target)
        try:
            yield copy
        finally:
            copy.close()
        return
    with atomic(using=connection.alias):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
        _run(connection, "pg_dump", "--format=custom", "--no-owner", "--no-privileges",
             f"--snapshot={snapshot}", f"--file={target}")  # fmt: skip
        yield connection


def reading(connection: BaseDatabaseWrapper, path: Path) -> BaseDatabaseWrapper:
    """Return a connection that only reads a SQLite file."""
    settings = {**connection.settings_dict, "NAME": f"file:{path}?mode=ro", "OPTIONS": {}}
    return SQLiteWrapper(settings, alias="backup")


def _copy_sqlite(connection: BaseDatabaseWrapper, target: Path) -> None:
    if connection.in_atomic_block:
        raise RuntimeError("SQLite waits for ever to copy a database that its own connection is writing to.")
    connection.ensure_connection()
    with closing(sqlite3.connect(target)) as copy:
        connection.connection.backup(copy)
        # One file, without the journals that a running portal keeps beside it.
        copy.execute("PRAGMA journal_mode=DELETE")


def is_empty(connection: BaseDatabaseWrapper) -> bool:
    """True for a database without tables, or in which nobody has an account and nothing ever happened."""
    with connection.cursor() as cursor:
        known = set(connection.introspection.table_names(cursor))
        for table in ("accounts_user", "audit_event"):
            if table in known:
                cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608 two names written above
                if cursor.fetchone() is not None:
                    return False
    return True


def put_back(connection: BaseDatabaseWrapper, source: Path) -> None:
    """Make the database what `source` holds; whatever was there is gone. Raises ToolFailed."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(source)) as copy:
            copy.backup(connection.connection)
        return
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    connection.close()
    _run(
        connection,
        "pg_restore",
        "--no-owner",
        "--no-privileges",
        "--exit-on-error",
        str(source),
        restoring=True,
    )


def _run(connection: BaseDatabaseWrapper, tool: str, *arguments: str, restoring: bool = False) -> None:
    """Run a tool of PostgreSQL on this database; the password goes by the environment, never by the command."""
    path = shutil.which(tool)
    if path is None:
        raise ToolFailed(
            f"{tool} est introuvable\u00a0: installez les outils de PostgreSQL (paquet postgresql-client), "
            "de la version du serveur ou d’une plus récente."
        )
    told = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER"}
    environment = os.environ | {key: str(told[name]) for key, name in names.items() if told.get(name)}
    # The password, and what the address says of TLS: as Django tells them to psql.
    environment |= DatabaseClient.settings_to_cmd_args_env(told, [])[1] or {}
    database = str(told["NAME"])
    last = ("--dbname", database) if restoring else (database,)
    done = subprocess.run(  # noqa: S603 a tool found on this server, our own arguments
        [path, *last, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ToolFailed(f"{tool} a échoué\u00a0: {done.stderr.strip()[-2000:]}")
