"""Every list that can be exported, by its slug: those of the desk and the tables of « Pilotage »."""

from __future__ import annotations

from applications.exports import boards, sheets

SHEETS: dict[str, sheets.Sheet] = {**sheets.SHEETS, **boards.SHEETS}
