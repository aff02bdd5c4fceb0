"""Reads the whole page « Pilotage », or one of its tables, for what a person asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time

from applications.models import Dossier, Envelope
from applications.services.figures import blocks, money
from applications.services.figures.board import Block, Head
from applications.services.figures.facts import ZERO
from applications.services.figures.reading import Asked, Sums, committed, moved, read
from portal.clock import PARIS

Make = Callable[[Sums, Asked], Block]
# In the order shown: what stands today, then the road, then why.
SIMPLE: dict[str, Make] = {
    "parcours": lambda sums, asked: blocks.funnel(sums, asked, drafts(asked)),
    "delais-mois": blocks.decided_by_month,
    "delais-volet": blocks.decided_by_volet,
    "delais-paiement": blocks.paid_by_volet,
    "decisions": blocks.decisions,
    "rejets": blocks.rejections,
    "constats": blocks.overrides,
    "retards": money.late,
    "a-payer": money.to_come,
    "satisfaction": money.satisfaction,
}
TITLES: dict[str, str] = {
    "enveloppe": "Enveloppe",
    "parcours": "Parcours des demandes",
    "delais-mois": "Délai de décision par mois",
    "delais-volet": "Délai de décision par volet",
    "delais-paiement": "Du dépôt au paiement",
    "decisions": "Décisions et taux d’acceptation",
    "rejets": "Motifs de rejet",
    "constats": "Constats levés par règle",
    "retards": "Dossiers en retard",
    "a-payer": "Paiements à venir",
    "satisfaction": "Satisfaction des entreprises",
}


def envelopes() -> list[Envelope]:
    """Return the envelopes to choose among, the open one first."""
    return list(Envelope.objects.order_by("-is_open", "-pk"))


def chosen(found: list[Envelope], asked: Asked) -> Envelope | None:
    """Return the envelope asked, or the first."""
    return next((one for one in found if one.pk == asked.envelope), found[0] if found else None)


def drafts(asked: Asked) -> int | None:
    """Return how many drafts begun in the period are still open; None under an edition, which a draft has not."""
    if asked.edition:
        return None
    start, end = asked.since, moved(asked.until, 1)
    found = Dossier.objects.filter(
        submitted_at__isnull=True,
        state="draft",
        created_at__gte=datetime.combine(start, time.min, tzinfo=PARIS),
        created_at__lt=datetime.combine(end, time.min, tzinfo=PARIS),
    )
    if asked.volet:
        found = found.filter(volet=int(asked.volet))
    if asked.device:
        kind, _, risk_class = asked.device.partition(".")
        found = found.filter(device_kind=kind, device_class=risk_class)
    if asked.region:
        found = found.filter(company__region=asked.region)
    return found.count()


def board(asked: Asked, found: list[Envelope] | None = None) -> list[Block]:
    """Return every block of the page, from one reading."""
    sums, known = read(asked), envelopes() if found is None else found
    return [envelope_block(sums, asked, known), *(make(sums, asked) for make in SIMPLE.values())]


def one_block(key: str, asked: Asked) -> Block:
    """Return one block, as the page shows it; KeyError for a key it has not."""
    sums = read(asked)
    if key == "enveloppe":
        return envelope_block(sums, asked, envelopes())
    return SIMPLE[key](sums, asked)


def envelope_block(sums: Sums, asked: Asked, found: list[Envelope]) -> Block:
    """Return the block of the envelope asked."""
    envelope = chosen(found, asked)
    held = committed().get(str(envelope.pk), ZERO) if envelope else ZERO
    return money.envelope(sums, asked, envelope, held)


def heads(key: str, today: date) -> tuple[Head, ...]:
    """Return the columns that a block may have, whatever is asked."""
    nothing, asked = Sums([]), Asked(today, today, today)
    if key == "enveloppe":
        return money.envelope(nothing, asked, None, ZERO).heads
    return (
        blocks.funnel(nothing, asked, None).heads if key == "parcours" else SIMPLE[key](nothing, asked).heads
    )
