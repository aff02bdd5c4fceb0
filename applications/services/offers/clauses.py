"""The intellectual-property clause of an offer, made from choices; a choice that is lacking is said, never guessed.

Articles are those of the code de la propriété intellectuelle: L131-3 (each right named apart, its extent, purpose,
place and duration), L131-4 (remuneration), L121-1 (moral rights stay the author's).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from portal.display import number

Json = dict[str, Any]

KINDS = {
    "concession": "Concession (l’entreprise peut utiliser, le cabinet reste titulaire)",
    "transfer": "Cession (l’entreprise devient titulaire des droits nommés)",
}
EXCLUSIVITY = {"exclusive": "Exclusive", "shared": "Non exclusive"}
# Each right with the modes of exploitation that may be granted, and how each reads in the clause.
RIGHTS: dict[str, tuple[str, dict[str, str]]] = {
    "reproduction": (
        "Reproduction",
        {
            "paper": "sur papier",
            "digital": "sur tout support numérique",
            "backup": "en copies de sauvegarde et d’archivage",
        },
    ),
    "representation": (
        "Représentation",
        {
            "internal": "auprès du personnel et des sous-traitants de l’entreprise",
            "authorities": "devant les autorités et les organismes notifiés",
            "online": "par mise en ligne à destination du public",
        },
    ),
    "adaptation": (
        "Adaptation",
        {
            "update": "par mise à jour et correction",
            "integration": "par intégration dans la documentation et les procédures de l’entreprise",
            "others": "par des tiers qu’elle désigne",
        },
    ),
    "translation": (
        "Traduction",
        {
            "european": "dans les langues officielles de l’Union européenne",
            "any": "dans toute autre langue",
        },
    ),
    "marketing": (
        "Mise sur le marché",
        {
            "with_device": "avec le dispositif, à titre onéreux",
            "free": "avec le dispositif, à titre gratuit",
            "distributors": "par l’intermédiaire de distributeurs",
        },
    ),
}
PLACES = {
    "france": "la France",
    "european_union": "l’Union européenne et l’Espace économique européen",
    "world": "le monde entier",
}
DURATIONS = {"legal": "Toute la durée légale de protection", "years": "Un nombre d’années"}
BENEFICIARIES = {
    "company": "l’entreprise bénéficiaire",
    "affiliates": "les sociétés qu’elle contrôle ou qui la contrôlent",
    "subcontractors": "ses sous-traitants, pour ses seuls besoins",
    "successors": "ses ayants droit et cessionnaires",
}
REMUNERATIONS = {
    "proportional": "Proportionnelle aux recettes",
    "lump_sum": "Forfaitaire, comprise dans le prix",
}
# The cases in which article L131-4 admits a lump sum, in the order of its paragraphs.
GROUNDS = {
    "1": "la base de calcul de la participation proportionnelle ne peut être pratiquement déterminée",
    "2": "les moyens de contrôler l’application de la participation font défaut",
    "3": "les frais de calcul et de contrôle seraient hors de proportion avec les résultats à atteindre",
    "4": "l’utilisation de l’œuvre ne présente qu’un caractère accessoire par rapport à l’objet exploité",
    "5": "les droits portent sur un logiciel",
}
OTHER_RIGHTS = {"marks": "Marques", "designs": "Dessins et modèles", "patents": "Brevets"}
OTHER_CHOICES = {
    "none": "Aucun droit n’en naît de la prestation",
    "kept": "Conservés par le cabinet",
    "concession": "Concédés à l’entreprise",
    "transfer": "Cédés à l’entreprise",
}
OTHER_WORDS = {
    "none": "la prestation n’en fait naître aucun",
    "kept": "ceux qui naîtraient de la prestation restent au cabinet",
    "concession": "ceux qui naîtraient de la prestation sont concédés à l’entreprise, aux mêmes conditions",
    "transfer": "ceux qui naîtraient de la prestation sont cédés à l’entreprise, par un acte inscrit au registre",
}
MOST_YEARS, MOST_RATE = 70, 100


class Lack(NamedTuple):
    """One choice that is not made: the field it belongs to, and what to do, in French."""

    field: str
    sentence: str


class Article(NamedTuple):
    """One article of a clause: its title and its paragraphs."""

    title: str
    paragraphs: tuple[str, ...]


class IncompleteError(ValueError):
    """Choices from which no clause can be made; `lacks` says all that is missing."""

    def __init__(self, lacks: list[Lack]) -> None:
        self.lacks = lacks
        super().__init__(" ".join(lack.sentence for lack in lacks))


@dataclass(frozen=True, slots=True)
class IpChoices:
    """What a firm chose for its clause; "" or empty is « not chosen ». `rate` is in percent, `years` whole years."""

    kind: str = ""
    exclusivity: str = ""
    rights: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extent: str = ""
    purpose: str = ""
    place: str = ""
    duration: str = ""
    years: int | None = None
    beneficiaries: tuple[str, ...] = ()
    remuneration: str = ""
    rate: str = ""
    base: str = ""
    ground: str = ""
    others: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> IpChoices:
        """Return the choices of stored JSON; a word that is not in its list counts as not chosen."""
        rights = told.get("rights") or {}
        others = told.get("others") or {}
        years = told.get("years")
        return cls(
            kind=_word(told.get("kind"), KINDS),
            exclusivity=_word(told.get("exclusivity"), EXCLUSIVITY),
            rights={
                right: modes
                for right, (_label, known) in RIGHTS.items()
                if (modes := _words(rights.get(right), known))
            },
            extent=_text(told.get("extent")),
            purpose=_text(told.get("purpose")),
            place=_word(told.get("place"), PLACES),
            duration=_word(told.get("duration"), DURATIONS),
            years=years if isinstance(years, int) and not isinstance(years, bool) else None,
            beneficiaries=_words(told.get("beneficiaries"), BENEFICIARIES),
            remuneration=_word(told.get("remuneration"), REMUNERATIONS),
            rate=_text(told.get("rate")),
            base=_text(told.get("base")),
            ground=_word(told.get("ground"), GROUNDS),
            others={name: _word(others.get(name), OTHER_CHOICES) for name in OTHER_RIGHTS},
        )

    def to_json(self) -> Json:
        """Return the choices as they are stored."""
        return {
            "kind": self.kind,
            "exclusivity": self.exclusivity,
            "rights": {right: list(modes) for right, modes in self.rights.items()},
            "extent": self.extent,
            "purpose": self.purpose,
            "place": self.place,
            "duration": self.duration,
            "years": self.years,
            "beneficiaries": list(self.beneficiaries),
            "remuneration": self.remuneration,
            "rate": self.rate,
            "base": self.base,
            "ground": self.ground,
            "others": dict(self.others),
        }


def _word(value: Any, known: Mapping[str, str]) -> str:
    return value if isinstance(value, str) and value in known else ""


def _words(values: Any, known: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(word for word in known if isinstance(values, list | tuple) and word in values)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


# --- What is lacking -----------------------------------------------------------------------------
_SIMPLE = (
    ("kind", "Dites si les droits sont concédés ou cédés."),
    ("extent", "Dites l’étendue\u00a0: les livrables dont les droits sont accordés."),
    ("purpose", "Dites la destination\u00a0: ce pour quoi les livrables peuvent servir."),
    ("place", "Choisissez le lieu d’exploitation."),
    ("duration", "Choisissez la durée."),
    ("remuneration", "Choisissez la rémunération des droits."),
)


def ip_lacks(choices: IpChoices) -> list[Lack]:
    """Return what is missing for the clause to be made, in the order of the form; [] when it can be."""
    found = [Lack(name, sentence) for name, sentence in _SIMPLE if not getattr(choices, name)]
    found += [Lack(*lack) for lack, holds in _conditional(choices) if holds]
    found += [
        Lack(f"other_{name}", f"{label}\u00a0: dites à qui reviennent les droits, ou qu’il n’y en a pas.")
        for name, label in OTHER_RIGHTS.items()
        if not choices.others.get(name)
    ]
    return found


def rate_of(text: str) -> Decimal | None:
    """Return a rate in percent, above 0 and up to 100; None where the text says no such rate."""
    if not re.fullmatch(r"[0-9]{1,3}(?:[.,][0-9]{1,2})?", text):
        return None
    rate = Decimal(text.replace(",", "."))
    return rate if 0 < rate <= MOST_RATE else None


def _conditional(choices: IpChoices) -> list[tuple[tuple[str, str], bool]]:
    """Return ((field, sentence), whether it is lacking) of what some other choice calls for."""
    proportional = choices.remuneration == "proportional"
    years_are_wrong = choices.years is None or not 1 <= choices.years <= MOST_YEARS
    return [
        (
            ("exclusivity", "Dites si la concession est exclusive."),
            choices.kind == "concession" and not choices.exclusivity,
        ),
        (
            (
                "rights",
                "Cochez au moins un mode d’exploitation\u00a0: un droit qui n’est pas nommé n’est pas accordé.",
            ),
            not choices.rights,
        ),
        (
            ("years", f"Indiquez le nombre d’années, de 1 à {MOST_YEARS}."),
            choices.duration == "years" and years_are_wrong,
        ),
        (("beneficiaries", "Cochez au moins un bénéficiaire."), not choices.beneficiaries),
        (
            ("rate", "Indiquez le taux de la rémunération, en pour cent, au-dessus de 0."),
            proportional and rate_of(choices.rate) is None,
        ),
        (("base", "Indiquez les recettes sur lesquelles porte le taux."), proportional and not choices.base),
        (
            ("ground", "Choisissez le cas de l’article L131-4 qui permet un forfait."),
            choices.remuneration == "lump_sum" and not choices.ground,
        ),
    ]


# --- The clause ----------------------------------------------------------------------------------
def ip_clause(choices: IpChoices) -> list[Article]:
    """Return the articles of the clause in French; raises IncompleteError where a choice is lacking."""
    lacks = ip_lacks(choices)
    if lacks:
        raise IncompleteError(lacks)
    return [
        Article("Nature des droits accordés", (_nature(choices),)),
        Article("Droits accordés, un à un", _granted(choices)),
        Article("Étendue, destination, lieu, durée et bénéficiaires", _domain(choices)),
        Article("Rémunération des droits", (_paid(choices),)),
        Article("Autres droits", _others(choices)),
    ]


def _nature(choices: IpChoices) -> str:
    if choices.kind == "transfer":
        how = "cède à l’entreprise, à titre exclusif,"
    else:
        how = (
            "concède à l’entreprise, à titre exclusif,"
            if choices.exclusivity == "exclusive"
            else "concède à l’entreprise, à titre non exclusif,"
        )
    return (
        f"Le cabinet {how} les droits patrimoniaux nommés ci-dessous sur les livrables de la prestation, à mesure "
        "de leur remise. Tout droit qui n’est pas nommé lui reste réservé. Le droit moral des auteurs, inaliénable, "
        "demeure (article L121-1 du code de la propriété intellectuelle)."
    )


def _granted(choices: IpChoices) -> tuple[str, ...]:
    told = []
    for right, (label, known) in RIGHTS.items():
        modes = choices.rights.get(right, ())
        if modes:
            told.append(f"{label}\u00a0: {_listed([known[mode] for mode in modes])}.")
    refused = [label.lower() for right, (label, _known) in RIGHTS.items() if right not in choices.rights]
    if refused:
        told.append(f"Ne sont pas accordés\u00a0: {_listed(refused)}.")
    return tuple(told)


def _domain(choices: IpChoices) -> tuple[str, ...]:
    years = choices.years or 0
    duration = (
        "toute la durée légale de protection"
        if choices.duration == "legal"
        else f"{years}\u00a0an{'s' if years > 1 else ''} à compter de la remise du livrable"
    )
    whose = _listed([BENEFICIARIES[name] for name in choices.beneficiaries])
    return (
        "Le domaine d’exploitation de chacun de ces droits est délimité comme suit (article L131-3).",
        f"Étendue\u00a0: {_ended(choices.extent)}",
        f"Destination\u00a0: {_ended(choices.purpose)}",
        f"Lieu\u00a0: {PLACES[choices.place]}.",
        f"Durée\u00a0: {duration}.",
        f"Bénéficiaires\u00a0: {whose}.",
    )


def _paid(choices: IpChoices) -> str:
    if choices.remuneration == "proportional":
        rate = number(rate_of(choices.rate))
        return (
            f"En contrepartie, l’entreprise verse au cabinet {rate}\u00a0% de ce qui suit\u00a0: "
            f"{_ended(choices.base)} Elle en rend compte chaque année (article L131-4)."
        )
    return (
        "La rémunération des droits est forfaitaire et comprise dans le prix de la prestation, parce que "
        f"{GROUNDS[choices.ground]} (article L131-4, {choices.ground}°)."
    )


def _others(choices: IpChoices) -> tuple[str, ...]:
    return tuple(
        f"{label}\u00a0: {OTHER_WORDS[choices.others[name]]}." for name, label in OTHER_RIGHTS.items()
    )


def _listed(words: list[str]) -> str:
    return "\u00a0; ".join(words)


def _ended(text: str) -> str:
    """Return a sentence as typed, with a full stop where it has none."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
