"""Counts rows with what else must be read: the journal where the clocks don't go on, rules cited, the answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from applications.models import Dossier, Listing, Satisfaction
from applications.services.court import Told, moves_of
from applications.services.figures.facts import SCORE, count, joined, marks_of, token, tokens
from applications.workflow.states import State
from portal.audit.models import Event
from portal.clock import civil_date

REJECT = "reject"


def count_all(rows: Sequence[Listing], dossiers: Sequence[Dossier], *, before: Mapping[int, Listing]) -> None:
    """Write what each dossier counts for into its new row, which stands at the same place.

    A row that was counted before goes on from there. The journal is read for the others and, for a dossier that
    is rejected, for the rules cited.
    """
    known = {pk: row for pk, row in before.items() if row.reached is not None}
    journals = _journals([one for one in dossiers if one.pk not in known])
    refused = _refused([one for one in dossiers if one.pk in known and one.state == State.REJECTED])
    given = _scores([one for one in dossiers if one.pk not in known])
    for row, dossier in zip(rows, dossiers, strict=True):
        old, journal = known.get(dossier.pk), journals.get(dossier.pk, [])
        count(row, dossier, before=old, moves=moves_of(dossier, journal))
        cited = refused.get(dossier.pk) or _cited(journal)
        if old is None:
            scores, row.rated_on = given.get(dossier.pk, ([], None))
        else:
            scores = [one for one in tokens(old.marks) if one.startswith(f"{SCORE}:")]
        row.marks = marks_of(row, dossier.finding_decisions.all(), cited, scores)


def _chains(dossiers: Iterable[Dossier]) -> dict[str, int]:
    return {one.chain: one.pk for one in dossiers}


def _journals(dossiers: Sequence[Dossier]) -> dict[int, list[Told]]:
    """Return the events of requests, oldest first, by dossier."""
    chains, found = _chains(dossiers), defaultdict[int, list[Told]](list)
    if chains:
        events = Event.objects.filter(chain__in=list(chains)).order_by("chain", "sequence")
        for chain, name, at, data in events.values_list("chain", "name", "at", "data"):
            found[chains[chain]].append(Told(name, at, data))
    return found


def _refused(dossiers: Sequence[Dossier]) -> dict[int, list[str]]:
    """Return the rules that the last rejection of each cites."""
    chains = _chains(dossiers)
    if not chains:
        return {}
    events = Event.objects.filter(chain__in=list(chains), name=REJECT).order_by("chain", "sequence")
    return {chains[chain]: data.get("rules", []) for chain, data in events.values_list("chain", "data")}


def _cited(journal: Iterable[Told]) -> list[str]:
    rules: list[str] = []
    for told in journal:
        if told.name == REJECT:
            rules = list(told.data.get("rules", []))
    return rules


# --- The company's answers -----------------------------------------------------------------------
Answers = tuple[list[str], date | None]


def _scores(dossiers: Sequence[Dossier]) -> dict[int, Answers]:
    """Return the marks of each company's answers and the day of the last one; a later mission's word prevails."""
    keys = [one.pk for one in dossiers]
    if not keys:
        return {}
    asked = Satisfaction.objects.filter(mission__dossier__in=keys, score__isnull=False)
    found: dict[int, dict[str, int]] = defaultdict(dict)
    last: dict[int, date] = {}
    rows = asked.order_by("mission__rank", "pk").values_list("mission__dossier", "phase", "score", "given_at")
    for pk, phase, score, at in rows:
        found[pk][phase] = score or 0
        last[pk] = max(last.get(pk, date.min), civil_date(at))
    return {pk: ([token(SCORE, *one) for one in phases.items()], last[pk]) for pk, phases in found.items()}


def rate(row: Listing, dossier: Dossier) -> None:
    """Write the company's answers into a row that was counted."""
    others = [one for one in tokens(row.marks) if not one.startswith(f"{SCORE}:")]
    scores, row.rated_on = _scores([dossier]).get(dossier.pk, ([], None))
    row.marks = joined([*others, *scores])
