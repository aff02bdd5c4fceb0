"""Puts a backup back on a fresh server, and proves that what is there is what was backed up."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from portal.audit import heads
from portal.audit.services import verify as verify_journal
from portal.backup import folder as folders
from portal.backup.database import NAME, is_empty, put_back
from portal.backup.folder import Backup, BackupRefused
from portal.backup.making import migrations_of
from portal.backup.tables import rows_of, tables_of
from portal.notifications import sending

# Of a table that differs, how many rows are named.
NAMED = 20
REASON = "Restauration de la sauvegarde du {made_at}"


def restore(backup: Backup, *, connection: BaseDatabaseWrapper, now: datetime, replace: bool = False) -> int:
    """Make this server's database and files those of the backup, and stop sending; return how many files came.

    A daily record of the journal that lies on this server is left as it is.
    Raises HeadsError, and BackupRefused, before anything is touched, where the backup is not as it was made, is of
    another kind of database, or where the database holds something and `replace` was not said.
    """
    vendor = backup.manifest["vendor"]
    if vendor != connection.vendor:
        raise BackupRefused(
            f"La sauvegarde est celle d’une base {vendor}, ce serveur a une base {connection.vendor}."
        )
    if not replace and not is_empty(connection):
        raise BackupRefused(
            "La base n’est pas vide\u00a0: rien n’a été changé. --replace l’efface et la remplace."
        )
    faults = list(folders.faults_of(backup))
    if faults:
        raise BackupRefused("La sauvegarde n’est pas telle qu’elle a été faite\u00a0:\n" + "\n".join(faults))
    put_back(connection, backup.folder / NAME)
    # Before the files: a restore that is cut short sends nothing either.
    sending.stop(reason=REASON.format(made_at=backup.manifest["made_at"]), now=now)
    for kept in backup.heads():
        heads.put_back(kept.name, folders.blob(backup.root, kept.sha256).read_bytes())
    return sum(_put_file(backup, kept) for kept in backup.files())


def _put_file(backup: Backup, kept: folders.Kept) -> int:
    """Put one file back under its name; a file of that name that is another one is replaced."""
    if default_storage.exists(kept.name):
        with default_storage.open(kept.name, "rb") as held:
            if folders.digest_of(held) == (kept.sha256, kept.size):
                return 0
        default_storage.delete(kept.name)
    with folders.blob(backup.root, kept.sha256).open("rb") as source:
        written = default_storage.save(kept.name, File(source))
    if written != kept.name:
        raise OSError(f"the storage wrote {written} in place of {kept.name}")
    return 1


def differences(backup: Backup, *, connection: BaseDatabaseWrapper, texts: Path) -> Iterator[str]:
    """Give every difference between the backup and this server, each named; none when the restore is exact.

    The backup itself, rows by table, files, daily records, migrations, texts of the editions, and the journal itself.
    """
    yield from folders.faults_of(backup)
    yield from _of_tables(backup, connection)
    yield from _of_files(backup)
    yield from _of_migrations(backup, connection)
    yield from _of_editions(backup, texts)
    for problem in verify_journal():
        yield f"journal\u00a0: {problem}"


def _of_tables(backup: Backup, connection: BaseDatabaseWrapper) -> Iterator[str]:
    told, here = backup.manifest["tables"], tables_of(connection)
    for table in sorted(told.keys() - set(here)):
        yield f"table {table}\u00a0: elle manque."
    for table in here:
        if table not in told:
            yield f"table {table}\u00a0: la sauvegarde ne la connaît pas."
        elif _digest(connection, table) != told[table]["digest"]:
            yield from _of_rows(backup, connection, table)


def _digest(connection: BaseDatabaseWrapper, table: str) -> str:
    hashed = hashlib.sha256()
    for key, digest in rows_of(connection, table):
        hashed.update(f"{key}\t{digest}\n".encode())
    return hashed.hexdigest()


def _of_rows(backup: Backup, connection: BaseDatabaseWrapper, table: str) -> Iterator[str]:
    """Name the rows of a table that differ, the first ones."""
    told, here = backup.rows(table), dict(rows_of(connection, table))
    yield f"table {table}\u00a0: {len(here)} lignes, {len(told)} dans la sauvegarde."
    found = [(key, "manque") for key in told if key not in here]
    found += [(key, "est de trop") for key in here if key not in told]
    found += [(key, "a changé") for key, digest in here.items() if told.get(key, digest) != digest]
    for key, what in found[:NAMED]:
        yield f"table {table}, ligne {key}\u00a0: elle {what}."
    if len(found) > NAMED:
        yield f"table {table}\u00a0: {len(found) - NAMED} autres lignes diffèrent."


def _of_files(backup: Backup) -> Iterator[str]:
    for listed, opened in ((folders.FILES, default_storage.open), (folders.HEADS, _record)):
        for kept in backup.listed(listed):
            told = f"{folders.LISTS[listed]} {kept.name}"
            try:
                with opened(kept.name) as file:
                    same = folders.digest_of(file) == (kept.sha256, kept.size)
            except FileNotFoundError:
                yield f"{told}\u00a0: il manque sur ce serveur."
            else:
                if not same:
                    yield f"{told}\u00a0: son contenu diffère sur ce serveur."


def _record(name: str) -> IO[bytes]:
    return (heads.folder() / name).open("rb")


def _of_migrations(backup: Backup, connection: BaseDatabaseWrapper) -> Iterator[str]:
    told, here = set(backup.manifest["migrations"]), set(migrations_of(connection))
    for name in sorted(told ^ here):
        yield f"migration {name}\u00a0: " + (
            "elle manque." if name in told else "la sauvegarde ne la connaît pas."
        )
    code = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    for name in sorted(code - here):
        yield f"migration {name}\u00a0: ce portail l’attend encore (manage.py migrate)."


def _of_editions(backup: Backup, texts: Path) -> Iterator[str]:
    told = folders.digests_under(backup.folder / folders.EDITIONS)
    here = folders.digests_under(texts)
    for name, digest in told.items():
        if here.get(name) != digest:
            yield f"édition {name}\u00a0: le texte de ce portail n’est pas celui de la sauvegarde."
