"""Each rule about the device, the volet and the expert at its boundaries, and with what is not known."""

from typing import Any

import pytest

from tests.tariffs.engine.cases import PASSI, evaluated, lines, status

SOLUTION = {
    "kind": "digital_solution",
    "audience": "users",
    "purpose": "health",
    "targets": ["mon_espace_sante"],
}


@pytest.mark.parametrize(
    ("device", "covered", "scope", "klass", "target"),
    [
        ({}, "missing", "missing", "missing", "missing"),
        ({"risk_class": "I"}, "missing", "missing", "missing", "missing"),
        ({"kind": "dm"}, "missing", "not_applicable", "missing", "missing"),
        ({"kind": "dmdiv", "digital_functions": False}, "missing", "not_applicable", "missing", "fail"),
        (
            {"kind": "dm", "digital_functions": True, "targets": ["latm"]},
            "missing",
            "not_applicable",
            "missing",
            "pass",
        ),
        ({"kind": "digital_solution"}, "pass", "missing", "fail", "missing"),
        (SOLUTION, "pass", "pass", "fail", "pass"),
    ],
)
def test_unknown_kind_and_class(
    device: dict[str, Any], covered: str, scope: str, klass: str, target: str
) -> None:
    assert status("device.covered", device=device) == covered
    assert status("device.solution_scope", device=device) == scope
    assert status("volet.device_class", 1, device=device) == klass
    assert status("volet.device_class", 4, device=device) == "pass"
    assert status("volet.digital_target", 4, device=device) == target
    if "kind" not in device or device["kind"] != "digital_solution":
        evaluation = evaluated(4, device=device)
        assert evaluation.funding is None
        assert evaluation.finding("quote.within_ceilings").status == "not_applicable"


@pytest.mark.parametrize(
    ("audience", "purpose", "expected"),
    [
        ("users", "health", "pass"),
        ("both", "wellbeing", "pass"),
        ("users", "autonomy", "pass"),
        ("professionals", "health", "fail"),
        ("users", "other", "fail"),
        ("professionals", None, "fail"),
        (None, "other", "fail"),
        (None, "health", "missing"),
        ("users", None, "missing"),
        (None, None, "missing"),
    ],
)
def test_solution_scope(audience: str | None, purpose: str | None, expected: str) -> None:
    device = {"kind": "digital_solution", "audience": audience, "purpose": purpose}
    assert status("device.solution_scope", 4, device=device) == expected


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ({"digital_functions": True, "targets": ["lpp"]}, "pass"),
        ({"digital_functions": True, "targets": ["mon_espace_sante", "latm"]}, "pass"),
        ({"digital_functions": True, "targets": ["mon_espace_sante"]}, "fail"),
        ({"digital_functions": True, "targets": []}, "fail"),
        ({"digital_functions": None, "targets": []}, "fail"),
        ({"digital_functions": False, "targets": None}, "fail"),
        ({"digital_functions": True, "targets": None}, "missing"),
        ({"digital_functions": None, "targets": ["lpp"]}, "missing"),
    ],
)
@pytest.mark.parametrize("volet", [4, 5])
def test_digital_target_of_a_device(volet: int, device: dict[str, Any], expected: str) -> None:
    device = {"kind": "dm", "risk_class": "I"} | device
    assert status("volet.digital_target", volet, device=device) == expected


@pytest.mark.parametrize(
    ("targets", "expected"),
    [(["mon_espace_sante"], "pass"), (["lpp"], "review"), ([], "review"), (None, "missing")],
)
def test_digital_target_of_a_solution(targets: list[str] | None, expected: str) -> None:
    assert status("volet.digital_target", 5, device=SOLUTION | {"targets": targets}) == expected


@pytest.mark.parametrize(("digital", "expected"), [(True, "pass"), (False, "fail"), (None, "missing")])
def test_digital_or_connected(digital: bool | None, expected: str) -> None:
    for volet in (1, 3):
        assert (
            status("volet.digital_or_connected", volet, "2023", device__digital_functions=digital) == expected
        )
    for volet in (2, 4, 5):
        assert status("volet.digital_or_connected", volet, "2023") == "not_applicable"


@pytest.mark.parametrize("edition", ["2023", "2024"])
@pytest.mark.parametrize(
    ("marking", "expected"),
    [("none", "fail"), ("in_progress", "pass"), ("obtained", "pass"), (None, "missing")],
)
def test_ce_marking(edition: str, marking: str | None, expected: str) -> None:
    assert status("volet.ce_marking", 3, edition, device__ce_marking=marking) == expected
    assert status("volet.ce_marking", 1, edition, device__ce_marking=marking) == "not_applicable"


