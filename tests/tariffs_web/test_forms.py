"""The case behind a simulation's address: what is typed in France becomes what the engine reads."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from portal.clock import today
from tariffs import catalogue
from tariffs.engine.facts import CaseError
from tariffs.forms import case_from_query, read_query
from tariffs.forms.choices import ABSENT
from tariffs.forms.fields import FigureField
from tariffs.forms.steps import step_of, step_shown


def case_of(query: str) -> dict:
    case, errors = case_from_query(QueryDict(query))
    assert errors == {}
    return case


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("12 500,50", "12500.50"),
        ("12.500,50", "12500.50"),
        ("1.234.567,8", "1234567.8"),
        ("12\u202f500,50\u00a0€", "12500.50"),
        ("12500.5", "12500.5"),
        ("007", "7"),
        ("0", "0"),
        ("-0,00", "0.00"),
    ],
)
def test_amounts_are_read_as_typed_in_france(typed: str, read: str) -> None:
    query = QueryDict(mutable=True)
    query.update({"volet": "1", "amount_qms_support": typed})

    case, errors = case_from_query(query)

    assert errors == {}
    assert case["quote"]["lines"] == [{"item": "qms_support", "amount": read, "performed_by": "expert"}]
    assert catalogue.evaluate_json(case, today=today())["funding"] is None  # the class is not known


@pytest.mark.parametrize(
    "typed", ["douze", "-1", "1,555", "1e3", "1" * 16, "12.50,50", "12.500", "Infinity", "٣"]
)
def test_a_bad_amount_says_what_to_do(typed: str) -> None:
    query = QueryDict(mutable=True)
    query.update({"volet": "1", "amount_qms_support": typed})

    case, errors = case_from_query(query)

    assert list(errors) == ["amount_qms_support"]
    assert errors["amount_qms_support"][0].endswith(".")
    assert case["quote"] is None


@pytest.mark.parametrize("typed", ["31/08/2024", "2024-08-31"])
def test_dates_are_read_both_ways(typed: str) -> None:
    assert case_of(f"volet=1&created_on={typed}")["company"]["created_on"] == "2024-08-31"


@pytest.mark.parametrize("typed", ["31/02/2024", "hier", "2024-13-01", "0000-01-01"])
def test_a_date_that_does_not_exist_is_refused(typed: str) -> None:
    _, errors = case_from_query(QueryDict(f"volet=1&created_on={typed}"))

    assert list(errors) == ["created_on"]


def test_unknown_stays_unknown() -> None:
    case = case_of("volet=4")

    assert case["company"] == {"volets_used": [], "shareholders": None}
    assert case["device"] == {"kind": None, "risk_class": None, "targets": None}
    assert case["expert"] is None
    assert case["quote"] is None


def test_a_whole_case() -> None:
    case = case_of(
        "volet=5&edition=2024&on=2026-11-20&device=dm.IIa&digital_functions=oui&hardware=non&targets=lpp&targets=latm"
        "&legal_form=other&legal_form_code=5785&registered_in=RE&created_on=2020-01-01&headcount=12,5&turnover=1"
        "&equity=-5&volets_used=1&volets_used=2&holders=some&holder1_share=33,4&holder1_exempt=on&holder1_headcount=4"
        "&holder3_kind=person&holder3_share=10&expert=accredited&passi_from=2025-01-01&passi_until=2027-01-01"
        "&passi_scopes=code_audit&amount_code_audit=10&complexity_code_audit=simple&by_code_audit=third_party"
        "&amount_travel=5&quote_signed=non&starts_on=2026-11-01&work_ended_on=2026-11-10"
    )

    facts = catalogue.read(case, today=today())

    assert facts.device.column == "dm.IIa"
    assert facts.device.targets == ("lpp", "latm")
    assert facts.company.legal_form == "5785"
    assert facts.company.volets_used == (1, 2)
    assert facts.company.equity == Decimal(-5)
    assert [holder.kind for holder in facts.company.shareholders or ()] == ["enterprise", "person"]
    assert facts.company.shareholders
    assert facts.company.shareholders[0].exempt_investor
    assert facts.expert
    assert facts.expert.accredited_volets == (5,)
    assert facts.expert.passi
    assert facts.expert.passi.scopes == ("code_audit",)
    assert facts.quote
    assert [(line.item, line.performed_by) for line in facts.quote.lines] == [
        ("code_audit", "third_party"),
        ("travel", "expert"),
    ]
    assert facts.quote.signed is False


def test_no_target_at_all_is_known() -> None:
    assert case_of("volet=4&targets=none")["device"]["targets"] == []
    assert case_of("volet=4&targets=none&targets=lpp")["device"]["targets"] == ["lpp"]


def test_no_enterprise_in_the_capital_is_known() -> None:
    assert case_of("volet=4&holders=none&holder1_share=30")["company"]["shareholders"] == []


@pytest.mark.parametrize("answer", ["none", "requested", "granted", "refused"])
def test_an_expert_outside_the_pool(answer: str) -> None:
    expert = case_of(f"volet=4&expert={answer}")["expert"]

    assert expert == {"accredited_volets": [], "derogation": answer, "passi": None}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("volet=9", "volet"),
        ("volet=1&edition=1999", "edition"),
        ("volet=1&device=dm.B", "device"),
        ("volet=1&legal_form=other", "legal_form_code"),
        ("volet=1&legal_form=other&legal_form_code=57", "legal_form_code"),
        ("volet=5&expert=none&passi_from=2025-01-01", "passi_until"),
        ("volet=1&holder2_headcount=3", "holder2_share"),
        ("volet=1&holder1_share=100,1", "holder1_share"),
        ("volet=1&volets_used=6", "volets_used"),
        ("volet=1&line1_amount=6", "line1_item"),
        ("volet=1&line2_item=travel", "line2_amount"),
        ("volet=1&line2_item=nothing&line2_amount=4", "line2_item"),
        ("volet=1&headcount=%00", "headcount"),
    ],
)
def test_what_is_missing_or_impossible_is_said_beside_its_field(query: str, field: str) -> None:
    _, errors = case_from_query(QueryDict(query))

    assert list(errors) == [field]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("volet=1&on=1999-01-01", "on"),
        ("volet=1&on=2024-12-01&created_on=2025-01-01", "created_on"),
        ("volet=1&starts_on=9999-12-31", "starts_on"),
        ("volet=1&work_ended_on=9999-12-31", "work_ended_on"),
    ],
)
def test_the_engine_s_errors_find_their_field(query: str, field: str) -> None:
    mapped = read_query(QueryDict(query))
    assert not mapped.form.errors

    with pytest.raises(CaseError) as caught:
        catalogue.evaluate(mapped.case, today=today())

    assert mapped.field_of(caught.value) == field


def test_an_error_deep_in_a_list_finds_its_line() -> None:
    mapped = read_query(QueryDict("volet=1&amount_qms_training=3&amount_travel=4"))

    assert mapped.field_of(CaseError("quote.lines[1].amount", "non")) == "amount_travel"
    assert mapped.field_of(CaseError("company.volets_used[3]", "non")) == "volets_used"
    assert mapped.field_of(CaseError("documents", "non")) is None


def test_the_volet_may_be_left_for_last() -> None:
    assert "volet" not in case_of("volet=&device=dm.IIa")


def test_as_many_shareholders_as_there_are() -> None:
    query = "&".join(f"holder{row}_share={row}" for row in range(1, 13))
    holders = case_of(f"volet=1&holders=some&{query}&holder13_share=3")["company"]["shareholders"]

    assert [holder["share"] for holder in holders] == [str(row) for row in range(1, 13)]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("volet=1", 1),
        ("volet=1&ajouter=holder", 2),
        ("volet=1&actionnaires=3&ajouter=holder", 4),
        ("volet=1&actionnaires=2&holder5_share=3", 5),
        ("volet=1&actionnaires=12&ajouter=holder", 12),
        ("volet=1&actionnaires=99", 12),
        ("volet=1&actionnaires=-4", 1),
        ("volet=1&actionnaires=%D9%A3", 1),
        ("volet=1&ajouter=line", 1),
    ],
)
def test_rows_are_added_one_by_one(query: str, shown: int) -> None:
    form = read_query(QueryDict(query)).form

    assert len(form.holder_rows()) == shown
    assert "actionnaires" not in form.query()
    assert "ajouter" not in form.query()


def test_a_line_may_be_repeated() -> None:
    case = case_of(
        "volet=5&amount_code_audit=10&line1_item=code_audit&line1_amount=5,50&line1_complexity=simple"
        "&line1_by=third_party&line3_item=travel&line3_amount=7&line3_by=other_expert"
    )

    assert case["quote"]["lines"] == [
        {"item": "code_audit", "amount": "10", "performed_by": "expert"},
        {"item": "code_audit", "amount": "5.50", "performed_by": "third_party", "complexity": "simple"},
        {"item": "travel", "amount": "7", "performed_by": "expert"},
    ]


@pytest.mark.parametrize(
    ("query", "documents"),
    [
        ("", None),
        ("doc_quote=have", [{"kind": "quote"}]),
        ("doc_tax_return=cannot", [{"kind": "tax_return", "absent_because": ABSENT}]),
        ("doc_regularity=cannot", [{"kind": "regularity_certificate", "absent_because": ABSENT}]),
        (
            "doc_regularity=have&doc_tax_on=01/10/2026",
            [
                {"kind": "regularity_certificate", "covers": ["tax"], "issued_on": "2026-10-01"},
                {"kind": "regularity_certificate", "covers": ["social"]},
            ],
        ),
        (
            "doc_social_on=2026-10-01",
            [{"kind": "regularity_certificate", "covers": ["social"], "issued_on": "2026-10-01"}],
        ),
    ],
)
def test_the_documents_that_are_there_or_can_t_be(query: str, documents: list[dict] | None) -> None:
    assert case_of(f"volet=1&{query}")["documents"] == documents


def test_a_certificate_dated_after_the_evaluation_finds_its_field() -> None:
    mapped = read_query(QueryDict("volet=1&on=2026-01-01&doc_quote=have&doc_social_on=2026-01-02"))

    with pytest.raises(CaseError) as caught:
        catalogue.evaluate(mapped.case, today=today())

    assert mapped.field_of(caught.value) == "doc_social_on"


@pytest.mark.parametrize(
    ("field", "step"),
    [
        ("volet", 1),
        ("on", 1),
        ("created_on", 2),
        ("holder4_share", 2),
        ("amount_travel", 3),
        ("doc_quote", 3),
    ],
)
def test_each_question_has_its_step(field: str, step: int) -> None:
    assert step_of(field) == step


@pytest.mark.parametrize(
    ("query", "step"),
    [
        ("volet=1", 1),
        ("volet=1&etape=2", 2),
        ("volet=1&vers=2&etape=1", 2),
        ("volet=1&etape=4", 4),
        ("volet=1&etape=9", 1),
        ("volet=1&etape=3&headcount=douze", 2),
        ("volet=9&etape=4", 1),
        ("volet=1&etape=2&amount_travel=x", 2),
    ],
)
def test_a_page_opens_on_the_first_step_to_mend(query: str, step: int) -> None:
    data = QueryDict(query)

    assert step_shown(read_query(data).form, data) == step


def test_the_shared_link_says_the_same_and_nothing_else() -> None:
    typed = QueryDict(
        "volet=1&headcount=+12+&turnover=&by_qms_support=expert&amount_qms_support=1+000&nom=Durand"
    )
    form = read_query(typed).form

    assert form.query() == "volet=1&headcount=12&amount_qms_support=1+000"
    assert case_of(form.query()) == case_of(typed.urlencode())


@pytest.mark.parametrize(
    ("decimals", "sentence"), [(1, "1 chiffre au plus après la virgule"), (2, "2 chiffres au plus")]
)
def test_one_decimal_is_said_in_the_singular(decimals: int, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        FigureField(decimals=decimals).clean("1,2345")
