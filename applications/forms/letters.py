"""What a manager types in the library of sentences."""

from __future__ import annotations

from typing import Any

from django import forms

from applications.services.letter_words import MOST_CHARACTERS, PLACEHOLDERS, unknown_names
from tariffs import catalogue
from tariffs.forms.fields import PickField


def rule_titles() -> dict[str, str]:
    """Return the title of every rule of every edition, the latest edition's words first."""
    editions = sorted(catalogue.editions(), key=lambda one: one.in_force_from, reverse=True)
    found: dict[str, str] = {}
    for edition in editions:
        for rule in edition.rules:
            found.setdefault(rule.name, rule.title)
    return found


class ReasonForm(forms.Form):
    """One reason: what it is about, how it is found, and its words."""

    use_required_attribute = False

    rule = PickField(
        label="Règle concernée",
        help_text="Elle est proposée d’abord en face de cette règle ; sans règle, dans toutes les parties.",
    )
    title = forms.CharField(
        label="Titre",
        max_length=120,
        help_text="Ce qu’on lit pour la choisir ; il ne figure pas dans le courrier.",
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    text = forms.CharField(
        label="Texte",
        max_length=MOST_CHARACTERS,
        help_text="Une ligne vide sépare deux paragraphes ; un tiret en début de ligne fait une liste.",
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 8}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the rules of the editions."""
        super().__init__(*args, **kwargs)
        rules = sorted(rule_titles().items(), key=lambda one: one[1])
        self.fields["rule"].choices = [("", "Aucune en particulier"), *rules]  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        """Return the text; a placeholder that no letter knows is refused."""
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n").strip()
        unknown = unknown_names(text, PLACEHOLDERS)
        if unknown:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise forms.ValidationError(
                f"{{{unknown[0]}}} n’est remplacé par rien ; vous pouvez écrire {known}."
            )
        return text
