"""The only door out for a kept file: who may read it is asked each time."""

import logging
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from portal import clock
from portal.accounts.access import Role, access
from portal.accounts.models import User
from portal.audit import services as audit
from portal.documents.models import Document
from portal.documents.policy import ReadRight

logger = logging.getLogger(__name__)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@access(Role.MEMBER)
@require_safe
def document_download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Send a file as an attachment; one that may not be read does not exist for this person."""
    document = get_object_or_404(Document, pk=pk)
    user = cast("User", request.user)
    right = _right(user, document)
    if not right.allowed:
        raise Http404
    if not document.is_readable:
        return render(request, "documents/not_readable.html", {"document": document}, status=409)
    if request.method == "HEAD":
        return _described(HttpResponse(), document)
    return _sent(user, document, right)


def _right(user: User, document: Document) -> ReadRight:
    answer = import_string(settings.DOCUMENT_POLICY)(user, document)
    return answer if isinstance(answer, ReadRight) else ReadRight(allowed=bool(answer))


def _sent(user: User, document: Document, right: ReadRight) -> HttpResponseBase:
    try:
        file = document.file.open("rb")
    except FileNotFoundError:
        logger.exception("the file of document %s is missing", document.pk)
        raise Http404 from None
    if right.logged_chain:
        with transaction.atomic():
            audit.append(
                chain=right.logged_chain,
                name="document_read",
                at=clock.now(),
                actor=user,
                data={"document": str(document.pk), "kind": document.kind},
            )
    return _described(FileResponse(file), document)


def _described(response: HttpResponseBase, document: Document) -> HttpResponseBase:
    response.headers["Content-Type"] = document.content_type
    response.headers["Content-Length"] = str(document.size)
    response.headers["Content-Disposition"] = content_disposition_header(True, document.original_name) or ""
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
