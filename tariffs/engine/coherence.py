"""What an edition must hold together for the pages and the rules that read it, beyond each key by itself."""

import re
from collections.abc import Iterator
from decimal import Decimal

from tariffs.engine.editions import Edition, Rule
from tariffs.engine.facts import AUDIENCES, CE_MARKINGS, DEVICES, PURPOSES, TARGETS, VOLETS
from tariffs.engine.french import listing

# A code stands in addresses, in dossiers and in file names.
CODE = re.compile(r"[0-9][0-9A-Za-z.-]{0,9}")
LABEL_LENGTH = 80
# Every page that shows an edition reads its thresholds by this rule's source.
NEEDED_RULES = ("company.category",)
KNOWN_WORDS = {
    "devices": DEVICES,
    "audiences": AUDIENCES,
    "purposes": PURPOSES,
    "device_targets": TARGETS,
    "solution_targets": TARGETS,
}
Incoherence = tuple[str, str, str]


def incoherences(edition: Edition) -> Iterator[Incoherence]:
    """Give (table, key, what is wrong, in French) for each part that contradicts another."""
    yield from _head(edition)
    yield from _volets(edition)
    yield from _items(edition)
    for name in NEEDED_RULES:
        if name not in edition.by_name:
            yield "rules", name, "cette règle est nécessaire"
    for rule in edition.rules:
        for key, what in _params(rule, edition):
            yield f"rules {rule.name}.params", key, what


def _head(edition: Edition) -> Iterator[Incoherence]:
    if not CODE.fullmatch(edition.code):
        yield (
            "",
            "code",
            "un chiffre d’abord, puis des lettres, chiffres, points ou tirets, dix signes au plus",
        )
    if len(edition.label) > LABEL_LENGTH:
        yield "", "label", f"{LABEL_LENGTH} signes au plus"
    if not Decimal(0) < edition.funding.rate <= 1:
        yield "funding", "rate", "un taux est attendu, plus grand que 0 et d’au plus 1"


def _volets(edition: Edition) -> Iterator[Incoherence]:
    if set(edition.volets) != set(VOLETS):
        yield "volets", "number", "les volets 1 à 5 sont attendus, proposés (offered) ou non"
    offered = [number for number, volet in edition.volets.items() if volet.offered]
    if not offered:
        yield "volets", "offered", "aucun volet n’est proposé"
    if len(offered) < len(edition.volets) and "volet.exists" not in edition.by_name:
        yield "rules", "volet.exists", "cette règle est nécessaire quand un volet n’est pas proposé"
    for number in offered:
        if number not in edition.term.months:
            yield "term.durations", "volets", f"le volet {number} n’a pas de durée"
        if not edition.volet_items[number]:
            yield "items", "volet", f"le volet {number} n’a pas de prestation"


def _items(edition: Edition) -> Iterator[Incoherence]:
    listed = {device.code for device in edition.devices}
    if len(listed) != len(edition.devices):
        yield "devices", "code", "le même produit est donné deux fois"
    for item in edition.items.values():
        if len(item.code) > 40:
            yield f"items {item.code}", "code", "40 signes au plus"
        for device in item.ceilings:
            if device not in listed:
                yield f"items {item.code}.ceilings", device, "ce produit n’est pas parmi les [[devices]]"
    for code in edition.uncovered_items:
        if code in edition.items:
            yield "uncovered_items", code, "ce poste est aussi parmi les prestations couvertes"


def _params(rule: Rule, edition: Edition) -> Iterator[tuple[str, str]]:
    """Give (key, what) for each parameter that names something which does not exist."""
    for key, value in rule.params.items():
        if key in {"volets", "volets_with_item"}:
            unknown = [str(one) for one in value if one not in edition.volets]
        elif key in {"item", "third_party", "other_expert"}:
            named = [value] if key == "item" else value
            unknown = [one for one in named if one not in edition.items]
        else:
            known = CE_MARKINGS if rule.name == "volet.ce_marking" else KNOWN_WORDS.get(key)
            unknown = [one for one in value if one not in known] if known is not None else []
        if unknown:
            yield key, f"{listing(unknown)}\u00a0: ce nom n’existe pas ici"
