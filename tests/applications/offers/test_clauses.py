"""The clauses are made from choices alone: each is named apart, and what is not chosen is said, never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from applications.services.offers.clauses import IncompleteError, IpChoices, ip_clause, ip_lacks
from applications.services.offers.confidentiality import (
    TO_BPIFRANCE,
    ConfidentialityChoices,
    confidentiality_clause,
    confidentiality_lacks,
)
from applications.services.offers.planning import Phase, phases_lacks
from tests.applications.offers.builders import IP, SECRET


def ip_text(**changes: Any) -> str:
    return "\n".join(text for one in ip_clause(IpChoices.read({**IP, **changes})) for text in one.paragraphs)


def test_each_right_and_each_mode_is_named_apart() -> None:
    text = ip_text()
    assert (
        "Reproduction\u00a0: sur tout support numérique\u00a0; en copies de sauvegarde et d’archivage."
        in text
    )
    assert "Adaptation\u00a0: par mise à jour et correction." in text
    assert "Ne sont pas accordés\u00a0: représentation\u00a0; traduction\u00a0; mise sur le marché." in text


def test_extent_purpose_place_duration_and_beneficiaries_stand_apart() -> None:
    domain = ip_clause(IpChoices.read(IP))[2].paragraphs
    assert [one.partition("\u00a0:")[0] for one in domain[1:]] == [
        "Étendue",
        "Destination",
        "Lieu",
        "Durée",
        "Bénéficiaires",
    ]
    assert "10\u00a0ans à compter de la remise du livrable" in domain[4]


def test_a_transfer_is_not_a_concession() -> None:
    assert "cède à l’entreprise" in ip_text(kind="transfer", exclusivity="")
    assert "concède à l’entreprise, à titre non exclusif" in ip_text()
    assert "concède à l’entreprise, à titre exclusif" in ip_text(exclusivity="exclusive")


def test_a_lump_sum_cites_its_ground_and_a_share_its_base() -> None:
    assert "article L131-4, 4°" in ip_text()
    shared = ip_text(remuneration="proportional", rate="2.50", base="les ventes du guide", ground="")
    assert "2,5\u00a0% de ce qui suit\u00a0: les ventes du guide." in shared


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "loan"}, "kind"),
        ({"exclusivity": ""}, "exclusivity"),
        ({"rights": {}}, "rights"),
        ({"rights": {"reproduction": ["fax"]}}, "rights"),
        ({"extent": "  "}, "extent"),
        ({"purpose": ""}, "purpose"),
        ({"place": "mars"}, "place"),
        ({"duration": ""}, "duration"),
        ({"years": None}, "years"),
        ({"years": 71}, "years"),
        ({"years": True}, "years"),
        ({"beneficiaries": []}, "beneficiaries"),
        ({"remuneration": ""}, "remuneration"),
        ({"ground": ""}, "ground"),
        ({"remuneration": "proportional", "base": "les ventes"}, "rate"),
        ({"remuneration": "proportional", "base": "les ventes", "rate": "0.00"}, "rate"),
        ({"remuneration": "proportional", "base": "les ventes", "rate": "100.01"}, "rate"),
        ({"remuneration": "proportional", "rate": "2"}, "base"),
        ({"others": {"marks": "none", "designs": "kept"}}, "other_patents"),
    ],
)
def test_a_choice_that_lacks_is_said_and_no_clause_is_made(changes: dict[str, Any], field: str) -> None:
    choices = IpChoices.read({**IP, **changes})
    assert field in {lack.field for lack in ip_lacks(choices)}
    with pytest.raises(IncompleteError):
        ip_clause(choices)


def test_choices_are_stored_and_read_back_equal() -> None:
    ip, secret = IpChoices.read(IP), ConfidentialityChoices.read(SECRET)
    assert IpChoices.read(ip.to_json()) == ip
    assert ConfidentialityChoices.read(secret.to_json()) == secret


def test_the_secret_never_keeps_the_report_from_bpifrance() -> None:
    for exceptions in ([], ["public", "law"]):
        choices = ConfidentialityChoices.read({**SECRET, "exceptions": exceptions})
        clause = confidentiality_clause(choices)
        assert TO_BPIFRANCE in clause[1].paragraphs
    assert "5\u00a0ans après sa fin" in clause[0].paragraphs[0]
    assert clause[1].paragraphs[2].endswith("la communication.")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"years": 0}, "secret_years"), ({"back": "burn"}, "secret_back"), ({"days": None}, "secret_days")],
)
def test_an_incomplete_secret_is_said(changes: dict[str, Any], field: str) -> None:
    choices = ConfidentialityChoices.read({**SECRET, **changes})
    assert [lack.field for lack in confidentiality_lacks(choices)] == [field]
    with pytest.raises(IncompleteError):
        confidentiality_clause(choices)


def test_a_phase_has_a_name_and_one_end() -> None:
    assert [lack.field for lack in phases_lacks([])] == ["phase0_label"]
    assert not phases_lacks([Phase("Audit", None, 3)])
    assert [lack.field for lack in phases_lacks([Phase("", None, None)])] == ["phase0_label", "phase0_weeks"]
    assert Phase("Audit", None, 1).end == "1\u00a0semaine après la signature du contrat"
