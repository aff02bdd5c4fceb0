"""The filters of the desk's lists, in the address and in French."""

from __future__ import annotations

from typing import Any

from django import forms

from applications.models import Deadline
from applications.services import worklist
from applications.workflow.states import State

VERDICTS = [
    ("eligible", "Éligible"),
    ("needs_review", "À examiner"),
    ("incomplete", "À compléter"),
    ("ineligible", "Non éligible"),
]
DEVICES = [
    *((f"dm.{one}", f"DM {one}") for one in ("I", "IIa", "IIb", "III")),
    *((f"dmdiv.{one}", f"DMDIV {one}") for one in ("A", "B", "C", "D")),
    ("digital_solution.", "Solution numérique"),
]
VOLETS = [(str(number), f"Volet {number}") for number in range(1, 6)]


def _pick(label: str, choices: Any, empty: str) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=[("", empty), *choices], required=False, widget=widget)


def _officer_choices() -> list[tuple[str, str]]:
    return [(str(officer.pk), str(officer)) for officer in worklist.officers()]


class DossierFilterForm(forms.Form):
    """Filters of the dossiers; one that is not of its list asks nothing."""

    q = forms.CharField(
        label="Numéro, entreprise, SIREN, expert ou dispositif",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"class": "form-control", "type": "search"}),
    )
    etat = _pick("État", [choice for choice in State.choices if choice[0] != State.DRAFT], "Tous")
    volet = _pick("Volet", VOLETS, "Tous")
    classe = _pick("Classe", DEVICES, "Toutes")
    charge = _pick("Chargé d’affaires", [], "Tous")
    verdict = _pick("Verdict", VERDICTS, "Tous")
    tri = _pick(
        "Tri", [(key, label) for key, (label, _) in worklist.SORTS.items() if key], worklist.SORTS[""][0]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the officers."""
        super().__init__(*args, **kwargs)
        self.fields["charge"].choices = [("", "Tous"), *_officer_choices()]  # type: ignore[attr-defined]


class DeadlineFilterForm(forms.Form):
    """Filters of the terms."""

    nature = _pick("Échéance", Deadline.Kind.choices, "Toutes")
    charge = _pick("Chargé d’affaires", [], "Tous")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the officers."""
        super().__init__(*args, **kwargs)
        self.fields["charge"].choices = [("", "Tous"), *_officer_choices()]  # type: ignore[attr-defined]
