"""One fact of a case: how a path names it, reads it, replaces it, and how it is written as JSON."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from tariffs.engine.facts import Case, column_of

_STEP = re.compile(r"([a-z_]+)|\[(\d+)\]")


def _steps(path: str) -> list[str | int]:
    """The names and the places of a path: "quote.lines[2].amount" is quote, lines, 2, amount."""
    return [name or int(place) for name, place in _STEP.findall(path)]


def fact(case: Case, path: str) -> Any:
    """The fact under a path; None where it, or what holds it, is not known."""
    found: Any = case
    for step in _steps(path):
        if found is None:
            return None
        found = found[step] if isinstance(step, int) else getattr(found, step)
    return found


def with_fact(case: Case, path: str, value: Any) -> Case:
    """The same case with another fact under a path; what holds it must be there."""
    changed: Case = _replaced(case, _steps(path), value)
    device = changed.device
    return changed._replace(device=device._replace(column=column_of(device.kind, device.risk_class)))


def _replaced(holder: Any, steps: list[str | int], value: Any) -> Any:
    if not steps:
        return value
    step, *rest = steps
    if isinstance(step, int):
        return tuple(
            _replaced(each, rest, value) if place == step else each for place, each in enumerate(holder)
        )
    return holder._replace(**{step: _replaced(getattr(holder, step), rest, value)})


def as_json(value: Any) -> Any:
    """A fact under the grammar of the public JSON of a case."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "_asdict"):
        return {key: as_json(inner) for key, inner in value._asdict().items() if key != "column"}
    if isinstance(value, tuple):
        return [as_json(inner) for inner in value]
    return value
