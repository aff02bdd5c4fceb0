"""Charts drawn on the server: well-formed, named, exact, and nothing where there is nothing to draw."""

from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from portal.charts import Frame, Series, columns, lines, nice, rows

FRAME = Frame("essai", "Titre & signes <b>", "Une phrase.")


def parsed(drawn: str) -> ET.Element:
    root = ET.fromstring(drawn)
    assert root.get("role") == "img"
    names = (root.get("aria-labelledby") or "").split()
    assert [one.get("id") for one in (root.find("title"), root.find("desc")) if one is not None] == names
    assert "style" not in drawn
    return root


def test_columns_are_as_high_as_their_values() -> None:
    root = parsed(columns(FRAME, ["a", "b"], [Series("x", "accent", [2, 4])]))
    low, high = (float(one.get("height") or 0) for one in root.iter("rect"))
    assert high == pytest.approx(low * 2, abs=0.2)
    assert next(root.iter("rect")).findtext("title") == "a, x\u00a0: 2"


def test_stacked_columns_stand_one_upon_the_other() -> None:
    root = parsed(
        columns(FRAME, ["a"], [Series("x", "info", [3]), Series("y", "success", [1])], stacked=True)
    )
    under, upper = list(root.iter("rect"))
    assert float(upper.get("y") or 0) + float(upper.get("height") or 0) == pytest.approx(
        float(under.get("y") or 0), abs=0.2
    )


def test_a_line_breaks_where_a_value_is_missing() -> None:
    root = parsed(lines(FRAME, list("abcde"), [Series("x", "accent", [1, 2, None, 4, 5])]))
    assert len(list(root.iter("polyline"))) == 2
    assert len(list(root.iter("circle"))) == 4


def test_a_row_says_its_sum_and_a_nought_draws_nothing() -> None:
    series = [Series("x", "accent", [Decimal("1.5"), 0]), Series("y", "info", [None, 2])]
    root = parsed(rows(FRAME, ["a", "b" * 60], series))
    assert len(list(root.iter("rect"))) == 2
    texts = [one.text or "" for one in root.iter("text")]
    assert texts[1] == "1.5"
    assert texts[2].endswith("…")


@pytest.mark.parametrize("draw", [columns, lines, rows])
def test_nothing_is_drawn_of_nothing(draw: object) -> None:
    assert draw(FRAME, [], []) == ""  # type: ignore[operator]
    assert draw(FRAME, ["a"], [Series("x", "accent", [None])]) == ""  # type: ignore[operator]


@pytest.mark.parametrize("most", [0.2, 1, 3, 4, 7, 10, 99, 101, 2500, 123456.7])
def test_the_marks_of_an_axis_are_round_and_reach(most: float) -> None:
    marks = nice(most)
    assert marks[0] == 0
    assert marks[-1] >= most
    assert len(marks) <= 7
    assert len({after - before for before, after in pairwise(marks)}) == 1
