"""What in a text would say who asks: names of the company, its people and its devices, its number, an address."""

from __future__ import annotations

import re
from collections.abc import Iterator

from applications.models import Company
from applications.services.people import members_of
from applications.services.signals.marks import plain

# Words around a company's name that do not tell it apart: « Cardiolog » is « CARDIOLOG SAS ».
LEGAL_FORMS = frozenset({"sa", "sas", "sasu", "sarl", "eurl", "scop", "snc", "selarl", "societe"})
# Shorter than that, a name or a number is met by chance.
SHORTEST_NAME, SHORTEST_NUMBER = 3, 6
ADDRESSES = (
    re.compile(r"\S+@\S+\.\S+"),
    re.compile(r"(?:https?://|www\.)\S*|\b[\w-]+\.(?:fr|com|eu|org|health)\b", re.IGNORECASE),
    # A French telephone number, its pairs apart by one same sign or by none; then one with its country's prefix.
    re.compile(r"(?<!\d)0[1-9]([ .\-\u00a0\u202f]?)\d{2}(?:\1\d{2}){3}(?!\d)"),
    re.compile(r"(?:\+|(?<!\d)00)[1-9]\d{0,2}(?:[ .\-()\u00a0\u202f]*\d){6,12}"),
)


def identity_told(text: str, company: Company) -> str:
    """Return what in the text would say who asks, as it is written there or known here; "" when nothing does."""
    said = f" {plain(text)} "
    for name in _names(company):
        words = _told_apart(name)
        if len(words) >= SHORTEST_NAME and f" {words} " in said:
            return name
    number = _squeezed(company.identifier)
    if len(number) >= SHORTEST_NUMBER and number in _squeezed(text):
        return company.identifier
    return next((found.group() for one in ADDRESSES if (found := one.search(text))), "")


def _names(company: Company) -> Iterator[str]:
    yield company.name
    yield from company.devices.values_list("name", flat=True)
    # A first name alone is anybody's.
    yield from (one.full_name for one in members_of(company.organisation_id) if " " in one.full_name.strip())


def _told_apart(name: str) -> str:
    """Return a name's words without the legal form before or after them; all of them where nothing else is left."""
    words = plain(name).split()
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    while len(words) > 1 and words[0] in LEGAL_FORMS:
        words.pop(0)
    return " ".join(words)


def _squeezed(text: str) -> str:
    return plain(text).replace(" ", "")
