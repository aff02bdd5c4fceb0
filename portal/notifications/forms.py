"""What a person types about being told, and an administrator to settle a dead letter."""

from collections.abc import Mapping
from typing import Any

from django import forms

from portal.notifications.models import Delivery
from portal.notifications.preferences import Family


class RetryForm(forms.Form):
    """Why a dead letter is tried again, where there is something to say."""

    reason = forms.CharField(label="Motif (facultatif)", max_length=500, required=False)


class DropForm(forms.Form):
    """Why a dead letter is given up."""

    reason = forms.CharField(
        label="Motif",
        max_length=500,
        error_messages={
            "required": "Indiquez pourquoi cet envoi est écarté\u00a0: le motif reste au journal."
        },
    )


class PreferencesForm(forms.Form):
    """One choice a family of notices."""

    def __init__(
        self,
        data: Any = None,
        *,
        families: Mapping[str, Family],
        chosen: Mapping[str, Delivery],
    ) -> None:
        super().__init__(data)
        for slug, family in families.items():
            self.fields[slug] = forms.ChoiceField(
                label=family.label,
                help_text=family.help_text,
                choices=Delivery.choices,
                initial=chosen[slug],
                widget=forms.RadioSelect,
                error_messages={"required": "Choisissez comment vous voulez être prévenu."},
            )
