"""What the policy of documents may answer about one person and one document, and what the journal calls a reading."""

from dataclasses import dataclass

# The original taken whole, a copy that names its reader, one page shown.
READ, COPIED, PAGE_SEEN = "document_read", "document_copied", "document_page_seen"
READINGS = frozenset({READ, COPIED, PAGE_SEEN})


@dataclass(frozen=True, slots=True)
class ReadRight:
    """Whether a document may be read, and the audit chains that must remember each reading (none: nothing to)."""

    allowed: bool
    logged_chain: str | None = None
    # A file that holds several watched ones is remembered in the chain of each.
    further_chains: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.allowed
