"""Takes ANSSI's list into the register: good lines are taken, bad ones reported, providers that left are flagged.

One transaction; the number of queries grows by one per batch of lines, never with each line.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from experts.models import PassiImport, PassiListing
from experts.services.decisions import require_decider
from experts.services.files import LIST_KIND
from experts.services.passi.matching import CHAIN, lock_register, match_all, sync_certificates
from experts.services.passi.reading import Fault, ListRefused, Provider, Row, rows_of
from portal.accounts.models import User
from portal.audit.services import append
from portal.clock import civil_date
from portal.documents.services import store
from portal.documents.storage import gone_through

BATCH = 500
WRITTEN = ["siren", "name", "name_key", "scopes", "valid_from", "valid_until", "is_listed", "dropped_on"]
NOT_COMPLETE = "Le fichier n’est pas donné pour une liste complète."
NO_GOOD_LINE = "Aucune ligne du fichier n’a pu être prise."
UNREADABLE = "Une ligne en erreur ne dit pas quel prestataire elle nomme."


@dataclass(slots=True)
class Report:
    """What the lines of a file became."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    dropped: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    drop_note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return what the command prints."""
        return {
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "errors": self.errors,
        }


@dataclass(slots=True)
class _Sorted:
    """The file beside the register: what to add, to change, to flag."""

    added: list[PassiListing] = field(default_factory=list)
    changed: list[PassiListing] = field(default_factory=list)
    unchanged: list[PassiListing] = field(default_factory=list)
    dropped: list[PassiListing] = field(default_factory=list)


def refused(message: str) -> Report:
    """Return the report of a file that can't be read at all."""
    return Report(errors=[{"line": 1, "message": message}])


def bring(
    *, file: UploadedFile[bytes], is_complete: bool, actor: User, now: datetime
) -> tuple[PassiImport, Report]:
    """Keep the file that an officer or a manager brought and take it in. Raises Refused, FileRefused."""
    require_decider(actor)
    with transaction.atomic():
        document = store(file=file, kind=LIST_KIND, uploaded_by=actor, allowed=("csv",), now=now)
        source = PassiImport(
            file_name=document.original_name,
            sha256=document.sha256,
            document=document,
            brought_by=actor,
            brought_at=now,
            is_complete=is_complete,
        )
        with document.file.open("rb") as kept, gone_through(kept) as content:
            report = import_file(content, source=source, now=now)
    return source, report


@transaction.atomic
def import_file(file: IO[bytes], *, source: PassiImport, now: datetime) -> Report:
    """Take a list in and keep its report on `source`, which is saved; a file taken before changes nothing."""
    lock_register()
    try:
        read = list(rows_of(file))
    except ListRefused as refusal:
        return _kept(source, refused(str(refusal)))
    rows, faults = _parted(read)
    found = _sort(rows)
    note = _why_nobody_drops(source, rows, faults)
    found.dropped = [] if note else _surely_gone(found.dropped, faults)
    _write(found, civil_date(now))
    report = _kept(source, _report(found, rows, faults, note))
    match_all(now=now)
    touched = sync_certificates(complete=not note)
    _remember(source, report, found, touched, now)
    return report


def _parted(read: list[Row | Fault]) -> tuple[list[Row], list[Fault]]:
    """Return the lines that are taken and those that are not: one that repeats another is not, however it is named."""
    seen: set[tuple[object, ...]] = set()
    rows: list[Row] = []
    faults: list[Fault] = []
    for one in read:
        if isinstance(one, Fault):
            faults.append(one)
            continue
        told = (one.provider.key, one.scopes, one.valid_from, one.valid_until)
        if told in seen:
            faults.append(Fault(one.line, "Cette ligne répète une ligne précédente.", one.provider))
        else:
            seen.add(told)
            rows.append(one)
    return rows, faults


def _surely_gone(dropped: list[PassiListing], faults: list[Fault]) -> list[PassiListing]:
    """Return those that no line names, not even one in error."""
    named = [fault.provider for fault in faults if fault.provider is not None]
    keys, names = {one.key for one in named}, {one.name_key for one in named}
    return [one for one in dropped if _key(one) not in keys and one.name_key not in names]


