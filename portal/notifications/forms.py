"""What an administrator types to settle a dead letter."""

from django import forms


class DropForm(forms.Form):
    """Why a dead letter is given up."""

    reason = forms.CharField(
        label="Motif",
        max_length=500,
        error_messages={"required": "Indiquez pourquoi cet envoi est écarté : le motif reste au journal."},
    )
