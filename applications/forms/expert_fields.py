"""Fields of the experts' forms: civil dates, amounts and files, typed the French way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from tariffs.forms.fields import DayField, FigureField


class DateField(DayField):
    """A civil date, given as a date."""

    def __init__(self, *, needed: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.required = self.widget.is_required = needed
        self.error_messages["required"] = "Indiquez la date."

    def clean(self, value: Any) -> date | None:  # type: ignore[override]
        """The date, or None where nothing was typed in a field that may be left empty."""
        text = super().clean(value)
        return date.fromisoformat(text) if text else None


class AmountField(FigureField):
    """An amount with at most two decimals, given as a Decimal; 1 234,50 and 1234.5 are read alike."""

    def __init__(self, *, needed: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.required = self.widget.is_required = needed
        self.error_messages["required"] = "Indiquez le montant, 0 s’il n’y en a pas."

    def prepare_value(self, value: Any) -> Any:
        """What the field shows: grouped thousands and a decimal comma, and what was typed as it was typed."""
        if not isinstance(value, Decimal):
            return value
        return f"{value:,f}".replace(",", "\u202f").replace(".", ",")

    def clean(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """The amount, or None where nothing was typed in a field that may be left empty."""
        text = super().clean(value)
        return Decimal(text) if text else None


class PieceField(forms.FileField):
    """A file whose kinds are said before it is chosen; its content is checked by the documents' room."""

    def __init__(self, *, extensions: tuple[str, ...], needed: bool = True, **kwargs: Any) -> None:
        accepted = ",".join(f".{extension}" for extension in extensions)
        names = ", ".join(extension.upper() for extension in extensions)
        kwargs.setdefault("help_text", f"{names}, 25 Mo au plus.")
        super().__init__(
            required=needed,
            widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": accepted}),
            max_length=255,
            **kwargs,
        )
        self.error_messages["required"] = "Choisissez le fichier."


def long_text(label: str, *, rows: int = 4, needed: bool = True, **options: Any) -> forms.CharField:
    """Return a free text over a few rows."""
    options.setdefault("max_length", 5000)
    return forms.CharField(
        label=label, required=needed, widget=forms.Textarea(attrs={"rows": rows}), **options
    )
