"""The pieces of a request: files added, dated, replaced, removed, and reasons why one is absent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet, Sum

from applications.models import Dossier, DossierDocument, Offer
from applications.services.filing import SEALED, editing, refused
from applications.steps import FILES, Scope, edited_quote
from portal import clock
from portal.accounts.models import User
from portal.documents import services as documents
from portal.documents.checks import LABELS
from portal.documents.models import Document, DocumentState
from tariffs.engine.editions import Edition
from tariffs.engine.rules.documents import stale_on

Kind = DossierDocument.Kind

MAX_FILES = 20
MAX_BYTES = 200 * 1024 * 1024
# What the company may join, and the types taken for each.
ALLOWED: dict[str, tuple[str, ...]] = {
    Kind.QUOTE: ("pdf", "jpg", "png"),
    Kind.REGULARITY: ("pdf", "jpg", "png"),
    Kind.TAX_RETURN: ("pdf", "jpg", "png"),
    Kind.DEROGATION: ("pdf", "jpg", "png", "docx"),
    Kind.OTHER: ("pdf", "jpg", "png", "docx", "xlsx", "pptx"),
}
# Words of a file's name, without accents, by which its kind is guessed; the person may say another.
CLUES: tuple[tuple[str, str], ...] = (
    (Kind.REGULARITY, r"attestation|regularite|vigilance|urssaf|msa|fiscale et sociale|conformite fiscale"),
    (Kind.TAX_RETURN, r"liasse|bilan|comptes annuels|20(33|50|65)|2031|2035"),
    (Kind.QUOTE, r"devis|quote|quotation|offre|proposition"),
    (Kind.DEROGATION, r"derogation|reference"),
)
EXCUSABLE = frozenset({Kind.QUOTE, Kind.REGULARITY, Kind.TAX_RETURN})


def pieces_of(dossier: Dossier) -> QuerySet[DossierDocument]:
    """Return the company's pieces that count now."""
    return DossierDocument.objects.filter(
        dossier=dossier, replaced_at__isnull=True, kind__in=list(ALLOWED)
    ).select_related("document", "replaces__document", "added_by")


@dataclass(frozen=True, slots=True)
class Freshness:
    """Until when a dated piece counts: the last day on which it does, and how many days are left (below 0: past)."""

    last_day: date
    days_left: int

    @property
    def is_stale(self) -> bool:
        """True once the piece is too old to be filed."""
        return self.days_left < 0

    @property
    def is_stale_since(self) -> date:
        """The first day on which it is too old."""
        return self.last_day + timedelta(days=1)


def freshness(kind: str, issued_on: date | None, *, edition: Edition, today: date) -> Freshness | None:
    """Return how long a piece of that date counts, by the edition's own rule; None where age does not matter."""
    stale = stale_on(edition, kind, issued_on) if issued_on else None
    if stale is None:
        return None
    last_day = stale - timedelta(days=1)
    return Freshness(last_day, (last_day - today).days)


def guessed_kind(name: str, *, offered: Iterable[str]) -> str:
    """Return the kind that a file's name tells of, among those offered; « autre pièce » when it tells nothing."""
    plain = unicodedata.normalize("NFD", name.lower())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    words = re.sub(r"[\W_]+", " ", plain)
    wanted = set(offered)
    for kind, clue in CLUES:
        if kind in wanted and re.search(rf"\b({clue})", words):
            return kind
    return Kind.OTHER


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
    stored = _stored(dossier, actor, kind, file)
    try:
        with editing(dossier, actor=actor, today=today) as (locked, scope):
            _require_open(scope, kind)
            _check_room(locked, stored.size)
            pieces_of(locked).filter(kind=kind, document__isnull=True).delete()
            return _join(locked, actor, stored, issued_on=issued_on, covers=covers)
    except Exception:
        documents.discard(document=stored)
        raise


