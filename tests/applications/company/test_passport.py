"""The passport: what each volet may still bring, why one is closed, what was granted and paid."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from applications.models import Company, UsedVolet
from applications.services.filing_home import read_space
from applications.services.passport import Passport
from portal import clock
from tests.applications import factories as f
from tests.applications.company.test_pages import signed_in
from tests.applications.journeys import Journey

pytestmark = pytest.mark.django_db


def company_with(*devices: dict[str, Any], **facts: Any) -> Company:
    company = f.CompanyFactory(facts=f.company_facts(clock.today(), **facts))
    for rank, device in enumerate(devices, start=1):
        f.DeviceFactory(company=company, name=f"Dispositif {rank}", facts=f.device_facts(**device))
    return company


def passport_of(company: Company) -> Passport:
    return read_space(company, today=clock.today()).passport


def most(passport: Passport) -> dict[int, str]:
    return {card.number: str(card.most) for card in passport.cards}


def test_a_volet_brings_at_most_half_of_its_ceilings() -> None:
    passport = passport_of(company_with({"risk_class": "IIa", "ce_marking": "in_progress"}))
    assert most(passport) == {1: "24000.00", 2: "35000.00", 3: "7500.00", 4: "15000.00", 5: "27500.00"}
    assert str(passport.remaining) == "109000.00"
    assert passport.remaining_by_device == []


def test_a_newcomer_sees_what_to_do_and_the_most_there_is() -> None:
    company = company_with()
    passport = passport_of(company)
    assert {card.status for card in passport.cards} == {"unknown"}
    assert str(passport.remaining) == "139000.00"
    page = signed_in(f.owner_of(company)).get(reverse("company_home")).content.decode()
    assert "Décrire un dispositif" in page
    assert reverse("device_add", args=[company.pk]) in page


def test_a_closed_volet_says_the_rule_and_its_section() -> None:
    company = company_with({"risk_class": "I"})
    card = passport_of(company).cards[0]
    assert (card.status, card.most) == ("closed", 0)
    assert card.reasons[0]["source"].startswith("édition 2024, §")
    page = signed_in(f.owner_of(company)).get(reverse("company_home")).content.decode()
    assert card.reasons[0]["message"] in page
    assert card.reasons[0]["source"] in page


def test_devices_of_two_classes_bring_each_their_own() -> None:
    passport = passport_of(company_with({"risk_class": "I"}, {"risk_class": "III", "ce_marking": "obtained"}))
    assert most(passport)[1] == "34000.00"
    first = passport.cards[0]
    assert [(one.name, bool(one.reasons)) for one in first.by_device] == [
        ("Dispositif 1", True),
        ("Dispositif 2", False),
    ]
    whole = {one.name: str(one.most) for one in passport.remaining_by_device}
    assert whole == {"Dispositif 1": "42500.00", "Dispositif 2": "139000.00"}


def test_the_money_goes_from_asked_to_granted_to_paid() -> None:
    journey = Journey().to("under_review")
    company, share = journey.dossier.company, journey.dossier.bpifrance_share
    before = passport_of(company)
    assert (before.asked, before.committed, before.paid) == (share, 0, 0)
    journey.to("in_progress")
    granted = passport_of(company)
    assert (granted.asked, granted.committed, granted.paid) == (0, share, 0)
    journey.to("paid")
    paid = passport_of(company)
    assert (paid.asked, paid.committed, paid.paid) == (0, 0, journey.mission.final_share)
    line = paid.register[0]
    assert (line.regime, line.amount, line.granted_on) == ("SA.58995", share, journey.dossier.validated_on)
    page = signed_in(journey.owner).get(reverse("company_home")).content.decode()
    assert "Registre des aides reçues" in page


def test_a_volet_used_outside_the_portal_is_used_and_named() -> None:
    company = company_with({"risk_class": "IIa"})
    UsedVolet.objects.create(
        company=company, volet=2, edition="2023", origin="Dossier papier", recorded_by=f.OfficerFactory()
    )
    passport = passport_of(company)
    assert passport.cards[1].status == "used"
    assert passport.cards[1].most == Decimal(0)
    assert [(one.volet, one.amount, one.origin) for one in passport.register] == [(2, None, "Dossier papier")]


def test_the_page_costs_the_same_with_many_requests_and_devices(django_assert_num_queries: Any) -> None:
    journey = Journey().to("paid")
    client, url = signed_in(journey.owner), reverse("company_home")
    with django_assert_num_queries(12):
        assert client.get(url).status_code == 200
    company = journey.dossier.company
    for volet in (2, 3, 4):
        device = f.DeviceFactory(company=company, name=f"Autre {volet}")
        Journey(f.DossierFactory(company=company, volet=volet, device=device, pieces=False))
    with django_assert_num_queries(12):
        assert client.get(url).status_code == 200


def test_a_request_that_waits_for_nothing_costs_nine_queries(django_assert_num_queries: Any) -> None:
    journey = Journey().to("under_review")
    client, url = signed_in(journey.owner), reverse("company_home")
    with django_assert_num_queries(9):
        assert client.get(url).status_code == 200
