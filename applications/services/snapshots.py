"""The evaluations kept of a dossier, side by side: the facts, findings and amounts of each, and where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from applications.models import Dossier, Snapshot

Json = dict[str, Any]
# What is of the moment itself, and not of the request.
ASIDE = frozenset({"on", "stage", "edition", "volet"})


@dataclass(frozen=True, slots=True)
class Row:
    """One value at each moment, None where there was none; `part` and `name` say which."""

    part: str
    name: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        """True where one moment says something else than the one before it."""
        return any(before != after for before, after in zip(self.values, self.values[1:], strict=False))


def kept(dossier: Dossier) -> list[Snapshot]:
    """Return a dossier's snapshots, the oldest first; one query."""
    return list(dossier.snapshots.select_related("mission__firm").order_by("taken_at", "pk"))


def compared(snapshots: Iterable[Snapshot]) -> list[Row]:
    """Return every value of the snapshots, moment by moment, in the order in which they were first told."""
    told = [dict(_flat(one)) for one in snapshots]
    keys = list(dict.fromkeys(key for values in told for key in values))
    parts = list(dict.fromkeys(part for part, _ in keys))
    keys.sort(key=lambda key: parts.index(key[0]))
    return [Row(part, name, tuple(values.get((part, name)) for values in told)) for part, name in keys]


def _flat(snapshot: Snapshot) -> Iterator[tuple[tuple[str, str], Any]]:
    """Give ((part, name), value) for each fact, line, piece, finding and amount of a snapshot."""
    for part, section in snapshot.case.items():
        if part in ASIDE:
            continue
        if part == "quote":
            yield from _quote(section or {})
        elif part == "documents":
            yield from _documents(section or [])
        elif isinstance(section, dict):
            yield from (((part, name), value) for name, value in section.items())
        elif section is not None:
            yield ("dates", part), section
    evaluation = snapshot.evaluation
    for finding in evaluation["findings"]:
        yield ("findings", finding["rule"]), finding["status"]
    yield ("verdict", "verdict"), evaluation["verdict"]
    yield from _money(evaluation.get("funding") or {})


def _quote(quote: Json) -> Iterator[tuple[tuple[str, str], Any]]:
    for name in ("signed", "issued_on"):
        yield ("quote", name), quote.get(name)
    totals: Json = {}
    for line in quote.get("lines") or []:
        totals.setdefault(line["item"], []).append(line["amount"])
    for item, amounts in totals.items():
        yield ("lines", item), " + ".join(amounts)


def _documents(pieces: list[Json]) -> Iterator[tuple[tuple[str, str], Any]]:
    found: dict[str, list[Any]] = {}
    for piece in pieces:
        found.setdefault(piece["kind"], []).append(
            piece.get("issued_on") or piece.get("absent_because") or ""
        )
    for kind, dates in found.items():
        yield ("documents", kind), sorted(map(str, dates))


def _money(funding: Json) -> Iterator[tuple[tuple[str, str], Any]]:
    for name in ("total", "eligible_total", "bpifrance_share", "company_share"):
        if name in funding:
            yield ("money", name), funding[name]
