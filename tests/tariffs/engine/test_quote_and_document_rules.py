"""Each rule about the quote and the documents at its boundaries, and what an absent section gives."""

from typing import Any

import pytest

from tests.tariffs.engine.cases import evaluated, lines, status


@pytest.mark.parametrize(("signed", "expected"), [(True, "fail"), (False, "pass"), (None, "missing")])
def test_unsigned(signed: bool | None, expected: str) -> None:
    assert status("quote.unsigned", quote__signed=signed) == expected


@pytest.mark.parametrize("edition", ["2023", "2024"])
@pytest.mark.parametrize(
    ("given", "covered", "single", "uncovered"),
    [
        ([("qms_support", "0.01")], "pass", "pass", "pass"),
        ([("qms_support", "0")], "fail", "pass", "pass"),
        ([], "fail", "pass", "pass"),
        ([("travel", "10")], "fail", "pass", "warning"),
        ([("travel", "0")], "fail", "pass", "pass"),
        ([("qms_training", "5"), ("code_audit", "0")], "pass", "fail", "pass"),
        ([("ce_technical_file", "5")], "fail", "fail", "pass"),
        ([("other", "5"), ("qms_support", "1")], "pass", "pass", "warning"),
    ],
)
def test_lines(edition: str, given: list[Any], covered: str, single: str, uncovered: str) -> None:
    evaluation = evaluated(1, edition, quote={"lines": lines(*given)})
    assert evaluation.finding("quote.covered_line").status == covered
    assert evaluation.finding("quote.single_volet").status == single
    assert evaluation.finding("quote.uncovered_lines").status == uncovered


def test_a_volet_that_the_edition_lacks_covers_nothing_and_keeps_its_items() -> None:
    quote = {"lines": lines({"item": "code_audit", "amount": "10", "performed_by": "third_party"})}
    evaluation = evaluated(5, "2023", quote=quote)
    assert evaluation.finding("quote.covered_line").status == "fail"
    assert evaluation.finding("quote.single_volet").status == "pass"
    assert evaluation.finding("quote.performed_by").status == "fail"
    assert evaluation.finding("quote.within_ceilings").status == "not_applicable"
    assert evaluation.funding is None
    assert evaluated(1, "2023", quote=quote).finding("quote.single_volet").status == "fail"


@pytest.mark.parametrize(
    ("volet", "item", "performed_by", "in_2024", "in_2023"),
    [
        (1, "qms_training", "expert", "pass", "pass"),
        (1, "qms_training", "third_party", "fail", "pass"),
        (1, "qms_training", "other_expert", "fail", "fail"),
        (1, "qms_support", "third_party", "fail", "fail"),
        (2, "ce_clinical_protocol", "other_expert", "fail", "pass"),
        (2, "ce_clinical_protocol", "third_party", "fail", "fail"),
        (2, "ce_technical_file", "other_expert", "fail", "fail"),
        (1, "travel", "third_party", "pass", "pass"),
        (1, "ce_technical_file", "third_party", "pass", "pass"),
        (1, "qms_support", None, "pass", "pass"),
    ],
)
def test_performed_by(volet: int, item: str, performed_by: str | None, in_2024: str, in_2023: str) -> None:
    quote = {"lines": [{"item": item, "amount": "0", "performed_by": performed_by}]}
    assert status("quote.performed_by", volet, "2024", quote=quote) == in_2024
    assert status("quote.performed_by", volet, "2023", quote=quote) == in_2023


@pytest.mark.parametrize(("edition", "over"), [("2024", "warning"), ("2023", "fail")])
def test_within_ceilings(edition: str, over: str) -> None:
    def found(*given: tuple[str, str]) -> str:
        return status("quote.within_ceilings", 1, edition, quote={"lines": lines(*given)})

    assert found(("qms_support", "40000")) == "pass"
    assert found(("qms_support", "40000.01")) == over
    assert found(("qms_support", "20000"), ("qms_support", "20000.01")) == over
    assert found(("qms_support", "40000"), ("qms_training", "8000")) == "pass"
    assert found(("ce_technical_file", "900000")) == "pass"
    assert found() == "pass"
    assert status("quote.within_ceilings", 1, edition, device={"kind": "dm"}) == "not_applicable"
    assert status("quote.within_ceilings", 1, edition, device={}) == "not_applicable"


