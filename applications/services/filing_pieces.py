"""The pieces of a request: files added, dated, replaced, removed, and reasons why one is absent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet, Sum

from applications.models import Dossier, DossierDocument
from applications.services.filing import SEALED, editing, refused
from applications.steps import FILES, Scope, edited_quote
from portal.accounts.models import User
from portal.documents import services as documents
from portal.documents.models import Document

Kind = DossierDocument.Kind

MAX_FILES = 20
MAX_BYTES = 200 * 1024 * 1024
# What the company may join, and the types taken for each.
ALLOWED: dict[str, tuple[str, ...]] = {
    Kind.QUOTE: ("pdf",),
    Kind.REGULARITY: ("pdf", "png", "jpg"),
    Kind.TAX_RETURN: ("pdf",),
    Kind.DEROGATION: ("pdf", "png", "jpg", "docx"),
    Kind.OTHER: ("pdf", "png", "jpg", "docx", "xlsx", "pptx"),
}
EXCUSABLE = frozenset({Kind.QUOTE, Kind.REGULARITY, Kind.TAX_RETURN})


def pieces_of(dossier: Dossier) -> QuerySet[DossierDocument]:
    """Return the company's pieces that count now."""
    return DossierDocument.objects.filter(
        dossier=dossier, replaced_at__isnull=True, kind__in=list(ALLOWED)
    ).select_related("document")


def add_document(
    dossier: Dossier,
    *,
    actor: User,
    kind: str,
    file: UploadedFile[bytes],
    today: date,
    issued_on: date | None = None,
    covers: Iterable[str] = (),
) -> DossierDocument:
    """Check, keep and join a file; raises `documents.checks.FileRefused` or `Refused`.

    Several at once are all kept: an addition overwrites nothing, so it asks for no revision.
    """
    _check_kind(kind)
    _check_room(dossier, file.size or 0)
    stored = documents.store(
        file=file,
        kind=kind,
        uploaded_by=actor,
        organisation=dossier.company.organisation,
        allowed=ALLOWED[kind],
    )
    try:
        return _join(dossier, actor, stored, today=today, issued_on=issued_on, covers=list(covers))
    except Exception:
        documents.discard(document=stored)
        raise


def _join(
    dossier: Dossier,
    actor: User,
    stored: Document,
    *,
    today: date,
    issued_on: date | None,
    covers: list[str],
) -> DossierDocument:
    kind = stored.kind
    with editing(dossier, actor=actor, today=today) as (locked, scope):
        _require_open(scope, kind)
        _check_room(locked, stored.size)
        pieces_of(locked).filter(kind=kind, document__isnull=True).delete()
        piece = DossierDocument.objects.create(
            dossier=locked,
            kind=kind,
            document=stored,
            issued_on=issued_on,
            covers=covers if kind == Kind.REGULARITY else [],
            added_by=actor,
        )
        if kind == Kind.QUOTE:
            _show_quote(locked, stored)
    return piece


def _show_quote(dossier: Dossier, stored: Document | None) -> None:
    quote = edited_quote(dossier)
    if quote is None and stored is not None:
        quote = dossier.quotes.create(firm=dossier.firm)
    if quote is not None:
        quote.document = stored
        quote.save(update_fields=["document"])


def replace_document(
    piece: DossierDocument, *, actor: User, file: UploadedFile[bytes], now: datetime, today: date
) -> DossierDocument:
    """Put another file in the place of a piece; the date is asked again, since the paper is another one."""
    fresh = add_document(
        piece.dossier, actor=actor, kind=piece.kind, file=file, covers=piece.covers, today=today
    )
    remove_document(piece, actor=actor, now=now, today=today)
    return fresh


def remove_document(piece: DossierDocument, *, actor: User, now: datetime, today: date) -> None:
    """Take a piece out of the request; in a completion what was filed is kept, marked as replaced."""
    with editing(piece.dossier, actor=actor, today=today) as (locked, scope):
        _require_open(scope, piece.kind)
        current = pieces_of(locked).filter(pk=piece.pk).first()
        if current is None:
            raise refused("Cette pièce a déjà été remplacée ou retirée.", code="gone")
        if current.kind == Kind.QUOTE:
            latest = pieces_of(locked).filter(kind=Kind.QUOTE).exclude(pk=piece.pk).last()
            _show_quote(locked, latest.document if latest else None)
        if locked.submitted_at is None and current.document is None:
            current.delete()
        else:
            current.replaced_at = now
            current.save(update_fields=["replaced_at"])


def describe_document(
    piece: DossierDocument, *, actor: User, issued_on: date | None, covers: Iterable[str], today: date
) -> None:
    """Write the date of a piece, and what a certificate covers (tax, social; both when nothing is said)."""
    with editing(piece.dossier, actor=actor, today=today) as (locked, scope):
        _require_open(scope, piece.kind)
        current = pieces_of(locked).filter(pk=piece.pk, document__isnull=False).first()
        if current is None:
            raise refused("Cette pièce a été remplacée ou retirée entre-temps.", code="gone")
        if issued_on is not None and issued_on > today:
            raise refused("Cette date est à venir.", remedy="Indiquez celle du document.", field="issued_on")
        current.issued_on = issued_on
        current.covers = list(covers) if current.kind == Kind.REGULARITY else []
        current.save(update_fields=["issued_on", "covers"])


def state_absence(dossier: Dossier, *, actor: User, kind: str, reason: str, today: date) -> DossierDocument:
    """Say why a piece cannot be given; an officer will judge the reason."""
    if kind not in EXCUSABLE:
        raise refused("Cette pièce n’est pas obligatoire : il n’y a rien à justifier.", field="kind")
    reason = reason.strip()
    if len(reason) < 10:
        raise refused(
            "Dites en une phrase pourquoi la pièce ne peut pas être fournie.",
            field="absent_because",
            code="reason",
        )
    with editing(dossier, actor=actor, today=today) as (locked, scope):
        _require_open(scope, kind)
        if pieces_of(locked).filter(kind=kind, document__isnull=False).exists():
            raise refused(
                "Un fichier est déjà joint pour cette pièce.",
                remedy="Retirez-le avant d’expliquer son absence.",
                field="absent_because",
            )
        pieces_of(locked).filter(kind=kind).delete()
        return DossierDocument.objects.create(
            dossier=locked, kind=kind, absent_because=reason, added_by=actor
        )


def _check_kind(kind: str) -> None:
    if kind not in ALLOWED:
        raise refused(
            "Cette nature de pièce n’existe pas.", remedy="Choisissez-la dans la liste.", field="kind"
        )


def _require_open(scope: Scope, kind: str) -> None:
    if not (scope.allows(FILES, kind) or (kind == Kind.QUOTE and scope.allows("devis", kind))):
        raise refused(SEALED, field="kind", code="sealed")


def _check_room(dossier: Dossier, size: int) -> None:
    """Refuse the 21st file, and what would take the dossier above 200 MB."""
    held = pieces_of(dossier).filter(document__isnull=False)
    if held.count() >= MAX_FILES:
        raise refused(
            f"Le dossier contient déjà {MAX_FILES} fichiers, le maximum.",
            remedy="Retirez un fichier, ou réunissez-en plusieurs dans un seul PDF.",
            field="files",
        )
    total = held.aggregate(total=Sum("document__size"))["total"] or 0
    if total + size > MAX_BYTES:
        raise refused(
            "Les fichiers du dossier dépasseraient 200 Mo au total.",
            remedy="Réduisez-les ou retirez-en un.",
            field="files",
        )
