"""What the company pays its expert: HT, VAT by the expert's regime, TTC; estimated until it is invoiced."""

from decimal import Decimal

import pytest

from applications.models import Invoice
from applications.services.cash import cash_of
from experts.models import VatRegime
from tests.applications.journeys import Journey

pytestmark = pytest.mark.django_db


def of(journey: Journey) -> object:
    return cash_of(journey.dossier, journey.mission, Invoice.objects.filter(addressee="company"))


@pytest.mark.parametrize(
    ("regime", "rate"),
    [(VatRegime.STANDARD, "20"), (VatRegime.FRANCHISE, "0"), (VatRegime.REVERSE_CHARGE, "0")],
)
def test_the_share_is_estimated_at_the_rate_of_the_regime(regime: str, rate: str) -> None:
    journey = Journey().to("submitted")
    firm = journey.mission.firm
    firm.vat_regime = regime
    firm.save()
    cash = of(journey)
    share = journey.dossier.company_share
    assert any(line.estimate for line in cash.lines)
    assert (cash.ht, cash.vat, cash.ttc) == (
        share,
        share * Decimal(rate) / 100,
        share * (100 + Decimal(rate)) / 100,
    )
    assert ("autoliquidation" in cash.note, "293 B" in cash.note) == (
        regime == VatRegime.REVERSE_CHARGE,
        regime == VatRegime.FRANCHISE,
    )


def test_what_was_invoiced_is_shown_and_the_rest_estimated() -> None:
    journey = Journey().to("work_done")
    journey.invoice(journey.mission, "company", Decimal("1000.01"), acquitted_on=journey.today)
    cash = of(journey)
    paid, rest = cash.lines
    assert (paid.ht, paid.vat, paid.ttc, paid.estimate) == (
        Decimal("1000.01"),
        Decimal("200.00"),
        Decimal("1200.01"),
        False,
    )
    assert rest.ht == journey.dossier.company_share - Decimal("1000.01")
    assert cash.ht == journey.dossier.company_share
    assert cash.ttc == paid.ttc + rest.ttc


def test_nothing_is_estimated_once_settled() -> None:
    journey = Journey().to("paid")
    assert not any(line.estimate for line in of(journey).lines)


def test_a_request_that_ended_costs_nothing() -> None:
    assert of(Journey().to("withdrawn")) is None
