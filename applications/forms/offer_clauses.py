"""The fields of the two clauses of an offer: each choice apart, as the code asks (L131-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from applications.forms.filing_fields import WordField, in_french
from applications.services.offers import clauses, confidentiality
from applications.services.offers.clauses import IpChoices
from applications.services.offers.confidentiality import ConfidentialityChoices
from tariffs.forms.fields import FigureField, PickField, PicksField

Json = dict[str, Any]

IP_NAMES = (
    "kind",
    "exclusivity",
    "extent",
    "purpose",
    "place",
    "duration",
    "years",
    "beneficiaries",
    "remuneration",
    "rate",
    "base",
    "ground",
)


class WholeField(FigureField):
    """A whole number, given as an int."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(decimals=0, example="12", **kwargs)

    def clean(self, value: Any) -> int | None:  # type: ignore[override]
        """The number, or None where nothing was typed."""
        text = super().clean(value)
        return int(text) if text else None


def ip_initial(ip: IpChoices) -> Json:
    """Return what the fields of the intellectual-property clause show at first."""
    told = ip.to_json()
    return {
        **{name: told[name] for name in IP_NAMES},
        "rate": in_french(told["rate"]),
        **{f"right_{right}": told["rights"].get(right, []) for right in clauses.RIGHTS},
        **{f"other_{name}": told["others"].get(name, "") for name in clauses.OTHER_RIGHTS},
    }


def secret_initial(secret: ConfidentialityChoices) -> Json:
    """Return what the fields of the confidentiality clause show at first."""
    return {f"secret_{name}": value for name, value in secret.to_json().items()}


def _radio(label: str, known: Mapping[str, str], **kwargs: Any) -> PickField:
    return PickField(label=label, radio=True, choices=list(known.items()), **kwargs)


def _listed(label: str, known: Mapping[str, str], **kwargs: Any) -> PickField:
    words = {key: text[:1].upper() + text[1:] for key, text in known.items()}
    return PickField(label=label, choices=[("", "Choisir"), *words.items()], **kwargs)


def _ticks(label: str, known: Mapping[str, str], **kwargs: Any) -> PicksField:
    words = [(key, text[:1].upper() + text[1:]) for key, text in known.items()]
    return PicksField(label=label, choices=words, **kwargs)


def ip_fields() -> dict[str, forms.Field]:
    """Return the fields of the intellectual-property clause, by name."""
    rights = {f"right_{right}": _ticks(label, modes) for right, (label, modes) in clauses.RIGHTS.items()}
    others = {
        f"other_{name}": _listed(label, clauses.OTHER_CHOICES) for name, label in clauses.OTHER_RIGHTS.items()
    }
    return {
        "kind": _radio("Concession ou cession", clauses.KINDS),
        "exclusivity": _radio("La concession est", clauses.EXCLUSIVITY),
        **rights,
        "extent": WordField(
            label="Étendue",
            max_length=500,
            help_text="Par exemple\u00a0: tous les livrables de la prestation, rapport final compris.",
        ),
        "purpose": WordField(
            label="Destination",
            max_length=500,
            help_text="Par exemple\u00a0: la certification, la mise sur le marché et le suivi du dispositif.",
        ),
        "place": _listed("Lieu", clauses.PLACES),
        "duration": _radio("Durée", clauses.DURATIONS),
        "years": WholeField(label="Nombre d’années", unit="ans"),
        "beneficiaries": _ticks("Bénéficiaires", clauses.BENEFICIARIES),
        "remuneration": _radio("Rémunération des droits", clauses.REMUNERATIONS),
        "rate": FigureField(label="Taux", unit="%", most=100),
        "base": WordField(label="Recettes sur lesquelles il porte", max_length=300),
        "ground": _listed("Pourquoi un forfait (article L131-4)", clauses.GROUNDS),
        **others,
    }


def secret_fields() -> dict[str, forms.Field]:
    """Return the fields of the confidentiality clause, by name."""
    return {
        "secret_years": WholeField(label="Secret gardé après la mission pendant", unit="ans"),
        "secret_back": _radio("Documents reçus de l’entreprise", confidentiality.BACK),
        "secret_days": WholeField(label="Sous combien de jours après la mission", unit="jours"),
        "secret_exceptions": _ticks("Ce que le secret ne couvre pas", confidentiality.EXCEPTIONS),
    }
