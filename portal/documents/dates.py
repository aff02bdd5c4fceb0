"""Finds the day on which a document says that it was made, where it says so plainly, in French."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

EXCERPT_LENGTH = 120
EARLIEST_YEAR = 2000

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("janvier", "janv"),
            ("février", "fevrier", "févr", "fevr"),
            ("mars",),
            ("avril", "avr"),
            ("mai",),
            ("juin",),
            ("juillet", "juil"),
            ("août", "aout"),
            ("septembre", "sept"),
            ("octobre", "oct"),
            ("novembre", "nov"),
            ("décembre", "decembre", "déc", "dec"),
        ),
        start=1,
    )
    for name in names
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY = (
    rf"(?:(?P<day>[0-3]?\d)(?:er)?\s(?P<month>{_MONTH})\.?\s(?P<year>\d{{4}})"
    r"|(?P<day_number>[0-3]?\d)(?P<mark>[/.-])(?P<month_number>[01]?\d)(?P=mark)(?P<year_number>\d{4})"
    r"|(?P<iso>\d{4}-\d{2}-\d{2}))(?!\d)"
)
_MADE = r"(?:fait|faite|d[ée]livr[ée]e?|[ée]tablie?|[ée]dit[ée]e?|[ée]mise?|sign[ée]e?|imprim[ée]e?)"
# The surest way of saying it first; between the words and the date, a place at most.
_WAYS = (
    rf"\b{_MADE}\s(?:(?:[àa]|par)\s[^\d\n]{{1,40}}?,?\s)?(?:en\sdate\sdu|le|au|du)\s?:?\s{_DAY}",
    rf"\bdate\s(?:d[’']|de\s|du\s)(?:[ée]tablissement|[ée]dition|[ée]mission|d[ée]livrance|la\sdemande|devis|attestation"
    rf"|document|signature)\s?:?\s(?:le\s)?{_DAY}",
    rf"\b(?:devis|attestation)\b[^\d\n]{{0,20}}(?:n\s?[°ºo]\s?[\w/.-]{{1,20}},?\s)?(?:du|en\sdate\sdu)\s{_DAY}",
    rf"\b[àa]\sla\sdate\sdu\s{_DAY}",
    rf"\b[\w’'-]{{2,30}},\sle\s{_DAY}",
    rf"\bdate\s?:\s{_DAY}",
)
WAYS = tuple(re.compile(way, re.IGNORECASE) for way in _WAYS)


@dataclass(frozen=True, slots=True)
class DateRead:
    """A day read in a document, on which page (from 1), and the words that say so."""

    on: date
    page: int
    excerpt: str


def issue_date(texts: Sequence[str], *, today: date) -> DateRead | None:
    """Return the day a document was made, None unless it is said once, plainly, and is not to come.

    Two different days said in the surest way found make it no longer plain: the person says which.
    """
    pages = [_plain(text) for text in texts]
    for way in WAYS:
        found = list(_said(way, pages, today))
        if found:
            return found[0] if len({one.on for one in found}) == 1 else None
    return None


def _plain(text: str) -> str:
    """Return a text on one line, accents composed, spaces of all kinds made one."""
    return " ".join(unicodedata.normalize("NFKC", text.replace("\ufffe", "-")).split())


def _said(way: re.Pattern[str], pages: Iterable[str], today: date) -> Iterator[DateRead]:
    for number, text in enumerate(pages, start=1):
        for match in way.finditer(text):
            on = _day(match)
            if on is not None and on.year >= EARLIEST_YEAR and on <= today:
                yield DateRead(on, number, match[0][-EXCERPT_LENGTH:])


def _day(match: re.Match[str]) -> date | None:
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        if match["month"]:
            return date(int(match["year"]), MONTHS[match["month"].lower()], int(match["day"]))
        return date(int(match["year_number"]), int(match["month_number"]), int(match["day_number"]))
    except ValueError:
        return None
