"""Makes the blocks about requests: the road they take, how long it is, what is decided and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from applications.services.figures.board import (
    Block,
    Chart,
    Draw,
    Figure,
    Head,
    Kind,
    Link,
    Row,
    counted,
    linker,
    over,
    ratio,
    valued,
)
from applications.services.figures.facts import Measure
from applications.services.figures.marks import STEPS
from applications.services.figures.reading import Asked, Days, Line, Sums
from applications.services.figures.words import month_label, of_month, rule_label
from applications.workflow.states import State

LEFT = (State.REJECTED, State.WITHDRAWN, State.ABANDONED, State.CANCELLED, State.LAPSED)


def period_words(asked: Asked) -> str:
    """Return the period in words."""
    if asked.since == asked.until:
        return f"en {month_label(asked.since)}"
    return f"{of_month(asked.since)} à {month_label(asked.until)}"


def month_link(asked: Asked, month: date, on: str, **own: str) -> Link:
    """Return the list's filters of one month."""
    return linker(asked)(sur=on, du=f"{month:%Y-%m}", au=f"{month:%Y-%m}", **own)


# --- The road ------------------------------------------------------------------------------------
FUNNEL_HOW = (
    "Chaque demande déposée dans la période compte une fois à chaque étape qu’elle a atteinte. "
    "« Encore là » : sa dernière étape, toujours en cours (ou, à la dernière, payée). "
    "« Sortie » : rejetée, retirée, abandonnée, annulée ou caduque après cette étape. "
    "Un paiement revenu de la banque ramène le dossier à l’étape précédente. "
    "« Commencé » : ces demandes, et les brouillons ouverts dans la période et pas encore déposés, qui "
    "appartiennent à l’entreprise et ne se comptent que par leur nombre (sans édition avant le dépôt)."
)
FUNNEL_HEADS = (
    Head("etape", "Étape", Kind.TEXT),
    Head("atteinte", "L’ont atteinte"),
    Head("part", "Part des dépôts", Kind.RATIO),
    Head("la", "Encore là"),
    Head("sorties", "Sorties après"),
    *(Head(state.value, state.label) for state in LEFT),
)


def funnel(sums: Sums, asked: Asked, drafts: int | None) -> Block:
    """How far the requests filed in the period came, and where the others left."""
    link, lines = linker(asked), sums.lines(Measure.FUNNEL)
    when = over(asked, "depot")

    def n(test: Callable[[int, str], bool]) -> int:
        return sum(line.n for line in lines if test(*_step(line)))

    filed = n(lambda _, __: True)
    rows = [_begun(filed, drafts)]
    for text, label in STEPS.items():
        step = int(text)
        reached = n(lambda at, _, step=step: at >= step)  # type: ignore[misc]
        here = n(lambda at, left, step=step: at == step and not left)  # type: ignore[misc]
        ways = [n(lambda at, left, step=step, way=way: at == step and left == way) for way in LEFT]  # type: ignore[misc]
        gone = sum(ways)
        rows.append(
            Row(
                label,
                (
                    counted(reached, link(**when, etape=text)),
                    valued(ratio(reached, filed), reached, link(**when, etape=text)),
                    counted(here, link(**when, etape=f"{text}-la")),
                    counted(gone, link(**when, etape=f"{text}-sorti")),
                    *(
                        counted(way, link(**when, etape=f"{text}-sorti", etat=state.value))
                        for way, state in zip(ways, LEFT, strict=True)
                    ),
                ),
            )
        )
    return Block(
        key="parcours",
        title="Parcours des demandes",
        scope=f"Demandes déposées {period_words(asked)}, où qu’elles en soient aujourd’hui.",
        definition=FUNNEL_HOW,
        heads=FUNNEL_HEADS,
        rows=tuple(rows),
        empty="Aucune demande n’a été déposée dans cette période.",
        chart=Chart(Draw.ROWS, ("atteinte",), ("accent",)),
    )


def _step(line: Line) -> tuple[int, str]:
    step, _, left = line.key.partition(".")
    return int(step), left


def _begun(filed: int, drafts: int | None) -> Row:
    """Return the first step: what was filed and the drafts still open, which lead nowhere."""
    begun = None if drafts is None else filed + drafts
    return Row(
        "Commencé",
        (Figure(begun), Figure(None), Figure(drafts), *(Figure(None) for _ in range(1 + len(LEFT)))),
    )


# --- Processing time -----------------------------------------------------------------------------
DECIDED_DAYS = (Measure.DECIDED_ALL, Measure.DECIDED_OWN, Measure.DECIDED_COMPANY)
PAID_DAYS = (Measure.PAID_ALL, Measure.PAID_OWN, Measure.PAID_COMPANY, Measure.PAID_EXPERT)
QUANTILES = (
    "La médiane est le nombre de jours que la moitié des dossiers n’ont pas dépassé ; le 9e décile, celui que neuf "
    "dossiers sur dix n’ont pas dépassé. Les deux sont exacts. Les médianes ne s’additionnent pas. "
)
CLOCK = (
    "Un jour compte pour qui avait la main à la fin de ce jour : Bpifrance quand elle doit instruire, "
    "décider, envoyer le contrat, contrôler ou payer ; l’entreprise quand elle doit compléter ou signer ; "
    "l’expert pendant la prestation et sa clôture. "
)


