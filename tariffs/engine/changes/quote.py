"""What would change the rules about the quote: amounts, lines, and who performs them."""

from collections.abc import Mapping
from decimal import Decimal

from tariffs.engine.changes.proposals import Proposal, lines_of, one_or_all, other_volets, quoted
from tariffs.engine.editions import Edition
from tariffs.engine.facts import COMPLEXITIES, Case, Line
from tariffs.engine.french import euros
from tariffs.engine.rules.quote import sums_by_item
from tariffs.engine.values import CENT

COMPLEXITY_LABELS = {"simple": "simple", "medium": "moyenne", "complex": "complexe"}


def unsigned(case: Case, edition: Edition) -> list[Proposal]:
    """A new quote, not signed."""
    condition = "l’expert établissait un nouveau devis, à ne signer qu’après le contrat"
    return [Proposal("quote.signed", False, condition, "choice")]


def covered_line(case: Case, edition: Edition) -> list[Proposal]:
    """The volet of the lines that are there, an amount on a line of the volet, or one more line."""
    volet = _target(case, edition)
    lines, items = lines_of(case), edition.volet_items[volet]
    found: list[Proposal] = []
    if volet != case.volet:
        condition = f"la demande portait sur le volet {volet}, celui de ces lignes"
        if not any(line.item in items for line in lines):
            condition = f"la demande portait sur le volet {volet}, que l’édition propose"
        found.append(Proposal("volet", volet, condition, "choice"))
    for place, line in enumerate(lines):
        if line.item in items and not line.amount:
            condition = f"{quoted([edition.item_label(line.item)])} avait un montant supérieur à zéro"
            found.append(Proposal(f"quote.lines[{place}].amount", CENT, condition, "choice"))
            break
    item = _first_item(case, edition, case.volet if edition.volets[case.volet].offered else volet)
    condition = (
        f"le devis comprenait aussi une prestation du volet, par exemple {quoted([edition.item_label(item)])}"
    )
    added = (*lines, Line(item, CENT, None, "expert"))
    return [*found, Proposal("quote.lines", added, condition, "choice")]


def _target(case: Case, edition: Edition) -> int:
    """The volet that the paid lines are of; else the case's own, or the first that the edition offers."""
    for line in lines_of(case):
        item = edition.items.get(line.item)
        if item is not None and line.amount and edition.volets[item.volet].offered:
            return item.volet
    if edition.volets[case.volet].offered:
        return case.volet
    return next(number for number, volet in edition.volets.items() if volet.offered)


def _first_item(case: Case, edition: Edition, volet: int) -> str:
    """The first item of a volet, among those with a ceiling for the device where there are some."""
    ceilings = edition.ceilings(volet, case.device.column) or {}
    items = [code for code, item in edition.items.items() if item.volet == volet]
    return next((code for code in items if code in ceilings), items[0])


def single_volet(case: Case, edition: Edition) -> list[Proposal]:
    """The volet that all lines are of, or the quote without the lines of other volets."""
    lines = lines_of(case)
    strays = [
        line.item
        for line in lines
        if line.item in edition.items and edition.items[line.item].volet != case.volet
    ]
    found: list[Proposal] = []
    if not any(line.item in edition.volet_items[case.volet] for line in lines):
        found += other_volets(case, edition, "quote.single_volet")
    kept = tuple(line for line in lines if line.item not in strays)
    labels = quoted([edition.item_label(item) for item in strays])
    condition = f"un autre devis, pour une autre demande, portait {labels}"
    return [*found, Proposal("quote.lines", kept, condition, "choice")]


def performed_by(case: Case, edition: Edition) -> list[Proposal]:
    """The lines performed by the expert."""
    params, items = edition.by_name["quote.performed_by"].params, edition.volet_items[case.volet]
    lines = lines_of(case)
    mended = [
        line._replace(performed_by="expert")
        if line.item in items and line.performed_by != "expert" and line.item not in params[line.performed_by]
        else line
        for line in lines
    ]
    wrong = [edition.item_label(old.item) for old, new in zip(lines, mended, strict=True) if old is not new]
    condition = f"l’expert réalisait lui-même {quoted(wrong)}"
    return one_or_all(lines, mended, "performed_by", condition, "choice")


