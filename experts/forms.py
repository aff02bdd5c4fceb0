"""What people type about a firm, its payment details, its accreditations and its certificates."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from experts.charter import CHARTER_VERSION
from experts.models import AuditScope, VatRegime

VOLETS: tuple[tuple[int, str], ...] = (
    (1, "Volet 1 – Système de management de la qualité"),
    (2, "Volet 2 – Documentation technique du marquage CE"),
    (3, "Volet 3 – Protocole d’investigation clinique"),
    (4, "Volet 4 – Stratégie de cybersécurité et d’interopérabilité"),
    (5, "Volet 5 – Audits de cybersécurité (PASSI)"),
)


class DateInput(forms.DateInput):
    """The browser's own date field, which speaks ISO."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


def date_field(label: str, **options: Any) -> forms.DateField:
    """Return a date field with the browser's date picker."""
    return forms.DateField(label=label, widget=DateInput(), **options)


class IdentityForm(forms.Form):
    """The firm's identity, without its SIREN, which never changes."""

    name = forms.CharField(label="Raison sociale", max_length=200)
    address = forms.CharField(label="Adresse", max_length=250, required=False)
    postcode = forms.CharField(label="Code postal", max_length=10, required=False)
    city = forms.CharField(label="Ville", max_length=100, required=False)
    region = forms.CharField(label="Région", max_length=60, required=False)
    contact_email = forms.EmailField(
        label="Adresse électronique de contact",
        required=False,
        help_text="Les entreprises et Bpifrance vous écrivent à cette adresse.",
    )
    phone = forms.CharField(label="Téléphone", max_length=30, required=False)
    insurance_until = date_field(
        "Assurance professionnelle valable jusqu’au",
        required=False,
        help_text="L’assurance fait partie des engagements de la charte.",
    )


class FirmForm(IdentityForm):
    """A firm that one of its people registers."""

    siren = forms.CharField(
        label="SIREN",
        max_length=15,
        help_text="Neuf chiffres, par exemple 732 829 320.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    field_order = ("siren", "name")


class PaymentDetailsForm(forms.Form):
    """Where Bpifrance pays its share, and how the firm invoices VAT."""

    iban = forms.CharField(
        label="IBAN",
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Le compte sur lequel Bpifrance verse sa quote-part. Un autre compte se confirme à deux, "
        "puis entre en vigueur 48 heures après.",
    )
    bic = forms.CharField(
        label="BIC", max_length=15, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    vat_regime = forms.ChoiceField(label="Régime de TVA", choices=VatRegime.choices)
    vat_number = forms.CharField(
        label="Numéro de TVA intracommunautaire",
        max_length=20,
        required=False,
        help_text="Inutile si vous relevez de la franchise en base.",
    )


class CallBackForm(forms.Form):
    """The call by which Bpifrance confirms an account, where the firm has one member only."""

    called_on = date_field("Date de l’appel")
    called_person = forms.CharField(label="Personne jointe", max_length=150)
    called_number = forms.CharField(
        label="Numéro appelé",
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        help_text="Celui que Bpifrance connaissait avant la demande.",
    )


class ConsultantForm(forms.Form):
    """A person who carries out missions."""

    full_name = forms.CharField(label="Prénom et nom", max_length=150)
    email = forms.EmailField(label="Adresse électronique", required=False)


class AccreditationRequestForm(forms.Form):
    """What the firm asks to be accredited for."""

    volet = forms.TypedChoiceField(label="Volet demandé", coerce=int, choices=VOLETS)
    references = forms.CharField(
        label="Références",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Deux ou trois missions comparables\u00a0: client ou secteur, année, ce qui a été livré.",
    )
    charter = forms.BooleanField(
        label=f"Au nom du cabinet, j’accepte la charte éthique, version {CHARTER_VERSION}",
        error_messages={"required": "L’agrément suppose d’accepter la charte\u00a0: cochez la case."},
    )

    def __init__(self, *args: Any, volets: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["volet"].choices = [choice for choice in VOLETS if choice[0] in volets]  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    """One decision on an accreditation; a grant has dates, anything else a motive."""

    decision = forms.ChoiceField(label="Décision", widget=forms.RadioSelect)
    granted_on = date_field("Agréé à compter du", required=False, help_text="Pour un agrément seulement.")
    valid_until = date_field(
        "Jusqu’au",
        required=False,
        help_text="Pour un agrément seulement\u00a0; vide\u00a0: sans date de fin.",
    )
    motive = forms.CharField(
        label="Motif",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Obligatoire pour refuser, suspendre ou retirer. Le cabinet le lira.",
    )

    def __init__(self, *args: Any, decisions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decision"].choices = decisions  # type: ignore[attr-defined]


class AccreditationRecordForm(forms.Form):
    """An accreditation that Bpifrance gave outside the portal."""

    volet = forms.TypedChoiceField(label="Volet", coerce=int, choices=VOLETS)
    granted_on = date_field("Agréé à compter du")
    valid_until = date_field("Jusqu’au", required=False, help_text="Vide\u00a0: sans date de fin.")
    motive = forms.CharField(
        label="Observation", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["granted_on"].initial = today


class CertificateForm(forms.Form):
    """A PASSI certificate as the ANSSI's list gives it."""

    reference = forms.CharField(label="Référence", max_length=60, required=False)
    valid_from = date_field("Valable du")
    valid_until = date_field("Jusqu’au")
    scopes = forms.MultipleChoiceField(
        label="Portées",
        choices=AuditScope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins une portée."},
    )


class FirmFilterForm(forms.Form):
    """The filters of the list; anything unknown is ignored."""

    q = forms.CharField(label="Nom, ville ou SIREN", required=False, max_length=100)
    volet = forms.TypedChoiceField(
        label="Volet",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Tous les volets"), *((number, f"Volet {number}") for number, _ in VOLETS)],
    )
    agrement = forms.ChoiceField(
        label="Agrément",
        required=False,
        choices=[
            ("", "Tous"),
            ("en_vigueur", "En vigueur"),
            ("requested", "À décider"),
            ("suspended", "Suspendu"),
            ("aucun", "Sans agrément en vigueur"),
        ],
    )
    passi = forms.ChoiceField(
        label="PASSI",
        required=False,
        choices=[("", "Tous"), ("valide", "En cours de validité"), ("expire", "Expiré")],
    )
