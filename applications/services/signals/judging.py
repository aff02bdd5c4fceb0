"""From facts to signals, in the order in which an officer reads them; pure, nothing is read nor written."""

from __future__ import annotations

from collections.abc import Iterator

from applications.services.signals import links, prices
from applications.services.signals.facts import Facts, Judged, Signal

NO_FIRM = "Aucun cabinet n’est retenu\u00a0: textes, factures, compte et personnes n’ont pas été comparés."


def judge(facts: Facts) -> Judged:
    """Return what should make somebody look twice, and what was compared without anything to say."""
    return Judged(tuple(_signals(facts)), tuple(_compared(facts)))


def _signals(facts: Facts) -> Iterator[Signal]:
    for priced in facts.priced:
        found = (prices.against_indicative(priced), prices.against_past(priced, facts.device))
        yield from (signal for signal in found if signal is not None)
    yield from links.people(facts.people)
    yield from links.account(facts.account)
    yield from links.invoice_numbers(facts)
    yield from links.reused(facts)


def _compared(facts: Facts) -> Iterator[str]:
    for priced in facts.priced:
        yield from prices.near(priced)
    yield links.NO_DIRECTORS if facts.firm else NO_FIRM
