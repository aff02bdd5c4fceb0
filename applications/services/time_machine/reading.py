"""Reads a dossier as it was at one moment: the journal played up to it, and the rows that bear a date of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from applications.models import Dossier, DossierDocument, FindingDecision, Letter, Snapshot
from applications.services.contents import item_labels
from applications.services.evaluation import as_decided
from applications.services.kept_facts import seal_of_snapshot
from applications.services.time_machine.replay import Past, replay
from experts.models import ExpertFirm
from portal.accounts.models import User
from portal.audit.models import Event
from tariffs import catalogue
from tariffs.engine.editions import EditionError

Json = dict[str, Any]
MONEY = ("total", "eligible_total", "bpifrance_share", "company_share")


@dataclass(frozen=True, slots=True)
class Filed:
    """A piece that was there; `sealed`: its hash is the one that the journal keeps, None where it keeps none."""

    piece: DossierDocument
    sealed: bool | None


@dataclass(frozen=True, slots=True)
class Then:
    """A dossier as it was; `then` and `now` are the journal played up to the moment, and to its end.

    `evaluation` is that of the last snapshot, as the findings were judged by then. `lost` counts the pieces that
    the journal seals and that are no longer kept.
    """

    moment: datetime
    events: Sequence[Event]
    then: Past
    now: Past
    snapshot: Snapshot | None
    snapshot_is_whole: bool | None
    evaluation: Json | None
    rules_are_those: bool | None
    labels: dict[str, str]
    pieces: Sequence[Filed]
    lost: int
    letters: Sequence[Letter]
    messages: int
    officers: dict[int, User]
    firms: dict[int, ExpertFirm]

    @property
    def previous(self) -> int | None:
        """The rank of the event before the last one played."""
        return self.then.rank - 1 if self.then.rank > 1 else None

    @property
    def following(self) -> int | None:
        """The rank of the next event."""
        return self.then.rank + 1 if self.then.rank < self.now.rank else None


def read(dossier: Dossier, *, at: datetime, rank: int | None = None) -> Then:
    """Return the dossier as it was at an instant, or right after the event of a rank; nine queries at most."""
    journal = list(Event.objects.filter(chain=dossier.chain).select_related("detail").order_by("sequence"))
    if rank is None:
        rank = max((event.sequence for event in journal if event.at <= at), default=0)
    played = journal[:rank]
    then, now = replay(played), replay(journal)
    snapshot = _snapshot(dossier, then, at)
    _older_money(then, snapshot)
    pieces, lost = _pieces(dossier, then, at)
    people = {past.known.get("officer_id") for past in (then, now)} - {None}
    firms = {past.known.get("firm_id") for past in (then, now)} - {None}
    firms |= {mission["firm_id"] for mission in then.missions.values()}
    return Then(
        moment=at,
        events=played,
        then=then,
        now=now,
        snapshot=snapshot,
        snapshot_is_whole=_is_whole(then, snapshot),
        evaluation=_evaluation(then, snapshot),
        rules_are_those=_rules_are_those(snapshot),
        labels=_labels(snapshot),
        pieces=pieces,
        lost=lost,
        letters=list(dossier.letters.filter(created_at__lte=at).select_related("document").defer("context")),
        messages=dossier.messages.filter(sent_at__lte=at).count(),
        officers=User.objects.in_bulk(people),
        firms=ExpertFirm.objects.in_bulk(firms),
    )


def instant_of(dossier: Dossier, rank: int) -> datetime | None:
    """Return when the event of a rank happened, None where there is none."""
    return Event.objects.filter(chain=dossier.chain, sequence=rank).values_list("at", flat=True).first()


def _snapshot(dossier: Dossier, then: Past, moment: datetime) -> Snapshot | None:
    """Return the snapshot that the journal names; where older events name none, the last one taken by then."""
    if then.filed_at is None:
        return None
    if then.snapshot is not None:
        return dossier.snapshots.filter(pk=then.snapshot[0]).first()
    return dossier.snapshots.filter(taken_at__lte=moment).order_by("-taken_at", "-pk").first()


def _is_whole(then: Past, snapshot: Snapshot | None) -> bool | None:
    """Tell whether the snapshot is the one that the journal sealed; None where it sealed none."""
    if then.snapshot is None:
        return None
    return snapshot is not None and seal_of_snapshot(snapshot) == then.snapshot[1]


def _evaluation(then: Past, snapshot: Snapshot | None) -> Json | None:
    if snapshot is None:
        return None
    decisions = [
        FindingDecision(rule=rule, outcome=outcome, decided_at=at)
        for rule, (outcome, at) in then.judgements.items()
    ]
    try:
        return as_decided(snapshot.evaluation, decisions)
    except (KeyError, EditionError):
        # The edition can't be read any more: what was judged stands, what was lifted is told beside.
        evaluation: Json = snapshot.evaluation
        return evaluation


def _rules_are_those(snapshot: Snapshot | None) -> bool | None:
    """Tell whether the edition is still, to the byte, the one that judged; None without a judgement."""
    if snapshot is None:
        return None
    try:
        return catalogue.get_edition(snapshot.edition).digest == snapshot.edition_digest
    except (KeyError, EditionError):
        return False


def _labels(snapshot: Snapshot | None) -> dict[str, str]:
    """Return what the items of the quote are called; codes stand for themselves once the edition can't be read."""
    if snapshot is None:
        return {}
    try:
        return item_labels(snapshot.edition)
    except (KeyError, EditionError):
        lines = (snapshot.evaluation.get("funding") or {}).get("lines", [])
        return {line["item"]: line["item"] for line in lines}


def _older_money(then: Past, snapshot: Snapshot | None) -> None:
    """Take the amounts from the snapshot where the events kept none."""
    if snapshot is None or "total" in then.known:
        return
    funding = snapshot.evaluation.get("funding") or {}
    then.known |= {name: str(funding[name]) for name in MONEY if name in funding}
    then.known.setdefault("edition", snapshot.edition)


def _pieces(dossier: Dossier, then: Past, moment: datetime) -> tuple[list[Filed], int]:
    """Return the pieces in force at the moment by their own dates, and how many sealed ones are no longer kept."""
    if then.filed_at is None:
        return [], 0
    rows = list(
        DossierDocument.objects.filter(dossier=dossier).select_related("document").order_by("added_at", "pk")
    )
    there = [
        row
        for row in rows
        if row.added_at <= moment and (row.replaced_at is None or row.replaced_at > moment)
    ]
    lost = len(then.pieces.keys() - {row.pk for row in rows})
    return [Filed(row, _sealed(then, row)) for row in there], lost


def _sealed(then: Past, row: DossierDocument) -> bool | None:
    sealed = then.pieces.get(row.pk)
    return None if sealed is None or row.document is None else sealed == row.document.sha256
