"""What a finding shows of the case, and what it says is lacking: as far as it is known, no further."""

import json
from datetime import date
from typing import Any

import pytest

from tariffs import catalogue
from tariffs.engine.findings import Finding
from tariffs.engine.rules.documents import stale_on
from tests.tariffs.engine.cases import evaluated, lines


def finding(rule: str, volet: int = 1, **changes: Any) -> Finding:
    """The finding of one rule."""
    return evaluated(volet, **changes).finding(rule)


def plain(text: str | None) -> str | None:
    """A text with ordinary spaces."""
    return None if text is None else text.replace("\u202f", " ").replace("\u00a0", " ")


UNKNOWN_SIZE = {"company__headcount": None, "company__turnover": None, "company__balance_sheet": None}


def test_the_size_is_shown_figure_by_figure() -> None:
    assert plain(finding("company.category").observed) == (
        "effectif 12, chiffre d’affaires 1 200 000 €, total de bilan 900 000 €"
    )
    assert finding("company.category", **UNKNOWN_SIZE).observed == (
        "effectif inconnu, chiffre d’affaires inconnu, total de bilan inconnu"
    )


@pytest.mark.parametrize(
    ("unknown", "remedy"),
    [
        ({"company__headcount": None}, "Indiquez l’effectif."),
        (
            {"company__turnover": None, "company__balance_sheet": None},
            "Indiquez le chiffre d’affaires et le total de bilan.",
        ),
        (UNKNOWN_SIZE, "Indiquez l’effectif, le chiffre d’affaires et le total de bilan."),
    ],
)
def test_only_the_figures_that_lack_are_asked(unknown: dict[str, Any], remedy: str) -> None:
    assert finding("company.category", **unknown).remedy == remedy


@pytest.mark.parametrize(
    ("equity", "capital", "observed"),
    [
        ("100000.00", "50000.00", "capitaux propres 100 000 €, capital souscrit 50 000 €"),
        (None, "50000.00", "capitaux propres inconnus, capital souscrit 50 000 €"),
        ("0", None, "capitaux propres 0 €, capital souscrit inconnu"),
        (None, None, None),
    ],
)
def test_equity_and_capital_are_shown(equity: str | None, capital: str | None, observed: str | None) -> None:
    found = finding("company.not_in_difficulty", company__equity=equity, company__subscribed_capital=capital)
    assert plain(found.observed) == observed


@pytest.mark.parametrize(
    ("unknown", "remedy"),
    [
        ({"company__equity": None}, "Indiquez les capitaux propres."),
        (
            {"company__equity": "0", "company__subscribed_capital": None},
            "Indiquez le capital souscrit, primes comprises.",
        ),
        (
            {"company__created_on": None, "company__equity": "-1"},
            "Indiquez la date de création.",
        ),
        (
            {
                "company__created_on": None,
                "company__equity": None,
                "company__subscribed_capital": None,
            },
            "Indiquez la date de création, les capitaux propres et le capital souscrit, primes comprises.",
        ),
    ],
)
def test_only_what_the_half_of_the_capital_lacks_is_asked(unknown: dict[str, Any], remedy: str) -> None:
    assert finding("company.not_in_difficulty", **unknown).remedy == remedy


@pytest.mark.parametrize(
    ("device", "observed"),
    [
        ({"kind": "dm", "risk_class": "I"}, "DM de classe I"),
        ({"kind": "dmdiv"}, "DMDIV"),
        ({"risk_class": "IIa"}, "classe IIa"),
        ({"kind": "digital_solution"}, "solution numérique"),
        ({}, None),
    ],
)
def test_the_device_is_named_as_far_as_it_is_known(device: dict[str, Any], observed: str | None) -> None:
    assert finding("volet.device_class", device=device).observed == observed


def test_the_kind_is_asked_before_the_class() -> None:
    assert "nature" in finding("device.covered", device={}).message
    assert "classe de risque" in finding("device.covered", device={"kind": "dm"}).message


