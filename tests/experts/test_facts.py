"""What the engine is told of an expert."""

from datetime import date

import pytest

from experts.models import Accreditation, ExpertFirm, PassiCertificate
from experts.services import expert_facts
from portal.accounts.models import Organisation

pytestmark = pytest.mark.django_db
ON = date(2026, 6, 15)


@pytest.fixture
def firm() -> ExpertFirm:
    organisation = Organisation.objects.create(kind=Organisation.Kind.EXPERT_FIRM, name="Vigie")
    return ExpertFirm.objects.create(organisation=organisation, name="Vigie")


def certificate(firm: ExpertFirm, start: date, end: date, *scopes: str) -> PassiCertificate:
    return PassiCertificate.objects.create(firm=firm, valid_from=start, valid_until=end, scopes=list(scopes))


def test_a_new_firm_has_nothing(firm: ExpertFirm) -> None:
    assert expert_facts(firm, 5, ON, ["code_audit"]) == {
        "accredited_volets": [],
        "derogation": "none",
        "passi": None,
    }


@pytest.mark.parametrize(
    ("status", "granted_on", "valid_until", "expected"),
    [
        ("granted", ON, ON, [1]),
        ("granted", ON, None, [1]),
        ("granted", date(2026, 6, 16), None, []),
        ("granted", date(2025, 1, 1), date(2026, 6, 14), []),
        ("suspended", date(2025, 1, 1), None, []),
        ("withdrawn", date(2025, 1, 1), None, []),
        ("requested", None, None, []),
    ],
)
def test_only_accreditations_in_force_count(
    firm: ExpertFirm, status: str, granted_on: date | None, valid_until: date | None, expected: list[int]
) -> None:
    Accreditation.objects.create(
        firm=firm, volet=1, status=status, granted_on=granted_on, valid_until=valid_until
    )
    assert expert_facts(firm, 1, ON, [])["accredited_volets"] == expected


def test_the_valid_certificate_that_covers_most_of_the_quote_counts(firm: ExpertFirm) -> None:
    certificate(firm, date(2026, 1, 1), date(2028, 1, 1), "architecture_audit", "code_audit")
    best = certificate(firm, date(2025, 1, 1), ON, "code_audit", "penetration_test")
    certificate(
        firm, date(2027, 1, 1), date(2029, 1, 1), "code_audit", "penetration_test", "configuration_audit"
    )
    passi = expert_facts(firm, 5, ON, ["code_audit", "penetration_test", "travel"])["passi"]
    assert passi == {
        "valid_from": "2025-01-01",
        "valid_until": best.valid_until.isoformat(),
        "scopes": ["code_audit", "penetration_test"],
    }


def test_without_a_valid_certificate_the_latest_is_shown(firm: ExpertFirm) -> None:
    certificate(firm, date(2020, 1, 1), date(2022, 1, 1), "code_audit")
    certificate(firm, date(2022, 1, 1), date(2025, 1, 1), "penetration_test")
    assert expert_facts(firm, 5, ON, ["code_audit"])["passi"]["valid_until"] == "2025-01-01"


def test_no_certificate_is_looked_for_outside_volet_5(firm: ExpertFirm) -> None:
    certificate(firm, date(2020, 1, 1), date(2030, 1, 1), "code_audit")
    assert expert_facts(firm, 4, ON, ["code_audit"], "granted") == {
        "accredited_volets": [],
        "derogation": "granted",
        "passi": None,
    }
