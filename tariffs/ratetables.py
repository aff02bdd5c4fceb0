"""An edition laid out as the tables of a page, and what differs between two editions."""

from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

from tariffs.engine.editions import Duration, Edition, Item, Named, Rule, Volet

CENT = Decimal("0.01")
START_EVENTS = {
    "contract_signed": "la dernière signature du contrat",
    "validated": "la validation de la demande par Bpifrance",
}
RULES = "Règles"
COMPLEXITIES = {"simple": "Cas simple", "medium": "Cas moyen", "complex": "Cas complexe"}


class Amount(NamedTuple):
    """A ceiling and the devices that share it."""

    ceiling: Decimal
    devices: list[Named]


class Price(NamedTuple):
    """An indicative price with the clues of its complexity."""

    label: str
    price: Decimal
    clue: str


class Row(NamedTuple):
    """One item: its ceiling for each device (None: not eligible), and the same grouped by amount."""

    item: Item
    cells: list[Decimal | None]
    amounts: list[Amount]
    prices: list[Price]


class VoletTable(NamedTuple):
    """The items of one volet, with the term of its work."""

    volet: Volet
    rows: list[Row]
    duration: Duration | None
    most: Decimal
    most_paid: Decimal


class Difference(NamedTuple):
    """What one edition says and the other says otherwise; None where an edition is silent."""

    label: str
    before: str | None
    after: str | None


def volet_tables(edition: Edition) -> list[VoletTable]:
    """The volets that the edition offers, with the highest amount that can be paid in each."""
    return [_volet_table(edition, volet) for volet in edition.volets.values() if volet.offered]


def _volet_table(edition: Edition, volet: Volet) -> VoletTable:
    rows = [_row(edition, item) for item in edition.items.values() if item.volet == volet.number]
    columns = zip(*(row.cells for row in rows), strict=True)
    most = max((sum((cell for cell in column if cell), Decimal(0)) for column in columns), default=Decimal(0))
    return VoletTable(volet, rows, edition.term.months.get(volet.number), most, share_of(edition, most))


def _row(edition: Edition, item: Item) -> Row:
    cells = [item.ceilings.get(device.code) for device in edition.devices]
    amounts: dict[Decimal, list[Named]] = {}
    for device, ceiling in zip(edition.devices, cells, strict=True):
        if ceiling is not None:
            amounts.setdefault(ceiling, []).append(device)
    prices = [
        Price(COMPLEXITIES[complexity], indicative.price, indicative.clue)
        for complexity, indicative in item.indicative.items()
    ]
    return Row(item, cells, [Amount(*amount) for amount in amounts.items()], prices)


def share_of(edition: Edition, amount: Decimal) -> Decimal:
    """Bpifrance's share of an eligible amount, rounded down to the cent."""
    return (amount * edition.funding.rate).quantize(CENT, rounding=ROUND_DOWN)


def for_device(edition: Edition, device: str) -> list[tuple[Volet, list[tuple[Item, Decimal]], Decimal]]:
    """The ceilings of one device by volet, with the most that Bpifrance would pay; no volet without any."""
    found = []
    for table in volet_tables(edition):
        lines = [(row.item, row.item.ceilings[device]) for row in table.rows if device in row.item.ceilings]
        if lines:
            most = share_of(edition, sum((ceiling for _, ceiling in lines), Decimal(0)))
            found.append((table.volet, lines, most))
    return found


def rules_with_decision(edition: Edition) -> list[Rule]:
    """The rules whose reading of the rulebook the portal had to choose."""
    return [rule for rule in edition.rules if rule.decision]


# --- Two editions side by side -------------------------------------------------------------------


def differences(before: Edition, after: Edition) -> list[tuple[str, list[Difference]]]:
    """What changes from an edition to another, by theme; a theme without a change is left out."""
    themes = [(title, changed(old, new)) for title, old, new in sides(before, after)]
    return [(title, changes) for title, changes in themes if changes]


def sides(before: Edition, after: Edition) -> list[tuple[str, dict[str, str], dict[str, str]]]:
    """What each of two editions says, label by label, theme by theme."""
    return [
        ("Volets proposés", _volets(before), _volets(after)),
        ("Plafonds", _ceilings(before), _ceilings(after)),
        ("Prix indicatifs", _prices(before), _prices(after)),
        ("Délais", _terms(before), _terms(after)),
        (RULES, _rules(before, after), _rules(after, after)),
        ("Prestations non couvertes", _uncovered(before), _uncovered(after)),
        ("Destinataires du rapport", _recipients(before), _recipients(after)),
    ]


def changed(before: dict[str, str], after: dict[str, str]) -> list[Difference]:
    """The labels whose text is not the same on both sides, in the order of the newer edition."""
    labels: Iterable[str] = dict.fromkeys([*after, *before])
    return [
        Difference(label, before.get(label), after.get(label))
        for label in labels
        if before.get(label) != after.get(label)
    ]


def _volets(edition: Edition) -> dict[str, str]:
    return {f"Volet {volet.number}": volet.label for volet in edition.volets.values() if volet.offered}


def _ceilings(edition: Edition) -> dict[str, str]:
    """Each item of an offered volet with its amounts, « 40 000 € : DM de classe IIa, DMDIV de classe B »."""
    found = {}
    for table in volet_tables(edition):
        for row in table.rows:
            parts = [
                f"{whole_euros(amount.ceiling)}\u00a0: {', '.join(device.label for device in amount.devices)}"
                for amount in row.amounts
            ]
            found[f"Volet {table.volet.number}, {row.item.label[:1].lower()}{row.item.label[1:]}"] = (
                "\n".join(parts)
            )
    return found


def _prices(edition: Edition) -> dict[str, str]:
    return {
        row.item.label: "\n".join(f"{price.label}\u00a0: {whole_euros(price.price)}" for price in row.prices)
        for table in volet_tables(edition)
        for row in table.rows
        if row.prices
    }


def _terms(edition: Edition) -> dict[str, str]:
    found = {"Point de départ": START_EVENTS[edition.term.starts_on_event]}
    for number, duration in edition.term.months.items():
        found[f"Volet {number}"] = months(duration)
    found["Rapport final"] = f"{edition.term.report_days} jours après la fin des travaux"
    return found


def months(duration: Duration) -> str:
    """A term in words."""
    if duration.software_only == duration.otherwise:
        return f"{duration.otherwise}\u00a0mois"
    return (
        f"{duration.software_only}\u00a0mois pour un dispositif numérique sans partie matérielle, "
        f"{duration.otherwise}\u00a0mois sinon"
    )


def _rules(edition: Edition, titles: Edition) -> dict[str, str]:
    """Each rule's expectation and how the rulebook is read, under the title that `titles` gives the rule."""
    found = {}
    for rule in edition.rules:
        reading = f"\nLecture retenue\u00a0: {rule.decision}" if rule.decision else ""
        found[titles.by_name.get(rule.name, rule).title] = rule.expected + reading
    return found


def _uncovered(edition: Edition) -> dict[str, str]:
    return {
        item.label: item.decision or "Jamais prise en charge" for item in edition.uncovered_items.values()
    }


def _recipients(edition: Edition) -> dict[str, str]:
    return {recipient.label: "Destinataire" for recipient in edition.report_recipients}


def whole_euros(amount: Decimal) -> str:
    """An amount without its cents where it has none, « 40 000 € »."""
    text = f"{amount:,.2f}".removesuffix(".00").replace(",", "\u202f").replace(".", ",")
    return f"{text}\u00a0€"
