"""The tasks « Volet et prestations », « Devis » and « Déclarations »."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict

from applications.forms.filing_fields import Json, StepForm, TriField, WordField, in_french, pick
from portal.documents.models import Document
from tariffs.engine.editions import Edition
from tariffs.forms import choices
from tariffs.forms.fields import DayField, FigureField, PicksField

MAX_LINES = 40
DECLARATIONS = {
    "training_not_cumulated": (
        "La formation n’est financée ni par le CPF ni par un OPCO.",
        "Une même formation ne peut pas être payée deux fois.",
    ),
    "business_model_defined": (
        "Le modèle d’affaires et la stratégie d’accès au marché sont définis.",
        "Le protocole doit servir une stratégie déjà arrêtée.",
    ),
    "medical_committee": (
        "Un comité d’experts médicaux du domaine accompagne le projet.",
        "Il oriente le choix des critères et de la population étudiée.",
    ),
}


class VoletForm(StepForm):
    """Which items of the volet are wanted, and that the volet is the right one."""

    step = "volet"

    items = PicksField(label="Prestations souhaitées")
    confirmed = forms.BooleanField(
        label="Je confirme que ma demande porte sur ce volet.",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, items: dict[str, str], **kwargs: Any
    ) -> None:
        """Offer the items of the volet, code and label."""
        super().__init__(data, **kwargs)
        self.fields["items"].choices = list(items.items())  # type: ignore[attr-defined]

    def initial_of(self, stored: Json) -> Json:
        """Show what was chosen."""
        return {"items": stored.get("items") or [], "confirmed": bool(stored.get("confirmed"))}

    def target_of(self, name: str) -> str:  # noqa: ARG002 the same for every field
        """Both answers go together."""
        return "items"

    def unit_of(self, name: str) -> str:
        """Each is an answer of its own between two people."""
        return name


class DeclarationsForm(StepForm):
    """The declarations that some rule of the case reads."""

    step = "declarations"

    def __init__(self, data: Mapping[str, Any] | None = None, *, relevant: list[str], **kwargs: Any) -> None:
        """Ask what is relevant; other answers stay as they are."""
        self.facts_fields = tuple(relevant)
        super().__init__(data, **kwargs)
        for name in relevant:
            label, why = DECLARATIONS[name]
            field = TriField(label=label, help_text=why)
            field.disabled = not self.scope.allows(self.step, name)
            self.fields[name] = field


class LineFields(NamedTuple):
    """The bound fields of one line, and its rank."""

    rank: int
    item: Any
    label: Any
    amount: Any
    complexity: Any
    performed_by: Any


class QuoteForm(StepForm):
    """The quote's date, whether it is signed, and its lines; a line counts once it has an amount."""

    step = "devis"

    issued_on = DayField(label="Date du devis", help_text="Celle qui figure sur le devis.")
    signed = TriField(label="Le devis est-il déjà signé ?")

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        edition: Edition,
        volet: int,
        lines: list[Json],
        wanted: list[str],
        rows: int | None = None,
        pdf: Document | None = None,
        taken: bool = False,
        **kwargs: Any,
    ) -> None:
        """Show the stored lines, then an empty one for each wanted item that has none; `pdf` says what it says.

        `taken`: lines and date are those of an offer, and stay so.
        """
        self.edition, self.volet, self.pdf = edition, volet, pdf
        if isinstance(data, QueryDict) and data.get("take_date"):
            data = data.copy()
            data["issued_on"] = str(data["take_date"])
        self.has_benchmark = any(i.indicative for i in edition.items.values() if i.volet == volet)
        super().__init__(data, **kwargs)
        there = {line["item"] for line in lines}
        lacking = () if taken else [item for item in wanted if item not in there]
        shown = [*lines, *({"item": item} for item in lacking)] or [{}]
        count = _count(data) if data is not None and not taken else len(shown)
        self.rows = max(1, min(MAX_LINES, count if rows is None else rows))
        sealed = taken or not self.scope.allows(self.step, "lines")
        self.fields["issued_on"].disabled |= taken
        for row in range(self.rows):
            self._add_line(row, shown[row] if row < len(shown) else {}, sealed)

    def initial_of(self, stored: Json) -> Json:
        """Show date and signature; a PDF that bears a signature proposes « oui » where nothing was answered."""
        signed = stored.get("signed")
        proposed = True if signed is None and self.pdf is not None and self.pdf.is_signed else signed
        return {"issued_on": stored.get("issued_on"), "signed": proposed}

    @property
    def date_read(self) -> date | None:
        """The date read in the PDF, where no date was given yet."""
        given = self["issued_on"].value()
        return self.pdf.date_read if self.pdf is not None and not given else None

    def target_of(self, name: str) -> str:
        """Every field of a line belongs to the lines."""
        return "lines" if name.startswith("line") else name

    def item_choices(self) -> list[Any]:
        """Return the volet's items first, what is never covered next, other volets' last."""
        edition = self.edition
        mine = [(code, item.label) for code, item in edition.items.items() if item.volet == self.volet]
        uncovered = [(code, item.label) for code, item in edition.uncovered_items.items()]
        others = [
            (code, f"{item.label} (volet {item.volet})")
            for code, item in edition.items.items()
            if item.volet != self.volet
        ]
        return [
            ("", "Choisir le poste"),
            (f"Prestations du volet {self.volet}", mine),
            ("Jamais prises en charge", uncovered),
            ("D’un autre volet : à demander à part", others),
        ]

    def _add_line(self, row: int, known: Json, sealed: bool) -> None:
        fields: dict[str, forms.Field] = {
            "item": pick("Poste", self.item_choices()),
            "label": WordField(label="Libellé du devis", max_length=200),
            "amount": FigureField(label="Montant HT", unit="€"),
            "complexity": pick("Complexité", choices.COMPLEXITIES),
            "performed_by": pick("Réalisé par", choices.PERFORMERS),
        }
        if not self.has_benchmark:
            del fields["complexity"]
        for name, one in fields.items():
            one.initial = in_french(known.get(name)) if name == "amount" else known.get(name)
            one.disabled = sealed
            self.fields[f"line{row}_{name}"] = one

    def __getitem__(self, name: str) -> forms.BoundField:
        """Return the field with the line it stands on, for where it is named away from it."""
        bound = super().__getitem__(name)
        row = name.removeprefix("line").partition("_")[0]
        if name.startswith("line") and row.isdecimal():
            bound.whole_label = f"Ligne {int(row) + 1}, {bound.label}"  # type: ignore[attr-defined]
        return bound

    def line_rows(self) -> Iterator[LineFields]:
        """Give the bound fields line by line."""
        names = ("item", "label", "amount", "complexity", "performed_by")
        for row in range(self.rows):
            bound = [self[key] if (key := f"line{row}_{name}") in self.fields else None for name in names]
            yield LineFields(row, *bound)

    def clean(self) -> Json:
        """Check what makes a line: an item and an amount."""
        cleaned = super().clean() or {}
        self.past("issued_on")
        for row in range(self.rows):
            item, amount = cleaned.get(f"line{row}_item"), cleaned.get(f"line{row}_amount")
            if amount is not None and not item and f"line{row}_item" not in self.errors:
                self.add_error(f"line{row}_item", "Choisissez le poste de cette ligne.")
            if amount is not None and len(amount.partition(".")[0]) > 9:
                self.add_error(
                    f"line{row}_amount", "Ce montant dépasse ce qu’un devis peut porter : vérifiez-le."
                )
        return cleaned

    def lines(self) -> list[Json]:
        """Return the lines that have an item and an amount, in order."""
        found = []
        for row in range(self.rows):
            line = {
                name: self.cleaned_data.get(f"line{row}_{name}")
                for name in ("item", "label", "amount", "complexity", "performed_by")
            }
            if line["item"] and line["amount"] is not None:
                found.append(line)
        return found

    def issued(self) -> date | None:
        """Return the date of the quote."""
        value = self.cleaned_data.get("issued_on")
        return date.fromisoformat(value) if value else None


def _count(data: Mapping[str, Any]) -> int:
    rows = 0
    while rows < MAX_LINES and f"line{rows}_amount" in data:
        rows += 1
    return rows
