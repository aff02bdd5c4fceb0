"""Each pair of colours that meets on screen has the contrast that WCAG 2.2 asks, in light and in dark."""

import re

import pytest

from diagdm.style.colours import DECORATION, PAIRS, TEXT, THEME, Pair, contrast, tokens


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.front} on {pair.back}")
def test_a_pair_is_legible(pair: Pair, scheme: str) -> None:
    assert pair.ratio(scheme) >= pair.least


def test_each_colour_stands_in_a_pair() -> None:
    paired = {name for pair in PAIRS for name in (pair.front, pair.back)}
    assert set(tokens()["light"]) == set(tokens()["dark"]) == paired | DECORATION


def test_a_colour_is_written_in_the_theme_alone() -> None:
    """Another stylesheet names a token; what stands on white paper, or on a foreign tool, is apart."""
    for path in THEME.parent.glob("*.css"):
        if path.name in {"theme.css", "print.css"}:
            continue
        text = path.read_text(encoding="utf-8")
        stray = [
            line for line in text.splitlines() if "#" in line and _colours(line) and ".dm-api" not in line
        ]
        assert not stray, path.name


def _colours(line: str) -> list[str]:
    return re.findall(r":[^;{]*#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", line)


def test_contrast_is_wcag_s() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == 1
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert contrast("#777777", "#ffffff") < TEXT
