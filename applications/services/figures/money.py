"""Makes the blocks of what stands today: the envelope, payments to come, terms that are past, satisfaction."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from applications.models import Deadline, Envelope
from applications.services.figures.blocks import month_link, period_words
from applications.services.figures.board import (
    Block,
    Chart,
    Draw,
    Figure,
    Head,
    Kind,
    Row,
    counted,
    linker,
    over,
    ratio,
    valued,
)
from applications.services.figures.facts import NO_DAY, Measure, month_of
from applications.services.figures.reading import Asked, Line, Sums, moved
from applications.services.figures.words import month_label, phase_label

SCORES = (1, 2, 3, 4, 5)
# Months of payments to come told one by one.
AHEAD = 12
Money = tuple[Figure, Figure]


# --- The envelope --------------------------------------------------------------------------------
ENVELOPE_HOW = (
    "Engagé : ce que les dossiers acceptés retiennent de l’enveloppe aujourd’hui, au mois de leur "
    "acceptation ; un dossier annulé, caduc ou soldé pour moins rend la différence. Payé : la quote-part "
    "finale de Bpifrance des missions payées, au mois du paiement (« à ce jour » compte aussi celles dont le "
    "dossier a continué avec un autre expert). Le reste est celui de toute l’enveloppe, sans les filtres : "
    "son montant moins tout ce qui est engagé."
)
ENVELOPE_HEADS = (
    Head("mois", "Mois", Kind.TEXT),
    Head("n_engages", "Dossiers engagés"),
    Head("engage", "Engagé", Kind.MONEY),
    Head("n_payes", "Dossiers payés"),
    Head("paye", "Payé", Kind.MONEY),
)


def envelope(sums: Sums, asked: Asked, chosen: Envelope | None, held: Decimal) -> Block:
    """What is committed and paid of the chosen envelope; `held` is what all dossiers commit of it."""
    link, key = linker(asked), str(chosen.pk) if chosen else ""
    own = {"enveloppe": key}

    def both(measure: Measure, argent: str, month: date | None = None, on: str = "") -> Money:
        def here(line: Line) -> bool:
            return line.key == key and (month is None or line.day == month)

        n, amount = sums.n(measure, here), sums.amount(measure, here)
        where = month_link(asked, month, on, argent=argent, **own) if month else link(argent=argent, **own)
        return counted(n, where), valued(amount, n, where)

    rows = [
        Row(
            month_label(month),
            (
                *both(Measure.COMMITTED, "engage", month, "decision"),
                *both(Measure.PAID, "paye", month, "paiement"),
            ),
        )
        for month in asked.months
    ]
    committed, paid = both(Measure.COMMITTED, "engage"), both(Measure.PAID, "paye")
    rows.append(Row("À ce jour, tous mois compris", (*committed, *paid), is_total=True))
    amount = chosen.amount if chosen else Decimal(0)
    return Block(
        key="enveloppe",
        title="Enveloppe",
        scope=(
            f"{chosen.label} ({chosen.code}), euros HT : à ce jour, et par mois {period_words(asked)}."
            if chosen
            else "Aucune enveloppe n’a été ouverte."
        ),
        definition=ENVELOPE_HOW,
        heads=ENVELOPE_HEADS,
        rows=tuple(rows),
        empty="Rien n’est engagé sur cette enveloppe : la première acceptation s’y inscrira.",
        chart=Chart(Draw.BARS, ("engage", "paye"), ("accent", "success")),
        tiles=_tiles(amount, committed[1], paid[1], held),
    )


def _tiles(
    amount: Decimal, committed: Figure, paid: Figure, held: Decimal
) -> tuple[tuple[str, Figure, Kind], ...]:
    """Return the figures that stand above the months."""
    return (
        ("Enveloppe", Figure(amount), Kind.MONEY),
        ("Engagé", committed, Kind.MONEY),
        ("Payé", paid, Kind.MONEY),
        ("Reste à engager", Figure(amount - held), Kind.MONEY),
        ("Part engagée", Figure(ratio(held, amount)), Kind.RATIO),
    )


# --- Payments to come ----------------------------------------------------------------------------
TO_COME_HOW = (
    "Ce qui est engagé moins ce qui est payé, par dossier. Le mois est celui du terme de la prestation "
    "quand elle court, celui où le rapport est dû quand elle est finie : le paiement ne peut guère venir "
    "plus tôt, et peut venir plus tard. Une clôture reçue se paie dès qu’elle est contrôlée. Le terme d’un "
    "contrat qui n’est pas signé n’est pas connu."
)


def to_come(sums: Sums, asked: Asked) -> Block:
    """What may have to be paid, by month, from the terms and the closures under way."""
    link, this = linker(asked), month_of(asked.today)
    lines = sums.lines(Measure.TO_PAY)
    last = moved(this, AHEAD - 1)

    def row(name: str, kind: str, since: date, until: date, **own: str) -> Row:
        found = [line for line in lines if line.key == kind and since <= line.day <= until]
        n, amount = sum(line.n for line in found), sum((line.amount for line in found), Decimal(0))
        where = link(attente=kind, **own)
        return Row(name, (counted(n, where), valued(amount, n, where)))

    past = {"sur": "versement", "au": f"{moved(this, -1):%Y-%m}"}
    rows = [
        row("Clôture reçue : à contrôler ou à virer", "ready", NO_DAY, NO_DAY),
        row("Terme passé", "dated", NO_DAY, moved(this, -1), **past),
    ]
    month = this
    while month <= last:
        on = {"sur": "versement", "du": f"{month:%Y-%m}", "au": f"{month:%Y-%m}"}
        rows.append(row(month_label(month), "dated", month, month, **on))
        month = moved(month, 1)
    beyond = {"sur": "versement", "du": f"{month:%Y-%m}"}
    rows.append(row("Plus tard", "dated", month, date.max, **beyond))
    rows.append(row("Contrat à signer : sans date", "unsigned", NO_DAY, NO_DAY))
    return Block(
        key="a-payer",
        title="Paiements à venir",
        scope="À ce jour, euros HT : ce que les dossiers en cours retiennent de l’enveloppe et qui n’est pas payé.",
        definition=TO_COME_HOW,
        heads=(
            Head("mois", "Mois", Kind.TEXT),
            Head("n", "Dossiers"),
            Head("montant", "Montant au plus", Kind.MONEY),
        ),
        rows=tuple(rows),
        empty="Aucun paiement n’est attendu : aucun dossier accepté n’est en cours.",
        chart=Chart(Draw.ROWS, ("montant",), ("accent",)),
    )


# --- Late ----------------------------------------------------------------------------------------
def late(sums: Sums, asked: Asked) -> Block:
    """Which dossiers have a term that is past, by the nature of the term and by volet."""
    lines = sums.lines(Measure.DUE)

    def figure(kind: str, volet: int | None) -> Figure:
        n = sum(line.n for line in lines if kind in {"", line.key} and volet in {None, line.volet})
        own = {"nature": kind} if kind else {}
        if volet is not None:
            own["volet"] = str(volet)
        return counted(n, {**asked.filters, **own, "vue": "late"})

    kinds = [kind for kind in Deadline.Kind.values if any(line.key == kind for line in lines)]
    rows = [
        Row(
            str(Deadline.Kind(kind).label),
            (figure(kind, None), *(figure(kind, volet) for volet in asked.volets)),
        )
        for kind in kinds
    ]
    total = Row("Ensemble", (figure("", None), *(figure("", volet) for volet in asked.volets)), is_total=True)
    return Block(
        key="retards",
        title="Dossiers en retard",
        scope="À ce jour : dossiers en cours dont l’échéance la plus proche est passée.",
        definition=(
            "Un dossier est en retard quand son échéance en cours la plus ancienne est avant aujourd’hui ; "
            "une échéance du jour n’est pas encore passée. Il compte une fois, à la nature de cette échéance."
        ),
        heads=(
            Head("nature", "Échéance passée", Kind.TEXT),
            Head("total", "Dossiers"),
            *(Head(f"volet-{volet}", f"Volet {volet}") for volet in asked.volets),
        ),
        rows=(*rows, total) if rows else (),
        empty="Aucun dossier n’est en retard.",
        chart=Chart(Draw.ROWS, ("total",), ("warning",)),
    )


# --- Satisfaction --------------------------------------------------------------------------------
SATISFACTION_HOW = (
    "Les notes données par l’entreprise, de 1 à 5, à la fin de chaque étape de la mission et sur son ensemble. "
    "Une note changée remplace la précédente ; « ne se prononce pas » ne compte pas. Le dossier compte "
    "au mois de son dernier avis. La moyenne de moins de cinq réponses ne dit rien de général : "
    "le nombre de réponses est à côté."
)


def satisfaction(sums: Sums, asked: Asked) -> Block:
    """What companies answered at the end of each phase."""
    link, when = linker(asked), over(asked, "avis")
    lines = sums.lines(Measure.SCORE)
    rows = []
    for phase in sums.keys(Measure.SCORE):
        by_score = {
            score: sum(line.n for line in lines if line.key == phase and line.value == score)
            for score in SCORES
        }
        n = sum(by_score.values())
        mean = (Decimal(sum(score * k for score, k in by_score.items())) / n).quantize(Decimal("0.1"))
        rows.append(
            Row(
                phase_label(phase),
                (
                    valued(mean, n, link(**when, avis=phase)),
                    counted(n, link(**when, avis=phase)),
                    *(counted(k, link(**when, avis=f"{phase}:{score}")) for score, k in by_score.items()),
                ),
            )
        )
    return Block(
        key="satisfaction",
        title="Satisfaction des entreprises",
        scope=f"Dossiers dont le dernier avis a été donné {period_words(asked)}.",
        definition=SATISFACTION_HOW,
        heads=(
            Head("phase", "Étape", Kind.TEXT),
            Head("moyenne", "Note moyenne", Kind.MEAN),
            Head("n", "Réponses"),
            *(Head(f"note-{score}", f"Note {score}") for score in SCORES),
        ),
        rows=tuple(rows),
        empty="Aucune entreprise n’a donné son avis dans cette période.",
        chart=Chart(
            Draw.ROWS,
            tuple(f"note-{score}" for score in SCORES),
            ("danger", "warning", "neutral", "info", "success"),
        ),
    )
