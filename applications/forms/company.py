"""The forms of the company's space: its identity, its signatories and the start of a request."""

from __future__ import annotations

from typing import Any

from django import forms

from applications.forms.filing_fields import WordField
from applications.models import Company, Device, Signatory
from portal.accounts.models import User


class IdentityForm(forms.Form):
    """Name and address of the company."""

    name = forms.CharField(
        label="Raison sociale",
        max_length=200,
        error_messages={"required": "Indiquez la raison sociale de l’entreprise."},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    address = WordField(label="Adresse du siège", max_length=250, autocomplete="street-address")
    postcode = WordField(label="Code postal", max_length=10, autocomplete="postal-code")
    city = WordField(label="Ville", max_length=100, autocomplete="address-level2")
    region: forms.Field = WordField(label="Région", max_length=60, autocomplete="address-level1")

    def identity(self) -> dict[str, str]:
        """Return what is written on the company."""
        return {name: self.cleaned_data[name] for name in ("name", "address", "postcode", "city", "region")}


class NumberForm(forms.Form):
    """The register and the number by which a company is known."""

    scheme = forms.ChoiceField(
        label="Registre",
        choices=[
            (Company.Scheme.SIREN, "SIREN ou SIRET"),
            *[(one.value, one.label) for one in Company.Scheme if one != Company.Scheme.SIREN],
        ],
        initial=Company.Scheme.SIREN,
    )
    identifier = forms.CharField(
        label="Numéro",
        max_length=40,
        help_text="SIREN (9 chiffres) ou SIRET (14 chiffres), avec ou sans espaces ; pour un autre registre, "
        "le numéro tel qu’il l’écrit.",
        error_messages={"required": "Indiquez le numéro de l’entreprise."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class CompanyForm(NumberForm, IdentityForm):
    """The company and its identifier; once its number is known it is not asked again."""

    field_order = ["scheme", "identifier", "name", "address", "postcode", "city", "region"]

    def __init__(self, *args: Any, known: bool = False, **kwargs: Any) -> None:
        """Hide the number that was given on the page before."""
        super().__init__(*args, **kwargs)
        if known and not (self.is_bound and {"scheme", "identifier"} & set(self.errors)):
            for name in ("scheme", "identifier"):
                self.fields[name].widget = forms.HiddenInput()


class SignatoryForm(forms.Form):
    """A member who signs for the company, and by which power."""

    person = forms.ModelChoiceField(
        label="Personne",
        queryset=User.objects.none(),
        empty_label="Choisir parmi les membres",
        error_messages={
            "required": "Choisissez la personne.",
            "invalid_choice": "Cette personne n’est pas membre de l’entreprise.",
        },
    )
    capacity = forms.CharField(
        label="Qualité",
        max_length=120,
        help_text="Telle qu’elle figurera au contrat : présidente, directeur général…",
        error_messages={"required": "Indiquez la qualité du signataire."},
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    kind = forms.ChoiceField(
        label="Pouvoir de signer", choices=Signatory.Kind.choices, widget=forms.RadioSelect
    )
    delegation = forms.FileField(
        label="Délégation de signature",
        required=False,
        help_text="Pour un délégataire seulement : un PDF de 25 Mo au plus, signé par le représentant légal. "
        "Bpifrance la vérifie avant toute signature.",
        widget=forms.FileInput(attrs={"accept": ".pdf"}),
    )

    def __init__(self, *args: Any, members: Any, **kwargs: Any) -> None:
        """Offer the members of the company."""
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = members  # type: ignore[attr-defined]
        self.fields["person"].label_from_instance = str  # type: ignore[attr-defined]


class ColleagueForm(forms.Form):
    """The address of a person to invite, who will sign once a member."""

    email = forms.EmailField(
        label="Adresse électronique",
        help_text="La personne reçoit un lien valable quatorze jours, ouvre son compte et devient membre.",
        error_messages={"required": "Indiquez l’adresse de la personne."},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class StartForm(forms.Form):
    """For which company, volet and device a request begins."""

    company = forms.ModelChoiceField(
        label="Entreprise qui demande",
        queryset=Company.objects.none(),
        empty_label=None,
        error_messages={
            "required": "Choisissez l’entreprise.",
            "invalid_choice": "Choisissez une de vos entreprises.",
        },
    )
    volet = forms.TypedChoiceField(
        label="Volet demandé",
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez le volet."},
    )
    device = forms.ModelChoiceField(
        label="Dispositif concerné",
        queryset=Device.objects.none(),
        required=False,
        empty_label="Un autre dispositif, que je décrirai ensuite",
    )

    def __init__(self, *args: Any, companies: Any, volets: dict[int, str], **kwargs: Any) -> None:
        """Offer the person's companies and their devices, and the volets in force."""
        super().__init__(*args, **kwargs)
        self.fields["company"].queryset = companies  # type: ignore[attr-defined]
        self.fields["volet"].choices = [(number, f"{number}. {label}") for number, label in volets.items()]  # type: ignore[attr-defined]
        devices = Device.objects.filter(company__in=companies).select_related("company")
        self.fields["device"].queryset = devices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check that the device is the company's."""
        cleaned = super().clean() or {}
        device, company = cleaned.get("device"), cleaned.get("company")
        if device is not None and company is not None and device.company_id != company.pk:
            self.add_error(
                "device", f"Ce dispositif n’est pas celui de {company.name} : choisissez-en un autre."
            )
        return cleaned
