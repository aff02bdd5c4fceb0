"""Lets tables of PostgreSQL be filled without their indexes and references, which are made again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Indexes that keep something unique stay: what is written is held to them.
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = ANY (SELECT unnest(%s::text[])::regclass) AND NOT indisunique
"""
_REFERENCES = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = ANY (SELECT unnest(%s::text[])::regclass) AND contype = 'f'
"""


@contextmanager
def bare(cursor: Any, tables: list[str]) -> Iterator[None]:
    """Take the indexes and references of these tables away, and make them again: each row is checked then.

    Within the caller's transaction: a failure leaves everything as it was. Nobody else reads the tables meanwhile.
    """
    cursor.execute(_INDEXES, [tables])
    indexes = cursor.fetchall()
    cursor.execute(_REFERENCES, [tables])
    references = cursor.fetchall()
    # Names and definitions are the catalogue's own, quoted by it.
    for table, name, _ in references:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for _, definition in indexes:
        cursor.execute(definition)
    for table, name, definition in references:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
