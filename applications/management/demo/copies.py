"""Repeats a block of synthetic dossiers inside PostgreSQL, so that a million of them take minutes and not hours.

A copy is a block written again under other names: companies, people and numbers of its own, the same stories. Keys are
those of the block moved by a whole number of blocks, so that each row finds its own without being looked up. The
journal is hashed anew: its chains verify. Nobody else may write while a crowd is added.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Field, Max, Min, Model, QuerySet, Sum
from django.db.models.options import Options

from applications.management.demo.bare import bare
from applications.management.demo.crowd import Crowd
from applications.management.demo.population import siren
from applications.management.demo.sums import ROOM
from applications.models import (
    Commitment,
    Company,
    Deadline,
    Device,
    Dossier,
    DossierDocument,
    Envelope,
    FindingDecision,
    Listing,
    Message,
    Mission,
    Quote,
    QuoteLine,
    Satisfaction,
    Snapshot,
)
from applications.services.figures import facts, tally
from applications.services.search import fold
from portal.accounts.models import Membership, Organisation, User
from portal.audit.hashing import hash_of_event
from portal.audit.models import ChainHead, Event
from portal.documents.models import Document

BLOCK = 20_000
# What a copy writes, each table after those that it refers to, and the columns that differ from one copy to the next:
# {n} is the copy's rank, {ranks} the number of companies of a block.
RANKED = "regexp_replace({0}, '[0-9]+', (substring({0} from '[0-9]+')::int + {{n}} * {{ranks}})::text)"
FILE_KEY = "md5(t.id::text || ':{n}')::uuid"
NUMBER = """
    'DM-' || split_part(t.number, '-', 2) || '-' || lpad((
        (SELECT s.last FROM applications_numberseries s WHERE s.year = split_part(t.number, '-', 2)::int)
        + row_number() OVER (PARTITION BY split_part(t.number, '-', 2) ORDER BY t.number))::text, 6, '0')
