"""What the desk records about a company."""

from __future__ import annotations

from typing import Any

from django import forms

from applications.forms.officer_acts import CivilDayField, MotiveField
from applications.forms.officer_list import VOLETS
from tariffs import catalogue
from tariffs.forms.fields import PickField


class UsedVoletForm(forms.Form):
    """A volet used outside the portal."""

    use_required_attribute = False

    volet = PickField(label="Volet", choices=[("", "Choisir un volet"), *VOLETS], required=True)
    edition = PickField(label="Édition", required=True)
    used_on = CivilDayField(label="Utilisé le (facultatif)")
    origin = forms.CharField(
        label="Origine de l’information",
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text="Par exemple : dossier papier DM-2023-17.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the published editions."""
        super().__init__(*args, **kwargs)
        known = catalogue.editions().by_code.values()
        choices = [("", "Choisir une édition"), *((one.code, one.label) for one in known)]
        self.fields["edition"].choices = choices  # type: ignore[attr-defined]


class InsolvencyForm(forms.Form):
    """That insolvency proceedings were opened, or ended."""

    use_required_attribute = False

    opened = PickField(
        radio=True,
        label="Situation",
        required=True,
        choices=[
            ("oui", "Une procédure collective est ouverte"),
            ("non", "Aucune procédure n’est plus en cours"),
        ],
    )
    motive = MotiveField(label="Source", help_text="Par exemple l’annonce au BODACC et sa date.", rows=3)
