"""Writes the list's rows: each act of a dossier, and each change of a name, brings its row up to date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import date, datetime

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet

from applications.models import NEVER, Deadline, Derogation, Dossier, Listing, Mission, Turn
from applications.services.evaluation import as_decided, current_evaluation
from applications.services.figures import counting, facts, tally
from applications.services.search import LONGEST_TEXT, fold
from applications.workflow.states import ENDED, ON_COMPANY, ON_EXPERT, State

BATCH = 500
# Written at each refresh; `changed_at` only by an act.
WRITTEN = [
    "state",
    "turn",
    "officer",
    "volet",
    "edition",
    "device",
    "region",
    "verdict",
    "share",
    "submitted_at",
    "state_since",
    "next_due_on",
    "next_kind",
    "names",
    "words",
    "left_on",
    *facts.COUNTED,
]


def turn_of(state: str) -> Turn:
    """Return whose move it is in a state."""
    for states, turn in ((ENDED, Turn.ENDED), (ON_COMPANY, Turn.COMPANY), (ON_EXPERT, Turn.EXPERT)):
        if state in states:
            return turn
    return Turn.BPIFRANCE


def refresh(
    keys: Iterable[int], *, today: date, acted_at: datetime | None = None, anew: bool = False
) -> None:
    """Bring the rows of these dossiers up to date; `acted_at` is the act that changed them, None for a name.

    What they count for goes on from where it stood; `anew`, it is read from the journal.

    Called under the dossiers' locks by whatever changes what a row shows. A draft has no row.
    """
    wanted = sorted(set(keys))
    written = [*WRITTEN, "changed_at"] if acted_at else WRITTEN
    for start in range(0, len(wanted), BATCH):
        with transaction.atomic(savepoint=False):
            before = tally.held(wanted[start : start + BATCH])
            dossiers = list(_with_parts(Dossier.objects.filter(pk__in=wanted[start : start + BATCH])))
            rows = [row_of(one, today=today, acted_at=acted_at) for one in dossiers]
            counting.count_all(rows, dossiers, before={} if anew else before)
            Listing.objects.bulk_create(
                rows, update_conflicts=True, unique_fields=["dossier"], update_fields=written
            )
            tally.replace(before, rows)


def _with_parts(dossiers: QuerySet[Dossier]) -> QuerySet[Dossier]:
    running = Deadline.objects.filter(closed_on__isnull=True).order_by("due_on", "pk")
    return (
        dossiers.filter(submitted_at__isnull=False)
        .select_related("company", "device", "firm", "derogation", "commitment")
        .prefetch_related(
            "finding_decisions",
            "quotes__lines",
            "documents",
            Prefetch("missions", Mission.objects.select_related("firm")),
            Prefetch("deadlines", running, to_attr="running_terms"),
        )
        .order_by("pk")
    )


def row_of(dossier: Dossier, *, today: date, acted_at: datetime | None = None) -> Listing:
    """Return the row of a dossier read with its parts, not yet written."""
    assert dossier.submitted_at is not None
    terms: list[Deadline] = dossier.running_terms  # type: ignore[attr-defined]
    return Listing(
        dossier=dossier,
        state=State(dossier.state),
        turn=turn_of(dossier.state),
        officer_id=dossier.officer_id,
        volet=dossier.volet,
        edition=dossier.edition,
        device=f"{dossier.device_kind}.{dossier.device_class}" if dossier.device_kind else "",
        region=dossier.company.region,
        verdict=verdict_shown(dossier, today=today),
        share=dossier.bpifrance_share,
        submitted_at=dossier.submitted_at,
        state_since=dossier.state_since,
        changed_at=acted_at or dossier.state_since,
        next_due_on=terms[0].due_on if terms else NEVER,
        next_kind=terms[0].kind if terms else "",
        left_on=dossier.archived_on,
        **_searched(dossier),
    )


def verdict_shown(dossier: Dossier, *, today: date) -> str:
    """Return the verdict as the dossier's page reads it: the findings that an officer lifted no longer count."""
    decisions = dossier.finding_decisions.all()
    if not decisions or dossier.erased_on is not None:
        return dossier.verdict
    decided: str = as_decided(current_evaluation(dossier, today=today), decisions)["verdict"]
    return decided


def _searched(dossier: Dossier) -> dict[str, str]:
    if dossier.erased_on is not None:
        return {"names": fold([dossier.number or ""]), "words": ""}
    names = _names(dossier)
    return {"names": fold(names), "words": fold([*names, *_free_text(dossier)])[:LONGEST_TEXT]}


def _names(dossier: Dossier) -> list[str]:
    company, device = dossier.company, dossier.device
    firms = {mission.firm.name for mission in dossier.missions.all()}
    if dossier.firm is not None:
        firms.add(dossier.firm.name)
    return [
        dossier.number or "",
        company.identifier,
        company.name,
        device.name if device else "",
        *sorted(firms),
    ]


def _free_text(dossier: Dossier) -> list[str]:
    derogation: Derogation | None = getattr(dossier, "derogation", None)
    return [
        dossier.device.description if dossier.device else "",
        derogation.reason if derogation else "",
        *(line.label for quote in dossier.quotes.all() for line in quote.lines.all()),
        *(piece.absent_because for piece in dossier.documents.all()),
    ]


# --- Names that change ---------------------------------------------------------------------------
def company_changed(company_id: int) -> None:
    """Write a company's new name or region, or its device's name, into the rows of its dossiers."""
    _rename(Dossier.objects.filter(company=company_id))


def relist_firm(payload: Mapping[str, int], *, outbox_id: int) -> None:  # noqa: ARG001 a handler's signature
    """Write a firm's new name into the rows of its dossiers; the payload is {firm}."""
    firm = payload["firm"]
    _rename(
        Dossier.objects.filter(Q(firm=firm) | Q(pk__in=Mission.objects.filter(firm=firm).values("dossier")))
    )


def _rename(dossiers: QuerySet[Dossier]) -> None:
    """Write what the rows hold of names and texts, and nothing else: an act may be writing the rest."""
    keys = list(dossiers.filter(submitted_at__isnull=False).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        with transaction.atomic(savepoint=False):
            before = tally.held(keys[start : start + BATCH])
            chunk = _with_parts(Dossier.objects.filter(pk__in=list(before)))
            rows = [_renamed(before[one.pk], one) for one in chunk]
            Listing.objects.bulk_update(rows, ["region", "names", "words"])
            tally.replace(before, rows)


def _renamed(before: Listing, dossier: Dossier) -> Listing:
    row = copy(before)
    row.region = dossier.company.region
    for name, text in _searched(dossier).items():
        setattr(row, name, text)
    return row


# --- The company's answers -----------------------------------------------------------------------
def rated(dossier: Dossier) -> None:
    """Count an answer of the company, under the dossier's lock."""
    before = tally.held([dossier.pk])
    rows = [copy(row) for row in before.values() if row.reached is not None]
    for row in rows:
        counting.rate(row, dossier)
    Listing.objects.bulk_update(rows, ["marks", "rated_on"])
    tally.replace(before, rows)
