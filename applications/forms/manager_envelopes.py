"""What a manager types about the envelope."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from applications.forms.officer_acts import MotiveField
from tariffs.forms.fields import FigureField


class AmountField(FigureField):
    """An amount in euros HT, as a Decimal; None where nothing was typed."""

    def clean(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """Return the exact amount."""
        text = super().clean(value)
        return Decimal(text) if text else None


class EnvelopeForm(forms.Form):
    """A new envelope."""

    use_required_attribute = False

    code = forms.CharField(
        label="Code", max_length=30, widget=forms.TextInput(attrs={"class": "form-control"})
    )
    label = forms.CharField(
        label="Libellé", max_length=120, widget=forms.TextInput(attrs={"class": "form-control"})
    )
    amount = AmountField(label="Montant HT", unit="€", example="1\u00a0000\u00a0000,00")


class TopUpForm(forms.Form):
    """Money added to the envelope."""

    use_required_attribute = False

    amount = AmountField(label="Montant ajouté, HT", unit="€", example="500\u00a0000,00")
    motive = MotiveField(rows=3, help_text="Par exemple la décision qui ouvre ces crédits.")


class CloseForm(forms.Form):
    """Why the envelope is closed."""

    use_required_attribute = False

    motive = MotiveField(rows=3)
