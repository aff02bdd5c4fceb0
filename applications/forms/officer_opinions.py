"""What is asked of somebody outside Bpifrance, and what that person answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from applications.forms.officer_acts import CivilDayField, MotiveField
from applications.models import DossierDocument, Opinion
from tariffs.forms.fields import PickField, PicksField, TickField


def _text(label: str, limit: int, help_text: str = "", **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "form-control", "maxlength": limit, **attrs})
    return forms.CharField(label=label, required=False, max_length=limit, widget=widget, help_text=help_text)


class OpinionForm(forms.Form):
    """Whom to ask, what, until when, and what they may read; the service says what is missing."""

    use_required_attribute = False

    name = _text("Nom de la personne", 120)
    capacity = _text(
        "Qualité (facultatif)", 150, "Par exemple\u00a0: professeure de cardiologie, CHU de Lille."
    )
    email = _text("Adresse électronique", 254, type="email", autocomplete="off")
    question = MotiveField(
        label="Votre question",
        rows=5,
        help_text="La personne lit ces phrases telles quelles, avec votre nom.",
    )
    due_on = CivilDayField(
        label="Réponse attendue le",
        help_text="Le lien se ferme le soir de ce jour\u00a0; un rappel part trois jours avant.",
    )
    pieces = PicksField(
        label="Pièces montrées",
        help_text="Rien d’autre n’est montré. Chaque lecture est inscrite au journal du dossier.",
    )
    shows_company = TickField(label="Montrer le nom de l’entreprise")
    shows_device = TickField(label="Montrer le nom et la description du dispositif")

    def __init__(self, *args: Any, pieces: Iterable[DossierDocument], **kwargs: Any) -> None:
        """Offer the pieces that may be shown."""
        super().__init__(*args, **kwargs)
        self.fields["pieces"].choices = [  # type: ignore[attr-defined]
            (str(piece.pk), f"{piece.get_kind_display()} – {piece.document}") for piece in pieces
        ]

    def clean_pieces(self) -> list[int]:
        """Return the pieces by their keys."""
        return [int(key) for key in self.cleaned_data["pieces"]]


class AnswerForm(forms.Form):
    """The opinion itself."""

    use_required_attribute = False

    answer = PickField(radio=True, label="Votre avis", choices=Opinion.Answer.choices)
    text = MotiveField(label="Vos motifs", rows=8, max_length=8000)
