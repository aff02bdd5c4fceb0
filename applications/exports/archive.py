"""The archive of one dossier: documents, letters, snapshots, events, the edition, and what verifies them offline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import IO, Any

from django.db.models import Q

from applications.exports.packing import SIGNATURES, VERIFIER, Pack
from applications.models import (
    Dossier,
    DossierDocument,
    Letter,
    MessageAttachment,
    MinutesVersion,
    MissionReport,
    Snapshot,
)
from applications.services.mission.seal import sealed_bytes
from portal.audit import heads
from portal.audit.models import ChainHead, Event, HeadRecord
from portal.clock import PARIS
from portal.documents.models import DocumentState
from tariffs import catalogue

README = """Archive du dossier {number}

manifest.json      la liste des fichiers, avec l’empreinte SHA-256 de chacun
pieces/            les documents déposés, octet pour octet
courriers/         les courriers faits par le portail
comptes-rendus/    les comptes rendus de réunion approuvés des deux côtés, dont le journal porte l’empreinte
instantanes/       les évaluations telles qu’elles ont été vues au dépôt, à la décision et à la clôture
evenements.json    le journal du dossier, chaîné par empreinte
edition/           le cahier des charges appliqué, sous la forme lue par le moteur
releves/           le dernier relevé quotidien qui a vu cette chaîne, et son jeton d’horodatage s’il en a un
verifier.py        le programme qui vérifie le tout, hors ligne\u00a0: python3 verifier.py
signatures.py      ce qui y lit les sceaux des courriers et les jetons d’horodatage

