"""How figures and dates are shown in the French sentences of the engine."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

NARROW_SPACE = "\u202f"


def number(value: Decimal) -> str:
    """A figure with a decimal comma and grouped thousands, as precise as it was given: 1 250,5."""
    return f"{value:,f}".replace(",", NARROW_SPACE).replace(".", ",")


def euros(amount: Decimal) -> str:
    """An amount in euros; cents are shown only where there are some: 40 000 €, 12,50 €."""
    text = f"{amount:,.2f}".removesuffix(".00").replace(",", NARROW_SPACE).replace(".", ",")
    return text + "\u00a0€"


def day(value: date) -> str:
    """A civil date as it is written in France: 31/08/2024."""
    return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"


def listing(words: Sequence[str], last: str = "et") -> str:
    """The words one after the other: a, b et c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
