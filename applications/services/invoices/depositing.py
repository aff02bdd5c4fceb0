"""Takes in the file of an invoice before anything is typed: a worker reads it, the expert confirms it."""

from __future__ import annotations

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile

from applications.models import ClosureReading, DossierDocument, Invoice, InvoiceDraft, Mission
from applications.services.invoices import reading
from applications.services.mission_work import CLOSING, keep_file, refused, working
from applications.workflow.refusals import Stale
from portal.accounts.models import User
from portal.documents import services as documents

Kind = DossierDocument.Kind
Addressee = Invoice.Addressee
PIECE_OF = {Addressee.COMPANY: Kind.COMPANY_INVOICE, Addressee.BPIFRANCE: Kind.BPIFRANCE_INVOICE}


def waiting_of(mission: Mission) -> list[ClosureReading]:
    """Return the invoices of a mission that were deposited and wait for the expert's confirmation."""
    found = ClosureReading.objects.unconfirmed().filter(mission=mission)
    return list(found.select_related("document"))


def still_waiting(found: ClosureReading, mission: Mission) -> ClosureReading:
    """Return a deposit of this mission read anew under the lock; raises Stale where it was confirmed or dropped."""
    current = ClosureReading.objects.unconfirmed().filter(pk=found.pk, mission=mission)
    kept = current.select_related("document", "companion").first()
    if kept is None:
        raise Stale(
            "Cette facture a déjà été confirmée ou retirée. Rien n’a été changé\u00a0: rechargez la page."
        )
    return kept


def deposit(
    mission: Mission,
    *,
    addressee: str,
    file: UploadedFile[bytes],
    actor: User,
    now: datetime,
    companion: UploadedFile[bytes] | None = None,
) -> ClosureReading:
    """Keep an invoice's PDF, and its UBL or CII file where it has one, and have them read.

    An earlier deposit for this addressee that nobody confirmed is dropped. Raises FileRefused.
    """
    with working(mission, actor=actor, stages=CLOSING) as current:
        for former in waiting_of(current):
            if former.addressee == addressee:
                _drop(former)
        kind = PIECE_OF[Addressee(addressee)]
        document = keep_file(
            current, file=file, kind=kind, allowed=("pdf",), actor=actor, now=now, examine=True
        )
        beside = None
        if companion is not None:
            beside = keep_file(current, file=companion, kind=kind, allowed=("xml",), actor=actor, now=now)
        return reading.ask(
            document,
            mission=current,
            kind=ClosureReading.Kind.INVOICE,
            addressee=addressee,
            companion=beside,
            now=now,
        )


def use_draft(draft: InvoiceDraft, *, actor: User, now: datetime) -> ClosureReading:
    """Put a draft that the portal made before the expert, to be confirmed like any other invoice; raises Refused."""
    with working(draft.mission, actor=actor, stages=CLOSING) as current:
        assert draft.document is not None
        if DossierDocument.objects.filter(document=draft.document_id).exists():
            raise refused("Cette facture a déjà servi.", remedy="Préparez-en une autre.")
        for former in waiting_of(current):
            if former.addressee == draft.addressee and former.document_id != draft.document_id:
                _drop(former)
        return reading.ask(
            draft.document,
            mission=current,
            kind=ClosureReading.Kind.INVOICE,
            addressee=draft.addressee,
            now=now,
        )


def give_up(found: ClosureReading, *, actor: User, now: datetime) -> None:  # noqa: ARG001 asked like every act
    """Drop a deposit that is not to be an invoice of this closure; raises Stale."""
    with working(found.mission, actor=actor, stages=CLOSING) as current:
        _drop(still_waiting(found, current))


def _drop(found: ClosureReading) -> None:
    """Remove a reading and its files; a draft of the portal's keeps its own."""
    kept = InvoiceDraft.objects.filter(document=found.document_id).exists()
    files = [found.companion] if kept else [found.document, found.companion]
    found.delete()
    for file in files:
        if file is not None:
            documents.discard(document=file)
