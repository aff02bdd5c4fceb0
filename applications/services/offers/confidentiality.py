"""The confidentiality clause of an offer, made from choices (edition 2024, §3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from applications.services.offers.clauses import Article, IncompleteError, Lack

Json = dict[str, Any]

BACK = {
    "return": "Restitués à l’entreprise",
    "destroy": "Détruits, avec une attestation",
    "choose": "Restitués ou détruits, au choix de l’entreprise",
}
BACK_WORDS = {
    "return": "restitue à l’entreprise tous les documents reçus d’elle, sans en garder copie",
    "destroy": "détruit tous les documents reçus de l’entreprise et lui en remet l’attestation",
    "choose": "restitue ou détruit, au choix de l’entreprise, tous les documents reçus d’elle",
}
EXCEPTIONS = {
    "public": "les informations publiques, ou qui le deviennent sans faute du cabinet",
    "known": "les informations que le cabinet connaissait déjà et peut le prouver",
    "third_party": "les informations reçues licitement d’un tiers",
    "own_work": "les informations issues de ses propres travaux, menés sans celles de l’entreprise",
    "law": "les informations dont la loi ou un juge impose la communication",
}
MOST_YEARS, MOST_DAYS = 30, 365
# Never to be ticked off: the report is due to Bpifrance, which forwards it (edition 2024, §2.4).
TO_BPIFRANCE = (
    "La clause ne fait pas obstacle à la remise du rapport final et des pièces de clôture à Bpifrance, qui les "
    "transmet aux ministères désignés par le cahier des charges."
)


@dataclass(frozen=True, slots=True)
class ConfidentialityChoices:
    """What a firm chose: whole years after the end, what becomes of documents and in how many days, exceptions."""

    years: int | None = None
    back: str = ""
    days: int | None = None
    exceptions: tuple[str, ...] = ()

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> ConfidentialityChoices:
        """Return the choices of stored JSON; what is not understood counts as not chosen."""
        back, ticked = told.get("back"), told.get("exceptions")
        return cls(
            years=_whole(told.get("years")),
            back=back if isinstance(back, str) and back in BACK else "",
            days=_whole(told.get("days")),
            exceptions=tuple(
                word for word in EXCEPTIONS if isinstance(ticked, list | tuple) and word in ticked
            ),
        )

    def to_json(self) -> Json:
        """Return the choices as they are stored."""
        return {
            "years": self.years,
            "back": self.back,
            "days": self.days,
            "exceptions": list(self.exceptions),
        }


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def confidentiality_lacks(choices: ConfidentialityChoices) -> list[Lack]:
    """Return what is missing for the clause to be made; [] when it can be. No exception at all is a choice."""
    found = []
    if choices.years is None or not 1 <= choices.years <= MOST_YEARS:
        found.append(
            Lack("secret_years", f"Indiquez la durée du secret après la mission, de 1 à {MOST_YEARS} ans.")
        )
    if not choices.back:
        found.append(Lack("secret_back", "Dites ce que deviennent les documents reçus de l’entreprise."))
    if choices.days is None or not 1 <= choices.days <= MOST_DAYS:
        found.append(
            Lack("secret_days", f"Indiquez sous combien de jours, de 1 à {MOST_DAYS}, ils sont rendus.")
        )
    return found


def confidentiality_clause(choices: ConfidentialityChoices) -> list[Article]:
    """Return the articles of the clause in French; raises IncompleteError where a choice is lacking."""
    lacks = confidentiality_lacks(choices)
    if lacks:
        raise IncompleteError(lacks)
    years, days = choices.years or 0, choices.days or 0
    limits = [f"– {EXCEPTIONS[name]}\u00a0;" for name in choices.exceptions]
    listed = (
        ("N’y sont pas soumises\u00a0:", *limits[:-1], limits[-1].replace("\u00a0;", "."))
        if limits
        else ("Elle ne connaît aucune autre exception que celles de la loi.",)
    )
    return [
        Article(
            "Secret et durée",
            (
                "Le cabinet ne divulgue ni n’utilise pour autrui les informations que l’entreprise lui transmet, "
                f"pendant la mission et {years}\u00a0an{'s' if years > 1 else ''} après sa fin. Ses consultants "
                "sont tenus de même.",
            ),
        ),
        Article("Exceptions", (*listed, TO_BPIFRANCE)),
        Article(
            "Sort des documents",
            (
                f"Dans les {days}\u00a0jour{'s' if days > 1 else ''} qui suivent la fin de la mission, le cabinet "
                f"{BACK_WORDS[choices.back]}.",
            ),
        ),
    ]
