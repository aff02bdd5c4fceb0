"""What a company types on the page of its dossier: one small form per act."""

from __future__ import annotations

from typing import Any

from django import forms

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class MotiveForm(forms.Form):
    """An act that asks why."""

    motive = forms.CharField(
        label="Pourquoi",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=3000,
        error_messages={"required": "Dites pourquoi en une phrase au moins."},
    )


class WithdrawForm(forms.Form):
    """A withdrawal; the motive is free."""

    motive = forms.CharField(
        label="Pourquoi (facultatif)",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=3000,
        required=False,
    )


class ExtensionForm(MotiveForm):
    """Why the term should be extended."""

    motive = forms.CharField(
        label="Pourquoi la prestation ne peut-elle pas s’achever avant son terme ?",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=3000,
        error_messages={"required": "Dites pourquoi en une phrase au moins."},
    )


class RestitutionForm(forms.Form):
    """The date on which the expert presented the result."""

    restitution_on = forms.DateField(
        label="Date de la restitution",
        widget=DATE,
        error_messages={
            "required": "Indiquez la date à laquelle l’expert vous a présenté ses travaux.",
            "invalid": "Cette date n’existe pas ; écrivez-la au format JJ/MM/AAAA.",
        },
    )


class CodeForm(forms.Form):
    """The one-time code received by e-mail."""

    code = forms.CharField(
        label="Code reçu par courriel",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"required": "Saisissez le code à six chiffres reçu par courriel."},
    )
    read = forms.BooleanField(
        label="J’ai lu le document et je suis habilité à engager l’entreprise.",
        error_messages={"required": "Cochez cette case pour signer."},
    )


class SatisfactionForm(forms.Form):
    """The company's satisfaction at the end of one phase: a score, or « passer »."""

    SCORES = (("5", "5, excellent"), ("4", "4"), ("3", "3"), ("2", "2"), ("1", "1, mauvais"))

    phase = forms.CharField(widget=forms.HiddenInput, max_length=100)
    score = forms.TypedChoiceField(
        label="Votre note",
        choices=SCORES,
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "La note va de 1 à 5."},
    )
    comment = forms.CharField(
        label="Commentaire (facultatif)",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=3000,
        required=False,
    )
    skip = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Return the phase with its score, None where the person passes; a score is asked otherwise."""
        typed = super().clean() or {}
        if typed.pop("skip", False):
            return {**typed, "score": None, "comment": ""}
        if typed.get("score") is None and "score" not in self.errors:
            self.add_error("score", "Choisissez une note, ou passez cette étape.")
        return typed
