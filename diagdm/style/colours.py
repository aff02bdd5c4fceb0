"""The colours of the theme, read from its stylesheet, and the contrast of each pair that meets on screen."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

THEME = Path(__file__).resolve().parents[2] / "static" / "css" / "theme.css"
# WCAG 2.2, 1.4.3: text; 1.4.11: what tells a control, a state or a part of a drawing.
TEXT, SHAPE = 4.5, 3.0

_TOKEN = re.compile(r"--dm-([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
_GROUNDS = ("page", "surface", "sunken")
_TONES = ("success", "warning", "danger", "info", "accent")
_PARTS = ("part-accent", "part-info", "part-warning", "part-success", "part-neutral")


@dataclass(frozen=True)
class Pair:
    """Two colours of the theme that meet: what is drawn, on what, and the least contrast it must have."""

    front: str
    back: str
    least: float

    def ratio(self, scheme: str) -> float:
        """Return the contrast of the pair in a scheme, light or dark, from 1 to 21."""
        known = tokens()[scheme]
        return contrast(known[self.front], known[self.back])


# The colour of a line that only separates has no pair: it says nothing.
DECORATION = frozenset({"line"})
PAIRS = (
    *(
        Pair(text, ground, TEXT)
        for text in ("ink", "ink-soft", "accent", "accent-hover")
        for ground in _GROUNDS
    ),
    *(Pair(tone, ground, TEXT) for tone in ("success", "warning", "danger", "info") for ground in _GROUNDS),
    *(Pair(tone, f"{tone}-soft", TEXT) for tone in _TONES),
    *(Pair("ink", f"{tone}-soft", TEXT) for tone in _TONES),
    Pair("ink-soft", "accent-soft", TEXT),
    Pair("accent-hover", "accent-soft", TEXT),
    Pair("on-accent", "accent", TEXT),
    Pair("on-accent", "accent-hover", TEXT),
    Pair("surface", "danger", TEXT),
    *(Pair(shape, ground, SHAPE) for shape in ("line-strong", "focus") for ground in _GROUNDS),
    *(Pair(part, ground, SHAPE) for part in _PARTS for ground in ("surface", "sunken")),
)


@cache
def tokens() -> dict[str, dict[str, str]]:
    """Return {"light" or "dark": {name: #rrggbb}} for each colour of the theme."""
    found = _TOKEN.findall(THEME.read_text(encoding="utf-8"))
    return {
        "light": {name: light for name, light, _ in found},
        "dark": {name: dark for name, _, dark in found},
    }


def _luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb, from 0 to 1, as WCAG 2 defines it."""
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours written #rrggbb, from 1 to 21, as WCAG 2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
