"""Makes of a name typed on somebody's computer one that may be shown and sent back safely."""

import re
import unicodedata

MAX_LENGTH = 120
NAMELESS = "document"
ALIASES = {"jpeg": "jpg", "jpe": "jpg"}

# Control, format (bidirectional marks, zero-width), private, surrogate, line and paragraph separators.
_UNSAFE_CATEGORIES = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
_UNSAFE_CHARACTERS = re.compile(r'[<>:"|?*;%]')


def clean_name(name: str) -> str:
    """Return the last part of a name without anything that could deceive a header, a disk or an eye."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(char for char in last if unicodedata.category(char) not in _UNSAFE_CATEGORIES)
    plain = " ".join(_UNSAFE_CHARACTERS.sub("_", visible).split()).rstrip(". ")
    stem, dot, extension = plain.rpartition(".")
    if not dot:
        return plain[:MAX_LENGTH] or NAMELESS
    stem = stem.strip(". ")[: MAX_LENGTH - 11] or NAMELESS
    return f"{stem}.{extension.strip()[:10]}"


def extension_of(name: str) -> str:
    """Return the kind a name claims, in lower case ("jpeg" is "jpg"), "" without any."""
    _, dot, extension = name.rpartition(".")
    lowered = extension.lower() if dot else ""
    return ALIASES.get(lowered, lowered)
