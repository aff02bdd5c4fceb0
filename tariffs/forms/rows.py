"""The rows that a person adds to the simulator one by one: shareholders, and more lines of the quote."""

import re
from dataclasses import dataclass

from django import forms
from django.http import QueryDict

from tariffs.engine.editions import Item, UncoveredItem
from tariffs.forms import choices
from tariffs.forms.fields import FigureField, PickField, TickField

MOST_ROWS = 12
HOLDER, LINE = "holder", "line"
# The button that adds a row (« ajouter=holder »), and the count of rows that a page shows, blank ones included.
ADD = "ajouter"
COUNTS = {HOLDER: "actionnaires", LINE: "lignes"}
HOLDER_FACTS = ("kind", "share", "exempt", "headcount", "turnover", "balance_sheet")
LINE_FACTS = ("item", "amount", "complexity", "by")
_ROW = re.compile(r"(holder|line)([1-9][0-9]?)_[a-z_]+")


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows of a kind have an answer, and how many are shown."""

    used: int
    shown: int

    @property
    def is_full(self) -> bool:
        """Tell whether no row can be added."""
        return self.shown >= MOST_ROWS


def count_rows(data: QueryDict | None, kind: str, least: int) -> Rows:
    """Count the rows of a kind in what was sent: those with an answer, those shown before, and the one asked for."""
    if data is None:
        return Rows(0, least)
    used = 0
    for name, values in data.lists():
        row = _ROW.fullmatch(name)
        if row is not None and row[1] == kind and any(value.strip() for value in values):
            used = max(used, min(int(row[2]), MOST_ROWS))
    typed = data.get(COUNTS[kind], "")
    before = int(typed) if re.fullmatch(r"[0-9]{1,2}", typed, re.ASCII) else 0
    asked = 1 if data.get(ADD) == kind else 0
    return Rows(used, min(MOST_ROWS, max(used, before, least) + asked))


def holder_fields(row: int) -> dict[str, forms.Field]:
    """The fields of a shareholder: what it holds and how big it is, never who it is."""
    return {
        f"holder{row}_kind": PickField(label="Nature", choices=choices.HOLDER_KINDS),
        f"holder{row}_share": FigureField(
            label="Part du capital", unit="%", decimals=15, most=100, example="33,34"
        ),
        f"holder{row}_exempt": TickField(
            label="Investisseur exempté",
            help_text="Fonds de capital-risque, université, investisseur institutionnel.",
        ),
        f"holder{row}_headcount": FigureField(
            label="Effectif", unit="personnes", decimals=15, example="12 ou 12,5"
        ),
        f"holder{row}_turnover": FigureField(label="Chiffre d’affaires", unit="€"),
        f"holder{row}_balance_sheet": FigureField(label="Total du bilan", unit="€"),
    }


def line_fields(
    row: int, covered: dict[int, list[Item]], uncovered: list[UncoveredItem]
) -> dict[str, forms.Field]:
    """The fields of one more line of the quote, of any item."""
    items: list[tuple[str, object]] = [("", "Choisissez une prestation")]
    items += [(f"Volet {volet}", [(each.code, each.label) for each in of]) for volet, of in covered.items()]
    items.append(("Sans prise en charge", [(each.code, each.label) for each in uncovered]))
    return {
        f"line{row}_item": PickField(label="Prestation", choices=items),
        f"line{row}_amount": FigureField(label="Montant HT", unit="€"),
        f"line{row}_complexity": PickField(label="Complexité", choices=choices.COMPLEXITIES),
        f"line{row}_by": PickField(label="Réalisée par", choices=choices.PERFORMERS),
    }
