"""Makes the PDF of a letter from its frozen content: the same bytes however often it is made."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.template.loader import render_to_string

from applications.models import Contract, Letter
from portal.clock import civil_date
from portal.documents.services import store_bytes

if TYPE_CHECKING:
    from weasyprint.text.fonts import FontConfiguration

PANGO = (
    "Pango is missing, and letters need it. On Debian or Ubuntu: "
    "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
)


class PangoMissingError(RuntimeError):
    """The PDF engine's system library is not installed; the message says how to get it."""


@cache
def _fonts() -> FontConfiguration:
    """Return the fonts, configured once per process (a new configuration for each letter leaks memory)."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


def render_pdf(template: str, context: dict[str, Any]) -> bytes:
    """Return a tagged PDF/A-3b of a template of this room; nothing is ever fetched from anywhere.

    WeasyPrint is imported here, so that a portal without Pango starts and says what it lacks.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except OSError as error:
        raise PangoMissingError(PANGO) from error

    class DenyAll(URLFetcher):
        """Refuses every address: a letter holds all it needs."""

        def fetch(self, url: str, *_: Any) -> Any:
            """Refuse `url`."""
            raise ValueError(f"a letter fetches nothing, asked for {url[:80]}")

    html = render_to_string(template, context)
    pdf: bytes = HTML(string=html, url_fetcher=DenyAll()).write_pdf(
        font_config=_fonts(),
        pdf_variant="pdf/a-3b",
        pdf_tags=True,
        pdf_identifier=hashlib.md5(html.encode(), usedforsecurity=False).digest(),
    )
    return pdf


def letter_pdf(letter: Letter) -> bytes:
    """Return the PDF of a letter."""
    context = {**letter.context, "title": letter.get_kind_display(), "created_at": letter.created_at}
    return render_pdf(f"letters/{letter.kind}.html", context)


def render_letter(payload: dict[str, Any], **_: object) -> None:
    """Outbox handler: make the PDF of a letter, once; the contract gets its document."""
    letter = Letter.objects.select_related("dossier__company").get(pk=payload["letter"])
    if letter.document_id is not None:
        return
    content = letter_pdf(letter)
    with transaction.atomic():
        locked = Letter.objects.select_for_update().get(pk=letter.pk)
        if locked.document_id is not None:
            return
        locked.document = store_bytes(
            content=content,
            name=f"{letter.dossier.number}-{letter.kind.replace('_', '-')}.pdf",
            kind=letter.kind,
            organisation=letter.dossier.company.organisation,
            issued_on=civil_date(letter.created_at),
            sealed_at=letter.created_at,
            now=letter.created_at,
        )
        locked.save(update_fields=["document"])
        if letter.kind in {Letter.Kind.CONTRACT, Letter.Kind.SIGNED_CONTRACT}:
            Contract.objects.filter(dossier=letter.dossier).update(document=locked.document)
