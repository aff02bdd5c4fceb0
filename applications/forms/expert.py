"""What an expert types on a mission's page: declarations, service contract, reports, messages."""

from __future__ import annotations

from typing import Any

from django import forms

from applications.forms.expert_fields import DateField, PieceField, long_text
from applications.forms.talk import MessageForm
from applications.models import MissionReport


class ConflictForm(forms.Form):
    """The declaration of interests, one per mission."""

    conflict_free = forms.TypedChoiceField(
        label="Votre situation",
        coerce=lambda word: word == "oui",
        choices=[
            ("oui", "Aucun intérêt, direct ou indirect, ne lie le cabinet à l’entreprise"),
            ("non", "Un intérêt existe, ou pourrait apparaître"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez l’une des deux réponses."},
    )
    statement = long_text(
        "Précisions",
        rows=3,
        needed=False,
        help_text="Obligatoires si un intérêt existe\u00a0: lequel, avec qui, depuis quand.",
    )


class StartForm(forms.Form):
    """The start of the work."""

    work_started_on = DateField(label="La prestation a commencé le")


class DoneForm(forms.Form):
    """The end of the work."""

    work_ended_on = DateField(
        label="La prestation s’est achevée le",
        help_text="Le rapport final est dû dans les dix jours qui suivent cette date.",
    )


class ServiceContractForm(forms.Form):
    """The signed contract between expert and company."""

    signed_on = DateField(label="Signé par les deux parties le")
    file = PieceField(label="Contrat de prestation signé", extensions=("pdf",))
    confidentiality = forms.BooleanField(
        label="Il contient une clause de confidentialité",
        error_messages={"required": "Le contrat doit prévoir la confidentialité."},
    )
    intellectual_property = forms.BooleanField(
        label="Il règle la propriété intellectuelle des livrables",
        error_messages={"required": "Le contrat doit régler la propriété intellectuelle."},
    )


class ReportForm(forms.Form):
    """A delay or an incident."""

    kind = forms.ChoiceField(label="Nature", choices=MissionReport.Kind.choices)
    happened_on = DateField(label="Date")
    text = long_text("Ce qu’il faut retenir")
    file = PieceField(label="Fichier joint (facultatif)", extensions=("pdf", "docx"), needed=False)


class AmendmentForm(forms.Form):
    """The expert's agreement to an amendment."""

    agreed = forms.BooleanField(
        label="Au nom du cabinet, j’accepte cet avenant et je le signe",
        error_messages={"required": "Cochez la case pour signer."},
    )


FORMS: dict[str, type[forms.Form]] = {
    "conflict": ConflictForm,
    "service_contract": ServiceContractForm,
    "start": StartForm,
    "done": DoneForm,
    "report": ReportForm,
    "message": MessageForm,
    "amendment": AmendmentForm,
}
"""The forms of a mission's page by their name, which is also the prefix of their fields' ids."""


def blank(name: str, **options: Any) -> forms.Form:
    """Return one of the page's forms, its fields' ids told apart from those of its neighbours."""
    return FORMS[name](auto_id=f"{name}_%s", **options)
