"""Draws the table of transitions as a page of documentation: states, diagram and matrix."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from applications.workflow.guards import Guard
from applications.workflow.situation import Actor
from applications.workflow.states import COMPANY_LABELS, State
from applications.workflow.table import TRANSITIONS, Transition

INTRODUCTION = """\
# The life of a dossier

Generated from `applications/workflow/table.py` by `python manage.py workflow_diagram`; a test fails when this page is
not what the table says. Acts that keep the state (a dash under “to”) are left out of the diagram.
"""


def page() -> str:
    """Return the whole page, Markdown, ending with a line feed."""
    parts = (
        INTRODUCTION,
        "## States\n",
        "\n".join(_states()),
        "\n## Diagram\n\n```mermaid",
        "\n".join(_diagram()),
        "```\n\n## Matrix\n",
        "\n".join(_matrix()),
        "\n## Conditions\n",
        "\n".join(_conditions()),
    )
    return "\n".join(parts) + "\n"


def _states() -> Iterator[str]:
    yield "| state | Bpifrance reads | the company reads |"
    yield "|---|---|---|"
    for state in State:
        yield f"| `{state.value}` | {state.label} | {COMPANY_LABELS[state]} |"


def targets(transition: Transition) -> tuple[State, ...]:
    """Return the states an act may lead to; none where it keeps the state."""
    return tuple(target for target in (transition.target, transition.elsewhere) if target is not None)


def _diagram() -> Iterator[str]:
    yield "stateDiagram-v2"
    yield "    [*] --> draft"
    acts: dict[tuple[State, State], list[str]] = defaultdict(list)
    for transition in TRANSITIONS.values():
        for source in transition.sources:
            for target in targets(transition):
                acts[source, target].append(transition.name)
    for (source, target), names in acts.items():
        yield f"    {source.value} --> {target.value}: {', '.join(names)}"


def _matrix() -> Iterator[str]:
    yield "| act | label | who | second person | from | to |"
    yield "|---|---|---|---|---|---|"
    for name, transition in TRANSITIONS.items():
        second = _people(transition.second.actors) if transition.second else "–"
        to = " or ".join(f"`{target.value}`" for target in targets(transition)) or "–"
        sources = ", ".join(f"`{source.value}`" for source in transition.sources)
        who = _people(transition.actors)
        yield f"| `{name}` | {transition.label} | {who} | {second} | {sources} | {to} |"


def _people(actors: Iterable[Actor]) -> str:
    chosen = set(actors)
    return ", ".join(actor.value for actor in Actor if actor in chosen)


def _conditions() -> Iterator[str]:
    yield "| act | of the dossier | of what is typed | a second person when |"
    yield "|---|---|---|---|"
    for name, transition in TRANSITIONS.items():
        needed = f"`{transition.second.needed.__name__}`" if transition.second else "–"
        guards = _names((*transition.concerns, *transition.guards))
        yield f"| `{name}` | {guards} | {_names(transition.checks)} | {needed} |"


def _names(guards: Iterable[Guard]) -> str:
    return ", ".join(f"`{guard.__name__}`" for guard in guards) or "–"