def _report(found: _Sorted, rows: list[Row], faults: list[Fault], note: str) -> Report:
    errors = [{"line": one.line, "message": one.message} for one in faults]
    errors += [{"line": one.line, "message": one.note} for one in rows if one.note]
    return Report(
        added=len(found.added),
        changed=len(found.changed),
        unchanged=len(found.unchanged),
        dropped=len(found.dropped),
        errors=sorted(errors, key=lambda one: one["line"]),
        drop_note=note,
    )


def _why_nobody_drops(source: PassiImport, rows: list[Row], faults: list[Fault]) -> str:
    if not source.is_complete:
        return NOT_COMPLETE
    if not rows:
        return NO_GOOD_LINE
    return UNREADABLE if any(fault.provider is None for fault in faults) else ""


def _key(listing: PassiListing) -> str:
    return Provider(listing.siren, listing.name_key).key


def _content(listing: PassiListing) -> tuple[object, ...]:
    return (
        listing.siren,
        listing.name,
        tuple(listing.scopes),
        listing.valid_from,
        listing.valid_until,
    )


def _sort(rows: list[Row]) -> _Sorted:
    """Put each line beside the one of the same provider: the same first, then the same start, then any."""
    known: dict[str, list[PassiListing]] = defaultdict(list)
    for listing in PassiListing.objects.order_by("valid_from", "pk"):
        known[_key(listing)].append(listing)
    told: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        told[row.provider.key].append(row)
    found = _Sorted()
    for key, lines in told.items():
        _sort_one(found, known.pop(key, []), lines)
    for left in known.values():
        found.dropped += [one for one in left if one.is_listed]
    return found


def _sort_one(found: _Sorted, listings: list[PassiListing], rows: list[Row]) -> None:
    left = list(listings)
    waiting = []
    for row in rows:
        same = next((one for one in left if _content(one) == row.content), None)
        if same is None:
            waiting.append(row)
            continue
        left.remove(same)
        if same.is_listed:
            found.unchanged.append(same)
        else:
            found.changed.append(same)
    for row in sorted(waiting, key=lambda one: one.valid_from):
        near = next((one for one in left if one.valid_from == row.valid_from), left[0] if left else None)
        if near is None:
            found.added.append(_filled(PassiListing(), row))
        else:
            left.remove(near)
            found.changed.append(_filled(near, row))
    found.dropped += [one for one in left if one.is_listed]


def _filled(listing: PassiListing, row: Row) -> PassiListing:
    listing.siren, listing.name, listing.name_key = row.provider.siren, row.name, row.provider.name_key
    listing.scopes = list(row.scopes)
    listing.valid_from, listing.valid_until = row.valid_from, row.valid_until
    return listing


def _write(found: _Sorted, today: date) -> None:
    for one in found.changed:
        one.is_listed, one.dropped_on = True, None
    for one in found.dropped:
        one.is_listed, one.dropped_on = False, today
    PassiListing.objects.bulk_create(found.added, batch_size=BATCH)
    PassiListing.objects.bulk_update(found.changed, WRITTEN, batch_size=BATCH)
    PassiListing.objects.bulk_update(found.dropped, ["is_listed", "dropped_on"], batch_size=BATCH)


def _kept(source: PassiImport, report: Report) -> Report:
    source.added, source.changed, source.unchanged = report.added, report.changed, report.unchanged
    source.dropped, source.errors, source.drop_note = report.dropped, report.errors, report.drop_note
    source.save()
    return report


def _remember(source: PassiImport, report: Report, found: _Sorted, touched: list[int], now: datetime) -> None:
    """Leave one event for the whole file, with the certificates it wrote."""
    append(
        chain=CHAIN,
        name="passi_list_imported",
        at=now,
        actor=source.brought_by,
        data={
            "import": source.pk,
            "sha256": source.sha256,
            "added": report.added,
            "changed": report.changed,
            "dropped": [one.pk for one in found.dropped],
            "errors": len(report.errors),
            "certificates": touched,
        },
    )