def _stored(dossier: Dossier, actor: User, kind: str, file: UploadedFile[bytes]) -> Document:
    return documents.store(
        file=file,
        kind=kind,
        uploaded_by=actor,
        organisation=dossier.company.organisation,
        allowed=ALLOWED[kind],
        examine=True,
    )


def _join(
    locked: Dossier,
    actor: User,
    stored: Document,
    *,
    issued_on: date | None = None,
    covers: Iterable[str] = (),
    replaces: DossierDocument | None = None,
) -> DossierDocument:
    piece = DossierDocument.objects.create(
        dossier=locked,
        kind=stored.kind,
        document=stored,
        issued_on=issued_on,
        covers=list(covers) if stored.kind == Kind.REGULARITY else [],
        added_by=actor,
        replaces=replaces,
    )
    if stored.kind == Kind.QUOTE and (replaces is None or stored.is_readable):
        _show_quote(locked, stored)
    return piece


def _show_quote(dossier: Dossier, stored: Document | None) -> None:
    quote = edited_quote(dossier)
    if quote is None and stored is not None:
        quote = dossier.quotes.create(firm=dossier.firm)
    if quote is not None:
        quote.document = stored
        quote.save(update_fields=["document"])
        # Another paper than the offer's: the lines are the company's to type from it.
        Offer.objects.filter(quote=quote).update(quote=None)


def put_quote_file(
    dossier: Dossier, *, actor: User, stored: Document, now: datetime, today: date
) -> DossierDocument:
    """Join the PDF of an offer that the company accepted, in the place of any quote joined before."""
    with editing(dossier, actor=actor, today=today) as (locked, scope):
        _require_open(scope, Kind.QUOTE)
        former = pieces_of(locked).filter(kind=Kind.QUOTE)
        former.filter(document__isnull=True).delete()
        former.update(replaced_at=now)
        _check_room(locked, stored.size)
        return _join(locked, actor, stored, issued_on=stored.issued_on)


def replace_document(
    piece: DossierDocument, *, actor: User, file: UploadedFile[bytes], now: datetime, today: date
) -> DossierDocument:
    """Put another file in the place of a piece; the date is asked again, since the paper is another one.

    Whatever is refused leaves the former file where it is; so does the antivirus, until it has spoken.
    """
    dossier = piece.dossier
    _check_room(dossier, file.size or 0, besides=piece)
    stored = _stored(dossier, actor, piece.kind, file)
    try:
        with editing(dossier, actor=actor, today=today) as (locked, scope):
            _require_open(scope, piece.kind)
            current = _current(locked, piece)
            _check_room(locked, stored.size, besides=current)
            fresh = _join(locked, actor, stored, covers=current.covers, replaces=current)
            if stored.is_readable:
                _retire(current, now)
            return fresh
    except Exception:
        documents.discard(document=stored)
        raise


def after_scan(document: Document) -> None:
    """Hook of `portal.documents`: a replacement found clean takes its place; one refused leaves the former there."""
    piece = DossierDocument.objects.filter(document=document, replaced_at__isnull=True).first()
    if piece is None or piece.replaces_id is None or not document.is_readable:
        return
    locked = Dossier.objects.select_for_update(of=("self",)).get(pk=piece.dossier_id)
    former = pieces_of(locked).filter(pk=piece.replaces_id).first()
    if former is None or not locked.is_editable:
        return
    _retire(former, clock.now())
    if piece.kind == Kind.QUOTE:
        _show_quote(locked, document)
    locked.revision += 1
    locked.save(update_fields=["revision", "updated_at"])


def _current(dossier: Dossier, piece: DossierDocument) -> DossierDocument:
    """Return a piece as it stands under the lock; refuses one that a colleague replaced or removed."""
    current = pieces_of(dossier).filter(pk=piece.pk).first()
    if current is None:
        raise refused("Cette pièce a déjà été remplacée ou retirée.", code="gone")
    return current


