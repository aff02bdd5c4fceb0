"""The checklist of the pieces as it is shown: each kind with its files, what was read in them, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from applications.forms.filing_pieces import DatedForm
from applications.models import DossierDocument
from applications.services import filing_pieces as pieces
from applications.services.filing_pieces import Freshness
from applications.steps import FILES
from applications.views.filing_page import Page, read_pieces
from portal.display import french_date
from portal.documents.checks import LABELS
from portal.documents.models import Document, DocumentState, PreviewState

Kind = DossierDocument.Kind

DATED = frozenset({Kind.REGULARITY})
OPTIONAL_WHY = {
    Kind.DEROGATION: "Une pièce au moins\u00a0: références de missions comparables, CV, attestation d’assurance.",
    Kind.OTHER: "Tout document utile à l’étude de votre demande.",
}
SIGNED = (
    "Ce PDF porte déjà une signature électronique. Le devis ne se signe qu’après le contrat\u00a0: joignez "
    "l’exemplaire non signé. S’il ne s’agit que de la signature de l’expert, dites-le à l’étape «\u00a0Devis\u00a0»."
)
SCANNED = "Analyse antivirus en cours\u00a0: cette page se met à jour d’elle-même."
# From how many days before it goes stale a piece's date is pointed out.
SOON_DAYS = 30


class Note(NamedTuple):
    """A sentence about a file; the tone is info, success, warning or danger."""

    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of a kind: `clock` says how long it counts, `others` which pieces it might be instead."""

    piece: DossierDocument
    document: Document
    clock: Note | None
    notes: list[Note]
    form: DatedForm | None
    others: list[tuple[str, str]]

    @property
    def is_pending(self) -> bool:
        """True while the antivirus has not spoken."""
        return self.document.state == DocumentState.PENDING

    @property
    def proposal(self) -> date | None:
        """The date read in the file, offered in the form."""
        return self.piece.proposed_on if self.form is not None else None


def offered_kinds(page: Page) -> list[str]:
    """Return the kinds that may be joined now; evidence of a derogation only where one is asked."""
    asks = getattr(page.dossier, "derogation", None) is not None
    return [kind for kind in pieces.ALLOWED if _is_open(page, kind) and (asks or kind != Kind.DEROGATION)]


def of_kind(page: Page, kind: str) -> dict[str, Any]:
    """Return one kind's card, for the tasks where its file is joined beside the form, which speaks of signatures."""
    card = next(card for card in _cards(page, {}) if card["kind"] == kind)
    files = [replace(row, notes=[note for note in row.notes if note.text != SIGNED]) for row in card["files"]]
    clean = [row.document for row in card["files"] if row.document.preview != PreviewState.NONE]
    shown = clean[-1] if clean else None
    pages = list(shown.page_previews.all()) if shown is not None and shown.has_preview else []
    return {**card, "files": files, "shown": shown, "pages": pages}


def cards(page: Page, refused: dict[str, list[str]] | None = None) -> list[dict[str, Any]]:
    """Return the checklist: what the evaluation asks for, then what may be added."""
    offered = set(offered_kinds(page))
    return [
        card
        for card in _cards(page, refused or {})
        if card["required"]
        or card["files"]
        or (card["kind"] not in pieces.EXCUSABLE and card["kind"] in offered)
    ]


def _cards(page: Page, refused: dict[str, list[str]]) -> list[dict[str, Any]]:
    required = {entry["kind"]: entry["why"] for entry in page.evaluation["required_documents"]}
    findings = {
        f["rule"].partition(".")[2]: f
        for f in page.evaluation["findings"]
        if f["rule"].startswith("documents.")
    }
    held: dict[str, list[DossierDocument]] = {}
    for piece in read_pieces(page.dossier):
        held.setdefault(piece.kind, []).append(piece)
    offered = offered_kinds(page)
    return [
        {
            "kind": kind,
            "label": Kind(kind).label,
            "required": kind in required,
            "why": required.get(kind) or OPTIONAL_WHY.get(Kind(kind), ""),
            "files": [row_of(page, piece, offered) for piece in held.get(kind, []) if piece.document_id],
            "absent": next((piece for piece in held.get(kind, []) if piece.absent_because), None),
            "finding": findings.get(kind),
            "covers": kind == Kind.REGULARITY,
            "types": types_of(kind),
            "accept": accepted_by(kind),
            "open": _is_open(page, kind),
            "refused": refused.get(kind, []),
            "asked": [item.reason for item in page.items if item.step == FILES and item.target == kind],
        }
        for kind in pieces.ALLOWED
    ]


