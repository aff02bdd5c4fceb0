"""An edition whole, as the tables that the desk reads, and all that differs between two editions."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from tariffs import ratetables
from tariffs.engine.editions import Edition, Rule
from tariffs.engine.french import euros, listing, number
from tariffs.ratetables import Difference

# The parameters of the rules, as one says them; a list of codes is followed by its labels.
PARAMETERS = {
    "countries": "Pays",
    "refused": "Catégories juridiques refusées",
    "accepted": "Admis",
    "min_age_years": "À partir de, en années",
    "partner_above": "Entreprise partenaire au-delà de, en %",
    "exempt_above": "Investisseur exempté au-delà de, en %",
    "full_above": "Cumul entier au-delà de, en %",
    "devices": "Produits",
    "audiences": "Publics",
    "purposes": "Objets",
    "volets": "Volets",
    "device_targets": "Cibles d’un dispositif",
    "solution_targets": "Cibles d’une solution numérique",
    "volets_with_item": "Volets, avec cette prestation",
    "item": "Prestation",
    "none": "Sans dérogation",
    "requested": "Dérogation demandée",
    "granted": "Dérogation accordée",
    "third_party": "Prestations qu’un tiers peut réaliser",
    "other_expert": "Prestations qu’un autre expert peut réaliser",
    "over": "Au-delà du plafond",
    "older_than_years": "Entreprise de plus de, en années",
    "fresh_months": "Fraîcheur de la pièce, en mois",
}
REFUSED_DEROGATION = "Dérogation refusée"
OUTCOMES = {"pass": "admis", "review": "à examiner", "warning": "averti", "fail": "refusé"}
WORDS = {
    "lpp": "LPP",
    "latm": "LATM",
    "mon_espace_sante": "Mon espace santé",
    "users": "usagers",
    "professionals": "professionnels",
    "both": "les deux",
    "health": "santé",
    "wellbeing": "bien-être",
    "autonomy": "autonomie",
    "other": "autre",
    "none": "aucun",
    "in_progress": "dossier constitué",
    "obtained": "obtenu",
}
NONE = "aucune"
TITLE, SOURCE = "Titre", "Source"
EDITORIAL = frozenset({TITLE, SOURCE})


class RuleRow(NamedTuple):
    """A rule in its place: its parameters as (label, value), where it comes from and how it is read."""

    place: int
    rule: Rule
    params: list[tuple[str, str]]


def thresholds(edition: Edition) -> dict[str, str]:
    """The bounds of the two categories of companies, by label."""
    pme, startup = edition.pme, edition.startup
    return {
        f"{pme.label}, effectif": f"moins de {number(pme.headcount_below)}",
        f"{pme.label}, chiffre d’affaires": f"moins de {euros(pme.turnover_below)}",
        f"{pme.label}, ou total du bilan": f"moins de {euros(pme.balance_sheet_below)}",
        f"{startup.label.capitalize()}, âge": f"moins de {startup.age_below_years}\u00a0ans",
        f"{startup.label.capitalize()}, effectif": f"moins de {number(startup.headcount_below)}",
        f"{startup.label.capitalize()}, chiffre d’affaires": f"moins de {euros(startup.turnover_below)}",
    }


def money(edition: Edition) -> dict[str, str]:
    """The share that Bpifrance pays, and under which regime of State aid."""
    rate = number((edition.funding.rate * 100).normalize())
    return {
        "Part de Bpifrance": f"{rate}\u00a0% du montant éligible",
        "Lecture de la part": edition.funding.decision or NONE,
        "Régime d’aide": edition.state_aid.regime,
        "Intitulé du régime": edition.state_aid.label,
        "Lecture du régime": edition.state_aid.decision or NONE,
    }


def rules(edition: Edition) -> list[RuleRow]:
    """The rules in the order in which they are given."""
    return [
        RuleRow(place, rule, list(parameters(rule, edition).items()))
        for place, rule in enumerate(edition.rules, start=1)
    ]


def parameters(rule: Rule, edition: Edition) -> dict[str, str]:
    """The parameters of a rule in words, by label; the reason of a document stands with its own table."""
    return {
        _label(rule, key): _value(key, value, edition) for key, value in rule.params.items() if key != "why"
    }


def _label(rule: Rule, key: str) -> str:
    if rule.name == "expert.accredited" and key == "refused":
        return REFUSED_DEROGATION
    return PARAMETERS.get(key, key)


def _value(key: str, value: Any, edition: Edition) -> str:
    if isinstance(value, tuple):
        return listing([_word(one, edition) for one in value]) or NONE
    if isinstance(value, Decimal):
        return number(value)
    if key in {"none", "requested", "granted", "refused", "over"}:
        return OUTCOMES.get(str(value), str(value))
    return _word(value, edition)


def _word(value: Any, edition: Edition) -> str:
    """A code of an edition in words; itself where it has none."""
    code = str(value)
    labels = {device.code: device.label for device in edition.devices}
    if code in edition.items:
        return edition.items[code].label
    return labels.get(code) or WORDS.get(code, code)


def documents(edition: Edition) -> dict[str, str]:
    """Each document that may be asked for, by the title of its rule, and why."""
    return {
        edition.by_name[f"documents.{document.kind}"].title: document.why for _, document in edition.documents
    }


def head(edition: Edition) -> dict[str, str]:
    """What the edition says of itself."""
    return {
        "Prolongation": f"{edition.extension_months}\u00a0mois" if edition.extension_months else NONE,
        "Lecture de l’édition": edition.decision or NONE,
    }


# --- Two editions side by side -------------------------------------------------------------------
class Theme(NamedTuple):
    """One theme of a comparison: what differs, and what is the same where that is asked for."""

    title: str
    rows: list[Difference]
    differing: int


def compared(before: Edition, after: Edition, *, everything: bool = False) -> list[Theme]:
    """The themes of two editions with what differs, or `everything`; a theme with nothing to show is left out."""
    pairs = [
        *ratetables.sides(before, after),
        ("Seuils", thresholds(before), thresholds(after)),
        ("Financement et régime d’aide", money(before), money(after)),
        ("Pièces", documents(before), documents(after)),
        ("L’édition elle-même", head(before), head(after)),
    ]
    themes = [_theme(title, old, new, everything) for title, old, new in pairs if title != ratetables.RULES]
    themes.insert(2, _theme_of_rules(before, after, everything))
    return [theme for theme in themes if theme.rows]


def _theme(title: str, before: dict[str, str], after: dict[str, str], everything: bool) -> Theme:
    changed = ratetables.changed(before, after)
    if not everything:
        return Theme(title, changed, len(changed))
    labels = dict.fromkeys([*after, *before])
    return Theme(
        title, [Difference(label, before.get(label), after.get(label)) for label in labels], len(changed)
    )


def _theme_of_rules(before: Edition, after: Edition, everything: bool) -> Theme:
    """The rules added, removed and changed; of a rule that changed, what changed alone."""
    names = [*after.by_name, *(name for name in before.by_name if name not in after.by_name)]
    rows = [row for name in names for row in _rule_rows(name, before, after, everything)]
    return Theme(ratetables.RULES, rows, sum(row.before != row.after for row in rows))


def _rule_rows(name: str, before: Edition, after: Edition, everything: bool) -> Iterator[Difference]:
    old, new = before.by_name.get(name), after.by_name.get(name)
    named = new or old
    title = named.title if named is not None else name
    told_old, told_new = _told(old, before), _told(new, after)
    if old is None or new is None:
        yield Difference(title, _joined(told_old), _joined(told_new))
        return
    shown = [key for key in dict.fromkeys([*told_new, *told_old]) if told_old.get(key) != told_new.get(key)]
    # Another title or another paragraph of the rulebook changes nothing for anybody.
    if (everything and shown) or not EDITORIAL.issuperset(shown):
        yield Difference(title, _part(told_old, shown), _part(told_new, shown))
    elif everything:
        yield Difference(title, _joined(told_old), _joined(told_new))


def _told(rule: Rule | None, edition: Edition) -> dict[str, str]:
    """What a rule says, by facet; its source without the edition's name, which always differs."""
    if rule is None:
        return {}
    source = rule.source.removeprefix(f"édition {edition.code}, ")
    return {
        TITLE: rule.title,
        "Attendu": rule.expected,
        "Lecture retenue": rule.decision or NONE,
        **parameters(rule, edition),
        "Dérogation": "un responsable peut passer outre" if rule.overridable else NONE,
        SOURCE: source,
    }


def _part(told: dict[str, str], shown: list[str]) -> str:
    return _joined({key: told.get(key, NONE) for key in shown}) or ""


def _joined(told: dict[str, str]) -> str | None:
    return "\n".join(f"{key}\u00a0: {value}" for key, value in told.items()) or None
