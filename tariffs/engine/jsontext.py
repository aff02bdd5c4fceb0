"""JSON text to Python values without losing how numbers were written, and without ever crashing."""

import json
from typing import Any

from tariffs.engine.facts import CaseError

UNREADABLE = "Ce texte n’est pas du JSON lisible : vérifiez les guillemets, les virgules et les accolades."
NOT_UTF8 = "Ce texte n’est pas de l’UTF-8 : enregistrez-le dans cet encodage."
TOO_DEEP = "Ce texte JSON est trop imbriqué pour être lu."

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class JsonNumber(str):
    """A JSON number as it was written ("10.000"), to count its decimals; also NaN and Infinity."""

    __slots__ = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different."""
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise CaseError("", f"La clé « {key[:60]} » est donnée deux fois dans le même objet.")
            seen.add(key)
    return found


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=JsonNumber, parse_float=JsonNumber, parse_constant=JsonNumber
)


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text (UTF-8 where it is bytes; a leading byte-order mark is ignored).

    CaseError with an empty path where the text can't be read or an object says a key twice.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError:
            raise CaseError("", NOT_UTF8) from None
    try:
        return _DECODER.decode(text.removeprefix("\ufeff"))
    except CaseError:
        raise
    except RecursionError:
        raise CaseError("", TOO_DEEP) from None
    except ValueError:
        raise CaseError("", UNREADABLE) from None