@pytest.mark.parametrize(("declared", "expected"), [(True, "pass"), (False, "fail"), (None, "missing")])
def test_declarations(declared: bool | None, expected: str) -> None:
    names = ("business_model_defined", "medical_committee", "training_not_cumulated")
    said = {"declarations": dict.fromkeys(names, declared)}
    training = {"quote": {"lines": lines(("qms_training", "0"))}}
    protocol = {"quote": {"lines": lines(("ce_clinical_protocol", "0"))}}
    assert status("volet.business_model", 3, "2023", **said) == expected
    assert status("volet.business_model", 2, "2023", **said) == "not_applicable"
    assert status("volet.medical_committee", 3, "2023", **said) == expected
    assert status("volet.medical_committee", 3, "2023", **said, quote=None) == expected
    assert status("volet.medical_committee", 2, "2023", **said, **protocol) == expected
    assert status("volet.medical_committee", 2, "2023", **said) == "not_applicable"
    assert status("volet.medical_committee", 1, "2023", **said, **protocol) == "not_applicable"
    for edition in ("2023", "2024"):
        assert status("volet.training_not_cumulated", 1, edition, **said, **training) == expected
        assert status("volet.training_not_cumulated", 3, edition, **said, **training) == expected
        assert status("volet.training_not_cumulated", 1, edition, **said) == "not_applicable"
        assert status("volet.training_not_cumulated", 1, edition, **said, quote=None) == "not_applicable"


def test_absent_declarations_are_not_known() -> None:
    quote = {"lines": lines(("qms_training", "100"))}
    assert status("volet.training_not_cumulated", declarations=None, quote=quote) == "missing"


@pytest.mark.parametrize(
    ("derogation", "in_2024", "in_2023"),
    [
        ("none", "fail", "review"),
        (None, "fail", "review"),
        ("requested", "review", "review"),
        ("granted", "pass", "pass"),
        ("refused", "fail", "fail"),
    ],
)
def test_accredited(derogation: str | None, in_2024: str, in_2023: str) -> None:
    expert = {"accredited_volets": [2], "derogation": derogation}
    assert status("expert.accredited", 1, "2024", expert=expert) == in_2024
    assert status("expert.accredited", 1, "2023", expert=expert) == in_2023
    assert status("expert.accredited", 2, "2024", expert=expert) == "pass"
    assert status("expert.accredited", 2, "2023", expert=expert) == "pass"


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "expected"),
    [
        ("2026-03-31", "2026-03-31", "pass"),
        ("2026-03-30", "2026-03-30", "fail"),
        ("2026-04-01", "2026-04-30", "fail"),
        ("2026-04-01", "2026-03-01", "fail"),
    ],
)
def test_passi(valid_from: str, valid_until: str, expected: str) -> None:
    expert = {"passi": {"valid_from": valid_from, "valid_until": valid_until}}
    assert status("expert.passi", 5, expert=expert) == expected
    assert status("expert.passi", 4, expert=expert) == "not_applicable"


def test_passi_has_no_derogation() -> None:
    assert status("expert.passi", 5, expert={"derogation": "granted"}) == "fail"
    assert status("expert.passi", 5, expert={"derogation": "granted", "passi": None}) == "fail"


@pytest.mark.parametrize(
    ("scopes", "items", "expected"),
    [
        (["code_audit"], ["code_audit"], "pass"),
        (["code_audit"], ["code_audit", "penetration_test"], "review"),
        ([], ["configuration_audit"], "review"),
        (None, ["configuration_audit"], "review"),
        (["architecture_audit"], ["travel"], "not_applicable"),
        (["code_audit"], ["qms_support"], "not_applicable"),
        (["code_audit"], [], "not_applicable"),
    ],
)
def test_passi_scope(scopes: list[str] | None, items: list[str], expected: str) -> None:
    quote = {"lines": lines(*((item, "0") for item in items))}
    expert = {"passi": PASSI | {"scopes": scopes}}
    assert status("expert.passi_scope", 5, expert=expert, quote=quote) == expected
    assert status("expert.passi_scope", 5, expert={}, quote=quote) == "not_applicable"
    assert status("expert.passi_scope", 4, expert=expert, quote=quote) == "not_applicable"