def types_of(kind: str) -> str:
    """Return the types taken for a kind, as they are read."""
    return ", ".join(LABELS[one] for one in pieces.ALLOWED[kind])


def accepted_by(*kinds: str) -> str:
    """Return what a file input of these kinds accepts; with pictures, a phone offers its camera."""
    extensions = dict.fromkeys(one for kind in kinds for one in pieces.ALLOWED[kind])
    return ",".join([*(f".{one}" for one in extensions), *([".jpeg"] if "jpg" in extensions else [])])


def _is_open(page: Page, kind: str) -> bool:
    return page.scope.allows(FILES, kind) or (kind == Kind.QUOTE and page.scope.allows("devis", kind))


def row_of(page: Page, piece: DossierDocument, offered: list[str]) -> FileRow:
    """Return one file with what is to be said of it."""
    assert piece.document is not None
    others = [kind for kind in offered if piece.document.extension in pieces.ALLOWED[kind]]
    return FileRow(
        piece=piece,
        document=piece.document,
        clock=clock_of(piece.kind, piece.issued_on, page),
        notes=notes_of(piece, page),
        form=dated_form(piece, page) if piece.kind in DATED and _is_open(page, piece.kind) else None,
        others=[(kind, Kind(kind).label) for kind in others] if _is_open(page, piece.kind) else [],
    )


def dated_form(piece: DossierDocument, page: Page) -> DatedForm:
    """Return the form of a piece's date: as it was typed, else as it is kept, else as it was read in the file."""
    covers = piece.covers or ["tax", "social"]
    auto_id = f"p{piece.pk}_%s"
    if piece.issued_typed:
        typed = {"issued_on": piece.issued_typed, "covers": covers}
        return DatedForm(typed, today=page.today, auto_id=auto_id)
    known = {"issued_on": piece.issued_on or piece.proposed_on, "covers": covers}
    return DatedForm(today=page.today, auto_id=auto_id, initial=known)


def clock_of(kind: str, issued_on: date | None, page: Page) -> Note | None:
    """Return until when a piece of that date counts, or since when it does no more."""
    fresh = pieces.freshness(kind, issued_on, edition=page.edition, today=page.today)
    if fresh is None:
        return None
    if fresh.is_stale:
        return Note("danger", f"Expirée depuis le {french_date(fresh.is_stale_since)}")
    return Note(
        "warning" if fresh.days_left < SOON_DAYS else "success",
        f"Valable jusqu’au {french_date(fresh.last_day)} inclus{_left(fresh)}",
    )


def _left(fresh: Freshness) -> str:
    if fresh.days_left >= SOON_DAYS:
        return ""
    if fresh.days_left == 0:
        return " (dernier jour)"
    return f" (encore {fresh.days_left}\u00a0jour{'s' if fresh.days_left > 1 else ''})"


def notes_of(piece: DossierDocument, page: Page) -> list[Note]:
    """Return what the checks found in a file, and what the person should look at."""
    document, found = piece.document, []
    assert document is not None
    if document.state == DocumentState.PENDING:
        found.append(Note("info", SCANNED))
        if piece.replaces is not None and piece.replaces.replaced_at is None and piece.replaces.document:
            former = piece.replaces.document.original_name
            found.append(
                Note("info", f"Il prendra alors la place de «\u00a0{former}\u00a0», qui compte d’ici là.")
            )
    if document.state == DocumentState.REFUSED:
        found.append(Note("danger", document.refusal))
    if piece.kind == Kind.QUOTE and document.is_signed:
        found.append(Note("warning", SIGNED))
    if piece.kind in DATED:
        found.extend(_notes_of_date(piece, document, page))
    return found


def _notes_of_date(piece: DossierDocument, document: Document, page: Page) -> list[Note]:
    if document.date_read is None:
        return []
    where = f"page\u00a0{document.date_page}, «\u00a0{document.date_words}\u00a0»"
    read = french_date(document.date_read)
    if piece.contradicts_file:
        return [
            Note("warning", f"Le document semble daté du {read} ({where})\u00a0: vérifiez la date indiquée.")
        ]
    if piece.proposed_on is None:
        return []
    stale = clock_of(piece.kind, document.date_read, page)
    said = f" {stale.text} si c’est bien elle." if stale and stale.tone == "danger" else ""
    return [
        Note(
            "info",
            f"Lu dans le document\u00a0: {read} ({where}). Vérifiez, puis enregistrez cette date.{said}",
        )
    ]
