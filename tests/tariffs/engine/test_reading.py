"""Input that can't be meant is refused by the path of its first field; the rest is read as written."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tariffs import catalogue
from tariffs.engine import CaseError
from tests.tariffs.engine.cases import case, evaluated, lines

TODAY = date(2026, 3, 31)


def error_of(given: Any) -> CaseError:
    """The error of a case, given as an object (through JSON text) or as text."""
    text = given if isinstance(given, str | bytes) else json.dumps(given)
    with pytest.raises(CaseError) as caught:
        catalogue.evaluate_json(text, today=TODAY)
    assert caught.value.message.endswith(".")
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        '{"volet": 1,}',
        "[1]",
        "1",
        "null",
        '"a"',
        '{"volet": 1, "volet": 1}',
        '{"volet": 1, "company": {"headcount": 1, "headcount": 1}}',
        '{"volet": 01}',
        "{'volet': 1}",
        "[" * 200_000,
        '{"a":' * 200_000,
        '{"volet": 1} x',
        b'{"volet": 1, "quote": "\xff"}',
        "{}{}",
        '{"a": "\x01"}',
    ],
)
def test_unreadable(text: str | bytes) -> None:
    assert error_of(text).path == ""


def test_a_byte_order_mark_is_ignored() -> None:
    assert catalogue.evaluate_json(b'\xef\xbb\xbf{"volet": 1}', today=TODAY)["volet"] == 1


LINE = {"item": "travel", "amount": 1}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"on": "2022-12-31"}, "on"),
        ({"on": "2022-12-31", "edition": "2023"}, "on"),
        ({"on": "31/03/2026"}, "on"),
        ({"on": "2026-02-30"}, "on"),
        ({"on": "20260331"}, "on"),
        ({"on": "2026-W01-1"}, "on"),
        ({"on": 20260331}, "on"),
        ({"on": "２０２６-03-31"}, "on"),
        ({"on": "2026-03-31T00:00"}, "on"),
        ({"edition": 2024}, "edition"),
        ({"edition": "2025"}, "edition"),
        ({"stage": "draft"}, "stage"),
        ({"volet": None}, "volet"),
        ({"volet": 9}, "volet"),
        ({"volet": 0}, "volet"),
        ({"volet": "1"}, "volet"),
        ({"volet": True}, "volet"),
        ({"volet": 1.0}, "volet"),
        ({"volet": [1]}, "volet"),
        ({"company": []}, "company"),
        ({"company": "x"}, "company"),
        ({"company__legal_form": "571"}, "company.legal_form"),
        ({"company__legal_form": "57100"}, "company.legal_form"),
        ({"company__legal_form": 5710}, "company.legal_form"),
        ({"company__legal_form": "٥٧١٠"}, "company.legal_form"),
        ({"company__legal_form": "5710\n"}, "company.legal_form"),
        ({"company__registered_in": "fr"}, "company.registered_in"),
        ({"company__registered_in": "FRA"}, "company.registered_in"),
        ({"company__registered_in": "ÉÉ"}, "company.registered_in"),
        ({"company__created_on": "2026-04-01"}, "company.created_on"),
        ({"company__headcount": -1}, "company.headcount"),
        ({"company__headcount": True}, "company.headcount"),
        ({"company__headcount": "1e3"}, "company.headcount"),
        ({"company__headcount": "0.0000000000000001"}, "company.headcount"),
        ({"company__turnover": "10.000"}, "company.turnover"),
        ({"company__turnover": 10.123}, "company.turnover"),
        ({"company__turnover": "1" * 16}, "company.turnover"),
        ({"company__turnover": 10**15}, "company.turnover"),
        ({"company__turnover": "-0.01"}, "company.turnover"),
        ({"company__turnover": [1]}, "company.turnover"),
        ({"company__turnover": {}}, "company.turnover"),
        ({"company__balance_sheet": "1 000"}, "company.balance_sheet"),
        ({"company__equity": "-1.001"}, "company.equity"),
        ({"company__equity": "--1"}, "company.equity"),
        ({"company__subscribed_capital": "-1"}, "company.subscribed_capital"),
        ({"company__insolvency_proceedings": "true"}, "company.insolvency_proceedings"),
        ({"company__in_difficulty": 0}, "company.in_difficulty"),
        ({"company__tax_and_social_up_to_date": "oui"}, "company.tax_and_social_up_to_date"),
        ({"company__volets_used": [1, 9]}, "company.volets_used[1]"),
        ({"company__volets_used": [None]}, "company.volets_used[0]"),
        ({"company__volets_used": 1}, "company.volets_used"),
        ({"company__volets_used": "12"}, "company.volets_used"),
        ({"company__shareholders": [{}]}, "company.shareholders[0].share"),
        ({"company__shareholders": [{"share": "100.01"}]}, "company.shareholders[0].share"),
        ({"company__shareholders": [{"share": "-1"}]}, "company.shareholders[0].share"),
        ({"company__shareholders": [{"share": 1, "kind": "fund"}]}, "company.shareholders[0].kind"),
        ({"company__shareholders": [{"share": 1, "name": 3}]}, "company.shareholders[0].name"),
        ({"company__shareholders": [{"share": 1, "name": "\ud800"}]}, "company.shareholders[0].name"),
        ({"company__shareholders": [{"share": 1, "name": "a\x00"}]}, "company.shareholders[0].name"),
        ({"company__shareholders": [{"share": 1}, None]}, "company.shareholders[1]"),
        ({"company__shareholders": [{"share": 1}, 3]}, "company.shareholders[1]"),
        ({"company__siren": "1"}, "company.siren"),
        ({"device__kind": "software"}, "device.kind"),
        ({"device__risk_class": "B"}, "device.risk_class"),
        ({"device__risk_class": "IV"}, "device.risk_class"),
        ({"device": {"kind": "digital_solution", "risk_class": "I"}}, "device.risk_class"),
        ({"device": {"kind": "dmdiv", "risk_class": "IIa"}}, "device.risk_class"),
        ({"device": {"kind": "dm", "risk_class": "B", "hardware": 3}}, "device.risk_class"),
        ({"device__targets": ["lpp", None]}, "device.targets[1]"),
        ({"device__targets": ["cpam"]}, "device.targets[0]"),
        ({"device__targets": [["lpp"]]}, "device.targets[0]"),
        ({"device__ce_marking": "yes"}, "device.ce_marking"),
        ({"device__audience": "all"}, "device.audience"),
        ({"device__purpose": "sport"}, "device.purpose"),
        ({"declarations__medical_committee": 1}, "declarations.medical_committee"),
        ({"declarations": {"oath": True}}, "declarations.oath"),
        ({"expert": []}, "expert"),
        ({"expert": {"accredited_volets": [6]}}, "expert.accredited_volets[0]"),
        ({"expert": {"derogation": "asked"}}, "expert.derogation"),
        ({"expert": {"passi": {}}}, "expert.passi.valid_from"),
        ({"expert": {"passi": {"valid_from": "2026-01-01"}}}, "expert.passi.valid_until"),
        (
            {"expert": {"passi": {"valid_from": "2026-01-01", "valid_until": "2026-01-01", "scopes": ["x"]}}},
            "expert.passi.scopes[0]",
        ),
        ({"quote": {"signed": 1}}, "quote.signed"),
        ({"quote": {"issued_on": "hier"}}, "quote.issued_on"),
        ({"quote": {"lines": [{}]}}, "quote.lines[0].item"),
        ({"quote": {"lines": [{"item": "travel"}]}}, "quote.lines[0].amount"),
        ({"quote": {"lines": [{"item": "hotel", "amount": 1}]}}, "quote.lines[0].item"),
        ({"quote": {"lines": [LINE, {"item": "travel", "amount": "-1"}]}}, "quote.lines[1].amount"),
        ({"quote": {"lines": [LINE | {"complexity": "hard"}]}}, "quote.lines[0].complexity"),
        ({"quote": {"lines": [LINE | {"performed_by": "me"}]}}, "quote.lines[0].performed_by"),
        ({"quote": {"lines": [LINE | {"vat": 1}]}}, "quote.lines[0].vat"),
        ({"documents": {}}, "documents"),
        ({"documents": [{}]}, "documents[0].kind"),
        ({"documents": [{"kind": "quote", "issued_on": "2026-04-01"}]}, "documents[0].issued_on"),
        ({"documents": [{"kind": "quote", "covers": []}]}, "documents[0].covers"),
        ({"documents": [{"kind": "quote", "covers": ["tax", "vat"]}]}, "documents[0].covers[1]"),
        ({"documents": [{"kind": "quote", "absent_because": " \u00a0"}]}, "documents[0].absent_because"),
        (
            {"documents": [{"kind": "quote", "absent_because": "x", "issued_on": "2026-01-01"}]},
            "documents[0].absent_because",
        ),
        ({"contract_signed_on": "9998-07-01"}, "contract_signed_on"),
        ({"contract_signed_on": 3}, "contract_signed_on"),
        ({"validated_on": "9999-01-01", "edition": "2023"}, "validated_on"),
        ({"work_ended_on": "9999-12-22"}, "work_ended_on"),
        ({"dossier": 1}, "dossier"),
    ],
)
def test_path_of_the_error(changes: dict[str, Any], path: str) -> None:
    assert error_of(case(**changes)).path == path


LITERALS = ["NaN", "Infinity", "-Infinity", "1e3", "1E0", "-1", "1.234", "true"]
TEXTS = ["+5", " 5", "5.", ".5", "", "٥", "1_0", "NaN", "05", "5\n", "1,5", "1e3", "0x1"]


@pytest.mark.parametrize("literal", LITERALS + [json.dumps(text) for text in TEXTS])
def test_amounts_that_are_none(literal: str) -> None:
    assert error_of(f'{{"volet": 1, "company": {{"turnover": {literal}}}}}').path == "company.turnover"


def test_a_huge_number_is_refused_and_not_computed() -> None:
    assert (
        error_of('{"volet": 1, "company": {"headcount": ' + "9" * 100_000 + "}}").path == "company.headcount"
    )
    assert error_of('{"volet": ' + "9" * 100_000 + "}").path == "volet"


def test_the_first_error_in_the_order_of_the_fields() -> None:
    both = case(stage="x", volet=9, company__headcount=-1)
    assert error_of(dict(reversed(both.items()))).path == "stage"
    assert (
        error_of(case(company__created_on="2999-01-01", company__zzz=1, device=3)).path
        == "company.created_on"
    )
    assert error_of(case(company__shareholders=3, company__zzz=1, device=3)).path == "company.shareholders"
    assert error_of(case(company__zzz=1, device=3)).path == "company.zzz"
    assert error_of(case(zzz=1, work_ended_on="x")).path == "work_ended_on"
    assert error_of(case(contract_signed_on="9999-12-01", validated_on="x")).path == "contract_signed_on"


def test_an_error_can_always_be_written() -> None:
    error = error_of('{"volet": 1, "\\ud800": 1}')
    assert json.dumps(error.to_json(), ensure_ascii=False).encode("utf-8")
    assert error.path == "?"
    assert error.to_json() == {"error": {"path": "?", "message": error.message}}


def test_numbers_are_read_as_written() -> None:
    text = '{"volet": 1, "company": {"headcount": 249.999999999999999, "turnover": 0.10, "equity": -0.00}}'
    company = catalogue.read(text, today=TODAY).company
    assert company.headcount == Decimal("249.999999999999999")
    assert str(company.turnover) == "0.10"
    assert str(company.equity) == "0.00"
    assert catalogue.read('{"volet": 1, "company": {"turnover": "-0"}}', today=TODAY).company.turnover == 0


def test_numbers_of_python_are_read_but_no_float() -> None:
    assert (
        catalogue.read({"volet": 1, "company": {"turnover": Decimal("1E+3")}}, today=TODAY).company.turnover
        == 1000
    )
    with pytest.raises(CaseError, match=r"company\.turnover"):
        catalogue.read({"volet": 1, "company": {"turnover": 10.5}}, today=TODAY)


def test_null_and_absent_mean_the_defaults() -> None:
    facts = catalogue.read(
        {
            "volet": 1,
            "on": None,
            "edition": None,
            "stage": None,
            "company": None,
            "device": None,
            "expert": {"accredited_volets": None, "derogation": None, "passi": None},
            "quote": {"lines": None, "signed": None},
            "documents": [{"kind": "regularity_certificate", "covers": None, "issued_on": None}],
        },
        today=TODAY,
    )
    assert (facts.on, facts.edition, facts.stage) == (TODAY, "2024", "simulation")
    assert facts.company.volets_used == ()
    assert facts.company.shareholders is None
    assert facts.expert is not None
    assert (facts.expert.accredited_volets, facts.expert.derogation, facts.expert.passi) == ((), "none", None)
    assert facts.quote is not None
    assert facts.quote.lines == ()
    assert facts.documents is not None
    assert facts.documents[0].covers == ("tax", "social")


def test_without_a_day_there_is_no_evaluation() -> None:
    with pytest.raises(CaseError) as caught:
        catalogue.evaluate({"volet": 1}, today=None)
    assert caught.value.path == "on"


def test_the_edition_in_force() -> None:
    assert catalogue.evaluate({"volet": 1, "on": "2024-09-30"}, today=None).edition == "2023"
    assert catalogue.evaluate({"volet": 1, "on": "2024-10-01"}, today=None).edition == "2024"
    assert catalogue.evaluate({"volet": 1, "on": "2023-01-01"}, today=None).edition == "2023"
    assert (
        catalogue.evaluate({"volet": 1, "on": "2023-01-01", "edition": "2024"}, today=None).edition == "2024"
    )


def test_the_last_days_of_the_calendar() -> None:
    late = case(on="9999-12-31", company__created_on="9999-12-31", company__turnover="1", documents=[])
    late["expert"]["passi"] = None
    assert catalogue.evaluate(late, today=None).category == "startup"
    assert evaluated(contract_signed_on="9998-06-30").to_json()["term"]["due_on"] == "9999-12-30"
    assert evaluated(work_ended_on="9999-12-21").to_json()["term"]["report_due_on"] == "9999-12-31"
    assert evaluated(validated_on="9999-12-31").term.starts_on is None


def test_the_shape_of_the_evaluation() -> None:
    found = evaluated(quote={"lines": lines(("qms_support", "10.5"))}).to_json()
    assert list(found) == [
        "edition", "on", "stage", "volet", "verdict", "category", "findings", "funding", "required_documents", "term",
    ]  # fmt: skip
    assert list(found["findings"][0]) == [
        "rule",
        "status",
        "observed",
        "expected",
        "message",
        "remedy",
        "source",
    ]
    assert list(found["term"]) == ["months", "starts_on_event", "starts_on", "due_on", "report_due_on"]
    assert list(found["required_documents"][0]) == ["kind", "why"]
    assert found["funding"] == {
        "rate": "0.50",
        "total": "10.50",
        "covered_total": "10.50",
        "eligible_total": "10.50",
        "excess_total": "0.00",
        "bpifrance_share": "5.25",
        "company_share": "5.25",
        "lines": [
            {
                "item": "qms_support",
                "amount": "10.50",
                "ceiling": "40000.00",
                "eligible": "10.50",
                "excess": "0.00",
            }
        ],
    }


def test_the_text_is_the_same_as_the_object() -> None:
    for volet in (1, 5):
        for edition in ("2023", "2024"):
            evaluation = evaluated(volet, edition, contract_signed_on="2026-01-01", quote=None)
            assert json.loads(evaluation.to_json_bytes()) == evaluation.to_json()
            assert list(json.loads(evaluation.to_json_bytes())) == list(evaluation.to_json())
