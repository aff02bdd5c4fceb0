"""The PDF engine of the portal: a tagged PDF/A from HTML that holds all it needs; nothing is ever fetched."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

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
    """Return the fonts, configured once per process (a new configuration for each PDF leaks memory)."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


def pdf_of(html: str) -> bytes:
    """Return a tagged PDF/A-3b of a whole HTML document: the same bytes for the same document.

    WeasyPrint is imported here, so that a portal without Pango starts and says what it lacks.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except OSError as error:
        raise PangoMissingError(PANGO) from error

    class DenyAll(URLFetcher):
        """Refuses every address: a document holds all it needs."""

        def fetch(self, url: str, *_: Any) -> Any:
            """Refuse `url`."""
            raise ValueError(f"a letter fetches nothing, asked for {url[:80]}")

    pdf: bytes = HTML(string=html, url_fetcher=DenyAll()).write_pdf(
        font_config=_fonts(),
        pdf_variant="pdf/a-3b",
        pdf_tags=True,
        pdf_identifier=hashlib.md5(html.encode(), usedforsecurity=False).digest(),
    )
    return pdf
