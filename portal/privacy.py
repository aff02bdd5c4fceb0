"""What may be written down of a text: no address, no account, no long figure, nothing quoted, no exception's words."""

import re
from types import TracebackType
from typing import Any

HIDDEN = "[…]"
FRAMES, CAUSES = 15, 4

# An address, an account number, what stands between quotes (values are quoted in messages), an address of the web
# with all it holds, and any long figure: telephone, SIREN, SIRET, bank card.
_EMAIL = re.compile(r"[^\s<>\"'(){},;:]+@[^\s<>\"'(){},;:]+")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0\u202f]?[A-Z0-9]){10,30}\b")
_QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|«[^»\n]*»|“[^”\n]*”|`[^`\n]*`")
_WEB = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_FIGURE = re.compile(r"(?<![\w.-])\+?\d(?:[ \u00a0\u202f.]?\d){8,}(?![\w-])")


def scrub(text: str) -> str:
    """Return a text of ours without addresses, account numbers and long figures."""
    for pattern in (_WEB, _EMAIL, _IBAN, _FIGURE):
        text = pattern.sub(HIDDEN, text)
    return text


def scrub_foreign(text: str) -> str:
    """Return a text of somebody else's (a server, a library), without what it quotes either."""
    return scrub(_QUOTED.sub(HIDDEN, text))


def told_error(error: BaseException) -> str:
    """Return what may be kept of an exception: its type, and its message without what a person gave."""
    message = scrub_foreign(str(error).replace("\x00", ""))
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def places_of(error: BaseException) -> list[dict[str, Any]]:
    """Return the types of an exception and of those behind it, with where each was raised; never what they say."""
    found: list[dict[str, Any]] = []
    one: BaseException | None = error
    while one is not None and len(found) < CAUSES:
        found.append({"type": type(one).__qualname__, "at": _frames(one.__traceback__)})
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return found


def _frames(traceback: TracebackType | None) -> list[str]:
    lines = []
    while traceback is not None:
        frame = traceback.tb_frame
        module = frame.f_globals.get("__name__", "?")
        lines.append(f"{module}:{traceback.tb_lineno} {frame.f_code.co_name}")
        traceback = traceback.tb_next
    return lines[-FRAMES:]
