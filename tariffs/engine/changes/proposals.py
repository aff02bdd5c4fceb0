"""What a proposer proposes: another value of one fact, and the words for it; and what several proposers share."""

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal, NamedTuple

from tariffs.engine.editions import Edition
from tariffs.engine.facts import Case, Line
from tariffs.engine.french import listing
from tariffs.engine.values import CENT

Kind = Literal["choice", "event", "fact"]


class Proposal(NamedTuple):
    """Another value of one fact.

    `condition` is French and follows « La règle passerait si ». `kind` says what it is: a "choice" is the company's
    to make (an amount, a volet, an expert), an "event" has to happen first, a "fact" is or is not so: a mistake can
    be mended, a fact can't be arranged.
    """

    path: str
    value: Any
    condition: str
    kind: Kind


Proposer = Callable[[Case, Edition], list[Proposal]]


def below_whole(bound: Decimal) -> Decimal:
    """The greatest whole number that is strictly below a bound."""
    return bound.to_integral_value(ROUND_CEILING) - 1


def below_cent(bound: Decimal) -> Decimal:
    """The greatest amount that is strictly below a bound."""
    return bound - CENT


def nearest(flips: Callable[[int], bool], good: int, bad: int) -> int | None:
    """Between a `good` value and a `bad` one, the value that still flips and is nearest to the bad one.

    The rule is known to be monotone on that side: what is nearer to `good` than a value that flips does too.
    None where `good` itself does not flip.
    """
    if not flips(good):
        return None
    while abs(good - bad) > 1:
        middle = (good + bad) // 2
        if flips(middle):
            good = middle
        else:
            bad = middle
    return good


def holds(case: Case, edition: Edition, rule: str) -> bool:
    """Does the rule let the case pass, or not concern it?"""
    return edition.by_name[rule].check(case, edition).status in ("pass", "not_applicable")


def is_open(case: Case, edition: Edition, volet: int) -> bool:
    """Is the volet still to be had by this company for this device, whatever the company's own situation?"""
    tried = case._replace(volet=volet)
    return not any(
        rule.check(tried, edition).status == "fail"
        for rule in edition.rules
        if rule.name.startswith(("device.", "volet.")) or rule.name == "company.volet_unused"
    )


def other_volets(case: Case, edition: Edition, rule: str) -> list[Proposal]:
    """Another volet, where the rule holds: those that are open, else those that have another condition to meet."""
    held = [
        number
        for number, volet in edition.volets.items()
        if volet.offered and number != case.volet and holds(case._replace(volet=number), edition, rule)
    ]
    if not held:
        return []
    still_open = [number for number in held if is_open(case, edition, number)]
    chosen = _preferred(case, edition, still_open or held)
    if not still_open:
        condition = f"la demande portait sur {volets_named(held)}, dont une autre condition n’est pas remplie"
    else:
        stay = "restent ouverts" if len(still_open) > 1 else "reste ouvert"
        condition = f"la demande portait sur un autre volet : {volets_named(still_open)} {stay}"
        if any(line.item not in edition.volet_items[chosen] for line in lines_of(case)):
            condition += ", avec un devis de ce volet"
    return [Proposal("volet", chosen, condition, "choice")]


def _preferred(case: Case, edition: Edition, volets: Sequence[int]) -> int:
    """The volet that the quote already speaks of, else the first."""
    priced = {edition.items[line.item].volet for line in lines_of(case) if line.item in edition.items}
    return next((number for number in volets if number in priced), volets[0])


def volets_named(volets: Sequence[int]) -> str:
    """The volets in words: le volet 4 ; les volets 4 et 5."""
    numbers = listing([str(number) for number in volets])
    return f"les volets {numbers}" if len(volets) > 1 else f"le volet {numbers}"


def quoted(words: Sequence[str]) -> str:
    """The labels between French quotation marks, each once."""
    return listing([f"« {word} »" for word in dict.fromkeys(words)])


def lines_of(case: Case) -> tuple[Line, ...]:
    """The lines of the quote, none where it is not known."""
    return () if case.quote is None else case.quote.lines


def one_or_all(
    before: Sequence[Line], after: Sequence[Line], field: str, condition: str, kind: Kind
) -> list[Proposal]:
    """The change of a field of the lines: of the one line that changes, or of all lines together."""
    changed = [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old is not new]
    if not changed:
        return []
    if len(changed) > 1:
        return [Proposal("quote.lines", tuple(after), condition, kind)]
    place = changed[0]
    return [Proposal(f"quote.lines[{place}].{field}", getattr(after[place], field), condition, kind)]
