"""A file that stands in no dossier is its organisation's alone; Bpifrance reads a delegation once it must check it."""

import pytest

from applications.models import Dossier, Signatory
from applications.services.documents import may_read
from portal import clock
from tests.applications import factories as f

pytestmark = pytest.mark.django_db

READERS = [f.OfficerFactory, f.ManagerFactory, f.ControllerFactory, f.AuditorFactory]


@pytest.fixture
def delegation(company):
    """The delegation of a signatory of a company that filed nothing."""
    document = f.DocumentFactory(kind="delegation", organisation=company.organisation)
    Signatory.objects.create(
        company=company, user=f.UserFactory(), full_name="Ada", capacity="DG", delegation=document
    )
    return document


@pytest.mark.parametrize("make", READERS)
def test_nobody_of_bpifrance_reads_a_loose_file(company, make):
    document = f.DocumentFactory(organisation=company.organisation)
    assert not may_read(make(), document)


@pytest.mark.parametrize("make", READERS)
def test_a_delegation_is_read_once_its_company_filed(dossier, delegation, make):
    person = make()
    assert not may_read(person, delegation)
    Dossier.objects.filter(pk=dossier.pk).update(submitted_at=clock.now())
    assert may_read(person, delegation)


def test_the_delegation_of_another_company_stays_its_own(dossier, delegation):
    Dossier.objects.filter(pk=dossier.pk).update(submitted_at=clock.now())
    loose = f.DocumentFactory(organisation=dossier.company.organisation)
    assert not may_read(f.OfficerFactory(), loose)


def test_an_administrator_reads_no_file(dossier, delegation):
    Dossier.objects.filter(pk=dossier.pk).update(submitted_at=clock.now())
    assert not may_read(f.AdministratorFactory(), delegation)


def test_its_own_organisation_reads_it(owner, delegation):
    assert may_read(owner, delegation)
    assert not may_read(f.UserFactory(), delegation)
