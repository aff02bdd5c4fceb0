"""Reads the whole journal again and names, chain by chain, the first event that doesn't fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from portal.audit import hashing
from portal.audit.models import ChainHead, Event, HeadRecord

if TYPE_CHECKING:
    from portal.audit.heads import Head


@dataclass(frozen=True, slots=True)
class Problem:
    """The first bad event of a chain (sequence 0: the daily records themselves), and what is wrong."""

    chain: str
    sequence: int
    code: str
    message: str

    def __str__(self) -> str:
        place = f"{self.chain} nº {self.sequence}" if self.sequence else self.chain
        return f"{place} : {self.message}"


@dataclass(slots=True)
class Recorded:
    """What the daily records remember: each chain's hashes in order, and faults of the records themselves.

    `hashes` are the table's, `kept` those of the files out of the database ("" where no file given tells).
    """

    hashes: dict[str, list[str]] = field(default_factory=dict)
    kept: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def remember(self, hashes: dict[str, list[str]], chain: str, first: int, seen: list[str]) -> None:
        """Put the hashes that a record saw in their place."""
        known = hashes.setdefault(chain, [])
        known.extend([""] * (first - 1 - len(known)))
        known[first - 1 :] = seen

    def told(self, chain: str, sequence: int) -> tuple[str, str]:
        """Return what the table and the files say of one event, "" where they say nothing."""
        table, files = self.hashes.get(chain, []), self.kept.get(chain, [])
        return (
            table[sequence - 1] if sequence <= len(table) else "",
            files[sequence - 1] if sequence <= len(files) else "",
        )

    def length(self, chain: str) -> int:
        """Return how many events of a chain were seen by the table or the files."""
        return max(len(self.hashes.get(chain, [])), len(self.kept.get(chain, [])))


def verify(chain: str | None = None, *, heads: Sequence[Head] = (), all_kept: bool = False) -> list[Problem]:
    """Return the first problem of each chain (of one chain if given), [] when the journal is intact.

    `heads` are the files kept out of the database, oldest first, which are compared with the table and with
    the events; with `all_kept` they should be all of them, and one that is missing is a problem.
    """
    recorded = _read_records()
    _read_heads(recorded, heads, all_kept=all_kept)
    tops = {head.chain: head for head in ChainHead.objects.order_by("chain")}
    events = Event.objects.select_related("detail").order_by("chain", "sequence")
    if chain is not None:
        events = events.filter(chain=chain)
    problems = [] if chain is not None else recorded.problems
    seen = set()
    for name, rows in groupby(events.iterator(chunk_size=2000), key=lambda event: event.chain):
        seen.add(name)
        problem = _first_problem(name, rows, tops.get(name), recorded)
        if problem:
            problems.append(problem)
    expected = tops.keys() | recorded.hashes.keys() | recorded.kept.keys()
    expected = {chain} & expected if chain else expected
    for name in sorted(expected - seen):
        problems += _missing_chain(name, tops.get(name), recorded)
    return problems


def _missing_chain(name: str, top: ChainHead | None, recorded: Recorded) -> list[Problem]:
    """Return the problem of a chain without any event, [] where it never had one."""
    if recorded.length(name) or (top is not None and top.sequence):
        return [Problem(name, 1, "chain_missing", "la chaîne a disparu tout entière.")]
    return []


def _read_records() -> Recorded:
    recorded = Recorded()
    previous = ""
    for record in HeadRecord.objects.order_by("day"):
        computed = hashing.digest_of_record(
            day=record.day, hashes=record.hashes, previous_digest=record.previous_digest
        )
        if record.previous_digest != previous or record.digest != computed:
            place = f"relevé du {record.day:%d/%m/%Y}"
            recorded.problems.append(
                Problem(place, 0, "record_changed", "le relevé quotidien a été modifié.")
            )
        previous = record.digest
        for chain, (first, hashes) in record.hashes.items():
            recorded.remember(recorded.hashes, chain, first, hashes)
    return recorded


def _read_heads(recorded: Recorded, heads: Sequence[Head], *, all_kept: bool) -> None:
    """Remember what the files saw, and tell where they or the table are not what they were."""
    table = dict(HeadRecord.objects.values_list("day", "digest"))
    previous: Head | None = None
    for head in heads:
        fault = _fault_of_head(head, previous, table.get(head.day))
        if fault:
            recorded.problems.append(Problem(f"fichier du {head.day:%d/%m/%Y}", 0, *fault))
        if head.is_whole:
            for chain, (first, hashes) in head.hashes.items():
                recorded.remember(recorded.kept, chain, first, hashes)
        previous = head
    if all_kept and heads:
        recorded.problems += [_missing_file(day) for day in sorted(table) if _is_unkept(day, heads)]


def _fault_of_head(head: Head, previous: Head | None, digest: str | None) -> tuple[str, str] | None:
    if not head.is_whole:
        return "file_changed", "le fichier conservé hors de la base a été modifié."
    if previous is not None and head.previous_digest != previous.digest:
        return (
            "file_unlinked",
            "un fichier manque entre celui-ci et le précédent, ou l’un d’eux est d’ailleurs.",
        )
    if digest != head.digest:
        return "record_differs", "le relevé de la base n’est pas celui que ce fichier garde."
    return None


def _is_unkept(day: date, heads: Sequence[Head]) -> bool:
    return day > heads[0].day and all(head.day != day for head in heads)


def _missing_file(day: date) -> Problem:
    return Problem(
        f"fichier du {day:%d/%m/%Y}", 0, "file_missing", "le relevé de ce jour n’a pas de fichier."
    )


def _first_problem(
    chain: str, events: Iterator[Event], head: ChainHead | None, recorded: Recorded
) -> Problem | None:
    """Walk one chain to its first fault; the rest of the iterator is left to `groupby` to skip."""
    sequence, previous = 0, ""
    for event in events:
        sequence += 1
        fault = _fault_of(event, sequence, previous, recorded)
        if fault:
            return Problem(chain, sequence, *fault)
        previous = event.hash
    return _fault_at_the_end(chain, sequence, previous, head, recorded.length(chain))


def _fault_of(event: Event, sequence: int, previous: str, recorded: Recorded) -> tuple[str, str] | None:
    if event.sequence != sequence:
        return "missing", "l’événement manque."
    table, kept = recorded.told(event.chain, sequence)
    if kept and kept != event.hash:
        return "rewritten", "l’événement n’est pas celui que le fichier conservé hors de la base a vu."
    if table and table != event.hash:
        return "rewritten", "l’événement n’est pas celui que le relevé quotidien a vu."
    if event.previous_hash != previous:
        return "relinked", "l’événement ne suit pas celui qui le précède."
    if event.hash != _hash_of(event):
        return "changed", "le contenu de l’événement a été modifié."
    return _fault_of_detail(event)


def _fault_of_detail(event: Event) -> tuple[str, str] | None:
    detail = getattr(event, "detail", None)
    if detail is None:
        return ("detail_missing", "les détails de l’événement manquent.") if event.detail_hash else None
    if detail.erased_at is not None:
        if detail.names or detail.motive or detail.salt:
            return "detail_changed", "des détails ont été ajoutés après l’effacement."
        return None
    computed = hashing.hash_of_detail(salt=detail.salt, names=detail.names, motive=detail.motive)
    if computed != event.detail_hash:
        return "detail_changed", "les détails de l’événement ont été modifiés."
    return None


def _fault_at_the_end(
    chain: str, sequence: int, last_hash: str, head: ChainHead | None, recorded: int
) -> Problem | None:
    if head is None or head.sequence < sequence:
        # The heads were read before the events: an event appended meanwhile has moved its head too.
        fresh = ChainHead.objects.filter(chain=chain).first()
        if fresh is None or fresh.sequence < sequence:
            added = fresh.sequence + 1 if fresh else 1
            return Problem(chain, added, "added", "l’événement a été ajouté hors du journal.")
        return None
    if head.sequence > sequence or recorded > sequence:
        return Problem(chain, sequence + 1, "missing", "la fin de la chaîne a été coupée.")
    if head.hash != last_hash:
        return Problem(chain, sequence, "head_changed", "la tête de la chaîne ne désigne pas cet événement.")
    return None


def _hash_of(event: Event) -> str:
    return hashing.hash_of_event(
        chain=event.chain,
        sequence=event.sequence,
        name=event.name,
        at=event.at,
        actor_ref=event.actor_ref,
        data=event.data,
        detail_hash=event.detail_hash,
        previous_hash=event.previous_hash,
    )
