"""The task « Pièces »: the checklist, files joined several at once, dated, replaced or excused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from applications.forms.filing_pieces import AbsenceForm, DatedForm, UploadForm
from applications.models import DossierDocument
from applications.services import filing_pieces as pieces
from applications.steps import BY_SLUG, FILES
from applications.views.filing_cards import Note, accepted_by, cards, notes_of, offered_kinds
from applications.views.filing_page import WRITERS, Page, read_page
from applications.workflow.refusals import ActRefused
from portal import clock
from portal.accounts.access import access, writes
from portal.documents.checks import FileRefused
from portal.documents.checks.names import clean_name


def show(request: HttpRequest, page: Page, **more: Any) -> HttpResponse:
    """Show the checklist, or its fragment for HTMX."""
    refused = more.pop("refused", None) or {}
    listed = cards(page, refused)
    held = [row for card in listed for row in card["files"]]
    context = page.context() | {
        "step": BY_SLUG[FILES],
        "task": page.task(FILES),
        "next_step": page.after(FILES),
        "required": [card for card in listed if card["required"]],
        "optional": [card for card in listed if not card["required"]],
        "file_count": len(held),
        "file_bytes": sum(row.document.size for row in held),
        "max_files": pieces.MAX_FILES,
        "max_bytes": pieces.MAX_BYTES,
        "refused": refused.get("", []),
        "accept": accepted_by(*pieces.ALLOWED),
        "opens_all": len(offered_kinds(page)) > 1,
        "readonly": not page.scope.opens(FILES),
        "entered_here": [],
        **more,
    }
    return render(request, "company/filing/pieces.html", context, status=422 if more.get("errors") else 200)


def _back(request: HttpRequest, pk: int) -> HttpResponse:
    """Go back to the task from which a file was handled."""
    target = request.POST.get("back", "")
    if target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return redirect(target)
    return redirect("filing_step", pk=pk, step=FILES)


@access(*WRITERS)
@writes
def filing_piece_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Join the files sent, each on its own: what is good is kept even where another is refused.

    A script sends them one by one and gets {files: [{name, joined, notes: [{tone, text}]}]} for each.
    """
    page = read_page(request, pk)
    form = UploadForm(request.POST, request.FILES, today=page.today)
    if not form.is_valid():
        return _unread(request, page, form)
    told = [_join(request, page, form, file) for file in form.cleaned_data["files"]]
    if _by_script(request):
        joined = any(one["joined"] for one in told)
        return JsonResponse({"files": told}, status=200 if joined else 422)
    return _joined(request, pk, form.cleaned_data["kind"], told)


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


def _join(request: HttpRequest, page: Page, form: UploadForm, file: Any) -> dict[str, Any]:
    """Join one file, and return what is to be said of it."""
    kind = form.cleaned_data["kind"] or pieces.guessed_kind(file.name, offered=offered_kinds(page))
    try:
        piece = pieces.add_document(
            page.dossier,
            actor=request.user,  # type: ignore[arg-type]
            kind=kind,
            file=file,
            issued_on=form.cleaned_data["issued_on"],
            covers=form.cleaned_data["covers"],
            today=page.today,
        )
    except FileRefused as refusal:
        return _told(file.name, joined=False, notes=[Note("danger", refusal.message)])
    except ActRefused as refusal:
        return _told(file.name, joined=False, notes=[Note("danger", str(refusal))])
    guessed = "" if form.cleaned_data["kind"] else " Vous pouvez changer sa nature ci-dessous."
    place = Note("success", f"Joint\u00a0: {piece.get_kind_display()}.{guessed}")
    return _told(file.name, joined=True, notes=[place, *notes_of(piece, page)])


def _told(name: str, *, joined: bool, notes: list[Note]) -> dict[str, Any]:
    return {"name": clean_name(name), "joined": joined, "notes": [note._asdict() for note in notes]}


def _joined(request: HttpRequest, pk: int, kind: str, told: list[dict[str, Any]]) -> HttpResponse:
    """Say what became of files sent without a script."""
    kept = [one for one in told if one["joined"]]
    refused = [
        f"«\u00a0{one['name']}\u00a0» n’a pas été joint. {one['notes'][0]['text']}"
        for one in told
        if not one["joined"]
    ]
    if kept:
        count = "Le fichier est joint." if len(kept) == 1 else f"{len(kept)} fichiers sont joints."
        messages.success(request, count)
    if not refused:
        return _back(request, pk)
    if request.POST.get("back"):
        for sentence in refused:
            messages.error(request, sentence)
        return _back(request, pk)
    return show(request, read_page(request, pk), refused={kind: refused}, errors=refused)


