"""The editions of the rulebook as immutable tables, and which one is in force on a date."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tariffs.engine.facts import Case
    from tariffs.engine.findings import Finding


class Fault(NamedTuple):
    """One thing wrong in an edition file: the file, the table and the key (empty: the whole), and what, in French."""

    file: str
    table: str
    key: str
    message: str

    def __str__(self) -> str:
        place = f"[{self.table}] {self.key}".strip() if self.table or self.key else ""
        return "\u00a0: ".join(part for part in (self.file, place, self.message) if part)


class EditionError(Exception):
    """An edition that can't be trusted: `faults` says all that is wrong, and the message too, one a line."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of an edition: its name, where it comes from, its figures and the function that applies it."""

    name: str
    title: str
    source: str
    expected: str
    decision: str | None
    overridable: bool
    params: Mapping[str, Any]
    check: "Callable[[Case, Edition], Finding]"


@dataclass(frozen=True, slots=True)
class IndicativePrice:
    """A price seen on the market for one complexity, HT, with the clues to choose it by."""

    price: Decimal
    clue: str


@dataclass(frozen=True, slots=True)
class Item:
    """What can be priced inside a volet: ceilings HT by device ("dm.IIa"), market prices by complexity."""

    code: str
    label: str
    volet: int
    source: str
    ceilings: Mapping[str, Decimal]
    indicative: Mapping[str, IndicativePrice]


@dataclass(frozen=True, slots=True)
class UncoveredItem:
    """What can stand in a quote and is never paid for."""

    code: str
    label: str
    source: str
    decision: str | None


@dataclass(frozen=True, slots=True)
class Volet:
    """A kind of support; an edition keeps the label of a volet that it does not offer."""

    number: int
    label: str
    offered: bool


@dataclass(frozen=True, slots=True)
class Named:
    """A code and its French label (a device column, an addressee of the report)."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Pme:
    """Strict bounds of a PME: people, and euros of turnover or balance sheet."""

    label: str
    headcount_below: Decimal
    turnover_below: Decimal
    balance_sheet_below: Decimal


@dataclass(frozen=True, slots=True)
class Startup:
    """Strict bounds of a startup: years since its creation, people, euros of turnover."""

    label: str
    age_below_years: int
    headcount_below: Decimal
    turnover_below: Decimal


@dataclass(frozen=True, slots=True)
class Duration:
    """Months for the work: for digital functions without hardware, and for every other device."""

    software_only: int
    otherwise: int


@dataclass(frozen=True, slots=True)
class TermRules:
    """From which event the term runs, how long by volet, and the calendar days left for the report."""

    starts_on_event: str
    report_days: int
    months: Mapping[int, Duration]
    source: str
    decision: str | None


@dataclass(frozen=True, slots=True)
class FundingRules:
    """The share that Bpifrance pays."""

    rate: Decimal
    source: str
    decision: str | None


@dataclass(frozen=True, slots=True)
class StateAid:
    """The State-aid regime that contract, letter and aid statement name."""

    regime: str
    label: str
    source: str
    decision: str | None


@dataclass(frozen=True, slots=True)
class RequiredDocument:
    """A document that a case may need, and why."""

    kind: str
    why: str

    def to_json(self) -> dict[str, str]:
        """The document under the names of the public JSON."""
        return {"kind": self.kind, "why": self.why}


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """One version of rules, ceilings and terms, with the SHA-256 of the file it was read from; one object a file."""

    code: str
    label: str
    in_force_from: date
    decision: str | None
    extension_months: int
    funding: FundingRules
    state_aid: StateAid
    report_recipients: tuple[Named, ...]
    pme: Pme
    startup: Startup
    term: TermRules
    volets: Mapping[int, Volet]
    devices: tuple[Named, ...]
    items: Mapping[str, Item]
    uncovered_items: Mapping[str, UncoveredItem]
    rules: tuple[Rule, ...]
    digest: str
    by_name: Mapping[str, Rule] = field(init=False, repr=False)
    volet_items: Mapping[int, frozenset[str]] = field(init=False, repr=False)
    tables: Mapping[tuple[int, str | None], Mapping[str, Decimal]] = field(init=False, repr=False)
    documents: tuple[tuple[int, RequiredDocument], ...] = field(init=False, repr=False)
    codes: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Index what every evaluation looks up."""
        items: dict[int, set[str]] = {number: set() for number in self.volets}
        tables: dict[tuple[int, str | None], dict[str, Decimal]] = {}
        for item in self.items.values():
            items[item.volet].add(item.code)
            for device, ceiling in item.ceilings.items():
                tables.setdefault((item.volet, device), {})[item.code] = ceiling
        object.__setattr__(self, "by_name", {rule.name: rule for rule in self.rules})
        object.__setattr__(self, "volet_items", {number: frozenset(codes) for number, codes in items.items()})
        object.__setattr__(self, "tables", tables)
        documents = [
            (place, RequiredDocument(rule.name.removeprefix("documents."), rule.params["why"]))
            for place, rule in enumerate(self.rules)
            if rule.name.startswith("documents.")
        ]
        object.__setattr__(self, "documents", tuple(documents))
        codes = {code: code for code in (*self.items, *self.uncovered_items)}
        object.__setattr__(self, "codes", codes)

    def ceilings(self, volet: int, device: str | None) -> Mapping[str, Decimal] | None:
        """Ceilings by item for a device ("dm.IIa") in a volet; None where the volet has none for it."""
        return self.tables.get((volet, device))

    def item_label(self, code: str) -> str:
        """The French label of a covered or uncovered item."""
        item = self.items.get(code)
        return item.label if item is not None else self.uncovered_items[code].label


@dataclass(frozen=True, slots=True)
class Editions:
    """The published editions, oldest first.

    `withheld` are those that were published and can't be trusted any more, by code: the day from which each
    was to be in force, and why. Nothing is ever judged by them, nor by an older one in their place.
    """

    all: tuple[Edition, ...]
    withheld: Mapping[str, tuple[date, EditionError]] = field(default_factory=dict)
    by_code: Mapping[str, Edition] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Index the editions by code."""
        object.__setattr__(self, "by_code", {edition.code: edition for edition in self.all})

    def __iter__(self) -> Iterator[Edition]:
        """The editions, oldest first."""
        return iter(self.all)

    def at(self, on: date) -> Edition | None:
        """The edition in force on that civil date, or None before the first one.

        Raises EditionError where that edition is withheld.
        """
        found = None
        for edition in self.all:
            if edition.in_force_from <= on:
                found = edition
        for since, reason in self.withheld.values():
            if since <= on and (found is None or since >= found.in_force_from):
                raise reason
        return found