@pytest.mark.parametrize(
    ("amount", "complexity", "expected"),
    [
        ("9000", "medium", "pass"),
        ("9000.01", "medium", "warning"),
        ("5000", "simple", "pass"),
        ("15000.01", "complex", "warning"),
        ("90000", None, "not_applicable"),
    ],
)
def test_benchmark(amount: str, complexity: str | None, expected: str) -> None:
    line = {"item": "configuration_audit", "amount": amount, "complexity": complexity}
    assert status("quote.benchmark", 5, quote={"lines": [line]}) == expected
    assert status("quote.benchmark", 4, quote={"lines": [line]}) == "not_applicable"


def test_benchmark_judges_line_by_line() -> None:
    halves = [{"item": "code_audit", "amount": "6000", "complexity": "medium"}] * 2
    assert status("quote.benchmark", 5, quote={"lines": halves}) == "pass"
    unpriced = [{"item": "travel", "amount": "6000", "complexity": "medium"}]
    assert status("quote.benchmark", 5, quote={"lines": unpriced}) == "not_applicable"


ABSENT = {"absent_because": "Le greffe a du retard."}


@pytest.mark.parametrize("rule", ["quote", "tax_return"])
def test_a_document_is_there_excused_or_missing(rule: str) -> None:
    name = f"documents.{rule}"
    assert status(name, documents=[{"kind": rule}]) == "pass"
    assert status(name, documents=[{"kind": rule, **ABSENT}]) == "review"
    assert status(name, documents=[{"kind": rule, **ABSENT}, {"kind": rule}]) == "pass"
    assert status(name, documents=[]) == "missing"
    assert status(name, documents=[], stage="simulation") == "missing"


def certificates(*given: tuple[str | None, list[str] | None]) -> list[dict[str, Any]]:
    """Certificates from (issued_on, covers)."""
    return [{"kind": "regularity_certificate", "issued_on": day, "covers": covers} for day, covers in given]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([("2026-01-01", None)], "pass"),
        ([("2025-12-31", None)], "missing"),
        ([("2025-12-30", None)], "missing"),
        ([("2026-03-31", None)], "pass"),
        ([(None, None)], "missing"),
        ([("2026-03-01", ["tax"])], "missing"),
        ([("2026-03-01", ["tax"]), ("2026-02-01", ["social"])], "pass"),
        ([("2026-03-01", ["tax"]), ("2025-12-31", ["social"])], "missing"),
        ([("2025-01-01", None), ("2026-03-01", ["social", "tax"])], "pass"),
        ([], "missing"),
    ],
)
def test_regularity_certificate(given: list[Any], expected: str) -> None:
    assert status("documents.regularity_certificate", documents=certificates(*given)) == expected


def test_the_message_says_what_is_lacking_expired_or_undated() -> None:
    def message(*given: tuple[str | None, list[str] | None]) -> str:
        return evaluated(documents=certificates(*given)).finding("documents.regularity_certificate").message

    assert "l’attestation sociale manque" in message(("2026-03-01", ["tax"])).lower()
    assert "L’attestation fiscale du 01/01/2025 a 3 mois ou plus" in message(
        ("2025-01-01", ["tax"]), (None, ["social"])
    )
    assert "l’attestation sociale n’est pas datée" in message(("2025-01-01", ["tax"]), (None, ["social"]))
    assert message() == "Les attestations fiscale et sociale manquent."
    assert message((None, None)) == "Les attestations fiscale et sociale ne sont pas datées."
    both = message(("2025-01-01", None))
    assert both == "Les attestations fiscale et sociale du 01/01/2025 ont 3 mois ou plus."


