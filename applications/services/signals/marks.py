"""The mark of a text: what tells that two texts say the same, without comparing them to each other."""

from __future__ import annotations

import hashlib
import re
import unicodedata

# Below this many letters and digits the same words are met by chance (« partie 2 du rapport »). [decision]
SHORTEST_TEXT = 60


def plain(text: str) -> str:
    """Return a text as its words alone: small letters without accents, and digits, one space apart."""
    parts = unicodedata.normalize("NFKD", text)
    bare = "".join(part for part in parts if not unicodedata.combining(part)).casefold()
    return " ".join(re.findall(r"[^\W_]+", bare))


def mark_of(text: str) -> str:
    """Return the SHA-256 of a text's words, whatever its layout, accents, capitals and signs; "" for a short one."""
    words = plain(text)
    if len(words.replace(" ", "")) < SHORTEST_TEXT:
        return ""
    return hashlib.sha256(words.encode()).hexdigest()
