"""French punctuation never begins a line: what people read has its non-breaking spaces, in code and in templates."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("applications", "diagdm", "experts", "portal", "tariffs")
TEMPLATES = ROOT / "templates"
# What only developers read, in English.
NOT_FRENCH = frozenset({"diagdm/style/contracts.py"})

# A plain space that may break a line: before a double sign or a closing quote, after an opening one.
BREAKS = re.compile(r"(?<=[\w»)}%€\]’>]) [:;?!»](?=\s|$|[<«{])|« ")
FRENCH = re.compile(
    r"[àâçéèêëîïôùûœÀÉÈÊ’«»]|\b(le|la|les|des|une|un|du|pour|est|et|votre|vous|dans|sur|par|sans|ne)\b",
    re.IGNORECASE,
)
NOT_SAID = re.compile(
    r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|<style.*?</style>|\{%.*?%\}|<script.*?</script>",
    re.DOTALL,
)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def sentences_of(source: str) -> Iterator[tuple[int, str]]:
    """Give (line, text) for each string of a module, docstrings apart; the parts of an f-string one by one."""
    tree = ast.parse(source)
    said = {id(node.value) for node in ast.walk(tree) if _is_text(node)}  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def faults_of_code(source: str) -> list[int]:
    """Return the lines of a module's French texts that may break before a sign."""
    return [line for line, text in sentences_of(source) if BREAKS.search(text) and FRENCH.search(text)]


def faults_of_template(source: str) -> list[int]:
    """Return the lines of a template that may break before a sign; tags' texts are read as arguments are."""
    arguments = [
        (source[: tag.start()].count("\n") + 1, words)
        for tag in re.finditer(r"\{%.*?%\}|\{\{.*?\}\}", source, re.DOTALL)
        if not tag[0].startswith("{% comment")
        for words in re.findall(r'"([^"]*)"', tag[0])
    ]
    hidden = NOT_SAID.sub(lambda found: "\n" * found[0].count("\n"), source)
    hidden = re.sub(r"\{\{.*?\}\}", "}", hidden)
    lines = [(number, line) for number, line in enumerate(hidden.split("\n"), 1)]
    return [number for number, line in [*lines, *arguments] if BREAKS.search(line)]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("La demande : refusée", True),
        ("Êtes-vous sûr ?", True),
        ("le fichier « devis »", True),
        ("{nom} ; puis", True),
        ("La demande\u00a0: refusée", False),
        ("le fichier «\u00a0devis\u00a0»", False),
        ("à 12:30", False),
        ("a ? b : c", False),
    ],
)
def test_the_lint_knows_what_it_looks_for(text: str, wrong: bool) -> None:
    assert bool(faults_of_code(f"x = {text!r}")) is (wrong and bool(FRENCH.search(text)))
    assert bool(faults_of_template(f"<p>{text}</p>")) is (wrong or text.startswith("a ?"))


def test_what_the_code_says_keeps_its_signs() -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if "migrations" not in path.parts and str(path.relative_to(ROOT)) not in NOT_FRENCH
        for line in faults_of_code(path.read_text(encoding="utf-8"))
    ]
    assert not faults


def test_what_the_templates_say_keeps_its_signs() -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted(TEMPLATES.rglob("*.*"))
        for line in faults_of_template(path.read_text(encoding="utf-8"))
    ]
    assert not faults
