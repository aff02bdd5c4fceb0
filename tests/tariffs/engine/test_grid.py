"""The whole grid, volet × device × edition, read from two tables that a lawyer can check."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tariffs import catalogue
from tests.tariffs.engine.cases import evaluated, lines

HERE = Path(__file__).parent
WORDS = {"oui": "pass", "non": "fail", ".": "not_applicable"}
COLUMNS: list[dict[str, Any]] = [
    *({"kind": "dm", "risk_class": risk_class} for risk_class in ("I", "IIa", "IIb", "III")),
    *({"kind": "dmdiv", "risk_class": risk_class} for risk_class in "ABCD"),
    {"kind": "digital_solution"},
]


def device(column: int) -> dict[str, Any]:
    """The device of a column, which fulfils what the other rules ask."""
    return {
        **COLUMNS[column],
        "digital_functions": True,
        "hardware": False,
        "targets": ["mon_espace_sante"] if column == 8 else ["lpp"],
        "ce_marking": "in_progress",
        "audience": "users",
        "purpose": "health",
    }


def cells(name: str) -> Iterator[tuple[str, str, int, str]]:
    """(title of the table, first cell of the row, column, text of the cell)."""
    title = ""
    for line in (HERE / name).read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        first, *rest = [cell.strip() for cell in line.split("|")]
        assert len(rest) == 9, line
        if first.startswith("édition"):
            title = first.removeprefix("édition ")
            continue
        for column, text in enumerate(rest):
            yield title, first, column, text


@pytest.mark.parametrize(("edition", "row", "column", "text"), list(cells("grid.txt")))
def test_ceiling(edition: str, row: str, column: int, text: str) -> None:
    volet, item = row.split()
    quote = {"lines": lines((item, "200000.00"))}
    evaluation = evaluated(int(volet), edition, device=device(column), quote=quote)
    found = catalogue.ceiling(catalogue.get_edition(edition), item, **{"risk_class": None, **COLUMNS[column]})
    over = evaluation.finding("quote.within_ceilings").status
    if text == "-":
        assert evaluation.funding is None
        assert found is None
        assert over == "not_applicable"
        return
    ceiling = Decimal(text)
    assert found == ceiling
    assert evaluation.funding is not None
    assert evaluation.funding.lines[0].ceiling == ceiling
    assert evaluation.funding.eligible_total == ceiling
    assert evaluation.funding.bpifrance_share == ceiling / 2
    assert evaluation.funding.excess_total == Decimal(200000) - ceiling
    assert over == ("warning" if edition == "2024" else "fail")


@pytest.mark.parametrize(("title", "row", "column", "text"), list(cells("grid_rules.txt")))
def test_rule(title: str, row: str, column: int, text: str) -> None:
    edition, rule = re.split(", ", title)
    assert evaluated(int(row), edition, device=device(column)).finding(rule).status == WORDS[text]


def test_the_grid_covers_every_item_of_both_editions() -> None:
    rows = {(edition, row) for edition, row, _, _ in cells("grid.txt")}
    expected = {
        (edition.code, f"{item.volet} {item.code}")
        for edition in catalogue.editions()
        for item in edition.items.values()
    }
    assert rows == expected
