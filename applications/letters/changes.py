"""What an author changed of a composed text, word by word, for colleagues to read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text: `same`, `gone` (struck) or `new`."""

    kind: str
    text: str


def changes(before: str, after: str) -> list[Piece]:
    """Return both texts as one, with what went and what came."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    found = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(old[i:j])))
            continue
        found += [
            Piece(kind, text)
            for kind, text in (("gone", "".join(old[i:j])), ("new", "".join(new[k:m])))
            if text
        ]
    return found