@pytest.mark.parametrize(
    ("solution", "observed", "remedy"),
    [
        (
            {"audience": "users", "purpose": "health"},
            "public : usagers, objet : santé",
            None,
        ),
        ({"audience": "users"}, "public : usagers", "Indiquez l’objet de la solution."),
        ({"purpose": "wellbeing"}, "objet : bien-être", "Indiquez le public de la solution."),
        ({}, None, "Indiquez le public et l’objet de la solution."),
    ],
)
def test_the_scope_of_a_solution_is_shown_and_asked(
    solution: dict[str, Any], observed: str | None, remedy: str | None
) -> None:
    found = finding("device.solution_scope", 4, device={"kind": "digital_solution", **solution})
    assert (plain(found.observed), found.remedy) == (observed, remedy)


@pytest.mark.parametrize(
    ("device", "observed"),
    [
        (
            {"digital_functions": True, "targets": ["lpp"]},
            "fonctions numériques, inscription visée : LPP",
        ),
        (
            {"digital_functions": False, "targets": []},
            "sans fonction numérique, aucune inscription visée",
        ),
        ({"targets": ["lpp", "latm"]}, "inscription visée : LPP et LATM"),
        ({}, None),
    ],
)
def test_functions_and_targets_are_shown(device: dict[str, Any], observed: str | None) -> None:
    found = finding("volet.digital_target", 4, device={"kind": "dm", "risk_class": "IIa", **device})
    assert plain(found.observed) == observed


def test_what_fails_of_the_digital_target_is_said() -> None:
    device = {"kind": "dm", "risk_class": "IIa", "targets": []}
    without = finding("volet.digital_target", 4, device={**device, "digital_functions": False})
    aimless = finding("volet.digital_target", 4, device={**device, "digital_functions": True})
    assert without.message == "Le dispositif n’a pas de fonctions numériques."
    assert aimless.message == "Le dispositif ne vise ni la LPP ni la LATM."


@pytest.mark.parametrize(
    ("given", "observed"),
    [
        ([], "aucune attestation"),
        ([{"issued_on": "2026-03-01"}], "attestation du 01/03/2026"),
        (
            [{"issued_on": "2026-03-01", "covers": ["tax"]}, {"covers": ["social"]}],
            "attestation du 01/03/2026 et sans date",
        ),
    ],
)
def test_certificates_are_shown_by_their_dates(given: list[dict[str, Any]], observed: str) -> None:
    documents = [{"kind": "regularity_certificate", **one} for one in given]
    assert finding("documents.regularity_certificate", documents=documents).observed == observed


def test_the_day_a_document_becomes_too_old() -> None:
    edition = catalogue.get_edition("2024")
    assert stale_on(edition, "regularity_certificate", date(2026, 3, 1)) == date(2026, 6, 1)
    assert stale_on(edition, "tax_return", date(2026, 3, 1)) is None
    assert stale_on(edition, "kbis", date(2026, 3, 1)) is None
    assert stale_on(catalogue.get_edition("2023"), "regularity_certificate", date(2026, 3, 1)) is None


@pytest.mark.parametrize(
    ("amount", "status"), [("0.00", "pass"), ("0.01", "warning"), ("1.00", "warning"), ("500.00", "warning")]
)
def test_an_uncovered_line_counts_from_the_first_cent(amount: str, status: str) -> None:
    quote = {"signed": False, "lines": lines(("qms_support", "4000.00"), ("travel", amount))}
    assert finding("quote.uncovered_lines", quote=quote).status == status


@pytest.mark.parametrize("volet", [1, 2, 3, 4, 5])
def test_both_writings_of_an_evaluation_say_the_same(volet: int) -> None:
    quote = {"signed": False, "lines": lines(("qms_support", "4000.00"), ("travel", "80.00"))}
    for changes in ({}, {"quote": quote}, {"quote": None, "documents": None}):
        found = evaluated(volet, contract_signed_on="2026-01-31", **changes)
        assert json.loads(found.to_json_bytes()) == json.loads(json.dumps(found.to_json()))
