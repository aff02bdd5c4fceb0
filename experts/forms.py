"""What people type about a firm, its payment details, its accreditations once asked and its certificates."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from experts.charter import CHARTER_VERSION
from experts.models import AuditScope, VatRegime
from experts.policy import FIRST_DAY, LAST_DAY

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
    """Return a date field with the browser's date picker; a year that was mistyped is refused."""
    words = f"Vérifiez l’année\u00a0: cette date se situe entre {FIRST_DAY.year} et {LAST_DAY.year}."
    bounds = [MinValueValidator(FIRST_DAY, words), MaxValueValidator(LAST_DAY, words)]
    return forms.DateField(label=label, widget=DateInput(), validators=bounds, **options)


PAPERS = ("pdf", "png", "jpg")


def file_field(label: str, *extensions: str, **options: Any) -> forms.FileField:
    """Return a field for one file of these kinds; the service checks what it really is."""
    accepted = ",".join(f".{one}" for one in extensions)
    return forms.FileField(
        label=label,
        max_length=255,
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": accepted}),
        error_messages={"empty": "Ce fichier est vide\u00a0: vérifiez-le, puis joignez-le de nouveau."},
        **options,
    )


class ManyFiles(forms.ClearableFileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """No file, one or several; each is checked by the service."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the list of the files sent."""
        sent = data if isinstance(data, list | tuple) else [data] if data else []
        if self.required and not sent:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(ManyFilesField, self).clean(one, initial) for one in sent]


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
    volets = forms.TypedMultipleChoiceField(
        label="Volets",
        coerce=int,
        choices=VOLETS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Ceux sur lesquels cette personne intervient.",
    )
    cv = file_field(
        "CV",
        "pdf",
        "docx",
        required=False,
        help_text="PDF ou Word. Il est repris dans vos demandes d’agrément.",
    )


class CharterForm(forms.Form):
    """The acceptance of the charter in force, in the firm's name; the page sends beside it which text it showed."""

    charter = forms.BooleanField(
        label=f"Au nom du cabinet, j’accepte la charte éthique, version {CHARTER_VERSION}",
        error_messages={"required": "Cochez la case pour accepter la charte."},
    )


class InsuranceForm(forms.Form):
    """The firm's insurance certificate, with its dates."""

    insurance = file_field("Attestation d’assurance professionnelle", *PAPERS)
    insurer = forms.CharField(label="Assureur", max_length=150)
    insurance_from = date_field("Assurance valable du")
    insurance_until = date_field("Assurance valable jusqu’au")


class ProposalForm(forms.Form):
    """The opinion on a request, or the decision proposed on an accreditation; dates are for a grant alone."""

    decision = forms.ChoiceField(label="Décision proposée", widget=forms.RadioSelect)
    valid_from = date_field("Agréé à compter du", required=False)
    valid_until = date_field("Jusqu’au", required=False, help_text="Trois ans par défaut.")
    motive = forms.CharField(
        label="Motif",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Le responsable le lit pour décider\u00a0; le cabinet lit celui d’un refus, d’une suspension ou d’un "
        "retrait.",
    )

    def __init__(self, *args: Any, decisions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decision"].choices = decisions  # type: ignore[attr-defined]
        if "grant" not in dict(decisions):
            del self.fields["valid_from"], self.fields["valid_until"]


class AnswerForm(forms.Form):
    """The manager's answer to what is proposed."""

    follow = forms.ChoiceField(
        label="Votre décision",
        choices=[("1", "Suivre la proposition"), ("0", "Ne pas la suivre\u00a0: la rendre à l’instruction")],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label="Réponse",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Obligatoire si vous ne suivez pas la proposition. Elle reste à Bpifrance.",
    )


class AccreditationRecordForm(forms.Form):
    """An accreditation that Bpifrance gave outside the portal."""

    volet = forms.TypedChoiceField(label="Volet", coerce=int, choices=VOLETS)
    valid_from = date_field("Agréé à compter du")
    valid_until = date_field("Jusqu’au", required=False, help_text="Trois ans par défaut.")
    motive = forms.CharField(
        label="Motif",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="D’où vient cet agrément\u00a0: date et signataire de la décision, où se trouve le dossier.",
    )

    def __init__(self, *args: Any, today: date, volets: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = today
        self.fields["volet"].choices = [choice for choice in VOLETS if choice[0] in volets]  # type: ignore[attr-defined]


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


class PassiImportForm(forms.Form):
    """ANSSI's list, and whether it is whole."""

    file = file_field("Liste des prestataires qualifiés (CSV)", "csv")
    is_complete = forms.BooleanField(
        label="Ce fichier est la liste complète",
        required=False,
        initial=True,
        help_text="Les prestataires qui n’y figurent plus sont alors signalés comme sortis de la liste. Décochez pour "
        "un extrait\u00a0: personne n’en sort.",
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
            ("requested", "Demandé"),
            ("suspended", "Suspendu"),
            ("echeance", "Prend fin sous 90 jours"),
            ("aucun", "Sans agrément en vigueur"),
        ],
    )
    passi = forms.ChoiceField(
        label="PASSI",
        required=False,
        choices=[("", "Tous"), ("valide", "En cours de validité"), ("expire", "Expiré")],
    )
    assurance = forms.ChoiceField(
        label="Assurance",
        required=False,
        choices=[("", "Toutes"), ("proche", "Prend fin sous 30 jours"), ("echue", "Échue ou inconnue")],
    )
