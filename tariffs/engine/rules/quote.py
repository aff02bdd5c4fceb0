"""Rules about the quote: its lines, who performs them, and amounts against ceilings and market prices."""

from collections.abc import Mapping
from decimal import Decimal

from tariffs.engine.editions import Edition
from tariffs.engine.facts import Case, Line
from tariffs.engine.findings import (
    QUOTE,
    Finding,
    compared,
    failed,
    missing,
    needed,
    not_applicable,
    passed,
    warning,
)
from tariffs.engine.french import euros, listing
from tariffs.engine.rules.volet import other_volet


def unsigned(case: Case, edition: Edition) -> Finding:
    """The quote that is filed is not signed yet."""
    rule = edition.by_name["quote.unsigned"]
    if case.quote is None:
        return needed(rule, case, QUOTE)
    signed = case.quote.signed
    if signed is None:
        return missing(rule, "On ne sait pas si le devis est signé.", "Dites si le devis est déjà signé.")
    if signed:
        return failed(
            rule,
            "Le devis est déjà signé.",
            "Déposez un devis non signé : la prestation ne commence qu’après la signature du contrat.",
            "devis signé",
        )
    return passed(rule, "Le devis n’est pas encore signé.", "devis non signé")


def covered_line(case: Case, edition: Edition) -> Finding:
    """At least one line of the volet's items has an amount; a volet not offered has no covered items."""
    rule = edition.by_name["quote.covered_line"]
    quote = case.quote
    if quote is None:
        return needed(rule, case, QUOTE)
    if edition.volets[case.volet].offered:
        items = edition.volet_items[case.volet]
        for line in quote.lines:
            if line.amount > 0 and line.item in items:
                return passed(rule, f"Le devis comprend une prestation du volet {case.volet}.")
    return failed(
        rule,
        f"Le devis ne comprend aucune prestation couverte du volet {case.volet}.",
        "Ajoutez au devis au moins une prestation du volet choisi.",
        "aucune prestation couverte" if quote.lines else "aucune ligne",
    )


def single_volet(case: Case, edition: Edition) -> Finding:
    """No line is of another volet's item, whatever its amount."""
    rule = edition.by_name["quote.single_volet"]
    if case.quote is None:
        return compared(rule, case, QUOTE)
    others = [
        edition.items[line.item].label
        for line in case.quote.lines
        if line.item in edition.items and edition.items[line.item].volet != case.volet
    ]
    if not others:
        return passed(rule, f"Le devis ne comprend rien d’un autre volet que le volet {case.volet}.")
    return failed(
        rule,
        "Le devis comprend une prestation d’un autre volet.",
        "Faites établir un devis par volet, et une demande pour chacun.",
        f"d’un autre volet : {listing(list(dict.fromkeys(others)))}",
    )


def performed_by(case: Case, edition: Edition) -> Finding:
    """The volet's items are performed by the expert, but for those that the edition leaves to others."""
    rule = edition.by_name["quote.performed_by"]
    if case.quote is None:
        return compared(rule, case, QUOTE)
    items = edition.volet_items[case.volet]
    wrong = [
        edition.items[line.item].label
        for line in case.quote.lines
        if line.performed_by != "expert"
        and line.item in items
        and line.item not in rule.params[line.performed_by]
    ]
    if not wrong:
        return passed(rule, "Les prestations sont réalisées par qui peut les réaliser.")
    return failed(
        rule,
        "Une prestation du devis n’est pas réalisée par l’expert.",
        "Faites réaliser cette prestation par l’expert, ou retirez-la du devis.",
        f"réalisé par un autre : {listing(list(dict.fromkeys(wrong)))}",
    )


def sums_by_item(lines: tuple[Line, ...], items: Mapping[str, object]) -> dict[str, Decimal]:
    """The sum of the lines of each of these items."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        if line.item in items:
            known = sums.get(line.item)
            sums[line.item] = line.amount if known is None else known + line.amount
    return sums


def within_ceilings(case: Case, edition: Edition) -> Finding:
    """The sum of each item stays within its ceiling; the edition says what going over means."""
    rule = edition.by_name["quote.within_ceilings"]
    ceilings = edition.ceilings(case.volet, case.device.column)
    if ceilings is None:
        return not_applicable(rule, "Il n’y a pas de plafond connu pour ce produit dans ce volet.")
    if case.quote is None:
        return compared(rule, case, QUOTE)
    over = [
        f"{edition.items[item].label} {euros(total)} pour un plafond de {euros(ceilings[item])}"
        for item, total in sums_by_item(case.quote.lines, ceilings).items()
        if total > ceilings[item]
    ]
    if not over:
        return passed(rule, "Les montants respectent les plafonds.")
    observed = listing(over)
    if rule.params["over"] == "fail":
        message = "Le devis dépasse un plafond, ce que l’édition n’admet pas."
        return failed(rule, message, "Ramenez chaque prestation sous son plafond.", observed)
    return warning(
        rule,
        "Le devis dépasse un plafond : la part de Bpifrance est limitée et l’entreprise paie le surplus.",
        "Ramenez chaque prestation sous son plafond si vous ne voulez pas payer le surplus.",
        observed,
    )


def uncovered_lines(case: Case, edition: Edition) -> Finding:
    """No amount stands for an item that is never paid for."""
    rule = edition.by_name["quote.uncovered_lines"]
    if case.quote is None:
        return compared(rule, case, QUOTE)
    uncovered = [
        edition.uncovered_items[line.item].label
        for line in case.quote.lines
        if line.amount > 0 and line.item in edition.uncovered_items
    ]
    if not uncovered:
        return passed(rule, "Le devis ne comprend pas de prestation non couverte.")
    return warning(
        rule,
        "Le devis comprend des prestations non couvertes, que l’entreprise paie seule.",
        "Retirez ces lignes du devis, ou prévoyez de les payer en entier.",
        f"non couvert : {listing(list(dict.fromkeys(uncovered)))}",
    )


def benchmark(case: Case, edition: Edition) -> Finding:
    """Each line stays at or below the price seen on the market for its complexity."""
    rule = edition.by_name["quote.benchmark"]
    if case.volet not in rule.params["volets"]:
        return other_volet(rule, case)
    if case.quote is None:
        return compared(rule, case, QUOTE)
    judged = False
    above = []
    for line in case.quote.lines:
        item = edition.items.get(line.item)
        if line.complexity is None or item is None or line.complexity not in item.indicative:
            continue
        judged = True
        price = item.indicative[line.complexity].price
        if line.amount > price:
            above.append(f"{item.label} {euros(line.amount)} pour un prix indicatif de {euros(price)}")
    if not judged:
        return not_applicable(rule, "Aucune ligne du devis n’a de complexité à comparer aux prix indicatifs.")
    if not above:
        return passed(rule, "Les montants ne dépassent pas les prix indicatifs.")
    return warning(
        rule,
        "Le devis dépasse les prix constatés pour cette complexité.",
        "Vérifiez la complexité avec l’expert, ou demandez-lui ce qui justifie ce prix.",
        listing(above),
    )
