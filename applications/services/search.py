"""Full-text search of the desk's list, the same words on both databases: folded, cut up, asked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.sql.compiler import SQLCompiler

from applications.models.worklist import ListingQuerySet

# More of a request than this is not searched: a tsvector holds at most one megabyte.
LONGEST_TEXT = 20_000
MOST_WORDS = 8
LONGEST_WORD = 40
# A SIREN or an amount typed in groups of three is one number.
GROUPED = re.compile(r"(?<=[0-9]) (?=[0-9]{3}\b)")
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
# Below this length a word resembles too many others.
SHORTEST_LIKE = 4
MATCHING = "SELECT rowid FROM applications_listing_words WHERE applications_listing_words MATCH %s"

Sql = tuple[str, Any]


def fold(texts: Iterable[str]) -> str:
    """Return texts in small letters, without accents, punctuation nor control characters."""
    joined = " ".join(texts).casefold().translate(LIGATURES)
    plain = (one for one in unicodedata.normalize("NFKD", joined) if not unicodedata.combining(one))
    return " ".join("".join(one if one.isalnum() else " " for one in plain).split())


def words_in(typed: str) -> list[str]:
    """Return the words to look for in what a person typed: few, short, letters and digits alone."""
    folded = GROUPED.sub("", fold([typed[:500]]))
    return [word[:LONGEST_WORD] for word in folded.split()[:MOST_WORDS]]


class HasWords(Func):
    """True where the row holds each word, whole, begun, or (PostgreSQL) of the same French stem."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, words: list[str], **extra: Any) -> None:
        """Keep the words that `words_in` gave."""
        self.words = words
        super().__init__(F("words"), F("pk"), **extra)

    def as_postgresql(self, compiler: SQLCompiler, _connection: BaseDatabaseWrapper) -> Sql:
        """Ask the column made of the words; its index serves."""
        column, _ = compiler.compile(self.source_expressions[0])
        each = "(to_tsquery('simple', %s) || to_tsquery('french', %s))"
        sql = f"({column.replace('words', 'words_vector')} @@ ({' && '.join([each] * len(self.words))}))"
        return sql, [part for word in self.words for part in (f"{word}:*", word)]

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_extra: Any) -> Sql:  # noqa: ARG002
        """Ask the FTS5 table; each word is quoted, so that none is an operator."""
        key, _ = compiler.compile(self.source_expressions[1])
        asked = " ".join(f'"{word}"*' for word in self.words)
        return f"({key} IN ({MATCHING}))", [asked]


class NamesLike(Func):
    """True where some name of the row is spelt nearly so; by trigrams, on PostgreSQL alone."""

    output_field = BooleanField()
    conditional = True
    template = "(%(expressions)s)"
    arg_joiner = " %%> "


def holding(found: ListingQuerySet, words: list[str]) -> ListingQuerySet:
    """Return the rows that hold every word; without words, all."""
    return found.filter(HasWords(words)) if words else found


def resembling(found: ListingQuerySet, words: list[str], *, trigrams: bool) -> ListingQuerySet:
    """Return the rows whose names resemble every word, for a search that found nothing.

    With `trigrams` a letter more, less or astray is forgiven; without, the end of a word is.
    """
    likeness = Q()
    for word in words:
        begun = word[: max(SHORTEST_LIKE, len(word) * 2 // 3)]
        likeness &= Q(NamesLike(F("names"), Value(word))) if trigrams else Q(names__contains=begun)
    return found.filter(likeness) if any(len(word) >= SHORTEST_LIKE for word in words) else found.none()