def within(lines: tuple[Line, ...], ceilings: Mapping[str, Decimal]) -> list[Line]:
    """The lines with what is over a ceiling taken off, from the last line of the item upwards."""
    excess = {
        item: total - ceilings[item]
        for item, total in sums_by_item(lines, ceilings).items()
        if total > ceilings[item]
    }
    mended: list[Line] = []
    for line in reversed(lines):
        off = min(line.amount, excess.get(line.item, Decimal(0)))
        if off:
            excess[line.item] -= off
            mended.append(line._replace(amount=line.amount - off))
        else:
            mended.append(line)
    return mended[::-1]


def _amounts(before: tuple[Line, ...], after: list[Line], edition: Edition) -> str:
    """The amounts that change: « Collecte » 46 000 € → 40 000 €, in one clause."""
    parts = [
        f"{quoted([edition.item_label(old.item)])} {euros(old.amount)} → {euros(new.amount)}"
        for old, new in zip(before, after, strict=True)
        if old is not new
    ]
    return f"le devis changeait ainsi : {' ; '.join(parts)}"


def within_ceilings(case: Case, edition: Edition) -> list[Proposal]:
    """The amounts that fit under the ceilings."""
    lines = lines_of(case)
    mended = within(lines, edition.ceilings(case.volet, case.device.column) or {})
    return one_or_all(lines, mended, "amount", _amounts(lines, mended, edition), "choice")


def uncovered_lines(case: Case, edition: Edition) -> list[Proposal]:
    """The quote without what is never paid for."""
    out = [line for line in lines_of(case) if line.amount and line.item in edition.uncovered_items]
    kept = tuple(line for line in lines_of(case) if line not in out)
    labels = quoted([edition.item_label(line.item) for line in out])
    total = sum((line.amount for line in out), Decimal(0))
    condition = f"{labels} ({euros(total)}) ne figurait plus dans le devis"
    if len({line.item for line in out}) > 1:
        condition = f"{labels} ({euros(total)} en tout) ne figuraient plus dans le devis"
    return [Proposal("quote.lines", kept, condition, "choice")]


def _price(line: Line, complexity: str | None, edition: Edition) -> Decimal | None:
    """The indicative price of a line at a complexity."""
    item = edition.items.get(line.item)
    found = None if item is None or complexity is None else item.indicative.get(complexity)
    return None if found is None else found.price


def benchmark(case: Case, edition: Edition) -> list[Proposal]:
    """The prices of the market, or the complexity that such a price goes with."""
    lines = lines_of(case)
    mended: list[Line] = []
    for line in lines:
        price = _price(line, line.complexity, edition)
        mended.append(line if price is None or line.amount <= price else line._replace(amount=price))
    found = one_or_all(lines, mended, "amount", _amounts(lines, mended, edition), "choice")
    above = [place for place, (old, new) in enumerate(zip(lines, mended, strict=True)) if old is not new]
    if len(above) == 1:
        found += _complexity(lines[above[0]], above[0], edition)
    return found


def _complexity(line: Line, place: int, edition: Edition) -> list[Proposal]:
    """The nearest complexity whose price the line does not exceed."""
    for complexity in COMPLEXITIES[COMPLEXITIES.index(line.complexity or "simple") + 1 :]:
        price = _price(line, complexity, edition)
        if price is not None and line.amount <= price:
            condition = (
                f"l’expert confirmait une complexité {COMPLEXITY_LABELS[complexity]} pour "
                f"{quoted([edition.item_label(line.item)])}"
            )
            return [Proposal(f"quote.lines[{place}].complexity", complexity, condition, "fact")]
    return []
