"""What the desk brings in: a file of past dossiers, and the first owner of a company without members."""

from __future__ import annotations

from django import forms


class ImportForm(forms.Form):
    """The file of past dossiers."""

    use_required_attribute = False

    file = forms.FileField(
        label="Fichier",
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".csv,.xlsx"}),
        help_text="CSV en UTF-8 ou classeur Excel (.xlsx), 25 Mo et 2\u00a0000 lignes au plus.",
        error_messages={
            "required": "Choisissez un fichier.",
            "empty": "Ce fichier est vide\u00a0: vérifiez-le sur votre ordinateur.",
            "missing": "Choisissez un fichier.",
        },
    )


class FirstOwnerForm(forms.Form):
    """The address of whoever will own the company's space."""

    use_required_attribute = False

    email = forms.EmailField(
        label="Adresse électronique",
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "form-control", "autocomplete": "off"}),
        help_text="Celle de la personne qui représente l’entreprise\u00a0: elle lira tout son espace.",
        error_messages={
            "required": "Saisissez l’adresse.",
            "invalid": "Écrivez une adresse complète, par exemple prenom.nom@exemple.fr.",
        },
    )
