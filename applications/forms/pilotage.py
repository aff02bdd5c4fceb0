"""What is asked of the figures, in the address: the months, the dimensions, the envelope."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from applications.forms.officer_list import DEVICES, REGIONS, VOLETS, QuickSelect
from applications.models import Envelope
from applications.services.figures.asking import asked_of
from applications.services.figures.reading import Asked
from tariffs import catalogue


def _pick(label: str, choices: Any, empty: str) -> forms.ChoiceField:
    widget = QuickSelect(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=[("", empty), *choices], required=False, widget=widget)


def _month(label: str) -> forms.CharField:
    attrs = {"class": "form-control", "type": "month", "placeholder": "2026-03", "pattern": r"\d{4}-\d{2}"}
    return forms.CharField(label=label, required=False, widget=forms.TextInput(attrs=attrs))


class PilotageForm(forms.Form):
    """Filters of the figures; one that is not of its list asks nothing."""

    du = _month("Du mois")
    au = _month("Au mois")
    volet = _pick("Volet", VOLETS, "Tous")
    classe = _pick("Classe", DEVICES, "Toutes")
    edition = _pick("Édition", [], "Toutes")
    region = _pick("Région", [(name, name) for name in REGIONS], "Toutes")
    enveloppe = _pick("Enveloppe", [], "")

    def __init__(self, asked: Mapping[str, Any], *, envelopes: list[Envelope]) -> None:
        """Offer the editions and the envelopes, the open one first."""
        super().__init__(asked)
        known = sorted((one.code for one in catalogue.editions().all), reverse=True)
        self._offer("edition", [("", "Toutes"), *((code, f"Édition {code}") for code in known)])
        named = [(str(one.pk), f"{one.code}{'' if one.is_open else ' (fermée)'}") for one in envelopes]
        self._offer("enveloppe", named or [("", "Aucune")])
        self.is_valid()

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def asked(self, today: date) -> Asked:
        """Return what the figures are asked; the last twelve months where no month is given."""
        return asked_of({name: str(value or "") for name, value in self.cleaned_data.items()}, today)