def test_an_excuse_reviews_a_stale_certificate() -> None:
    excuse = {"kind": "regularity_certificate", **ABSENT}
    rule = "documents.regularity_certificate"
    assert status(rule, documents=[*certificates(("2025-01-01", None)), excuse]) == "review"
    assert status(rule, documents=[*certificates(("2026-03-01", None)), excuse]) == "pass"


def test_three_months_to_the_day_at_the_end_of_february() -> None:
    rule = "documents.regularity_certificate"
    november = certificates(("2025-11-30", None))
    assert status(rule, on="2026-02-27", documents=november) == "pass"
    assert status(rule, on="2026-02-28", documents=november) == "missing"


@pytest.mark.parametrize(
    ("rule", "day_before", "day", "day_after"),
    [
        ("documents.regularity_certificate", "2025-03-30", "2025-03-31", "2025-04-01"),
        ("documents.tax_return", "2023-03-30", "2023-03-31", "2023-04-01"),
    ],
)
def test_ages_that_ask_for_documents(rule: str, day_before: str, day: str, day_after: str) -> None:
    assert status(rule, company__created_on=day_before) == "pass"
    assert status(rule, company__created_on=day) == "not_applicable"
    assert status(rule, company__created_on=day_after) == "not_applicable"
    assert status(rule, company__created_on=None) == "missing"
    assert status(rule, company__created_on=None, stage="simulation") == "missing"
    assert status(rule, company__created_on=None, documents=None, stage="simulation") == "not_evaluated"
    assert status(rule, company__created_on=None, documents=None) == "missing"
    assert status(rule, company__created_on=day, documents=None, stage="simulation") == "not_applicable"


NEEDED = {"expert.accredited", "expert.passi", "quote.unsigned", "quote.covered_line", "documents.quote"}
NEEDED |= {"documents.regularity_certificate", "documents.tax_return"}
COMPARED = {"quote.single_volet", "quote.performed_by", "quote.within_ceilings", "quote.uncovered_lines"}
COMPARED |= {"quote.benchmark"}


def test_absent_sections() -> None:
    empty = {"expert": None, "quote": None, "documents": None}
    for stage, needed, compared in (
        ("simulation", "not_evaluated", "not_evaluated"),
        ("submission", "missing", "not_applicable"),
    ):
        statuses = {each.rule: each.status for each in evaluated(5, stage=stage, **empty).findings}
        assert {rule: statuses[rule] for rule in NEEDED} == dict.fromkeys(NEEDED, needed)
        assert {rule: statuses[rule] for rule in COMPARED} == dict.fromkeys(COMPARED, compared)
        assert statuses["expert.passi_scope"] == "not_applicable"
    assert status("quote.benchmark", 4, stage="simulation", quote=None) == "not_applicable"
    assert status("quote.within_ceilings", 1, stage="simulation", quote=None, device={}) == "not_applicable"


def test_required_documents() -> None:
    def kinds(**changes: Any) -> list[str]:
        return [each.kind for each in evaluated(**changes).required_documents]

    assert kinds() == ["quote", "regularity_certificate", "tax_return"]
    assert kinds(company__created_on="2024-01-01") == ["quote", "regularity_certificate"]
    assert kinds(company__created_on="2026-01-01") == ["quote"]
    assert kinds(company__created_on=None) == ["quote", "regularity_certificate", "tax_return"]
    assert kinds(edition="2023") == []
    assert "{" not in evaluated().required_documents[1].why


def test_a_document_is_asked_for_without_saying_an_age_that_is_unknown() -> None:
    asked = evaluated(company__created_on=None).required_documents
    assert [each.kind for each in asked] == ["quote", "regularity_certificate", "tax_return"]
    assert not any("L’entreprise a plus" in each.why for each in asked)
