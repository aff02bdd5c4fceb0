"""Exports made by a worker: asked, shown as they advance, left, cancelled, kept seven days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from applications.models import Dossier, Export
from applications.models.company import BPIFRANCE_READERS
from applications.services.retention.rules import months_of
from applications.services.sensitivity import is_encrypted_export
from applications.workflow.refusals import NotYours, Obstacle, Refused
from portal.accounts.models import User
from portal.audit.services import append
from portal.documents import services as documents
from portal.documents.models import Document
from portal.documents.policy import ReadRight
from portal.notifications.outbox import enqueue
from portal.notifications.services import notify
from portal.sweeps import batches, work

CHAIN = "exports"
KEPT = timedelta(days=7)
MOST_AT_ONCE = 3
DOCUMENT_KIND = "export"
TOO_MANY = f"Vous avez déjà {MOST_AT_ONCE} exports en préparation."
RIGHTS_LOST = "Votre compte ne donne plus accès à cette liste."


class Cancelled(Exception):
    """Its owner cancelled the export meanwhile: what was made of it is forgotten."""


def ask(
    *,
    owner: User,
    listing: str,
    title: str,
    written_as: str,
    now: datetime,
    columns: Sequence[str] = (),
    query: str = "",
    expected: int = 0,
    dossier: Dossier | None = None,
) -> Export:
    """Have a worker make a file for one person; raises Refused where too many are being made for him.

    `listing` names a list, whose `query` is read again then; or it is Export.ARCHIVE with its dossier.
    """
    if Export.objects.running().filter(owner=owner).count() >= MOST_AT_ONCE:
        raise Refused([Obstacle("too_many", TOO_MANY, "Attendez qu’il finisse, ou annulez-en un.")])
    with transaction.atomic():
        export = Export.objects.create(
            owner=owner,
            role=owner.staff_role,
            listing=listing,
            dossier=dossier,
            title=title[:200],
            format=written_as,
            columns=list(columns),
            query=query,
            expected=expected,
            asked_at=now,
        )
        enqueue(
            kind="make_export",
            dedup_key=f"export:{export.pk}",
            payload={"export": str(export.pk)},
            due_at=now,
        )
    return export


def record(
    *, actor: User, listing: str, written_as: str, columns: Sequence[str], query: str, rows: int, at: datetime
) -> None:
    """Write in the journal who exported what, with which filters and columns, and how many rows."""
    with transaction.atomic():
        append(
            chain=CHAIN,
            name="list_exported",
            at=at,
            actor=actor,
            data={"listing": listing, "format": written_as, "columns": list(columns), "rows": rows},
            # The words searched may be somebody's name.
            names={"actor": actor.full_name, "filters": query},
        )


def cancel(*, export: Export, actor: User, now: datetime) -> bool:
    """Cancel one's own export; False where it was over already. Raises NotYours."""
    if export.owner_id != actor.pk:
        raise NotYours("Cet export n’est pas le vôtre.")
    running = Export.objects.running().filter(pk=export.pk)
    return bool(running.update(stage=Export.Stage.CANCELLED, ended_at=now))


# --- The worker's side ---------------------------------------------------------------------------
def begin(export_id: UUID, *, now: datetime) -> Export | None:
    """Return the export to make, from its start even if it was begun before; None where nothing is to make."""
    export = Export.objects.running().select_related("owner", "dossier").filter(pk=export_id).first()
    if export is None:
        return None
    if not _still_may(export.owner, export):
        fail(export, RIGHTS_LOST, now=now)
        return None
    export.stage, export.done = Export.Stage.RUNNING, 0
    advance(export, 0)
    return export


def advance(export: Export, done: int) -> None:
    """Show how much is done; raises Cancelled."""
    running = Export.objects.running().filter(pk=export.pk)
    if not running.update(stage=Export.Stage.RUNNING, done=done):
        raise Cancelled


