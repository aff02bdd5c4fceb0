"""What a company types on the page of its dossier: one small form per act."""

from __future__ import annotations

from typing import Any

from django import forms

from applications.models import Satisfaction

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


class RestitutionForm(forms.Form):
    """The date on which the expert presented the result."""

    restitution_on = forms.DateField(
        label="Date de la restitution",
        widget=DATE,
        error_messages={
            "required": "Indiquez la date à laquelle l’expert vous a présenté ses travaux.",
            "invalid": "Cette date n’existe pas ; écrivez-la au format JJ/MM/AAAA.",
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


class MessageForm(forms.Form):
    """A message to Bpifrance."""

    body = forms.CharField(
        label="Votre message",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=5000,
        error_messages={"required": "Écrivez votre message."},
    )


class SatisfactionForm(forms.ModelForm):
    """The company's satisfaction at the end of a phase."""

    class Meta:
        model = Satisfaction
        fields = ["phase", "score", "comment"]
        widgets = {"comment": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["score"].help_text = "De 1 (mauvais) à 5 (excellent)."
        self.fields["phase"].help_text = "Par exemple « Audit initial », ou « Fin de mission »."
