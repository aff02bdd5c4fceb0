"""What a company writes to firms that do not know it never says who it is."""

from __future__ import annotations

import pytest

from applications.models import Company
from applications.services.quoting.anonymity import identity_told
from tests.applications import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    found: Company = f.CompanyFactory(
        name="SAS Médilab Santé", identifier_scheme="tahiti", identifier="A12345", owner=None
    )
    f.DeviceFactory(company=found, name="Cardio-Patch 2")
    person = f.owner_of(found)
    person.full_name = "Camille Aubry"
    person.save(update_fields=["full_name"])
    return found


@pytest.mark.parametrize(
    "telling",
    [
        "Chez Medilab Sante, nous préparons",
        "le MÉDILAB-SANTÉ",
        "notre cardio patch 2 est prêt",
        "n° a12345",
        "demandez Camille AUBRY",
        "écrivez à a@b.fr",
        "voyez medilab.fr",
        "https://exemple",
        "au 06 12 34 56 78",
        "au 0612345678",
        "au 06.12.34.56.78",
        "au +33 (0)6 12 34 56 78",
        "au 00689 40 12 34 56",
    ],
)
def test_each_way_of_saying_who_asks_is_found(company: Company, telling: str) -> None:
    assert identity_told(f"Bonjour, {telling}, merci de nous répondre.", company)


@pytest.mark.parametrize(
    "innocent",
    [
        "un laboratoire de santé médical",
        "un cardio-patch connecté de classe IIa",
        "environ 60 000 lignes de code et 2 000 000 000 de mesures",
        "du 03.12.2026 18 h au 05/01/2027, 10 à 20 configurations",
        "un serveur ASP.NET, une norme ISO 13485:2016 et le règlement 2017/745",
        "l’article 00 012 du dossier n° 12345",
        "Camille, notre qualiticienne, sera là",
    ],
)
def test_what_says_nothing_of_who_asks_is_let_through(company: Company, innocent: str) -> None:
    assert identity_told(f"Nous cherchons {innocent} dans six mois.", company) == ""


def test_a_person_who_left_is_named_freely_and_a_short_name_is_not_looked_for() -> None:
    company = f.CompanyFactory(name="IA", identifier="123", identifier_scheme="other")
    person = f.owner_of(company)
    assert identity_told(f"Demandez {person.full_name}.", company) == person.full_name
    person.memberships.update(is_active=False)
    assert identity_told(f"Notre IA, version 123, est celle de {person.full_name}.", company) == ""