def _unread(request: HttpRequest, page: Page, form: UploadForm) -> HttpResponse:
    """Say what is wrong with what was sent, before any file was looked at."""
    sentences = [str(error) for errors in form.errors.values() for error in errors]
    kind = str(form.data.get("kind", ""))
    if _by_script(request):
        names = [file.name for file in request.FILES.getlist("files")] or [""]
        notes = [Note("danger", sentence) for sentence in sentences]
        told = [_told(str(name), joined=False, notes=notes) for name in names]
        return JsonResponse({"files": told}, status=422)
    if request.POST.get("back") or kind not in {"", *pieces.ALLOWED}:
        for sentence in sentences:
            messages.error(request, sentence)
        return _back(request, page.dossier.pk)
    return show(request, page, refused={kind: sentences}, errors=sentences)


def _act(
    request: HttpRequest,
    pk: int,
    piece_pk: int,
    act: Callable[[DossierDocument, Page], str],
    *,
    failure: str = "Le fichier n’a pas été remplacé.",
) -> HttpResponse:
    """Do one thing to one piece of one's own dossier, and say what became of it: to a script, as to an addition."""
    page = read_page(request, pk)
    piece = get_object_or_404(
        DossierDocument, dossier=page.dossier, pk=piece_pk, kind__in=list(pieces.ALLOWED)
    )
    piece.dossier = page.dossier
    try:
        done, sentence = True, act(piece, page)
    except FileRefused as refusal:
        done, sentence = False, f"{failure} {refusal.message}"
    except ActRefused as refusal:
        done, sentence = False, str(refusal)
    if _by_script(request):
        file = request.FILES.get("files")
        notes = [Note("success" if done else "danger", sentence)]
        told = _told((file.name if file else "") or "", joined=done, notes=notes)
        return JsonResponse({"files": [told]}, status=200 if done else 422)
    messages.add_message(request, messages.SUCCESS if done else messages.ERROR, sentence)
    return _back(request, pk)


@access(*WRITERS)
@writes
def filing_piece_remove(request: HttpRequest, pk: int, piece_pk: int) -> HttpResponse:
    """Take a file, or the reason of an absence, out of the request."""

    def act(piece: DossierDocument, page: Page) -> str:
        pieces.remove_document(piece, actor=request.user, now=clock.now(), today=page.today)  # type: ignore[arg-type]
        return "La pièce est retirée."

    return _act(request, pk, piece_pk, act)


@access(*WRITERS)
@writes
def filing_piece_replace(request: HttpRequest, pk: int, piece_pk: int) -> HttpResponse:
    """Put another file in the place of one."""

    def act(piece: DossierDocument, page: Page) -> str:
        file = request.FILES.get("files")
        if file is None:
            raise FileRefused("Choisissez d’abord le nouveau fichier.", "empty")
        pieces.replace_document(piece, actor=request.user, file=file, now=clock.now(), today=page.today)  # type: ignore[arg-type]
        return "Le nouveau fichier est joint."

    return _act(request, pk, piece_pk, act)


@access(*WRITERS)
@writes
def filing_piece_date(request: HttpRequest, pk: int, piece_pk: int) -> HttpResponse:
    """Write the date of a piece and what it covers; a date typed badly is kept as it is, and shown again."""
    form = DatedForm(request.POST, today=clock.today())

    def act(piece: DossierDocument, page: Page) -> str:
        if "issued_on" in form.errors:
            typed, covers = str(request.POST.get("issued_on", "")), form.cleaned_data.get("covers", [])
            pieces.keep_typed_date(piece, actor=request.user, typed=typed, covers=covers, today=page.today)  # type: ignore[arg-type]
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

    return _act(request, pk, piece_pk, act, failure="La date n’est pas enregistrée.")


@access(*WRITERS)
@writes
def filing_piece_kind(request: HttpRequest, pk: int, piece_pk: int) -> HttpResponse:
    """Say that a file is another piece than was guessed or chosen."""

    def act(piece: DossierDocument, page: Page) -> str:
        kind = str(request.POST.get("kind", ""))
        moved = pieces.reclassify(piece, actor=request.user, kind=kind, today=page.today)  # type: ignore[arg-type]
        return f"Le fichier est rangé sous «\u00a0{moved.get_kind_display()}\u00a0»."

    return _act(request, pk, piece_pk, act)


@access(*WRITERS)
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