"""
OF_COMPANY = "(SELECT c.{0} FROM copied_companies c WHERE c.id = t.id)"
# A row's words begin with its number, its SIREN and its company's name, which are as long when they are folded.
WORDS = """(
    SELECT replace(lower(new_d.number), '-', ' ') || ' ' || called.folded
           || substr(t.{0}, 1 + length(old_d.number || ' ' || old_c.identifier || ' ' || old_c.name))
    FROM applications_dossier old_d JOIN applications_company old_c ON old_c.id = old_d.company_id
         JOIN copied_companies called ON called.id = old_c.id,
         applications_dossier new_d
    WHERE old_d.id = t.dossier_id AND new_d.id = t.dossier_id + {{n}} * {{dossiers}}
)"""
COPIED: dict[type[Model], dict[str, str]] = {
    User: {"email": RANKED.format("t.email")},
    Organisation: {"name": RANKED.format("t.name")},
    Membership: {},
    Company: {
        "name": OF_COMPANY.format("name"),
        "identifier": OF_COMPANY.format("identifier"),
    },
    Device: {},
    Dossier: {"number": NUMBER},
    Mission: {},
    Quote: {},
    QuoteLine: {},
    Snapshot: {},
    Document: {
        "id": FILE_KEY,
        "file": f"'foule/' || {FILE_KEY}",
        "sha256": f"lpad(replace(({FILE_KEY})::text, '-', ''), 64, '0')",
    },
    DossierDocument: {},
    Message: {},
    Deadline: {},
    Commitment: {},
    FindingDecision: {},
    Satisfaction: {},
    Listing: {"names": WORDS.format("names"), "words": WORDS.format("words")},
}
OF_EVENT = ("chain", "sequence", "name", "at", "actor_ref", "data", "detail_hash", "previous_hash", "hash")


@dataclass(frozen=True, slots=True)
class Span:
    """The keys of a block in one table, the first and the last."""

    first: int
    last: int

    def __len__(self) -> int:
        """Return how far the next block is."""
        return self.last - self.first + 1

    def moved(self, key: int | None, rank: int) -> int | None:
        """Return the key of the same row in the copy of this rank; one that is not of the block stays."""
        return key + rank * len(self) if key is not None and self.first <= key <= self.last else key

    def sql(self, column: str, rank: int) -> str:
        """Return the same as an expression."""
        return (
            f"CASE WHEN t.{column} BETWEEN {self.first} AND {self.last} "
            f"THEN t.{column} + {rank * len(self)} ELSE t.{column} END"
        )


def fill(now: datetime, count: int, say: Callable[[str], object], *, seed: int = 1) -> None:
    """Add `count` synthetic dossiers: made one by one, or a block of them repeated where they are very many."""
    parts = -(-count // BLOCK) if connection.vendor == "postgresql" else 1
    crowd = Crowd(now, seed=seed)
    crowd.settle(count)
    if parts > 1:
        crowd.add(count % parts, say)
    before = _last_keys()
    crowd.add(count // max(parts, 1), say)
    if parts > 1:
        Copies(before).write(parts - 1, say)


def _of(model: type[Model]) -> Options[Model]:
    return model._meta  # noqa: SLF001 the name Django gives it


def _last_keys() -> dict[type[Model], int]:
    numbered: list[type[Model]] = [one for one in COPIED if one is not Document]
    numbered.append(Event)
    return {model: QuerySet(model).aggregate(last=Max("pk"))["last"] or 0 for model in numbered}


class Copies:
    """Writes the rows that were added after some keys again, as often as one likes."""

    def __init__(self, before: dict[type[Model], int]) -> None:
        """Find the block: what came after those keys."""
        self.spans: dict[type[Model], Span] = {}
        for model, last in before.items():
            found = QuerySet(model).filter(pk__gt=last).aggregate(low=Min("pk"), high=Max("pk"))
            if found["low"] is not None:
                self.spans[model] = Span(found["low"], found["high"])
        self.companies = list(self._rows(Company).order_by("pk").values_list("pk", "identifier", "name"))
        self.events = list(self._rows(Event).order_by("pk"))

    def write(self, count: int, say: Callable[[str], object]) -> None:
        """Write so many copies, wholly or not at all."""
        dossiers = self._rows(Dossier).count()
        with transaction.atomic(), connection.cursor() as cursor:
            # A statement takes as long as the block is large.
            cursor.execute("SET LOCAL statement_timeout = 0")
            # Checked as they are written: a million rows would be too many to remember until the end.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "CREATE TEMP TABLE copied_companies"
                " (id bigint PRIMARY KEY, identifier text, name text, folded text) ON COMMIT DROP"
            )
            written: list[type[Model]] = [*COPIED, Event, ChainHead]
            with bare(cursor, [_of(model).db_table for model in written]):
                for rank in range(1, count + 1):
                    self._copy(cursor, rank)
                    say(f"{(rank + 1) * dossiers} dossiers of {(count + 1) * dossiers}.")
            self._sums(count)
            self._sequences(cursor, count)
        tally.fold()

    def _copy(self, cursor: Any, rank: int) -> None:
        """Write one copy, table after table."""
        self._companies(cursor, rank)
        for model in COPIED:
            self._table(cursor, model, rank)
            if model is Dossier:
                self._numbers(cursor)
        self._journal(cursor, rank)

    def _rows(self, model: type[Model]) -> Any:
        span = self.spans[model]
        return QuerySet(model).filter(pk__gte=span.first, pk__lte=span.last)

    def _companies(self, cursor: Any, rank: int) -> None:
        """Give each company of the copy a SIREN and a name."""
        cursor.execute("TRUNCATE copied_companies")
        moved = rank * len(self.companies)
        with cursor.copy("COPY copied_companies FROM STDIN") as rows:
            for key, identifier, name in self.companies:
                own = siren(int(identifier[:8]) + moved)
                called = re.sub("[0-9]+$", lambda found: str(int(found[0]) + moved), name)
                rows.write_row((key, own, called, fold([own, called])))

    def _table(self, cursor: Any, model: type[Model], rank: int) -> None:
        fields = [one for one in _of(model).concrete_fields if not one.generated]
        columns = ", ".join(f'"{one.column}"' for one in fields)
        values = ", ".join(self._value(model, one, rank) for one in fields)
        table = _of(model).db_table
        if model is Document:
            pieces = self.spans[DossierDocument]
            block = (
                f"t.id IN (SELECT document_id FROM {_of(DossierDocument).db_table} "  # noqa: S608
                f"WHERE id BETWEEN {pieces.first} AND {pieces.last})"
            )
        elif model in self.spans:
            span = self.spans[model]
            block = f"t.{_of(model).pk.column} BETWEEN {span.first} AND {span.last}"
        else:
            return
        cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t WHERE {block}")  # noqa: S608

    def _value(self, model: type[Model], field: Field[Any, Any], rank: int) -> str:
        if own := COPIED[model].get(field.name):
            return own.format(n=rank, ranks=len(self.companies), dossiers=len(self.spans[Dossier]))
        refers = field.remote_field.model if field.remote_field else model if field.primary_key else None
        if refers is Document:
            return FILE_KEY.replace("t.id", f"t.{field.column}").format(n=rank)
        if refers in self.spans:
            return self.spans[refers].sql(str(field.column), rank)
        return f't."{field.column}"'

    def _numbers(self, cursor: Any) -> None:
        """Let each year's series go on after the numbers that the copy took."""
        span = self.spans[Dossier]
        cursor.execute(
            """
            UPDATE applications_numberseries s SET last = s.last + taken.n
            FROM (SELECT split_part(number, '-', 2)::int AS year, COUNT(*) AS n FROM applications_dossier
                  WHERE id BETWEEN %s AND %s GROUP BY 1) AS taken
            WHERE taken.year = s.year
            """,
            [span.first, span.last],
        )

    def _journal(self, cursor: Any, rank: int) -> None:
        heads: dict[str, tuple[int, str]] = {}
        with cursor.copy(f"COPY {_of(Event).db_table} ({', '.join(OF_EVENT)}) FROM STDIN") as rows:
            for event in self.events:
                chain = self._chain(event.chain, rank)
                _, previous = heads.get(chain, (0, ""))
                content = {
                    "chain": chain,
                    "sequence": event.sequence,
                    "name": event.name,
                    "at": event.at,
                    "actor_ref": self.spans[User].moved(event.actor_ref, rank),
                    "data": event.data,
                    "detail_hash": event.detail_hash,
                    "previous_hash": previous,
                }
                heads[chain] = event.sequence, hash_of_event(**content)
                written = {**content, "data": json.dumps(event.data), "hash": heads[chain][1]}
                rows.write_row([written[name] for name in OF_EVENT])
        with cursor.copy(
            f"COPY {_of(ChainHead).db_table} (chain, sequence, hash, recorded) FROM STDIN"
        ) as rows:
            for chain, (sequence, last) in heads.items():
                rows.write_row((chain, sequence, last, 0))

    def _chain(self, chain: str, rank: int) -> str:
        subject, _, key = chain.partition(":")
        return f"{subject}:{self.spans[Dossier].moved(int(key), rank)}"

    def _sums(self, count: int) -> None:
        """Count the copies in the figures, and make room for them in the envelopes."""
        once = facts.added(facts.cells_of(row) for row in self._rows(Listing).only(*facts.READ).iterator())
        tally.append({cell: facts.Sum(one.n * count, one.amount * count) for cell, one in once.items()})
        taken: Iterable[tuple[int, Decimal]] = (
            self._rows(Commitment).order_by().values_list("envelope").annotate(Sum("amount"))
        )
        for envelope, amount in taken:
            room = (amount * count * ROOM).quantize(Decimal(1))
            Envelope.objects.filter(pk=envelope).update(amount=F("amount") + room)

    def _sequences(self, cursor: Any, count: int) -> None:
        """Let the next keys come after those of the copies."""
        for model, span in self.spans.items():
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s)",
                [_of(model).db_table, _of(model).pk.column, span.last + count * len(span)],
            )
