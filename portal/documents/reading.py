"""What a file says of itself, to be proposed to the person who brought it and confirmed, never taken for true."""

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.documents.dates import DateRead, issue_date
from portal.documents.limited import UnreadableError, words_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: None is « not known », for instance of a photograph."""

    made: DateRead | None = None
    is_signed: bool | None = None
    pages: int | None = None

    def as_fields(self) -> dict[str, Any]:
        """Return the columns of a document that say so."""
        return {
            "date_read": self.made.on if self.made else None,
            "date_page": self.made.page if self.made else None,
            "date_words": self.made.excerpt if self.made else "",
            "is_signed": self.is_signed,
            "page_count": self.pages,
        }


def read(content: bytes, extension: str, *, today: date) -> Reading:
    """Return what a PDF says, within 1.5 seconds; nothing for another kind, or where it can't be read in time."""
    if extension != "pdf":
        return Reading()
    try:
        words = words_of(content)
    except UnreadableError as error:
        logger.warning("a file of %s bytes is not read: %s", len(content), error)
        return Reading()
    return Reading(issue_date(words.texts, today=today), words.signatures > 0, words.pages)