def decided_by_month(sums: Sums, asked: Asked) -> Block:
    """Days from the filing to the decision, by month of decision."""
    rows = [
        _days_row(month_label(month), sums, DECIDED_DAYS, month_link(asked, month, "decision"), month=month)
        for month in asked.months
    ]
    return _days_block(
        "delais-mois",
        "Délai de décision par mois",
        f"Demandes décidées {period_words(asked)}, par mois de la décision.",
        [*rows, _days_total(sums, asked, DECIDED_DAYS, "decision")],
        chart=Chart(Draw.LINES, ("median", "ninth", "own"), ("accent", "warning", "info")),
    )


def decided_by_volet(sums: Sums, asked: Asked) -> Block:
    """Days from the filing to the decision, by volet."""
    rows = [
        _days_row(f"Volet {volet}", sums, DECIDED_DAYS, _volet_link(asked, volet, "decision"), volet=volet)
        for volet in asked.volets
    ]
    return _days_block(
        "delais-volet",
        "Délai de décision par volet",
        f"Demandes décidées {period_words(asked)}, par volet.",
        [*rows, _days_total(sums, asked, DECIDED_DAYS, "decision")],
        chart=Chart(Draw.ROWS, ("own", "company"), ("accent", "warning")),
    )


def _days_block(
    key: str, title: str, scope: str, rows: list[Row], *, chart: Chart, whole: bool = False
) -> Block:
    heads = [
        Head("ligne", "Mois" if key.endswith("mois") else "Volet", Kind.TEXT),
        Head("n", "Payés" if whole else "Décidés"),
        Head("median", "Médiane", Kind.DAYS),
        Head("ninth", "9e décile", Kind.DAYS),
        Head("own", "Bpifrance, médiane", Kind.DAYS),
        Head("own_ninth", "Bpifrance, 9e décile", Kind.DAYS),
        Head("company", "Entreprise, médiane", Kind.DAYS),
        Head("company_ninth", "Entreprise, 9e décile", Kind.DAYS),
    ]
    if whole:
        heads += [
            Head("expert", "Expert, médiane", Kind.DAYS),
            Head("expert_ninth", "Expert, 9e décile", Kind.DAYS),
        ]
    until = "au paiement" if whole else "à la décision"
    return Block(
        key=key,
        title=title,
        scope=scope,
        definition=f"Jours civils du dépôt {until}. {CLOCK}{QUANTILES}"
        + (
            ""
            if whole
            else "Après un réexamen, c’est la dernière décision qui compte, sans le temps passé rejetée."
        ),
        heads=tuple(heads),
        rows=tuple(rows),
        empty="Aucun dossier n’a été payé dans cette période."
        if whole
        else "Aucune décision n’a été prise dans cette période.",
        chart=chart,
    )


def _in_month(month: date) -> Callable[[Line], bool]:
    return lambda line: line.day == month


def _volet_link(asked: Asked, volet: int, on: str) -> Link:
    return linker(asked)(**over(asked, on), volet=str(volet))


def _days_row(
    name: str,
    sums: Sums,
    measures: tuple[Measure, ...],
    link: Link,
    *,
    month: date | None = None,
    volet: int | None = None,
) -> Row:
    """Return a row of quantiles: of one month, of one volet, or the total."""
    found: list[Days] = [sums.days(measure, month=month, volet=volet) for measure in measures]
    n = found[0].n
    quantiles = [value for one in found for value in (one.median, one.ninth)]
    is_total = month is None and volet is None
    return Row(name, (counted(n, link), *(valued(value, n, link) for value in quantiles)), is_total)


def _days_total(sums: Sums, asked: Asked, measures: tuple[Measure, ...], on: str) -> Row:
    return _days_row("Ensemble", sums, measures, linker(asked)(**over(asked, on)))


def paid_by_volet(sums: Sums, asked: Asked) -> Block:
    """Days from the filing to the payment, by volet."""
    rows = [
        _days_row(f"Volet {volet}", sums, PAID_DAYS, _volet_link(asked, volet, "paiement"), volet=volet)
        for volet in asked.volets
    ]
    return _days_block(
        "delais-paiement",
        "Du dépôt au paiement",
        f"Dossiers payés {period_words(asked)}, par volet.",
        [*rows, _days_total(sums, asked, PAID_DAYS, "paiement")],
        chart=Chart(Draw.ROWS, ("own", "company", "expert"), ("accent", "warning", "info")),
        whole=True,
    )


