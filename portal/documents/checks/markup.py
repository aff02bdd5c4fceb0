"""XML: well formed, without document type nor entities, and no page in disguise."""

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from portal.documents.checks.refusal import FileRefused
from portal.documents.checks.signatures import is_program, wrong_type

PAGES = ("html", "svg")
MOST_BYTES = 5 * 1024 * 1024


def check_xml(content: bytes) -> None:
    """Refuse what is not the XML of data: broken, with a document type or entities, a page, or out of measure."""
    if is_program(content) or not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise wrong_type("XML")
    if len(content) > MOST_BYTES:
        raise FileRefused(
            "Ce fichier XML dépasse 5 Mo\u00a0: ce n’est pas celui d’une facture.", "too_complex"
        )
    try:
        root = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise FileRefused(
            "Ce fichier XML contient une déclaration interdite (DTD ou entité)\u00a0: exportez-le de nouveau depuis "
            "votre logiciel de facturation.",
            "active_content",
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise wrong_type("XML") from error
    if root.tag.rpartition("}")[2].lower() in PAGES:
        raise wrong_type("XML")
