"""What the policy of documents may answer about one person and one document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadRight:
    """Whether a document may be read, and the audit chain that must remember each reading (None: none)."""

    allowed: bool
    logged_chain: str | None = None

    def __bool__(self) -> bool:
        return self.allowed