def finish(export: Export, *, file: IO[bytes], name: str, done: int, now: datetime, **told: Any) -> Document:
    """Keep the file for seven days, tell its owner, and write it in the journal; raises Cancelled.

    `told` goes into the event of an archive, in its dossier's chain.
    """
    document = documents.store_made(
        file=file,
        name=name,
        kind=DOCUMENT_KIND,
        uploaded_by=export.owner,
        now=now,
        encrypt=is_encrypted_export(export),
    )
    try:
        _close(export, document, done, now, told)
    except BaseException:
        with transaction.atomic():
            documents.discard(document=document)
        raise
    return document


@transaction.atomic
def _close(export: Export, document: Document, done: int, now: datetime, told: dict[str, Any]) -> None:
    ready = Export.Stage.READY
    running = Export.objects.running().filter(pk=export.pk)
    if not running.update(stage=ready, document=document, done=done, ended_at=now, expires_at=now + KEPT):
        raise Cancelled
    _remember(export, done, now, told)
    _tell(export, now)


def _remember(export: Export, rows: int, now: datetime, told: dict[str, Any]) -> None:
    if export.dossier is None:
        record(
            actor=export.owner,
            listing=export.listing,
            written_as=export.format,
            columns=export.columns,
            query=export.query,
            rows=rows,
            at=now,
        )
        return
    append(
        chain=export.dossier.chain,
        name="archive_made",
        at=now,
        actor=export.owner,
        data={"export": str(export.pk), "files": rows, **told},
        names={"actor": export.owner.full_name},
    )


def _tell(export: Export, now: datetime) -> None:
    notify(
        recipients=[export.owner],
        kind="export_ready",
        title=f"Votre export est prêt\u00a0: {export.title}",
        body="Le fichier reste disponible sept jours, pour vous seul.",
        url=reverse("export_list"),
        action="Voir mes exports",
        family="exports",
        event_ref=f"export:{export.pk}",
        now=now,
    )


def fail(export: Export, reason: str, *, now: datetime) -> None:
    """Say why an export could not be made; one cancelled meanwhile stays so."""
    Export.objects.running().filter(pk=export.pk).update(
        stage=Export.Stage.FAILED, failure=reason[:300], ended_at=now
    )


def expire(*, now: datetime) -> int:
    """Remove the files that have lived their time, and after a year their lines; return how many files went."""
    gone = 0
    for batch in batches(Export.objects.outdated(now), by="expires_at"):
        gone += sum(work([one.pk], partial(_expire, now=now), what="Export") for one in batch)
    oldest = now - timedelta(days=31 * months_of("log"))
    Export.objects.filter(document=None, asked_at__lt=oldest).delete()
    return gone


def _expire(keys: list[UUID], *, now: datetime) -> int:
    held = Export.objects.outdated(now).select_for_update(of=("self",)).select_related("document")
    export = held.filter(pk=keys[0]).first()
    if export is None:
        return 0
    document, export.document = export.document, None
    export.stage = Export.Stage.EXPIRED
    export.save(update_fields=["document", "stage"])
    if document is not None:
        documents.discard(document=document)
    return 1


# --- Who may read the file -----------------------------------------------------------------------
def right_to(user: User, document: Document, *, now: datetime) -> ReadRight:
    """Return whether a person may take an export's file: its owner, in the same role, within seven days.

    Each reading is remembered: in the dossier's chain for its archive, else in that of the exports.
    """
    export = Export.objects.select_related("dossier").filter(document=document).first()
    if export is None or export.owner_id != user.pk or not _still_may(user, export):
        return ReadRight(allowed=False)
    if export.expires_at is None or export.expires_at <= now:
        return ReadRight(allowed=False)
    return ReadRight(allowed=True, logged_chain=export.dossier.chain if export.dossier else CHAIN)


def _still_may(user: User, export: Export) -> bool:
    """True while the account is open and has the role in which it asked: columns follow the role."""
    if not user.serves_as(*BPIFRANCE_READERS) or user.staff_role != export.role:
        return False
    return export.dossier_id is None or Dossier.objects.visible_to(user).filter(pk=export.dossier_id).exists()