L’empreinte du manifeste figure dans le journal du portail, à l’événement archive_made\u00a0: comparez-la avec
python3 verifier.py --empreinte EMPREINTE
"""


def size_of(dossier: Dossier) -> int:
    """Return how many files the archive will hold, to show how far it is."""
    pieces = _pieces(dossier).count() + _letters(dossier).count() + dossier.snapshots.count()
    return pieces + len(_further(dossier)) + _minutes(dossier).count() + 6


def write(file: IO[bytes], dossier: Dossier, *, now: datetime, step: Callable[[int], None]) -> dict[str, Any]:
    """Write the archive into an open file; return the count of its files and its manifest's SHA-256.

    `step` is told how many files are in it, after each. Raises ChangedFileError, OSError.
    """
    with Pack(file, step=lambda: step(len(pack.files))) as pack:
        pack.add_text("LISEZMOI.txt", README.format(number=dossier))
        pack.add_bytes("verifier.py", VERIFIER.read_bytes())
        pack.add_bytes("signatures.py", SIGNATURES.read_bytes())
        _add_documents(pack, dossier)
        _add_minutes(pack, dossier)
        _add_snapshots(pack, dossier)
        if dossier.edition:
            content = catalogue.content_of(dossier.edition)
            pack.add_bytes(f"edition/{dossier.edition}.toml", content, kind="edition")
        told = _add_events(pack, dossier)
        manifest = pack.close(
            format=1,
            dossier={"number": dossier.number, "volet": dossier.volet, "edition": dossier.edition},
            made_at=now.astimezone(PARIS).isoformat(timespec="seconds"),
            events=told,
            head=_add_head(pack, dossier),
        )
    return {"files": len(pack.files), "manifest": manifest}


def _pieces(dossier: Dossier) -> Any:
    clean = Q(document__state=DocumentState.CLEAN)
    return DossierDocument.objects.filter(clean, dossier=dossier).select_related("document").order_by("pk")


def _letters(dossier: Dossier) -> Any:
    return (
        Letter.objects.filter(dossier=dossier, document__isnull=False)
        .select_related("document")
        .order_by("pk")
    )


def _further(dossier: Dossier) -> list[tuple[str, Any]]:
    """Return the files of the dossier that are neither its pieces nor its letters, with what they are."""
    reports = MissionReport.objects.filter(
        mission__dossier=dossier, document__state=DocumentState.CLEAN
    ).select_related("document")
    joined = MessageAttachment.objects.filter(
        message__dossier=dossier, document__state=DocumentState.CLEAN
    ).select_related("document")
    found = [("Retard ou incident signalé", one.document) for one in reports.order_by("pk")]
    return found + [("Fichier joint à un message", one.document) for one in joined.order_by("pk")]


def _add_documents(pack: Pack, dossier: Dossier) -> None:
    seen = set()
    for piece in _pieces(dossier).iterator(chunk_size=100):
        seen.add(piece.document_id)
        pack.add_document(
            "pieces",
            piece.document,
            label=piece.get_kind_display(),
            kind=piece.kind,
            piece=piece.pk,
            added_at=piece.added_at.isoformat(),
            replaced_at=piece.replaced_at.isoformat() if piece.replaced_at else None,
        )
    for label, document in _further(dossier):
        if document.pk not in seen:
            seen.add(document.pk)
            pack.add_document("pieces", document, label=label, kind=document.kind)
    for letter in _letters(dossier).iterator(chunk_size=100):
        pack.add_document(
            "courriers",
            letter.document,
            label=letter.get_kind_display(),
            kind=letter.kind,
            event=letter.event_ref,
            sealed=letter.sealed_at is not None,
        )


def _minutes(dossier: Dossier) -> Any:
    """Return the minutes that both sides approved: Bpifrance reads no others."""
    approved = MinutesVersion.objects.filter(
        minutes__mission__dossier=dossier, state=MinutesVersion.State.APPROVED
    )
    return approved.select_related("document").order_by("met_on", "pk")


def _add_minutes(pack: Pack, dossier: Dossier) -> None:
    """Write each as the bytes whose SHA-256 its event holds."""
    for rank, version in enumerate(_minutes(dossier), start=1):
        pack.add_bytes(
            f"comptes-rendus/{rank:02d}-{version.met_on:%Y-%m-%d}.json",
            sealed_bytes(version),
            label=version.get_kind_display(),
            kind="minutes",
            approved_at=version.answered_at.isoformat(),
        )


def _add_snapshots(pack: Pack, dossier: Dossier) -> None:
    for rank, snapshot in enumerate(dossier.snapshots.order_by("taken_at", "pk"), start=1):
        pack.add_json(
            f"instantanes/{rank:02d}-{snapshot.moment}.json",
            _snapshot(snapshot),
            label=snapshot.get_moment_display(),
            kind="snapshot",
            snapshot=snapshot.pk,
        )


def _snapshot(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "moment": snapshot.moment,
        "taken_at": snapshot.taken_at.isoformat(),
        "edition": snapshot.edition,
        "edition_sha256": snapshot.edition_digest,
        "case": snapshot.case,
        "evaluation": snapshot.evaluation,
    }


def _add_events(pack: Pack, dossier: Dossier) -> dict[str, Any]:
    """Write the journal of the dossier and return what the manifest says of it."""
    rows = Event.objects.filter(chain=dossier.chain).select_related("detail").order_by("sequence")
    events = [_event(event) for event in rows]
    head = ChainHead.objects.filter(chain=dossier.chain, sequence=len(events)).first()
    pack.add_json("evenements.json", events, kind="events")
    last = head.hash if head is not None else (events[-1]["hash"] if events else "")
    return {"chain": dossier.chain, "count": len(events), "last_hash": last}


def _add_head(pack: Pack, dossier: Dossier) -> str | None:
    """Write the last daily record that saw the chain, and its time stamp; return its path, None before the first."""
    record = HeadRecord.objects.filter(hashes__has_key=dossier.chain).order_by("-day").first()
    if record is None:
        return None
    path = f"releves/{record.day.isoformat()}.json"
    pack.add_text(path, heads.content_of(record), kind="head")
    token = heads.token_of(record.day)
    if token is not None:
        pack.add_bytes(path.replace(".json", heads.STAMPED), token, kind="time_stamp")
    return path


def _event(event: Event) -> dict[str, Any]:
    told = {
        "chain": event.chain,
        "sequence": event.sequence,
        "name": event.name,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": event.actor_ref,
        "data": event.data,
        "detail_hash": event.detail_hash,
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }
    detail = getattr(event, "detail", None)
    if detail is not None and detail.erased_at is None:
        told["detail"] = {"salt": detail.salt, "names": detail.names, "motive": detail.motive}
    return told
