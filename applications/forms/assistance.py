"""The entry of a request for a company that wrote: what was received, whom it is given to, what is handed over."""

from __future__ import annotations

from typing import Any

from django import forms

from applications.forms.company import IdentityForm, NumberForm
from applications.forms.officer_acts import CivilDayField
from applications.forms.officer_list import REGIONS
from applications.models import Assistance
from applications.services.assistance.entering import LETTER_TYPES
from portal.accounts.models import User

EMAIL_ERRORS = {
    "required": "Saisissez l’adresse.",
    "invalid": "Écrivez une adresse complète, par exemple prenom.nom@exemple.fr.",
}


class WrittenNumberForm(NumberForm):
    """The number of the company that wrote."""

    use_required_attribute = False


class ContactField(forms.EmailField):
    """The address to which an invitation goes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label="Adresse électronique de l’entreprise",
            max_length=254,
            widget=forms.EmailInput(attrs={"class": "form-control", "autocomplete": "off"}),
            error_messages=EMAIL_ERRORS,
            **kwargs,
        )


class EntryForm(IdentityForm):
    """What a company asked and how; its identity only where it is not on the portal, its address where nobody is."""

    use_required_attribute = False

    region = forms.ChoiceField(
        label="Région",
        choices=[("", "Choisir une région"), *((one, one) for one in REGIONS)],
        required=False,
        widget=forms.Select(attrs={"class": "form-select", "autocomplete": "off"}),
        error_messages={"invalid_choice": "Choisissez une région de la liste."},
    )
    volet = forms.TypedChoiceField(
        label="Volet demandé",
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez le volet."},
    )
    channel = forms.ChoiceField(
        label="Reçue par",
        choices=Assistance.Channel.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites comment l’entreprise s’est adressée à Bpifrance."},
    )
    received_on = CivilDayField(
        label="Reçue le",
        help_text="Le jour où Bpifrance l’a reçue.",
        error_messages={"required": "Indiquez la date de réception."},
    )
    letter = forms.FileField(
        label="Courrier ou e-mail reçu",
        required=False,
        widget=forms.FileInput(
            attrs={"class": "form-control", "accept": ",".join(f".{one}" for one in LETTER_TYPES)}
        ),
        help_text="PDF, JPEG, PNG ou Word, 25 Mo au plus\u00a0; il reste dans le dossier. Facultatif pour un appel "
        "ou une visite.",
        error_messages={"empty": "Ce fichier est vide\u00a0: vérifiez-le sur votre ordinateur."},
    )

    def __init__(
        self, *args: Any, volets: dict[int, str], is_known: bool, is_claimed: bool, **kwargs: Any
    ) -> None:
        """Leave out what is known of the company."""
        super().__init__(*args, **kwargs)
        self.fields["received_on"].required = True
        self.fields["volet"].choices = [(number, f"{number}. {label}") for number, label in volets.items()]  # type: ignore[attr-defined]
        if is_known:
            for name in IdentityForm.base_fields:
                del self.fields[name]
        if not is_claimed:
            self.fields["contact_email"] = ContactField(
                help_text="Celle de la personne qui représente l’entreprise\u00a0: elle est invitée dans son espace "
                "pour relire et déposer."
            )

    def identity(self) -> dict[str, str]:
        """Return what is written on a company that is not known; nothing for another."""
        return super().identity() if "name" in self.fields else {}


class HandOverForm(forms.Form):
    """Where the invitation goes, for a company without members; nothing is asked for another."""

    use_required_attribute = False

    def __init__(self, *args: Any, is_claimed: bool, **kwargs: Any) -> None:
        """Ask for the address only where it serves."""
        super().__init__(*args, **kwargs)
        if not is_claimed:
            self.fields["contact_email"] = ContactField(
                help_text="L’invitation est valable quatorze jours\u00a0; une nouvelle remplace la précédente."
            )


class PassOnForm(forms.Form):
    """Who goes on with an entry."""

    use_required_attribute = False

    officer = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="Confier à",
        empty_label="Choisir une personne",
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={
            "required": "Choisissez la personne.",
            "invalid_choice": "Choisissez un chargé d’affaires ou un responsable en activité.",
        },
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        """Offer the officers and managers at work."""
        super().__init__(*args, **kwargs)
        self.fields["officer"].queryset = people  # type: ignore[attr-defined]


class StopForm(forms.Form):
    """Why the company goes on by itself, if it wishes to say."""

    reason = forms.CharField(
        label="Un mot pour Bpifrance",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
        help_text="Facultatif.",
    )
