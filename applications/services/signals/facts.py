"""What the signals are judged by, and what they say; plain data, without the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Other:
    """Another dossier that a signal points to: its number, its key, the name of its company."""

    number: str
    pk: int
    company: str


@dataclass(frozen=True, slots=True)
class Priced:
    """One item of the quote at one complexity, its lines together, in euros HT.

    `indicative` is the edition's price for that complexity, None where it has none; `past` are the amounts of the
    quotes accepted for the same item, complexity and class of device, one per dossier.
    """

    label: str
    amount: Decimal
    complexity: str = ""
    indicative: Decimal | None = None
    past: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountMove:
    """A change of the firm's account: in force since `on`, or asked on that day and not in force yet."""

    on: date
    in_force: bool


@dataclass(frozen=True, slots=True)
class Account:
    """The firm's account since a date; `since` None where nothing is agreed yet, `until` once the payment is made."""

    since: date | None = None
    since_what: str = ""
    until: date | None = None
    moves: tuple[AccountMove, ...] = ()
    # False where the payment was approved for another account than the present one.
    is_approved: bool = True


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the company or the firm declares, in what quality."""

    name: str
    quality: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """Whom each side declares; names and numbers of the firm and of the companies that hold the beneficiary."""

    company: tuple[Person, ...] = ()
    firm: tuple[Person, ...] = ()
    firm_name: str = ""
    firm_siren: str = ""
    company_siren: str = ""
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is compared for one dossier; texts by what they are, invoices by their number."""

    priced: tuple[Priced, ...] = ()
    device: str = ""
    firm: str = ""
    texts: Mapping[str, tuple[Other, ...]] = field(default_factory=dict)
    invoices: Mapping[str, tuple[Other, ...]] = field(default_factory=dict)
    account: Account = Account()
    people: People = People()


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing to look at twice: what was found, what to verify, the figures and the dossiers that show it."""

    code: str
    title: str
    sentence: str
    advice: str
    figures: tuple[tuple[str, str], ...] = ()
    evidence: tuple[Other, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """The signals of a dossier, and in sentences what was compared besides, or could not be."""

    signals: tuple[Signal, ...] = ()
    compared: tuple[str, ...] = ()
