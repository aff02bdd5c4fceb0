"""The task « Pièces »: the checklist, files joined several at once, dated, replaced or excused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from applications.forms.filing_pieces import AbsenceForm, DatedForm, UploadForm
from applications.models import DossierDocument
from applications.services import filing_pieces as pieces
from applications.steps import BY_SLUG, FILES
from applications.views.filing_page import Page, read_page, read_pieces
from applications.workflow.refusals import ActRefused
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.documents.checks import FileRefused

Kind = DossierDocument.Kind

DATED = frozenset({Kind.REGULARITY})
NAMES = {"pdf": "PDF", "png": "PNG", "jpg": "JPEG", "docx": "Word", "xlsx": "Excel", "pptx": "PowerPoint"}
OPTIONAL_WHY = {
    Kind.DEROGATION: "Ce qui appuie votre demande de dérogation : références, recommandation…",
    Kind.OTHER: "Tout document utile à l’étude de votre demande.",
}


def of_kind(page: Page, kind: str) -> dict[str, Any]:
    """Return one kind's card, for the tasks where its file is joined beside the form."""
    return next(card for card in cards(page) if card["kind"] == kind)


def cards(page: Page, refused: dict[str, list[str]] | None = None) -> list[dict[str, Any]]:
    """Return the checklist: what the evaluation asks for, then what may be added."""
    required = {entry["kind"]: entry["why"] for entry in page.evaluation["required_documents"]}
    findings = {
        f["rule"].partition(".")[2]: f
        for f in page.evaluation["findings"]
        if f["rule"].startswith("documents.")
    }
    held: dict[str, list[DossierDocument]] = {}
    for piece in read_pieces(page.dossier):
        held.setdefault(piece.kind, []).append(piece)
    found = []
    for kind in pieces.ALLOWED:
        here = held.get(kind, [])
        files = [piece for piece in here if piece.document_id]
        found.append(
            {
                "kind": kind,
                "label": Kind(kind).label,
                "required": kind in required,
                "why": required.get(kind) or OPTIONAL_WHY.get(Kind(kind), ""),
                "files": files,
                "absent": next((piece for piece in here if piece.absent_because), None),
                "finding": findings.get(kind),
                "dated": kind in DATED,
                "covers": kind == Kind.REGULARITY,
                "types": ", ".join(NAMES[one] for one in pieces.ALLOWED[kind]),
                "accept": ",".join(f".{one}" for one in pieces.ALLOWED[kind]),
                "open": page.scope.allows(FILES, kind)
                or (kind == Kind.QUOTE and page.scope.allows("devis", kind)),
                "refused": (refused or {}).get(kind, []),
                "asked": [item.reason for item in page.items if item.step == FILES and item.target == kind],
            }
        )
    return [
        card for card in found if card["required"] or card["files"] or card["kind"] not in pieces.EXCUSABLE
    ]


def show(request: HttpRequest, page: Page, **more: Any) -> HttpResponse:
    """Show the checklist, or its fragment for HTMX."""
    listed = cards(page, more.pop("refused", None))
    held = [piece for card in listed for piece in card["files"]]
    context = page.context() | {
        "step": BY_SLUG[FILES],
        "task": page.task(FILES),
        "next_step": page.after(FILES),
        "required": [card for card in listed if card["required"]],
        "optional": [card for card in listed if not card["required"]],
        "file_count": len(held),
        "file_bytes": sum(piece.document.size for piece in held if piece.document),
        "max_files": pieces.MAX_FILES,
        "max_bytes": pieces.MAX_BYTES,
        "readonly": not page.scope.opens(FILES),
        **more,
    }
    return render(request, "company/filing/pieces.html", context, status=422 if more.get("errors") else 200)


def _back(request: HttpRequest, pk: int) -> HttpResponse:
    """Go back to the task from which a file was handled."""
    target = request.POST.get("back", "")
    if target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return redirect(target)
    return redirect("filing_step", pk=pk, step=FILES)