def _retire(piece: DossierDocument, now: datetime) -> None:
    piece.replaced_at = now
    piece.save(update_fields=["replaced_at"])


def remove_document(piece: DossierDocument, *, actor: User, now: datetime, today: date) -> None:
    """Take a piece out of the request; in a completion what was filed is kept, marked as replaced."""
    with editing(piece.dossier, actor=actor, today=today) as (locked, scope):
        _require_open(scope, piece.kind)
        current = _current(locked, piece)
        if locked.submitted_at is None and current.document is None:
            current.delete()
        else:
            _retire(current, now)
        if current.kind == Kind.QUOTE:
            _show_latest_quote(locked)


def describe_document(
    piece: DossierDocument, *, actor: User, issued_on: date | None, covers: Iterable[str], today: date
) -> None:
    """Write the date of a piece, and what a certificate covers (tax, social; both when nothing is said)."""
    with editing(piece.dossier, actor=actor, today=today) as (locked, scope):
        _require_open(scope, piece.kind)
        current = _current(locked, piece)
        if current.document is None:
            raise refused("Cette pièce n’a pas de fichier à dater.", code="gone")
        if issued_on is not None and issued_on > today:
            raise refused("Cette date est à venir.", remedy="Indiquez celle du document.", field="issued_on")
        current.issued_on, current.issued_typed = issued_on, ""
        current.covers = list(covers) if current.kind == Kind.REGULARITY else []
        current.save(update_fields=["issued_on", "issued_typed", "covers"])


def keep_typed_date(
    piece: DossierDocument, *, actor: User, typed: str, covers: Iterable[str], today: date
) -> None:
    """Keep a date that can't be read as it was typed, to be shown again with its sentence; the rules ignore it."""
    with editing(piece.dossier, actor=actor, today=today) as (locked, scope):
        _require_open(scope, piece.kind)
        current = _current(locked, piece)
        current.issued_typed = typed.replace("\0", "")[:40]
        current.covers = list(covers) if current.kind == Kind.REGULARITY else []
        current.save(update_fields=["issued_typed", "covers"])


def reclassify(piece: DossierDocument, *, actor: User, kind: str, today: date) -> DossierDocument:
    """Say that a file is another piece than was thought; its date, asked of another paper, is asked again."""
    _check_kind(kind)
    with editing(piece.dossier, actor=actor, today=today) as (locked, scope):
        _require_open(scope, piece.kind)
        _require_open(scope, kind)
        current = _current(locked, piece)
        stored = current.document
        if stored is None or stored.extension not in ALLOWED[kind]:
            raise refused(
                f"Pour «\u00a0{Kind(kind).label}\u00a0», seuls ces types de fichier sont acceptés\u00a0: "
                f"{', '.join(LABELS[one] for one in ALLOWED[kind])}.",
                remedy="Joignez la pièce sous l’une de ces formes.",
                field="kind",
            )
        before, current.kind, stored.kind = current.kind, kind, kind
        current.issued_on, current.issued_typed, current.covers = None, "", []
        stored.save(update_fields=["kind"])
        pieces_of(locked).filter(kind=kind, document__isnull=True).delete()
        current.save(update_fields=["kind", "issued_on", "issued_typed", "covers"])
        if Kind.QUOTE in {before, kind}:
            _show_latest_quote(locked)
    return current


def _show_latest_quote(dossier: Dossier) -> None:
    """Show the latest quote found clean, none where there is none."""
    latest = pieces_of(dossier).filter(kind=Kind.QUOTE, document__state=DocumentState.CLEAN).last()
    _show_quote(dossier, latest.document if latest else None)


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


def _check_room(dossier: Dossier, size: int, *, besides: DossierDocument | None = None) -> None:
    """Refuse the 21st file, and what would take the dossier above 200 MB; `besides` is about to leave it."""
    held = pieces_of(dossier).filter(document__isnull=False)
    if besides is not None:
        held = held.exclude(pk=besides.pk)
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
