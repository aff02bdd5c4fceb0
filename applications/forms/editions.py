"""What a manager gives to load, publish and call off an edition."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from applications.forms.officer_acts import CivilDayField, MotiveField
from applications.services.editions.drafts import MOST_BYTES

TOO_BIG = (
    f"Ce fichier dépasse {MOST_BYTES // 1024}\u00a0Ko\u00a0: une édition en fait une vingtaine. Vérifiez-le."
)


class LoadForm(forms.Form):
    """The TOML file of an edition."""

    use_required_attribute = False

    file = forms.FileField(
        label="Fichier de l’édition",
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".toml"}),
        help_text="Un texte TOML en UTF-8, comme ceux que chaque édition donne à télécharger.",
        error_messages={
            "required": "Choisissez un fichier.",
            "empty": "Ce fichier est vide\u00a0: vérifiez-le sur votre ordinateur.",
            "missing": "Choisissez un fichier.",
            "max_length": "Le nom de ce fichier est trop long\u00a0: renommez-le.",
        },
        max_length=200,
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """Refuse what is too large to be an edition."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if file.size is None or file.size > MOST_BYTES:
            raise forms.ValidationError(TOO_BIG)
        return file


class PublishForm(forms.Form):
    """The day from which the edition applies, typed by whoever publishes it."""

    use_required_attribute = False

    starts_on = CivilDayField(
        label="Elle entre en vigueur le",
        help_text="Le jour que dit le texte, écrit de votre main\u00a0: il se confirme à deux.",
    )
    is_read = forms.BooleanField(
        label="J’ai lu ses effets sur les dossiers et ce qui change avec l’édition actuelle",
        error_messages={"required": "Lisez d’abord ses effets et la comparaison."},
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the day."""
        cleaned = super().clean() or {}
        if "starts_on" not in self.errors and cleaned.get("starts_on") is None:
            self.add_error("starts_on", "Indiquez la date.")
        return cleaned


class CancelForm(forms.Form):
    """Why the edition is called off."""

    use_required_attribute = False

    motive = MotiveField(rows=3)
