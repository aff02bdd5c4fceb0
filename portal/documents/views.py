"""The only doors out for a kept file and the pictures of its pages: who may read it is asked each time."""

import logging
from datetime import datetime
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from portal import clock
from portal.accounts.access import Role, access
from portal.accounts.models import User
from portal.audit import services as audit
from portal.documents import previews, watermark
from portal.documents.limited import UnreadableError
from portal.documents.models import Document, PagePreview
from portal.documents.policy import COPIED, PAGE_SEEN, READ, ReadRight

logger = logging.getLogger(__name__)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


# How often a page looks again for a preview that is being drawn, before it leaves that to the person.
MOST_LOOKS = 20


@access(Role.MEMBER)
@require_safe
def document_download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Send a file as an attachment; one that may not be read does not exist for this person."""
    document, right = _readable(request, pk)
    if not document.is_readable:
        return render(request, "documents/not_readable.html", {"document": document}, status=409)
    if request.method == "HEAD":
        return _described(HttpResponse(), document)
    return _sent(cast("User", request.user), document, right)


@access(Role.MEMBER)
@require_safe
def document_preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the pictures of a file's pages, one at a time; HTMX gets them in a column, to put beside a form."""
    document, right = _readable(request, pk)
    pages = list(document.page_previews.all()) if document.has_preview else []
    number = _number(request.GET.get("page"), most=len(pages))
    context = {
        "document": document,
        "pages": pages,
        "page": pages[number - 1] if pages else None,
        "before": number - 1 if number > 1 else None,
        "after": number + 1 if number < len(pages) else None,
        "is_watched": right.logged_chain is not None,
        "can_be_drawn": previews.can_be_drawn(document),
        "looks": _number(request.GET.get("essai"), most=MOST_LOOKS) + 1,
        "looks_on": request.GET.get("essai", "0") != str(MOST_LOOKS),
        "back": _back(request),
    }
    template = "documents/_pages.html" if request.htmx else "documents/preview.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@access(Role.MEMBER)
@require_safe
def document_page(request: HttpRequest, pk: UUID, number: int) -> HttpResponseBase:
    """Send the picture of one page, with its reader's name and the time across it."""
    document, right = _readable(request, pk)
    if not document.has_preview:
        raise Http404
    page = get_object_or_404(PagePreview, document=document, number=number)
    if request.method == "HEAD":
        return _inert(HttpResponse(content_type="image/png"))
    try:
        with page.file.open("rb") as file:
            picture = file.read()
    except FileNotFoundError:
        logger.exception("page %s of document %s is missing", number, document.pk)
        raise Http404 from None
    user, now = cast("User", request.user), clock.now()
    answer = HttpResponse(
        watermark.stamped(picture, watermark.words(str(user), at=now)), content_type="image/png"
    )
    _remember(user, document, right, name=PAGE_SEEN, now=now, page=number)
    return _inert(answer)


@access(Role.MEMBER)
@require_safe
def document_copy(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Send a PDF to be read, with its reader's name and the time across each page; the original stays as it is."""
    document, right = _readable(request, pk)
    if not document.is_readable or not document.can_be_copied:
        raise Http404
    if request.method == "HEAD":
        return _inert(HttpResponse(content_type="application/pdf"))
    user, now = cast("User", request.user), clock.now()
    try:
        answer = reading_copy(document, reader=str(user), now=now)
    except UnreadableError:
        logger.exception("document %s has no reading copy", document.pk)
        return render(request, "documents/no_copy.html", {"document": document}, status=409)
    _remember(user, document, right, name=COPIED, now=now)
    return answer


def reading_copy(document: Document, *, reader: str, now: datetime, name: str = "") -> HttpResponse:
    """Return a file as a PDF that names its reader; whoever calls judged the right, and keeps trace of the reading.

    `name` stands in the place of the file's own. Raises UnreadableError, FileUnavailable; 404 for missing bytes.
    """
    try:
        with document.file.open("rb") as file:
            content = file.read()
    except FileNotFoundError:
        logger.exception("the file of document %s is missing", document.pk)
        raise Http404 from None
    copy = watermark.reading_copy(content, document.extension, watermark.words(reader, at=now))
    answer = HttpResponse(copy, content_type="application/pdf")
    stem = (name or document.original_name).rpartition(".")[0]
    shown = content_disposition_header(True, f"{stem} (copie de lecture).pdf")
    answer.headers["Content-Disposition"] = shown or ""
    return cast("HttpResponse", _inert(answer))


def _readable(request: HttpRequest, pk: UUID) -> tuple[Document, ReadRight]:
    """Return a document and the right to read it, asked of the policy; 404 without that right."""
    document = get_object_or_404(Document, pk=pk)
    right = _right(cast("User", request.user), document)
    if not right.allowed:
        raise Http404
    return document, right


def _number(typed: str | None, *, most: int) -> int:
    """Return the page asked for, within those there are; the first where nothing sensible was asked."""
    wanted = int(typed) if typed and typed.isdecimal() and len(typed) < 5 else 1
    return max(1, min(wanted, most))


def _back(request: HttpRequest) -> str:
    """Return the page of the portal to go back to, "" where none was named."""
    named = request.GET.get("retour", "")
    inside = named.startswith("/") and url_has_allowed_host_and_scheme(named, allowed_hosts=None)
    return named if inside else ""


def _right(user: User, document: Document) -> ReadRight:
    answer = import_string(settings.DOCUMENT_POLICY)(user, document)
    return answer if isinstance(answer, ReadRight) else ReadRight(allowed=bool(answer))


def _sent(user: User, document: Document, right: ReadRight) -> HttpResponseBase:
    response = attachment(document)
    _remember(user, document, right, name=READ, now=clock.now())
    return response


def attachment(document: Document, *, name: str = "") -> HttpResponseBase:
    """Return a file to be sent; whoever calls has judged the right to read it, and keeps trace of the reading.

    `name` stands in the place of the file's own, which may tell what its reader should not know.
    404 for one that was not found clean, or whose bytes are missing.
    """
    if not document.is_readable:
        raise Http404
    try:
        file = document.file.open("rb")
    except FileNotFoundError:
        logger.exception("the file of document %s is missing", document.pk)
        raise Http404 from None
    response = _described(FileResponse(file), document)
    if name:
        response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


def _remember(
    user: User, document: Document, right: ReadRight, *, name: str, now: datetime, **more: int
) -> None:
    """Write the reading in each chain, or in none; always in one order, so that two readers never wait crosswise."""
    chains = [chain for chain in (right.logged_chain, *right.further_chains) if chain]
    if not chains:
        return
    with transaction.atomic():
        for chain in sorted(chains):
            audit.append(
                chain=chain,
                name=name,
                at=now,
                actor=user,
                data={"document": str(document.pk), "kind": document.kind, **more},
            )


def _described(response: HttpResponseBase, document: Document) -> HttpResponseBase:
    response.headers["Content-Type"] = document.content_type
    response.headers["Content-Length"] = str(document.size)
    response.headers["Content-Disposition"] = content_disposition_header(True, document.original_name) or ""
    return _inert(response)


def _inert(response: HttpResponseBase) -> HttpResponseBase:
    """Have the browser run nothing of it, and nobody keep it."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
