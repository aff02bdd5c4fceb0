"""The lines of a changed quote: an amendment's, and those of the expert who takes over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms

from applications.forms.officer_acts import ActForm, Json, MotiveField
from applications.services.evaluation import latest_quote
from experts.models import ExpertFirm
from tariffs import catalogue
from tariffs.forms.choices import COMPLEXITIES, PERFORMERS
from tariffs.forms.fields import FigureField, PickField

SPARE_ROWS = 3
MOST_ROWS = 40
PARTS = ("item", "label", "amount", "complexity", "performed_by")


class Row(NamedTuple):
    """The bound fields of one line."""

    rank: int
    item: Any
    label: Any
    amount: Any
    complexity: Any
    performed_by: Any


class LinesForm(ActForm):
    """The lines of a new version, from the one in force; a line without an amount is left out."""

    template = "officer/acts/_lines.html"

    def prepare(self) -> None:
        """Show the lines in force and a few empty ones."""
        quote = latest_quote(self.dossier)
        known = list(quote.lines.all()) if quote is not None else []
        self.rows = min(MOST_ROWS, len(known) + SPARE_ROWS)
        choices = self._choices()
        for row in range(self.rows):
            self._add(row, known[row] if row < len(known) else None, choices)

    def _choices(self) -> list[Any]:
        edition = catalogue.get_edition(self.dossier.edition)
        covered = list(catalogue.items(edition, self.dossier.volet).items())
        return [
            ("", "Choisir le poste"),
            (f"Volet {self.dossier.volet}", covered),
            ("Jamais pris en charge", list(catalogue.uncovered_items(edition).items())),
        ]

    def _add(self, row: int, line: Any, choices: list[Any]) -> None:
        text = forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"})
        fields: dict[str, forms.Field] = {
            "item": PickField(label="Poste", choices=choices),
            "label": forms.CharField(label="Libellé", max_length=200, required=False, widget=text),
            "amount": FigureField(label="Montant HT", unit="€"),
            "complexity": PickField(label="Complexité", choices=COMPLEXITIES),
            "performed_by": PickField(label="Réalisé par", choices=PERFORMERS),
        }
        for name, one in fields.items():
            if line is not None:
                value = getattr(line, name)
                one.initial = format(value, "f").replace(".", ",") if name == "amount" else value
            self.fields[f"line{row}_{name}"] = one

    def line_rows(self) -> Iterator[Row]:
        """Give the bound fields line by line."""
        for row in range(self.rows):
            yield Row(row + 1, *(self[f"line{row}_{name}"] for name in PARTS))

    def other_fields(self) -> list[Any]:
        """Give the bound fields that belong to no line."""
        return [bound for bound in self if not bound.name.startswith("line")]

    def clean(self) -> Json:
        """Check that what has an amount has an item."""
        cleaned = super().clean() or {}
        for row in range(self.rows):
            amount = cleaned.get(f"line{row}_amount")
            if amount is not None and not cleaned.get(f"line{row}_item"):
                self.add_error(f"line{row}_item", "Choisissez le poste de cette ligne.")
            if amount is not None and len(amount.partition(".")[0]) > 9:
                self.add_error(
                    f"line{row}_amount", "Ce montant dépasse ce qu’un devis peut porter : vérifiez-le."
                )
        return cleaned

    def inputs(self) -> Json:
        """Return the lines that have an item and an amount, and the other inputs."""
        lines = []
        for row in range(self.rows):
            line = {name: self.cleaned_data.get(f"line{row}_{name}") or "" for name in PARTS}
            if line["item"] and line["amount"]:
                lines.append(line)
        others = {bound.name: self.cleaned_data.get(bound.name) for bound in self.other_fields()}
        return {"lines": lines, **{name: value for name, value in others.items() if value not in (None, "")}}


class AmendForm(LinesForm):
    """An amendment: the lines, and what it is for."""

    motive = MotiveField(label="Objet de l’avenant", help_text="L’objet figure dans l’avenant.")


class ReplaceForm(LinesForm):
    """Another expert: the firm, its lines, and why."""

    firm = forms.ModelChoiceField(
        ExpertFirm.objects.none(),
        label="Nouvel expert",
        required=False,
        empty_label="Choisir un cabinet",
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": "Choisissez un cabinet de la liste."},
    )
    motive = MotiveField(label="Motif du remplacement")

    def prepare(self) -> None:
        """Offer every firm but this one; the act judges accreditation and PASSI on the day."""
        super().prepare()
        firms = ExpertFirm.objects.order_by("name", "pk")
        if self.mission is not None:
            firms = firms.exclude(pk=self.mission.firm_id)
        self.fields["firm"].queryset = firms  # type: ignore[attr-defined]
