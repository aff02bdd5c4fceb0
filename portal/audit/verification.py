"""Reads the whole journal again and names, chain by chain, the first event that doesn't fit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from portal.audit import hashing
from portal.audit.models import ChainHead, Event, HeadRecord


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
    """What the daily records remember: each chain's hashes in order, and faults of the records themselves."""

    hashes: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def verify(chain: str | None = None) -> list[Problem]:
    """Return the first problem of each chain (of one chain if given), [] when the journal is intact."""
    recorded = _read_records()
    heads = {head.chain: head for head in ChainHead.objects.order_by("chain")}
    events = Event.objects.select_related("detail").order_by("chain", "sequence")
    if chain is not None:
        events = events.filter(chain=chain)
    problems = [] if chain is not None else recorded.problems
    seen = set()
    for name, rows in groupby(events.iterator(chunk_size=2000), key=lambda event: event.chain):
        seen.add(name)
        problem = _first_problem(name, rows, heads.get(name), recorded.hashes.get(name, []))
        if problem:
            problems.append(problem)
    expected = (
        {chain} & (heads.keys() | recorded.hashes.keys()) if chain else heads.keys() | recorded.hashes.keys()
    )
    problems += [
        Problem(name, 1, "chain_missing", "la chaîne a disparu tout entière.")
        for name in sorted(expected - seen)
        if recorded.hashes.get(name) or heads[name].sequence
    ]
    return problems


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
            known = recorded.hashes.setdefault(chain, [])
            known[first - 1 :] = hashes
    return recorded


def _first_problem(
    chain: str, events: Iterator[Event], head: ChainHead | None, recorded: list[str]
) -> Problem | None:
    """Walk one chain to its first fault; the rest of the iterator is left to `groupby` to skip."""
    sequence, previous = 0, ""
    for event in events:
        sequence += 1
        fault = _fault_of(event, sequence, previous, recorded)
        if fault:
            return Problem(chain, sequence, *fault)
        previous = event.hash
    return _fault_at_the_end(chain, sequence, previous, head, len(recorded))


def _fault_of(event: Event, sequence: int, previous: str, recorded: list[str]) -> tuple[str, str] | None:
    if event.sequence != sequence:
        return "missing", "l’événement manque."
    if sequence <= len(recorded) and recorded[sequence - 1] != event.hash:
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