@access(Role.COMPANY)
@writes
def filing_piece_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Join the files sent, each on its own: what is good is kept even where another is refused."""
    page = read_page(request, pk)
    form = UploadForm(request.POST, request.FILES, today=page.today)
    if not form.is_valid():
        return _refused(request, page, form)
    kind, refused, kept = form.cleaned_data["kind"], [], 0
    for file in form.cleaned_data["files"]:
        try:
            pieces.add_document(
                page.dossier,
                actor=request.user,  # type: ignore[arg-type]
                kind=kind,
                file=file,
                issued_on=form.cleaned_data["issued_on"],
                covers=form.cleaned_data["covers"],
                today=page.today,
            )
            kept += 1
        except FileRefused as refusal:
            refused.append(f"« {file.name} » n’a pas été joint. {refusal.message}")
        except ActRefused as refusal:
            refused.append(f"« {file.name} » n’a pas été joint. {refusal}")
    return _joined(request, pk, kind, kept, refused)


def _joined(request: HttpRequest, pk: int, kind: str, kept: int, refused: list[str]) -> HttpResponse:
    if kept:
        messages.success(request, "Le fichier est joint." if kept == 1 else f"{kept} fichiers sont joints.")
    if not refused:
        return _back(request, pk)
    if request.POST.get("back"):
        for sentence in refused:
            messages.error(request, sentence)
        return _back(request, pk)
    return show(request, read_page(request, pk), refused={kind: refused}, errors=refused)


def _refused(request: HttpRequest, page: Page, form: UploadForm) -> HttpResponse:
    sentences = [str(error) for errors in form.errors.values() for error in errors]
    kind = str(form.data.get("kind", ""))
    if request.POST.get("back") or kind not in pieces.ALLOWED:
        for sentence in sentences:
            messages.error(request, sentence)
        return _back(request, page.dossier.pk)
    return show(request, page, refused={kind: sentences}, errors=sentences)


def _act(
    request: HttpRequest, pk: int, piece_pk: int, act: Callable[[DossierDocument, Page], str]
) -> HttpResponse:
    """Do one thing to one piece of one's own dossier, and say what became of it."""
    page = read_page(request, pk)
    piece = get_object_or_404(
        DossierDocument, dossier=page.dossier, pk=piece_pk, kind__in=list(pieces.ALLOWED)
    )
    piece.dossier = page.dossier
    try:
        messages.success(request, act(piece, page))
    except FileRefused as refusal:
        messages.error(request, f"Le fichier n’a pas été remplacé. {refusal.message}")
    except ActRefused as refusal:
        messages.error(request, str(refusal))
    return _back(request, pk)


@access(Role.COMPANY)
@writes
def filing_piece_remove(request: HttpRequest, pk: int, piece_pk: int) -> HttpResponse:
    """Take a file, or the reason of an absence, out of the request."""

    def act(piece: DossierDocument, page: Page) -> str:
        pieces.remove_document(piece, actor=request.user, now=clock.now(), today=page.today)  # type: ignore[arg-type]
        return "La pièce est retirée."

    return _act(request, pk, piece_pk, act)


@access(Role.COMPANY)
@writes
def filing_piece_replace(request: HttpRequest, pk: int, piece_pk: int) -> HttpResponse:
    """Put another file in the place of one."""

    def act(piece: DossierDocument, page: Page) -> str:
        file = request.FILES.get("files")
        if file is None:
            raise FileRefused("Choisissez d’abord le nouveau fichier.", "empty")
        pieces.replace_document(piece, actor=request.user, file=file, now=clock.now(), today=page.today)  # type: ignore[arg-type]
        return "Le fichier est remplacé. Indiquez sa date."

    return _act(request, pk, piece_pk, act)


@access(Role.COMPANY)
@writes
def filing_piece_date(request: HttpRequest, pk: int, piece_pk: int) -> HttpResponse:
    """Write the date of a piece and what it covers."""
    form = DatedForm(request.POST, today=clock.today())

    def act(piece: DossierDocument, page: Page) -> str:
        if not form.is_valid():
            raise FileRefused(" ".join(str(e) for errors in form.errors.values() for e in errors), "date")
        pieces.describe_document(
            piece,
            actor=request.user,  # type: ignore[arg-type]
            issued_on=form.cleaned_data["issued_on"],
            covers=form.cleaned_data["covers"],
            today=page.today,
        )
        return "La date du document est enregistrée."

    return _act(request, pk, piece_pk, act)


@access(Role.COMPANY)
@writes
def filing_piece_absent(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why a piece cannot be given; what was typed stays when it is refused."""
    page = read_page(request, pk)
    form = AbsenceForm(request.POST)
    typed = str(request.POST.get("absent_because", ""))
    kind = str(request.POST.get("kind", ""))
    if not form.is_valid():
        sentences = [str(e) for errors in form.errors.values() for e in errors]
        return show(request, page, absences={kind: typed}, refused={kind: sentences}, errors=sentences)
    try:
        pieces.state_absence(page.dossier, actor=request.user, kind=kind, reason=typed, today=page.today)  # type: ignore[arg-type]
    except ActRefused as refusal:
        return show(
            request, page, absences={kind: typed}, refused={kind: [str(refusal)]}, errors=[str(refusal)]
        )
    messages.success(request, "Votre explication est enregistrée : un chargé d’affaires l’examinera.")
    return redirect("filing_step", pk=pk, step=FILES)
