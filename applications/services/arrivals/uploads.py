"""A file of past dossiers brought to the desk: kept, rehearsed, then taken in once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import IO

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from applications.models import DossierImport
from applications.services.arrivals.columns import COLUMNS
from applications.services.arrivals.past_dossiers import Report, take_in, try_out
from applications.services.arrivals.tables import EXTENSIONS, TableRefused, count_rows, rows_of
from applications.workflow.refusals import NotYours
from portal.accounts.models import StaffRole, User
from portal.documents.models import Document
from portal.documents.policy import ReadRight
from portal.documents.services import store
from portal.documents.storage import gone_through

DOCUMENT_KIND = "dossier_import"
MAX_ROWS = 2000
INTERRUPTED = "La commande a été interrompue\u00a0: relancez-la, ce qui est pris le reste."
NOT_A_MANAGER = "Seul un responsable importe des dossiers."


def _check_manager(user: User) -> None:
    if not user.serves_as(StaffRole.MANAGER):
        raise NotYours(NOT_A_MANAGER)


def right_to(user: User, document: Document) -> ReadRight:
    """Let managers alone read the files that were brought."""
    known = DossierImport.objects.filter(document=document).exists()
    return ReadRight(allowed=known and user.serves_as(StaffRole.MANAGER))


def bring(*, file: UploadedFile[bytes], actor: User, now: datetime) -> DossierImport:
    """Keep a file of past dossiers; none of its lines is taken yet. Raises NotYours, FileRefused."""
    _check_manager(actor)
    with transaction.atomic():
        document = store(file=file, kind=DOCUMENT_KIND, uploaded_by=actor, allowed=EXTENSIONS, now=now)
        return DossierImport.objects.create(
            file_name=document.original_name,
            sha256=document.sha256,
            document=document,
            brought_by=actor,
            brought_at=now,
        )


def rehearse(source: DossierImport, *, today: date) -> Report:
    """Return what the file would do; nothing is written. Raises TableRefused."""
    document = _counted(source)
    with _opened(document) as file:
        return try_out(rows_of(file, document.extension), today=today)


def confirm(source: DossierImport, *, actor: User, now: datetime) -> Report:
    """Take the file in; once done, it is said again and nothing changes. Raises NotYours, TableRefused."""
    _check_manager(actor)
    if source.ended_at is not None:
        return Report.from_json(source.counts)
    document = _counted(source)
    with _opened(document) as file:
        return take_in(rows_of(file, document.extension), source=source, actor=actor, now=now)


@contextmanager
def _opened(document: Document) -> Iterator[IO[bytes]]:
    with document.file.open("rb") as kept, gone_through(kept) as file:
        yield file


def _counted(source: DossierImport) -> Document:
    """Return the file, once sure that it is readable, whole and short enough for a page."""
    document = source.document
    if document is None:
        raise TableRefused(INTERRUPTED)
    if not document.is_readable:
        raise TableRefused(
            document.refusal or "L’antivirus analyse ce fichier\u00a0: revenez dans une minute."
        )
    with _opened(document) as file:
        rows = count_rows(file, document.extension)
    if rows > MAX_ROWS:
        raise TableRefused(
            f"Ce fichier a {rows} lignes, plus que les {MAX_ROWS} d’une page\u00a0: divisez-le, ou demandez à "
            "l’administrateur de l’importer par la commande."
        )
    return document


def template() -> str:
    """Return the model file: the columns' names and an example line, as CSV with its mark."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(column.name for column in COLUMNS)
    writer.writerow(column.example for column in COLUMNS)
    return "\ufeff" + written.getvalue()