# --- Decisions -----------------------------------------------------------------------------------
def decisions(sums: Sums, asked: Asked) -> Block:
    """Approvals and rejections by month, and the rate of approval."""
    rows = [
        _decision_row(
            month_label(month),
            sums,
            _in_month(month),
            lambda month=month, **own: month_link(asked, month, "decision", **own),
        )
        for month in asked.months
    ]
    link = linker(asked)
    total = _decision_row(
        "Ensemble", sums, lambda _: True, lambda **own: link(**over(asked, "decision"), **own), is_total=True
    )
    return Block(
        key="decisions",
        title="Décisions et taux d’acceptation",
        scope=f"Demandes décidées {period_words(asked)}, par mois de la décision.",
        definition=(
            "La décision qui tient : une demande rejetée puis acceptée après réexamen est acceptée, "
            "au mois de l’acceptation ; pendant le réexamen elle n’est pas décidée. Ce qu’un dossier accepté "
            "devient ensuite (annulé, caduc) n’y change rien. Taux : acceptées sur décidées."
        ),
        heads=(
            Head("mois", "Mois", Kind.TEXT),
            Head("decidees", "Décidées"),
            Head("acceptees", "Acceptées"),
            Head("rejetees", "Rejetées"),
            Head("taux", "Taux d’acceptation", Kind.RATIO),
        ),
        rows=(*rows, total),
        empty="Aucune décision n’a été prise dans cette période.",
        chart=Chart(Draw.STACKED, ("acceptees", "rejetees"), ("success", "warning")),
    )


def _decision_row(
    name: str,
    sums: Sums,
    wanted: Callable[[Line], bool],
    link: Callable[..., Link],
    *,
    is_total: bool = False,
) -> Row:
    yes = sums.n(Measure.DECISION, lambda line: wanted(line) and line.key == "approved")
    no = sums.n(Measure.DECISION, lambda line: wanted(line) and line.key == "rejected")
    return Row(
        name,
        (
            counted(yes + no, link()),
            counted(yes, link(issue="acceptee")),
            counted(no, link(issue="rejetee")),
            valued(ratio(yes, yes + no), yes + no, link()),
        ),
        is_total,
    )


def rejections(sums: Sums, asked: Asked) -> Block:
    """Which rules the rejections cite."""
    link, when = linker(asked), over(asked, "decision")
    rejected = sums.n(Measure.DECISION, lambda line: line.key == "rejected")
    rows = [
        Row(
            rule_label(rule),
            (
                counted(n, link(**when, constat=f"refused:{rule}")),
                valued(ratio(n, rejected), n, link(**when, constat=f"refused:{rule}")),
            ),
        )
        for rule, n in sums.keys(Measure.REFUSED).items()
    ]
    return Block(
        key="rejets",
        title="Motifs de rejet",
        scope=f"Demandes rejetées {period_words(asked)} : les règles citées par la décision.",
        definition=(
            "Nombre de demandes dont le rejet cite la règle. Un rejet peut en citer plusieurs : "
            "les parts, rapportées aux demandes rejetées, peuvent dépasser 100 % au total."
        ),
        heads=(
            Head("regle", "Règle", Kind.TEXT),
            Head("rejets", "Rejets"),
            Head("part", "Part des rejets", Kind.RATIO),
        ),
        rows=tuple(rows),
        empty="Aucun rejet ne cite de règle dans cette période.",
        chart=Chart(Draw.ROWS, ("rejets",), ("warning",)),
    )


def overrides(sums: Sums, asked: Asked) -> Block:
    """How often findings are lifted, by rule."""
    link, when = linker(asked), over(asked, "decision")
    lifted, upheld = sums.keys(Measure.LIFTED), sums.keys(Measure.UPHELD)
    both = {rule: lifted.get(rule, 0) + upheld.get(rule, 0) for rule in {*lifted, *upheld}}
    rows = [
        Row(
            rule_label(rule),
            (
                counted(lifted.get(rule, 0), link(**when, constat=f"lifted:{rule}")),
                counted(upheld.get(rule, 0), link(**when, constat=f"upheld:{rule}")),
                valued(ratio(lifted.get(rule, 0), n), n, link(**when, constat=f"judged:{rule}")),
            ),
        )
        for rule, n in sorted(both.items(), key=lambda one: (-one[1], one[0]))
    ]
    return Block(
        key="constats",
        title="Constats levés par règle",
        scope=f"Constats tranchés par une personne, sur les demandes décidées {period_words(asked)}.",
        definition=(
            "Un constat est tranché quand un chargé d’affaires l’a levé (la condition est remplie malgré le doute) "
            "ou maintenu, avec un motif. Taux : levés sur tranchés. Un constat que personne n’a eu à trancher "
            "ne compte pas ; un réexamen efface les conclusions précédentes."
        ),
        heads=(
            Head("regle", "Règle", Kind.TEXT),
            Head("leves", "Levés"),
            Head("maintenus", "Maintenus"),
            Head("taux", "Part levée", Kind.RATIO),
        ),
        rows=tuple(rows),
        empty="Aucun constat n’a été tranché sur les demandes décidées dans cette période.",
        chart=Chart(Draw.ROWS, ("leves", "maintenus"), ("info", "neutral")),
    )
