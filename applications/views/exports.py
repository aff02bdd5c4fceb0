"""Exports: choose columns and format, take a short list at once, follow a long one, get a dossier's archive."""

from __future__ import annotations

from tempfile import TemporaryFile
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.http import require_http_methods, require_safe

from applications.exports import archive, jobs
from applications.exports.registry import SHEETS
from applications.exports.sheets import Sheet
from applications.forms.exports import FORMATS, ExportForm
from applications.models import Export
from applications.services import exports
from applications.views.officer_requests import FORM_METHODS, READERS, posted, signed_in, visible_dossier
from applications.workflow.refusals import Refused
from portal import clock
from portal.accounts.access import access, writes
from portal.documents.services import MADE_TYPES

SHOWN = 50
PAGING = ("page", "apres", "avant", "suivant", "precedent", "col")
ANSWERED = (
    "Votre export se prépare\u00a0: vous pouvez quitter cette page, vous serez prévenu quand il sera prêt."
)


@require_http_methods(FORM_METHODS)
@access(*READERS)
def export_new(request: HttpRequest, listing: str) -> HttpResponseBase:
    """Say how many rows a list holds as filtered, and export it: at once, or by a worker where it is long."""
    sheet, user = _sheet(listing), signed_in(request)
    query = _filters(request.GET)
    count = sheet.rows(user, query, clock.today()).count()
    columns = sheet.open_to(user)
    form = ExportForm(
        posted(request),
        columns=[(column.key, column.label) for column in columns],
        initial={
            "columns": [column.key for column in columns if column.usual],
            "format": Export.Format.XLSX.value,
        },
    )
    is_long = count > settings.EXPORT_JOB_ROWS
    if request.method == "POST" and form.is_valid():
        return _export(request, sheet, query, form, count)
    context = {
        "sheet": sheet,
        "form": form,
        "count": count,
        "told": sheet.told(query),
        "back": f"{reverse(sheet.page)}?{urlencode(query)}",
        "is_long": is_long,
    }
    return render(request, "officer/exports/new.html", context, status=422 if form.errors else 200)


def _sheet(listing: str) -> Sheet:
    if listing not in SHEETS:
        raise Http404
    return SHEETS[listing]


def _filters(asked: QueryDict) -> dict[str, str]:
    """Return the filters of the list's address, without the page at which one was."""
    return {
        name[:50]: str(value).replace("\x00", "")[:300]
        for name, value in asked.items()
        if value and name not in PAGING
    }


def _export(
    request: HttpRequest, sheet: Sheet, filters: dict[str, str], form: ExportForm, count: int
) -> HttpResponseBase:
    user, now = signed_in(request), clock.now()
    columns = sheet.chosen(user, form.cleaned_data["columns"])
    query = urlencode(filters)
    keys, written_as = [column.key for column in columns], form.cleaned_data["format"]
    if count > settings.EXPORT_JOB_ROWS:
        return _asked(
            request,
            listing=sheet.key,
            title=" – ".join([sheet.label, *sheet.told(filters)]),
            written_as=written_as,
            columns=keys,
            query=query,
            expected=count,
        )
    exports.record(
        actor=user, listing=sheet.key, written_as=written_as, columns=keys, query=query, rows=count, at=now
    )
    name = jobs.file_name(sheet.label, written_as)
    if written_as == Export.Format.CSV:
        pieces = jobs.csv_pieces(user, sheet.key, query, columns)
        return _sent(StreamingHttpResponse(piece for piece, _ in pieces), name, written_as)
    lots = jobs.read(user, sheet.key, query, columns)
    file = TemporaryFile()  # noqa: SIM115 closed by the response, which sends it by pieces
    jobs.write(file, written_as, sheet.label, columns, lots)
    file.seek(0)
    return _sent(FileResponse(file), name, written_as)


def _sent(response: HttpResponseBase, name: str, written_as: str) -> HttpResponseBase:
    response.headers["Content-Type"] = MADE_TYPES[written_as]
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


def _asked(request: HttpRequest, **asked: object) -> HttpResponse:
    try:
        exports.ask(owner=signed_in(request), now=clock.now(), **asked)  # type: ignore[arg-type]
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, ANSWERED)
    return redirect("export_list")


@require_safe
@access(*READERS)
def export_list(request: HttpRequest) -> HttpResponse:
    """Show one's own exports, those being made as they advance; HTMX gets the list alone."""
    found = list(
        Export.objects.filter(owner=signed_in(request)).select_related("document", "dossier")[:SHOWN]
    )
    formats = {**dict(FORMATS), Export.Format.ZIP.value: "ZIP"}
    context = {
        "rows": [{"export": one, "format": formats[one.format].partition(",")[0]} for one in found],
        "is_moving": any(one.is_running for one in found),
    }
    partial = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    return render(request, "officer/exports/_rows.html" if partial else "officer/exports/list.html", context)


@writes
@access(*READERS)
def export_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Cancel one's own export that is being made; another's does not exist."""
    export = get_object_or_404(Export, pk=pk, owner=signed_in(request))
    if exports.cancel(export=export, actor=signed_in(request), now=clock.now()):
        messages.success(request, "L’export est annulé.")
    else:
        messages.info(request, "Cet export était déjà terminé.")
    return redirect("export_list")


@writes
@access(*READERS)
def dossier_archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the archive of a dossier made."""
    dossier = visible_dossier(request, pk)
    return _asked(
        request,
        listing=Export.ARCHIVE,
        title=f"Archive du dossier {dossier}",
        written_as=Export.Format.ZIP.value,
        expected=archive.size_of(dossier),
        dossier=dossier,
    )
