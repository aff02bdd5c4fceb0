"""Every component says what it takes, and every template that includes one gives it just that."""

from pathlib import Path

import pytest

from diagdm.style.contracts import (
    COMPONENTS,
    TEMPLATES,
    Argument,
    Contract,
    Include,
    contract_of,
    faults_of,
    includes_in,
    includes_of,
    names,
)

PAGES = sorted(TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("name", names())
def test_a_component_opens_with_its_contract(name: str) -> None:
    contract = contract_of(name)
    assert f'"components/{name}.html"' in contract.example
    text = (COMPONENTS / f"{name}.html").read_text(encoding="utf-8").partition("{% endcomment %}")[2]
    assert not [argument for argument in contract.takes if argument not in text], "taken, and not used"


@pytest.mark.parametrize("name", names())
def test_the_example_of_a_contract_keeps_it(name: str) -> None:
    contract = contract_of(name)
    [example] = [include for include in includes_of(contract.example, "example") if include.name == name]
    assert not faults_of(example, contract)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_gives_components_what_they_take(path: Path) -> None:
    unknown = [include.name for include in includes_in(path) if include.name not in names()]
    assert not unknown
    faults = [
        fault for include in includes_in(path) for fault in faults_of(include, contract_of(include.name))
    ]
    assert not faults


def test_no_component_is_unused() -> None:
    """The page that shows them all does not count: a component serves a page that people need."""
    used = {
        include.name
        for path in PAGES
        if path.parent.name != "style"
        for include in includes_in(path)
        if include.where != f"components/{include.name}.html"
    }
    assert not set(names()) - used


BADGE = Contract(
    "badge",
    "A word.",
    {
        "label": Argument("label", required=True, kind="text", words=frozenset()),
        "tone": Argument("tone", required=False, kind="info|danger", words=frozenset({"info", "danger"})),
    },
    (),
    "",
)


@pytest.mark.parametrize(
    ("passed", "only", "fault"),
    [
        ({"label": '"Fait"'}, True, None),
        ({"label": "task.label", "tone": "task.tone"}, True, None),
        ({"tone": '"info"'}, True, "« label » is missing"),
        ({"label": '"Fait"', "colour": '"red"'}, True, "« colour » is not taken"),
        ({"label": '"Fait"', "tone": '"red"'}, True, '« tone » can\'t be "red"'),
        ({"label": '"Fait"'}, False, "« only » is missing"),
    ],
)
def test_what_is_wrong_is_said(passed: dict[str, str], only: bool, fault: str | None) -> None:
    found = faults_of(Include("page.html", "badge", passed, only), BADGE)
    assert found == ([f"page.html: badge: {fault}"] if fault else [])
