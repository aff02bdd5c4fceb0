"""What stays open among the volets, what a quote leaves out for good, why documents are asked, the cash to advance."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from tariffs import catalogue
from tests.tariffs.engine import strategies
from tests.tariffs.engine.cases import case, lines


def states(given_case: dict[str, Any]) -> dict[int, str]:
    return {each["volet"]: each["state"] for each in catalogue.openings_json(given_case, today=None)}


def test_a_class_i_device_has_the_volets_on_security_alone() -> None:
    found = catalogue.openings_json(case(device__risk_class="I"), today=None)

    assert [each["state"] for each in found] == ["closed", "closed", "closed", "open", "open"]
    assert [each["most"] for each in found] == [None, None, None, "15000.00", "27500.00"]
    assert [reason["rule"] for reason in found[0]["reasons"]] == ["volet.device_class"]


def test_a_complete_class_iii_device_may_have_139_000_euros_in_all() -> None:
    found = catalogue.openings_json(case(device__risk_class="III"), today=None)

    assert {each["state"] for each in found} == {"open"}
    assert sum(Decimal(each["most"]) for each in found) == Decimal("139000.00")


def test_a_used_volet_is_closed_and_says_why() -> None:
    found = catalogue.openings_json(case(company__volets_used=[2]), today=None)

    assert [each["state"] for each in found] == ["open", "closed", "open", "open", "open"]
    assert found[1]["reasons"][0]["message"] == "L’entreprise a déjà bénéficié du volet 2."


def test_the_quote_and_the_expert_of_one_volet_close_no_other() -> None:
    spoilt = case(quote={"signed": True, "lines": lines(("travel", "3"))}, expert={"derogation": "refused"})

    assert set(states(spoilt).values()) == {"open"}


def test_the_volet_need_not_be_chosen_yet() -> None:
    unknown = {key: value for key, value in case().items() if key != "volet"}

    assert catalogue.openings_json(unknown, today=None) == catalogue.openings_json(case(), today=None)
    assert set(states({"on": "2026-01-01"}).values()) == {"incomplete"}


def test_edition_2023_offers_three_volets() -> None:
    found = catalogue.openings_json(case(edition="2023"), today=None)

    assert [each["state"] for each in found] == ["open", "open", "open", "closed", "closed"]
    assert [reason["rule"] for reason in found[4]["reasons"]] == ["volet.exists"]


@settings(max_examples=100, deadline=None)
@given(strategies.cases)
def test_an_open_volet_has_no_reason_and_a_closed_one_has(given_case: dict[str, Any]) -> None:
    for opening in catalogue.openings_json(given_case, today=None):
        assert bool(opening["reasons"]) == (opening["state"] != "open")


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ([("qms_support", "1")], ["qms_training"]),
        ([("qms_training", "1")], ["qms_support"]),
        ([("qms_support", "1"), ("qms_training", "1")], []),
        ([("qms_support", "1"), ("qms_training", "0")], ["qms_training"]),
        ([("travel", "1")], []),
        ([], []),
    ],
)
def test_what_the_quote_leaves_out_can_t_be_asked_for_later(
    taken: list[tuple[str, str]], left: list[str]
) -> None:
    found = catalogue.left_out_json(case(quote={"lines": lines(*taken)}), today=None)

    assert [each["item"] for each in found] == left


@pytest.mark.parametrize(
    ("created_on", "kinds"),
    [
        ("2025-03-31", ["quote"]),
        ("2025-03-30", ["quote", "regularity_certificate"]),
        ("2023-03-30", ["quote", "regularity_certificate", "tax_return"]),
    ],
)
def test_each_document_has_its_reason_in_this_case(created_on: str, kinds: list[str]) -> None:
    documents = catalogue.asked_json(case(company__created_on=created_on), today=None)["documents"]

    assert list(documents) == kinds
    if len(kinds) > 1:
        assert documents["regularity_certificate"]["because"].endswith("a plus de 1 an")
        assert documents["regularity_certificate"]["fresh"] == "de moins de 3 mois au jour du dépôt"


def test_an_unknown_age_is_said() -> None:
    documents = catalogue.asked_json(case(company__created_on=None), today=None)["documents"]

    assert documents["tax_return"]["because"].startswith("si l’entreprise a plus de 3 ans")


def test_the_cash_is_the_share_and_an_estimate_of_its_vat() -> None:
    quote = {"signed": False, "lines": lines(("qms_support", "46000.33"))}

    assert catalogue.asked_json(case(quote=quote), today=None)["cash"] == {
        "share": "26000.33",
        "vat": "5200.07",
        "total": "31200.40",
    }
    assert catalogue.asked_json(case(quote=None), today=None)["cash"] is None
