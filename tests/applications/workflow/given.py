"""A situation made of the few facts that a guard looks at: no database, so that each boundary is tried."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from applications.workflow.situation import Situation

TODAY = date(2026, 3, 31)
LONG, SHORT = "dix lettres", "neuf let."


def situation(**given: Any) -> Situation:
    """Return a situation: `dossier__signed_on=…` is a field of its dossier, `inputs__motive=…` what was typed."""
    parts: dict[str, dict[str, Any]] = {"dossier": {}, "mission": {}, "facts": {}, "inputs": {}}
    whole: dict[str, Any] = {}
    for name, value in given.items():
        part, _, field = name.partition("__")
        if field:
            parts[part][field] = value
        else:
            whole[part] = value
    made = {part: SimpleNamespace(**parts[part]) for part in ("dossier", "mission", "facts")} | whole
    return Situation(
        dossier=made["dossier"],
        mission=made["mission"],
        actor=made.get("actor"),
        giver=made.get("giver"),
        standing=frozenset(made.get("standing", ())),
        now=datetime(2026, 3, 31, 10, tzinfo=UTC),
        today=TODAY,
        facts=made["facts"],
        inputs=parts["inputs"],
    )


def codes(guard: Callable[[Situation], Any], **given: Any) -> list[str]:
    """Return the codes of the obstacles that a guard sees."""
    return [obstacle.code for obstacle in guard(situation(**given))]


def one(**fields: Any) -> SimpleNamespace:
    """Return a thing with these fields."""
    return SimpleNamespace(**fields)


def always(answer: Any) -> Callable[..., Any]:
    """Return a question of the facts that is answered so, whatever is asked."""
    return lambda *_, **__: answer
