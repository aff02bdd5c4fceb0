"""The pages of the guide in the order of a first reading, and where each stands among the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.urls import reverse

from tariffs.engine.editions import Edition


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the guide: its name in the menu, what search engines show of it, and its address."""

    name: str
    label: str
    description: str
    kwargs: Mapping[str, int] = field(default_factory=dict)
    parent: str = ""

    @property
    def url(self) -> str:
        """The address of the page."""
        return reverse(self.name, kwargs=dict(self.kwargs))


INDEX = Page(
    "guide_index",
    "Comprendre le dispositif",
    "Le Diagnostic Dispositif Médical expliqué pas à pas\u00a0: ce qu’il paie, pour qui, comment le demander.",
)
CHAPTERS = (
    Page("guide_volets", "Les volets", "Les volets du Diagnostic Dispositif Médical\u00a0: choisir le bon."),
    Page("guide_eligibility", "L’éligibilité", "Chaque règle d’éligibilité en mots simples, et sa preuve."),
    Page("guide_documents", "Les pièces", "Les pièces à joindre\u00a0: lesquelles, quand, où les obtenir."),
    Page(
        "guide_calendar",
        "Le calendrier",
        "De la simulation au paiement\u00a0: qui fait quoi, et avant quand.",
    ),
    Page(
        "guide_experts",
        "Les experts",
        "Choisir son expert\u00a0: agrément, PASSI, dérogation, devis à ne pas signer.",
    ),
    Page(
        "guide_questions",
        "Les questions fréquentes",
        "Les réponses aux questions que posent les entreprises.",
    ),
    Page("guide_glossary", "Les mots", "Les mots du Diagnostic Dispositif Médical, expliqués simplement."),
)


def volet_page(edition: Edition, number: int) -> Page:
    """The page of a volet that the edition offers."""
    label = edition.volets[number].label
    return Page(
        "guide_volet",
        f"Volet {number}",
        f"Volet {number}, {label}\u00a0: prestations, plafonds, conditions et exemple chiffré.",
        {"number": number},
        parent="guide_volets",
    )


def all_pages(edition: Edition) -> list[Page]:
    """Every page, in the order in which « Suivant » leads from one to the next."""
    found = [INDEX]
    for page in CHAPTERS:
        found.append(page)
        if page.name == "guide_volets":
            offered = [volet.number for volet in edition.volets.values() if volet.offered]
            found += [volet_page(edition, number) for number in offered]
    return found


def place_of(page: Page, pages: list[Page]) -> dict[str, Page | list[Page] | None]:
    """What a page shows of its neighbours: trail above it, previous and following."""
    at = pages.index(page)
    parent = next((each for each in pages if page.parent and each.name == page.parent), None)
    trail = [INDEX] if page is not INDEX else []
    return {
        "trail": [*trail, parent] if parent else trail,
        "previous": pages[at - 1] if at else None,
        "following": pages[at + 1] if at + 1 < len(pages) else None,
    }
