"""What an administrator reads of the seal: whose it is, that it is a test, that there is none, that it fails."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.applications.factories import AdministratorFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def page() -> Any:
    client = Client()
    client.force_login(AdministratorFactory())

    def shown() -> str:
        return client.get(reverse("seal_status")).content.decode()

    return shown


def test_a_test_certificate_says_so(page: Any) -> None:
    assert "Certificat de test" in page()


def test_production_without_a_certificate_says_that_letters_are_not_sealed(page: Any, settings: Any) -> None:
    settings.PRODUCTION = True
    said = page()
    assert "Les courriers ne sont pas scellés" in said
    assert "DIAGDM_SEAL_CERTIFICATE" in said


def test_a_certificate_that_can_not_be_read_is_named(page: Any, settings: Any) -> None:
    settings.SEAL_CERTIFICATE = "/nulle/part/sceau.p12"
    said = page()
    assert "Le certificat ne peut pas être lu" in said
    assert "/nulle/part/sceau.p12" in said
