"""Is a price far from the indicative one, or from those accepted before? Pure; the figures are always told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median, quantiles

from applications.models.quote import COMPLEXITIES
from applications.services.signals.facts import Priced, Signal
from portal.display import euros, percent

# No rulebook says what is far; each of these is a decision of the portal. [decision]
FAR = Decimal("0.25")
SPREADS = Decimal("1.5")
FEWEST_PAST = 5
PAST_MONTHS = 36


@dataclass(frozen=True, slots=True)
class Spread:
    """Where past amounts lie, in euros HT: their median, and the quarters between which half of them are."""

    count: int
    median: Decimal
    low: Decimal
    high: Decimal

    def is_far(self, amount: Decimal) -> bool:
        """Tell whether an amount lies outside, by 1.5 times the gap of the quarters and by 25 % of the median."""
        reach = SPREADS * (self.high - self.low)
        outside = amount < self.low - reach or amount > self.high + reach
        return outside and is_far(amount, self.median)


def spread_of(amounts: Sequence[Decimal]) -> Spread | None:
    """Return where amounts lie; None for too few of them to say anything."""
    if len(amounts) < FEWEST_PAST:
        return None
    low, _, high = quantiles(amounts, n=4, method="inclusive")
    return Spread(len(amounts), median(amounts), low, high)


def is_far(amount: Decimal, price: Decimal) -> bool:
    """Tell whether an amount differs from a price by more than 25 %; a price of zero compares with nothing."""
    return price > 0 and abs(amount - price) > FAR * price


def apart(amount: Decimal, price: Decimal) -> str:
    """Write how far an amount is from a price: « 40 % au-dessus », « égal »."""
    if amount == price or not price:
        return "égal"
    return f"{percent(abs(amount - price) / price)} {'au-dessus' if amount > price else 'en dessous'}"


def _named(priced: Priced) -> str:
    level = COMPLEXITIES.get(priced.complexity)
    return f"{priced.label}, complexité {level}" if level else priced.label


def against_indicative(priced: Priced) -> Signal | None:
    """Return the signal of a price far from the edition's indicative one."""
    price = priced.indicative
    if price is None or priced.amount <= 0 or not is_far(priced.amount, price):
        return None
    return Signal(
        code="price_indicative",
        title="Prix éloigné du prix indicatif",
        sentence=f"{_named(priced)}\u00a0: le devis demande {euros(priced.amount)} HT, soit "
        f"{apart(priced.amount, price)} du prix indicatif de l’édition, {euros(price)}. "
        f"Un écart est signalé au-delà de {percent(FAR)}.",
        advice="Les prix de l’annexe sont indicatifs\u00a0: demandez au cabinet ce qui explique l’écart, "
        "ou si la complexité annoncée est la bonne.",
        figures=(
            ("Devis", euros(priced.amount)),
            ("Prix indicatif", euros(price)),
            ("Écart", apart(priced.amount, price)),
        ),
    )


def against_past(priced: Priced, device: str) -> Signal | None:
    """Return the signal of a price far from those accepted before for the same item and class of device."""
    spread = spread_of(priced.past)
    if spread is None or priced.amount <= 0 or not spread.is_far(priced.amount):
        return None
    return Signal(
        code="price_past",
        title="Prix éloigné des devis passés",
        sentence=f"{_named(priced)}\u00a0: le devis demande {euros(priced.amount)} HT, soit "
        f"{apart(priced.amount, spread.median)} de la médiane, {euros(spread.median)}, des {spread.count} dossiers "
        f"acceptés depuis {PAST_MONTHS} mois pour ce poste ({device}). La moitié d’entre eux va de "
        f"{euros(spread.low)} à {euros(spread.high)}.",
        advice="Comparez le périmètre, le nombre de jours et le tarif avec ce qui est décrit, et demandez "
        "au cabinet ce qui explique l’écart.",
        figures=(
            ("Devis", euros(priced.amount)),
            ("Médiane", euros(spread.median)),
            ("Moitié centrale", f"{euros(spread.low)} à {euros(spread.high)}"),
            ("Dossiers comparés", str(spread.count)),
        ),
    )


def near(priced: Priced) -> Iterator[str]:
    """Say what a price was compared with and is near, or why it could not be."""
    price = priced.indicative
    if price is not None and not is_far(priced.amount, price):
        yield f"{_named(priced)}\u00a0: {euros(priced.amount)}, proche du prix indicatif de {euros(price)}."
    spread = spread_of(priced.past)
    if spread is None:
        yield (
            f"{_named(priced)}\u00a0: {len(priced.past)} dossier{'s' if len(priced.past) > 1 else ''} comparable"
            f"{'s' if len(priced.past) > 1 else ''} depuis {PAST_MONTHS} mois, il en faut {FEWEST_PAST} "
            "pour parler d’une médiane."
        )
    elif not spread.is_far(priced.amount):
        yield (
            f"{_named(priced)}\u00a0: {euros(priced.amount)}, proche de la médiane de {spread.count} dossiers, "
            f"{euros(spread.median)} (la moitié va de {euros(spread.low)} à {euros(spread.high)})."
        )
