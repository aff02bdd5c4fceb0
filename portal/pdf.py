"""The PDF engine of the portal: PDF/A-3b and PDF/UA-1 from HTML that holds all it needs; nothing is ever fetched."""

from __future__ import annotations

import hashlib
import logging
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weasyprint.text.fonts import FontConfiguration

logger = logging.getLogger(__name__)

# The fonts and the marks of every document of the portal, so that the next one finds them ready.
FIRST = """<!DOCTYPE html><html lang="fr"><head><title>Essai</title><style>
body { font-family: "DejaVu Sans", sans-serif } code { font-family: "DejaVu Sans Mono", monospace }
</style></head><body><h1>Prêt</h1><p>L’<b>essai</b>, en <i>un</i> <code>mot</code>.</p></body></html>"""

PANGO = (
    "Pango is missing, and letters need it. On Debian or Ubuntu: "
    "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
)


# WeasyPrint declares one standard; a tagged, titled PDF/A-3b is made as a PDF/UA-1 is, and says so here.
# PDF/A allows a property that it does not know only with its description beside it (ISO 19005-3, 6.6.2.3).
UNIVERSAL_ACCESS = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"
 pdfuaid:part="1" />
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 to which the document conforms</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""


class PangoMissingError(RuntimeError):
    """The PDF engine's system library is not installed; the message says how to get it."""


@cache
def _fonts() -> FontConfiguration:
    """Return the fonts, configured once per process (a new configuration for each PDF leaks memory)."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


def _declare_universal_access(_document: Any, pdf: Any) -> None:
    """Say in the metadata, just before the file is written, that it conforms to PDF/UA-1 too."""
    metadata = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    (told,) = metadata.stream
    metadata.stream = [told.replace(b"</rdf:RDF>", UNIVERSAL_ACCESS)]


def pdf_of(html: str) -> bytes:
    """Return a tagged PDF/A-3b and PDF/UA-1 of a whole HTML document, titled and in its language.

    The same document gives the same bytes.

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
        finisher=_declare_universal_access,
        font_config=_fonts(),
        pdf_variant="pdf/a-3b",
        pdf_tags=True,
        pdf_identifier=hashlib.md5(html.encode(), usedforsecurity=False).digest(),
    )
    return pdf


def warm_up() -> None:
    """Make a first PDF for nobody: loading the engine and the fonts takes seconds, which no person should wait.

    A portal without Pango goes on without letters, and its log says what is lacking.
    """
    try:
        pdf_of(FIRST)
    except PangoMissingError as lacking:
        logger.warning("%s", lacking)


def warm_up_aside() -> threading.Thread:
    """Get the engine ready beside the first pages, which it does not hold up."""
    thread = threading.Thread(target=warm_up, name="pdf", daemon=True)
    thread.start()
    return thread
