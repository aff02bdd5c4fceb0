"""What each component takes, read from the comment its template opens with, and how templates include it.

The comment is: what the component is; `Takes: name (kind), name? (kind)` or `Takes: nothing`, where « ? » says that
the argument may be absent and a kind written a|b|c lists the words allowed; `Reads: names` of the page's context when
it is included without « only »; `Example:` one line of template. Other lines are remarks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
COMPONENTS = TEMPLATES / "components"

_HEAD = re.compile(r"\A(?:\{% load [^%]+ %\})?\{% comment %\}\n(.*?)\n\{% endcomment %\}", re.DOTALL)
_COMMENT = re.compile(r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}", re.DOTALL)
_ARGUMENT = re.compile(r"\s*(\w+)(\??) \(((?:[^()]|\([^()]*\))+)\)\s*(?:,|\Z)")
_WORDS = re.compile(r"([\w-]+(?:\|[\w-]+)+)(?::|\Z)")
_INCLUDE = re.compile(r"""\{%\s*include\s+"components/(\w+)\.html"(.*?)%\}""")
_PASSED = re.compile(r"""(\w+)=("[^"]*"|'[^']*'|\S+)""")


@dataclass(frozen=True)
class Argument:
    """One thing a component takes; `words` are those allowed, when the kind lists them."""

    name: str
    required: bool
    kind: str
    words: frozenset[str]


@dataclass(frozen=True)
class Contract:
    """What a component is, takes and reads, with one way to include it."""

    name: str
    about: str
    takes: dict[str, Argument]
    reads: tuple[str, ...]
    example: str

    @property
    def required(self) -> frozenset[str]:
        """Return the names of what must be passed."""
        return frozenset(name for name, argument in self.takes.items() if argument.required)


@dataclass(frozen=True)
class Include:
    """One inclusion of a component: where, what is passed, and whether the page's context stays out."""

    where: str
    name: str
    passed: dict[str, str]
    only: bool


def names() -> list[str]:
    """Return every component's name, in the order of the alphabet."""
    return sorted(path.stem for path in COMPONENTS.glob("*.html"))


def contract_of(name: str) -> Contract:
    """Read a component's contract; raise ValueError, naming the component, when it is not written as said above."""
    head = _HEAD.match((COMPONENTS / f"{name}.html").read_text(encoding="utf-8"))
    if head is None:
        raise ValueError(f"{name}: the template must open with its contract.")
    about, takes, reads, example = [], None, "", ""
    for line in head[1].splitlines():
        label, _, rest = line.partition(": ")
        if label == "Takes":
            takes = rest
        elif label == "Reads":
            reads = rest
        elif label == "Example":
            example = rest
        else:
            about.append(line)
    if takes is None or not example or not about:
        raise ValueError(f"{name}: the contract must say what it is, then « Takes: » and « Example: ».")
    return Contract(name, " ".join(about), _arguments(name, takes), tuple(re.findall(r"\w+", reads)), example)


def _arguments(name: str, takes: str) -> dict[str, Argument]:
    """Read `a (kind), b? (kind)`; a text left over is an error."""
    found, place = {}, 0
    if takes == "nothing":
        return {}
    while place < len(takes):
        one = _ARGUMENT.match(takes, place)
        if one is None:
            raise ValueError(f"{name}: « Takes: » can't be read from « {takes[place : place + 40]} ».")
        words = _WORDS.match(one[3])
        found[one[1]] = Argument(one[1], not one[2], one[3], frozenset(words[1].split("|") if words else ()))
        place = one.end()
    return found


def includes_in(path: Path) -> Iterator[Include]:
    """Give each inclusion of a component in a template, comments apart."""
    text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    return includes_of(text, str(path.relative_to(TEMPLATES)))


def includes_of(text: str, where: str) -> Iterator[Include]:
    """Give each inclusion of a component in a piece of template."""
    for name, rest in _INCLUDE.findall(text):
        words = rest.strip()
        only = words == "only" or words.endswith(" only")
        yield Include(where, name, dict(_PASSED.findall(words.removeprefix("with "))), only)


def faults_of(include: Include, contract: Contract) -> list[str]:
    """Return what is wrong with an inclusion: an argument missing, unknown, or a word that is not allowed."""
    faults = [f"« {name} » is missing" for name in sorted(contract.required - set(include.passed))]
    faults += [f"« {name} » is not taken" for name in sorted(set(include.passed) - set(contract.takes))]
    for name, value in include.passed.items():
        words = contract.takes[name].words if name in contract.takes else frozenset()
        if words and value[0] in "\"'" and "{" not in value and value[1:-1] not in words:
            faults.append(f"« {name} » can't be {value}")
    if not include.only and not contract.reads:
        faults.append("« only » is missing")
    if include.only and "csrf_token" in contract.reads:
        faults.append("« only » hides the form's token")
    return [f"{include.where}: {include.name}: {fault}" for fault in faults]
