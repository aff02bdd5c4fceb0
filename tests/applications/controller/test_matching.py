"""The bank's list: each reference found pays its order once, the rest is told line by line."""

from typing import Any

import pytest

from applications.models import Payment, PaymentBatch
from applications.services.payments import matching
from tests.applications.controller.test_batches import approved, batch_of, release
from tests.applications.journeys import MOTIVE, Journey

pytestmark = pytest.mark.django_db


def reconcile(journey: Journey, batch: PaymentBatch, text: str, **inputs: Any) -> matching.Report:
    lines, _ = matching.read_lines(text)
    return matching.reconcile(
        batch, lines=lines, **{"executed_on": None, "actor": journey.payer, "now": journey.now, **inputs}
    )


def test_a_list_pays_what_it_names_and_tells_the_rest() -> None:
    one, two, three = approved(), approved(), approved()
    batch = release(one, batch_of(one, two, three))
    first, second, third = (order.reference for order in batch.orders.order_by("pk"))
    day = f"{one.today:%d/%m/%Y}"
    text = (
        f"Date;Libellé;Montant\n{day};VIR SEPA {first} QUALIMED;-14 400,00\n"
        f"{day};VIR {second};1,00\n{day};VIR DM-2020-000001-1-1;2,00\n{day};FRAIS;3,00\n"
    )
    report = reconcile(one, batch, text)
    assert [order.reference for order in report.matched] == [first]
    assert [line.reference for line, _ in report.refused] == [second]
    assert "14400,00" in report.refused[0][1]
    assert [line.reference for line in report.unknown] == ["DM-2020-000001-1-1"]
    assert [order.reference for order in report.silent] == [third]
    one.dossier.refresh_from_db()
    assert (one.dossier.state, Payment.objects.get().reference) == ("paid", first)
    # Sent again, with the rest typed: the first is known, nothing is paid twice.
    report = reconcile(one, batch, f"{first}\n{second}\n{second}\n{third}", executed_on=one.today)
    assert [order.reference for order in report.known] == [first]
    assert len(report.matched) == 2
    assert Payment.objects.count() == 3
    batch.refresh_from_db()
    assert (batch.status, batch.executed_on) == ("done", one.today)


def test_a_match_is_refused_to_who_approved_the_payment_and_while_on_hold() -> None:
    journey = approved()
    batch = release(journey, batch_of(journey))
    text = batch.orders.get().reference
    report = reconcile(journey, batch, text, executed_on=journey.today, actor=journey.controller)
    assert "autre décision d’argent" in report.refused[0][1]
    journey.act("set_hold", journey.controller, reason="seizure", motive=MOTIVE)
    report = reconcile(journey, batch, text, executed_on=journey.today)
    assert "suspendu" in report.refused[0][1]
    assert not Payment.objects.exists()
    assert "ne porte pas de date" in reconcile(journey, batch, text).refused[0][1]


@pytest.mark.parametrize(
    ("row", "amount", "day"),
    [
        ("12/03/2026;VIR DM-2026-000001-1-1;-1 234,56", "1234.56", "2026-03-12"),
        ("2026-03-12;DM-2026-000001-1-1;1234.56", "1234.56", "2026-03-12"),
        ("DM-2026-000001-1-1", None, None),
        ('"99/99/2026";"DM-2026-000001-1-1";"1 234,56";"9 999,99"', None, None),
        ("12.03.2026\tDM-2026-000001-1-1\t12,00", "12.00", "2026-03-12"),
    ],
)
def test_a_line_is_read_as_banks_write_it(row: str, amount: str | None, day: str | None) -> None:
    (line,), unread = matching.read_lines(row)
    assert not unread
    assert (line.amount and str(line.amount), line.paid_on and line.paid_on.isoformat()) == (amount, day)


@pytest.mark.parametrize("text", ["", "\x00;;;\n", "=1+1\n" * 3, '"' * 5000, "DM-2026-000001-1-1234\n"])
def test_no_list_gives_an_error(text: str) -> None:
    assert matching.read_lines(text)[0] == []


def test_a_list_too_long_is_told() -> None:
    with pytest.raises(ValueError, match="1000 lignes"):
        matching.read_lines("DM-2026-000001-1-1\n" * 1001)
