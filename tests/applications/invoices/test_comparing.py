"""An invoice beside the contract: every mention right or wrong, and what the closure's own rules say of the same."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest

from applications.services.closure_checks import BPIFRANCE_ADDRESS, vat_fault
from applications.services.invoices.comparing import (
    Check,
    Data,
    Expected,
    Said,
    Verdict,
    compare,
)
from applications.services.invoices.copying import differences
from experts.models import VatRegime
from tests.applications.invoices.makers import OTHER_SIREN, SIREN

SIGNED = date(2026, 9, 1)
CENT, DAY = Decimal("0.01"), timedelta(days=1)
SAID = Said(
    number="F-1",
    issued_on=SIGNED,
    ht=Decimal("12000.00"),
    vat_rate=Decimal(20),
    vat=Decimal("2400.00"),
    ttc=Decimal("14400.00"),
    acquitted_on=SIGNED,
    addressed_to=BPIFRANCE_ADDRESS,
)
DATA = Data(
    kind="380",
    siren=SIREN,
    vat_number="FR44732829320",
    buyer="Bpifrance",
    buyer_address="6/8 boulevard Haussmann, 75009 Paris",
    buyer_siren="",
    iban="FR•• •••• 0189",
    account="mark",
    currency="EUR",
    delivered_on=SIGNED,
    acquitted=True,
)
TO_COMPANY = replace(DATA, buyer="Valvéa SAS", buyer_address="1 rue du Port, 44000 Nantes")
WANTED = Expected(
    for_bpifrance=True,
    ht=Decimal("12000.00"),
    regime=VatRegime.STANDARD,
    siren=SIREN,
    vat_number="FR44732829320",
    iban="FR•• •••• 0189",
    account="mark",
    company="VALVEA, SAS",
    signed_on=SIGNED,
)


def verdicts(checks: list[Check]) -> dict[str, Verdict]:
    return {check.code: check.verdict for check in checks}


@pytest.mark.parametrize("for_bpifrance", [True, False])
def test_a_right_invoice_is_good_line_by_line(for_bpifrance: bool) -> None:
    data = DATA if for_bpifrance else TO_COMPANY
    found = verdicts(compare(SAID, replace(WANTED, for_bpifrance=for_bpifrance), data))
    assert set(found.values()) == {Verdict.GOOD}
    assert ("acquitted_on" in found) is not for_bpifrance


# Each way of being wrong: what is said, what the data say, the line it touches and how it is judged.
WRONG = {
    "a cent more": ({"ht": Decimal("12000.01"), "ttc": Decimal("14400.01")}, {}, "ht", Verdict.MEND),
    "a cent less": ({"ht": Decimal("11999.99"), "ttc": Decimal("14399.99")}, {}, "ht", Verdict.MEND),
    "vat by a cent": ({"vat": Decimal("2400.01"), "ttc": Decimal("14400.01")}, {}, "vat", Verdict.MEND),
    "a rate of nowhere": ({"vat_rate": Decimal("19.6")}, {}, "vat", Verdict.MEND),
    "a wrong sum": ({"ttc": Decimal("14400.01")}, {}, "ttc", Verdict.MEND),
    "another address": ({"addressed_to": "Bpifrance, Maisons-Alfort"}, {}, "addressed_to", Verdict.MEND),
    "the day before": ({"issued_on": SIGNED - DAY}, {}, "issued_on", Verdict.REVIEW),
    "delivered before": ({}, {"delivered_on": SIGNED - DAY}, "delivered_on", Verdict.REVIEW),
    "another firm": ({}, {"siren": OTHER_SIREN}, "siren", Verdict.REVIEW),
    "another VAT number": ({}, {"vat_number": "FR00000000000"}, "vat_number", Verdict.REVIEW),
    "another account": ({}, {"account": "other"}, "iban", Verdict.REVIEW),
    "dollars": ({}, {"currency": "USD"}, "currency", Verdict.MEND),
    "a pro forma": ({}, {"kind": "325"}, "kind", Verdict.MEND),
    "no account": ({}, {"account": ""}, "iban", Verdict.UNSAID),
}


@pytest.mark.parametrize("name", WRONG)
def test_one_wrong_mention_is_told_and_no_other(name: str) -> None:
    said, data, code, verdict = WRONG[name]
    found = verdicts(compare(replace(SAID, **said), WANTED, replace(DATA, **data)))
    assert found.pop(code) == verdict
    assert {one for one in found.values() if one != Verdict.GOOD} <= (
        {Verdict.MEND} if code == "ht" else set()
    )


@pytest.mark.parametrize(("first", "second"), list(product(WRONG, repeat=2)))
def test_two_wrong_mentions_are_both_told(first: str, second: str) -> None:
    said = {**WRONG[first][0], **WRONG[second][0]}
    data = {**WRONG[first][1], **WRONG[second][1]}
    found = verdicts(compare(replace(SAID, **said), WANTED, replace(DATA, **data)))
    one, other = WRONG[first], WRONG[second]
    if not set(one[0]) & set(other[0]) and not set(one[1]) & set(other[1]):
        assert found[one[2]] == one[3]
        assert found[other[2]] == other[3]
    for check in compare(replace(SAID, **said), WANTED, replace(DATA, **data)):
        assert (check.verdict in {Verdict.MEND, Verdict.REVIEW}) == bool(check.remedy)


@pytest.mark.parametrize(
    ("regime", "rate"),
    list(product(VatRegime.values, (Decimal(20), Decimal(10), Decimal(0), Decimal("19.6")))),
)
def test_the_vat_is_judged_by_the_closures_own_rule(regime: str, rate: Decimal) -> None:
    vat = (SAID.ht or Decimal(0)) * rate / 100
    said = replace(SAID, vat_rate=rate, vat=vat)
    fault = vat_fault(regime, ht=Decimal("12000.00"), rate=rate, vat=vat)
    found = verdicts(compare(said, replace(WANTED, regime=regime)))["vat"]
    assert found == (Verdict.GOOD if fault is None else Verdict.MEND)


@pytest.mark.parametrize("on_file", ["", f"FR03{OTHER_SIREN}"])
def test_a_vat_number_is_built_on_the_firms_siren_whatever_is_on_file(on_file: str) -> None:
    found = compare(SAID, replace(WANTED, vat_number=on_file), replace(DATA, vat_number=f"FR03{OTHER_SIREN}"))
    assert verdicts(found)["vat_number"] == "review"
    assert verdicts(compare(SAID, replace(WANTED, vat_number=""), DATA))["vat_number"] == "unsaid"
    # A foreign number holds no SIREN: it is compared with the one on file.
    foreign = replace(WANTED, vat_number="DE136695976")
    assert verdicts(compare(SAID, foreign, replace(DATA, vat_number="DE136695976")))["vat_number"] == "good"


def test_the_company_is_invoiced_by_its_name_or_siren_and_pays() -> None:
    wanted = replace(WANTED, for_bpifrance=False, company_siren=SIREN)
    assert (
        verdicts(compare(SAID, wanted, replace(TO_COMPANY, buyer_siren=OTHER_SIREN)))["addressed_to"]
        == "review"
    )
    assert (
        verdicts(compare(SAID, wanted, replace(TO_COMPANY, buyer="Autre SARL")))["addressed_to"] == "review"
    )
    assert verdicts(compare(SAID, wanted, replace(TO_COMPANY, acquitted=False)))["acquitted_on"] == "review"
    assert verdicts(compare(replace(SAID, acquitted_on=None), wanted, TO_COMPANY))["acquitted_on"] == "mend"
    # Deposits and credit notes add up: one of them alone is not wrong for being another amount.
    assert verdicts(compare(replace(SAID, ht=Decimal(5000)), wanted, TO_COMPANY))["ht"] == "review"


@pytest.mark.parametrize(
    ("buyer", "address", "told"),
    [
        ("Bpifrance", "6/8 boulevard Haussmann, 75009 Paris", "good"),
        ("BPI France SA", "8 bd Haussmann, 75009 PARIS", "good"),
        # Smaller profiles give the name alone.
        ("Bpifrance", "", "good"),
        ("Bpifrance Participations", "27 avenue du Général Leclerc, 94710 Maisons-Alfort", "mend"),
        ("Valvéa SAS", "6/8 boulevard Haussmann, 75009 Paris", "mend"),
        ("Bpifrance", "68 boulevard Haussmann, 75009 Paris", "mend"),
        ("Valvéa SAS", "", "mend"),
    ],
)
def test_the_data_name_bpifrance_whatever_is_typed(buyer: str, address: str, told: str) -> None:
    found = compare(SAID, WANTED, replace(DATA, buyer=buyer, buyer_address=address))
    (check,) = [check for check in found if check.label == "Destinataire"]
    assert (check.verdict, check.code) == (told, "addressed_to" if told == "good" else "buyer")
    assert told == "good" or buyer in check.read


def test_a_number_already_used_is_told() -> None:
    found = compare(SAID, replace(WANTED, seen_in=("DM-2026-000007",)), DATA)[0]
    assert (found.verdict, found.read) == (Verdict.REVIEW, "F-1, déjà utilisé dans DM-2026-000007")


def test_what_is_not_said_is_neither_right_nor_wrong() -> None:
    assert set(verdicts(compare(Said(), WANTED)).values()) == {Verdict.UNSAID}


@pytest.mark.parametrize("name", ["ht", "vat", "ttc", "number", "issued_on", "acquitted_on"])
def test_typing_something_else_than_the_file_says_is_told(name: str) -> None:
    others = {"number": "F-2", "issued_on": SIGNED + DAY, "acquitted_on": SIGNED + DAY}
    typed = replace(SAID, **{name: others.get(name, SAID.ht and SAID.ht + CENT)})
    (found,) = differences(typed, SAID)
    assert found.code == f"typed_{name}"
    # Only the date of payment may be said by a stamp: all else is copied from the invoice.
    assert found.verdict == (Verdict.REVIEW if name == "acquitted_on" else Verdict.MEND)
    assert differences(SAID, SAID) == []
    assert differences(typed, Said()) == []


@pytest.mark.parametrize(("acquitted", "verdict"), [(True, "good"), (None, "good"), (False, "review")])
def test_the_mention_is_looked_for_on_a_file_without_data(acquitted: bool | None, verdict: str) -> None:
    found = compare(SAID, replace(WANTED, for_bpifrance=False), acquitted=acquitted)
    assert verdicts(found)["acquitted_on"] == verdict
