"""The phases of an offer: each ends on a date, or so many weeks after the contract's signature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from applications.services.offers.clauses import Lack
from portal.display import french_date

Json = dict[str, Any]
MOST_PHASES = 12
MOST_WEEKS = 104


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase, and its end: a civil date, or whole weeks after the contract's signature."""

    label: str
    until: date | None = None
    weeks: int | None = None

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Phase:
        """Return a stored phase."""
        until = told.get("until")
        return cls(
            str(told.get("label") or ""), date.fromisoformat(until) if until else None, told.get("weeks")
        )

    def to_json(self) -> Json:
        """Return the phase as it is stored."""
        return {
            "label": self.label,
            "until": self.until.isoformat() if self.until else None,
            "weeks": self.weeks,
        }

    @property
    def end(self) -> str:
        """When the phase ends, as it is read; "" while it is not said."""
        if self.until is not None:
            return f"jusqu’au {french_date(self.until)}"
        if self.weeks is not None:
            unit = "semaine" if self.weeks == 1 else "semaines"
            return f"{self.weeks}\u00a0{unit} après la signature du contrat"
        return ""


def phases_lacks(phases: Iterable[Phase]) -> list[Lack]:
    """Return what keeps the planning from being offered: a phase at least, each named, with one end."""
    found, listed = [], list(phases)
    if not listed:
        found.append(Lack("phase0_label", "Décrivez au moins une phase de la prestation."))
    for rank, phase in enumerate(listed):
        if not phase.label.strip():
            found.append(Lack(f"phase{rank}_label", f"Nommez la phase {rank + 1}."))
        if (phase.until is None) == (phase.weeks is None):
            found.append(
                Lack(
                    f"phase{rank}_weeks",
                    f"Phase {rank + 1}\u00a0: donnez sa fin, soit en semaines après la signature, soit par une date.",
                )
            )
    return found
