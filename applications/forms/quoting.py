"""What a company types to ask for quotes, and a firm to decline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet

from applications.forms.officer_list import DEVICES, REGIONS
from applications.models import Company
from applications.services.quoting.requests import NEED_LENGTH, USUAL, Wish

NOT_NAMED = (
    "Ne nommez ni l’entreprise, ni le produit, ni une personne\u00a0: "
    "chaque cabinet lit ce texte sans savoir qui demande."
)
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
DAY_ERRORS = {
    "required": "Indiquez jusqu’à quand les cabinets peuvent répondre.",
    "invalid": "Cette date n’existe pas\u00a0; écrivez-la au format JJ/MM/AAAA.",
}


class WishForm(forms.Form):
    """The request as its firms will read it; `region` serves the choice of the firms alone."""

    company = forms.ModelChoiceField(
        label="Entreprise",
        queryset=Company.objects.none(),
        empty_label=None,
        error_messages={"required": "Choisissez l’entreprise."},
    )
    device = forms.ChoiceField(
        label="Type et classe du dispositif",
        error_messages={"required": "Choisissez le type et la classe du dispositif."},
    )
    items = forms.MultipleChoiceField(
        label="Prestations souhaitées",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Sans réponse, le cabinet propose celles qu’il juge utiles.",
    )
    need = forms.CharField(
        label="Votre besoin",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=f"Où en est le produit, ce que vous attendez, vos contraintes de calendrier. {NOT_NAMED}",
        error_messages={"required": "Décrivez votre besoin."},
    )
    region = forms.ChoiceField(
        label="Région préférée (facultatif)",
        required=False,
        choices=[("", "Sans préférence"), *((one, one) for one in REGIONS)],
        help_text="Elle départage seulement des cabinets de même rang\u00a0; les cabinets ne la lisent pas.",
    )
    answer_by = forms.DateField(label="Réponses attendues jusqu’au", widget=DAY, error_messages=DAY_ERRORS)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        companies: QuerySet[Company],
        items: Mapping[str, str],
        today: date,
        **more: Any,
    ) -> None:
        """Offer the items of the volet; the company is asked of who is a member of several."""
        super().__init__(data, **more)
        named: dict[str, Any] = self.fields
        named["company"].queryset = companies
        named["device"].choices = [("", "Choisissez"), *DEVICES]
        named["items"].choices = list(items.items())
        self.initial.setdefault("answer_by", today + USUAL)
        if len(companies) == 1:
            del self.fields["company"]

    def clean_need(self) -> str:
        """Ask for a sentence at least."""
        need = str(self.cleaned_data["need"]).strip()
        if len(need) < NEED_LENGTH:
            raise forms.ValidationError(
                "Décrivez le besoin en une phrase ou deux\u00a0: un cabinet y répond."
            )
        return need

    def wish(self) -> Wish:
        """Return what was typed."""
        told = self.cleaned_data
        kind, _, risk_class = told["device"].partition(".")
        return Wish(
            device_kind=kind,
            risk_class=risk_class,
            need=told["need"],
            answer_by=told["answer_by"],
            items=tuple(told["items"]),
            region=told["region"],
        )


class ExtendForm(forms.Form):
    """A later day to answer."""

    answer_by = forms.DateField(label="Nouvelle date limite", widget=DAY, error_messages=DAY_ERRORS)


class DeclineForm(forms.Form):
    """Why a firm will not answer."""

    MOTIVES = (
        ("load", "Nous n’avons pas la disponibilité dans ce délai."),
        ("skill", "Ce besoin sort de nos compétences."),
        ("interest", "Un lien d’intérêts pourrait exister."),
        ("other", "Un autre motif"),
    )
    motive = forms.ChoiceField(
        label="Pourquoi déclinez-vous\u00a0?",
        choices=MOTIVES,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez un motif."},
    )
    words = forms.CharField(
        label="Précision (facultative, sauf pour un autre motif)",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="L’entreprise lira le motif et cette précision.",
    )

    def clean(self) -> dict[str, Any]:
        """Another motive is told in words."""
        told = super().clean() or {}
        if told.get("motive") == "other" and len((told.get("words") or "").strip()) < 10:
            self.add_error("words", "Dites ce motif en quelques mots.")
        return told

    def told(self) -> str:
        """Return the motive as the company reads it."""
        label = (
            "" if self.cleaned_data["motive"] == "other" else dict(self.MOTIVES)[self.cleaned_data["motive"]]
        )
        return f"{label} {self.cleaned_data['words'].strip()}".strip()
