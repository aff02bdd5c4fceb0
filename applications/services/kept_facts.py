"""What each act leaves in its event: the dossier and its missions as they are after it, and what it began or ended.

Codes, dates and amounts only; names and motives stay in the erasable part of the event. From these alone
`services.time_machine` reads the dossier at any past moment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from applications.models import Dossier, DossierDocument, Mission, Snapshot

Json = dict[str, Any]
KEY = "kept"
OF_DOSSIER = (
    "state",
    "officer_id",
    "firm_id",
    "edition",
    "verdict",
    "total",
    "eligible_total",
    "bpifrance_share",
    "company_share",
    "submitted_at",
    "judged_on",
    "validated_on",
    "rejected_on",
    "review_requested_on",
    "contract_sent_on",
    "signed_on",
    "work_started_on",
    "work_ended_on",
    "due_on",
    "report_due_on",
    "ended_on",
    "cancellation_requested_at",
    "extension_requested_at",
)
OF_MISSION = (
    "firm_id",
    "rank",
    "is_current",
    "state",
    "began_on",
    "replaced_on",
    "work_started_on",
    "work_ended_on",
    "report_due_on",
    "report_given_on",
    "closure_submitted_on",
    "restitution_on",
    "final_total",
    "final_share",
    "final_company_share",
    "payment_approved_on",
)
# Where what the next event tells is gathered, on the dossier that the act holds locked.
_GATHERED = "_told_by_the_act"


def tell(dossier: Dossier, what: str, **codes: Any) -> None:
    """Have the act's event say that something began, ended or was kept; `codes` are ids, codes, dates, amounts."""
    gathered = dossier.__dict__.setdefault(_GATHERED, [])
    gathered.append({"what": what, **{name: plain(value) for name, value in codes.items()}})


def tell_mission(mission: Mission) -> None:
    """Have the act's event say how it leaves another mission than the one it is about."""
    tell(mission.dossier, "mission", id=mission.pk, **_columns(mission, OF_MISSION))


def tell_pieces(dossier: Dossier, pieces: Iterable[DossierDocument]) -> None:
    """Have the act's event seal the files filed with it: the SHA-256 of each piece in force."""
    found = {
        str(piece.pk): piece.document.sha256
        for piece in pieces
        if piece.replaced_at is None and piece.document is not None and piece.document.is_readable
    }
    tell(dossier, "pieces", sha256=dict(sorted(found.items())))


def kept_by(dossier: Dossier, mission: Mission | None, letters: Iterable[str]) -> Json:
    """Return what the event keeps, the kinds of letter it orders included; what was gathered is told once."""
    told: list[Json] = dossier.__dict__.pop(_GATHERED, [])
    kept: Json = {"dossier": _columns(dossier, OF_DOSSIER)}
    if mission is not None:
        kept["mission"] = {"id": mission.pk, **_columns(mission, OF_MISSION)}
    if told:
        kept["told"] = told
    if kinds := [str(kind) for kind in letters]:
        kept["letters"] = kinds
    return kept


def _columns(row: Dossier | Mission, names: Iterable[str]) -> Json:
    """Return the columns that say something: one left out is empty."""
    found = {name: plain(getattr(row, name)) for name in names}
    return {name: value for name, value in found.items() if value not in (None, "")}


def plain(value: Any) -> Any:
    """Return a value as the journal may hold it: amounts with two decimals, instants in UTC."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return str(value)
    return value


def seal_of_snapshot(snapshot: Snapshot) -> str:
    """Return the SHA-256 of a snapshot's content in one written form, which its event keeps."""
    content = {
        "moment": str(snapshot.moment),
        "edition": snapshot.edition,
        "edition_sha256": snapshot.edition_digest,
        "case": snapshot.case,
        "evaluation": snapshot.evaluation,
    }
    written = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()
