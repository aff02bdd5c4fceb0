"""The tables of contents of the rulebooks: every section that a page of the guide may cite."""

# The words of the guide were written for this edition; a page says so when another one is in force.
WRITTEN_FOR = "2024"

SECTIONS: dict[str, dict[str, str]] = {
    "2024": {
        "p. 1": "Éligibilité et exclusions",
        "1.1": "Les travaux couverts",
        "1.2": "Le rapport final",
        "1.3": "Ce qui n’est pas couvert",
        "1.4": "Les experts",
        "2.1": "Les tarifs",
        "2.2": "La souscription",
        "2.3": "La réalisation",
        "2.4": "La clôture",
        "2.5": "Le régime d’aide",
        "3": "La qualité et la déontologie",
        "3.1": "Les compétences",
        "3.2": "La confidentialité",
        "3.3": "L’éthique",
        "3.4": "Les conflits d’intérêts",
        "3.5": "La relation avec le client",
        "3.6": "La méthode",
        "3.7": "La conformité",
        "4": "L’annexe des prix constatés",
    },
    "2023": {
        "1": "Le contexte",
        "2": "La stratégie « Santé numérique »",
        "3": "Le volet « dispositifs médicaux »",
        "4.1": "La présentation",
        "4.2": "La prestation",
        "4.3": "La réalisation et les tarifs",
        "4.4": "La qualité et la déontologie",
    },
}


def citation(*sections: str, edition: str = WRITTEN_FOR) -> str:
    """Where a sentence comes from, « édition 2024, §1.1 et §2.1 »; KeyError for a section it does not have."""
    known = SECTIONS[edition]
    for section in sections:
        known[section]
    named = [section if section.startswith("p.") else f"§{section}" for section in sections]
    listed = " et ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
    return f"édition\N{NO-BREAK SPACE}{edition}, {listed}"
