"""Two members write the same answers of the company: neither is overwritten without being told."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Company, Device
from applications.services.filing_company import as_seen
from tests.applications.factories import CompanyFactory, DeviceFactory, MembershipFactory

pytestmark = pytest.mark.django_db
FIRST = {"name": "Cardiolab", "city": "Paris"}
SECOND = {"name": "Cardiolog", "city": "Lyon"}


@pytest.fixture
def company():
    return CompanyFactory()


@pytest.fixture
def members(company):
    found = []
    for _ in range(2):
        browser = Client()
        browser.force_login(MembershipFactory(organisation=company.organisation).user)
        found.append(browser)
    return found


def seen_on(page) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page.content.decode())
    assert found
    return found.group(1)


def test_the_second_is_told_what_the_first_wrote_and_may_insist(company, members):
    address = reverse("company_edit", args=[company.pk])
    first, second = members
    seen = [seen_on(one.get(address)) for one in members]
    assert first.post(address, FIRST | {"seen": seen[0]}).status_code == 302

    told = second.post(address, SECOND | {"seen": seen[1]})
    assert told.status_code == 422
    assert "Un autre membre a modifié ces réponses" in told.content.decode()
    assert "Écrit entre-temps\u00a0: «\u00a0Paris\u00a0»." in told.content.decode()
    assert 'value="Lyon"' in told.content.decode()
    company.refresh_from_db()
    assert (company.name, company.city) == ("Cardiolab", "Paris")

    assert second.post(address, SECOND | {"seen": seen_on(told)}).status_code == 302
    assert Company.objects.get().city == "Lyon"


def test_a_device_is_not_overwritten_either(company, members):
    device = DeviceFactory(company=company, name="CardioPatch", description="")
    address = reverse("device_edit", args=[company.pk, device.pk])
    first, second = members
    seen = seen_on(first.get(address))
    written = {"name": "CardioPatch", "kind": "dm", "seen": seen}
    assert first.post(address, written | {"description": "Un capteur."}).status_code == 302

    told = second.post(address, written | {"name": "CardioBelt"})
    assert told.status_code == 422
    assert "Un capteur." in told.content.decode()
    assert Device.objects.get().name == "CardioPatch"
    assert second.post(address, written | {"name": "CardioBelt", "seen": seen_on(told)}).status_code == 302


def test_the_digest_follows_each_answer(company):
    before = as_seen(company)
    for name in ("name", "address", "postcode", "city", "region"):
        changed = Company.objects.get(pk=company.pk)
        setattr(changed, name, "autre")
        assert as_seen(changed) != before, name
