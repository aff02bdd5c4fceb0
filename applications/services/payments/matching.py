"""Reconciliation: what the bank executed, matched to the orders by their references; each match is a `mark_paid`."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from applications.models import Dossier, PaymentBatch, PaymentOrder
from applications.services.transitions import execute
from applications.workflow.refusals import ActRefused
from portal.accounts.models import User

LARGEST = 1000
REFERENCE = re.compile(r"(?<![A-Za-z0-9])DM-\d{4}-\d{6}-\d{1,3}-\d{1,3}(?!\d)")
DAY = re.compile(r"(?<!\d)(?:(\d{4})-(\d\d)-(\d\d)|(\d\d)[/.](\d\d)[/.](\d{4}))(?!\d)")
AMOUNT = re.compile(r"(?<![\d.,/-])-?\d{1,3}(?:[ \u00a0\u202f]?\d{3})*[.,]\d\d(?![\d./-])")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bank's list: a reference of ours, and the date and amount it bears, if any."""

    rank: int
    reference: str
    paid_on: date | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Unread:
    """One line that holds no reference of ours."""

    rank: int
    text: str


@dataclass(slots=True)
class Report:
    """What became of each line. `refused` are (line, why), `silent` the orders of the batch nobody listed."""

    matched: list[PaymentOrder] = field(default_factory=list)
    known: list[PaymentOrder] = field(default_factory=list)
    refused: list[tuple[Line, str]] = field(default_factory=list)
    unknown: list[Line] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    silent: list[PaymentOrder] = field(default_factory=list)


def read_lines(text: str) -> tuple[list[Line], list[Unread]]:
    """Read a bank's list, CSV or typed: one transfer a line, our reference anywhere in it.

    A line's date is the first one it bears; its amount is one only when it bears exactly one, so that a
    balance is never taken for it. Raises ValueError, in French, for a list too long.
    """
    lines: list[Line] = []
    unread: list[Unread] = []
    rows = [row for row in text.replace("\x00", "").splitlines() if row.strip(" ;,\t")]
    if len(rows) > LARGEST:
        raise ValueError(f"La liste compte plus de {LARGEST} lignes\u00a0: envoyez-la en plusieurs fois.")
    for rank, row in enumerate(rows, start=1):
        cells = " | ".join(_cells(row))
        found = REFERENCE.search(cells)
        if found is None:
            if rank > 1:
                unread.append(Unread(rank, row.strip()[:200]))
            continue
        amounts = {_amount(one) for one in AMOUNT.findall(cells)} - {None}
        lines.append(
            Line(rank, found.group(), _day(cells), next(iter(amounts)) if len(amounts) == 1 else None)
        )
    return lines, unread


def _cells(row: str) -> list[str]:
    """Return the cells of a row; a row of words alone is one cell."""
    for sign in (";", "\t"):
        if sign in row:
            return next(csv.reader(io.StringIO(row), delimiter=sign), [])
    return [row]


def _day(cells: str) -> date | None:
    for found in DAY.finditer(cells):
        year, month, day, other_day, other_month, other_year = found.groups()
        try:
            return date(int(year or other_year), int(month or other_month), int(day or other_day))
        except ValueError:
            continue
    return None


def _amount(text: str) -> Decimal | None:
    plain = re.sub(r"[ \u00a0\u202f]", "", text).replace(",", ".")
    try:
        return abs(Decimal(plain))
    except InvalidOperation:
        return None


def reconcile(
    batch: PaymentBatch, *, lines: Iterable[Line], executed_on: date | None, actor: User, now: datetime
) -> Report:
    """Record each listed transfer of a batch as paid, one act a line; what cannot be is told with its reason.

    `executed_on` is the date of lines that bear none. A list sent twice pays nothing twice: an order is
    matched once.
    """
    report = Report()
    seen: set[str] = set()
    for line in lines:
        if line.reference in seen:
            continue
        seen.add(line.reference)
        order = PaymentOrder.objects.filter(reference=line.reference, batch=batch).first()
        if order is None:
            report.unknown.append(line)
        else:
            _match(report, order, line, executed_on, actor=actor, now=now)
    report.silent = [
        order
        for order in batch.orders.filter(status=PaymentOrder.Status.OPEN).select_related("mission__dossier")
        if order.reference not in seen
    ]
    return report


def _match(
    report: Report,
    order: PaymentOrder,
    line: Line,
    executed_on: date | None,
    *,
    actor: User,
    now: datetime,
) -> None:
    if order.status == PaymentOrder.Status.PAID:
        report.known.append(order)
        return
    why = _difference(order, line, executed_on)
    if why:
        report.refused.append((line, why))
        return
    dossier = Dossier.objects.get(missions=order.mission_id)
    try:
        execute(
            "mark_paid",
            dossier=dossier,
            actor=actor,
            expected_version=dossier.version,
            mission=order.mission,
            now=now,
            reference=order.reference,
            paid_on=line.paid_on or executed_on,
        )
    except ActRefused as refusal:
        report.refused.append((line, str(refusal)))
    else:
        report.matched.append(order)


def _difference(order: PaymentOrder, line: Line, executed_on: date | None) -> str:
    if order.status == PaymentOrder.Status.RETIRED:
        return "Ce virement a été retiré du lot\u00a0: vérifiez auprès de la banque s’il est parti."
    if line.amount is not None and line.amount != order.amount:
        given, due = (f"{one:.2f}".replace(".", ",") for one in (line.amount, order.amount))
        return f"La banque indique {given}\u00a0€, l’ordre est de {due}\u00a0€."
    if line.paid_on is None and executed_on is None:
        return "La ligne ne porte pas de date\u00a0: indiquez la date d’exécution."
    return ""
