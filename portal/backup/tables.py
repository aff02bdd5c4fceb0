"""The rows of a database as digests: what a restore is compared by, table by table and row by row."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from portal.notifications.sending import CHAIN

PIECE = 2000
# Written all the time, or thrown away at will: they prove nothing.
VOLATILE = frozenset({"notifications_heartbeat", "portal_cache"})
# What a restore itself writes: that nothing leaves any more.
_OWN = f"'{CHAIN}'"
WHERE = {
    "audit_event": f"chain <> {_OWN}",
    "audit_chainhead": f"chain <> {_OWN}",
    "audit_eventdetail": f"event_id NOT IN (SELECT id FROM audit_event WHERE chain = {_OWN})",  # noqa: S608
}
TEXTS = frozenset({"text", "varchar", "character varying", "bpchar"})


def tables_of(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of the tables that are proved, in their order."""
    found = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    return sorted((found | {"django_migrations"}) - VOLATILE)


def rows_of(connection: BaseDatabaseWrapper, table: str) -> Iterator[tuple[str, str]]:
    """Give (key, digest of the whole row) for each row of a table, in the order of its key, by pieces."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {quote(table)} LIMIT 0")  # noqa: S608 a table's own name
        columns = sorted(one[0] for one in cursor.description)
        key = connection.introspection.get_primary_key_column(cursor, table) or columns[0]
    told = ", ".join(quote(name) for name in (key, *columns))
    where = f" WHERE {WHERE[table]}" if table in WHERE else ""
    statement = f"SELECT {told} FROM {quote(table)}{where} ORDER BY {_ordered(connection, table, key)}"  # noqa: S608
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(PIECE):
            for row in rows:
                yield str(row[0]), digest_of(row[1:])


def _ordered(connection: BaseDatabaseWrapper, table: str, key: str) -> str:
    """Return the order of a key, the same on every server whatever its language."""
    name = connection.ops.quote_name(key)
    if connection.vendor != "postgresql":
        return name
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT data_type FROM information_schema.columns WHERE table_schema = current_schema() "
            "AND table_name = %s AND column_name = %s",
            [table, key],
        )
        kind = cursor.fetchone()[0]
    return f'{name} COLLATE "C"' if kind in TEXTS else name


def digest_of(values: tuple[Any, ...]) -> str:
    """Return the digest of a row's values, told in one canonical form."""
    text = json.dumps([_told(value) for value in values], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _told(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def file_columns(all_models: list[type[models.Model]]) -> list[tuple[str, str]]:
    """Return (table, column) of every column that names a kept file."""
    return sorted(
        (model._meta.db_table, str(field.column))  # noqa: SLF001 the name Django gives it
        for model in all_models
        for field in model._meta.concrete_fields  # noqa: SLF001
        if isinstance(field, models.FileField)
    )
