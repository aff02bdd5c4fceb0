"""What an effect hands back to `execute`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Effect:
    """Codes and ids for the event, the erasable motive and names, and the letters to make."""

    data: dict[str, Any] = field(default_factory=dict)
    motive: str = ""
    letters: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
