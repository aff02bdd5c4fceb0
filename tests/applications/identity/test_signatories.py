"""Who signs for the company: each one's state is plain, who left can't sign, who has no account is invited."""

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Signatory
from applications.services import filing_company, signatories
from applications.services.standing import standing_of
from applications.workflow.refusals import NotYours
from applications.workflow.table import Actor
from portal import clock
from portal.accounts.models import Invitation
from tests.applications.factories import (
    CompanyFactory,
    DossierFactory,
    MembershipFactory,
    owner_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return CompanyFactory()


@pytest.fixture
def owner(company):
    return owner_of(company)


@pytest.fixture
def browser(owner) -> Client:
    browser = Client()
    browser.force_login(owner)
    return browser


def named(company, **fields):
    membership = MembershipFactory(organisation=company.organisation)
    return membership, Signatory.objects.create(
        company=company,
        user=membership.user,
        full_name=membership.user.full_name,
        capacity="Directrice",
        **fields,
    )


def page(browser, company) -> str:
    return browser.get(reverse("signatory_list", args=[company.pk])).content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "legal_representative"}, "Peut signer"),
        ({"kind": "delegate"}, "Délégation à vérifier"),
        ({"kind": "delegate", "checked_at": clock.now()}, "Peut signer"),
        ({"kind": "legal_representative", "is_active": False}, "Anciens signataires"),
    ],
)
def test_each_state_is_told(browser, company, fields, said):
    named(company, **fields)
    assert said in page(browser, company)


def test_who_left_the_company_no_longer_signs_and_it_shows(browser, company):
    membership, signatory = named(company, kind="legal_representative")
    dossier = DossierFactory(company=company)
    assert Actor.SIGNATORY in standing_of(signatory.user, dossier, None)
    membership.is_active = False
    membership.save()
    assert Actor.SIGNATORY not in standing_of(signatory.user, dossier, None)
    assert "N’est plus membre" in page(browser, company)


def test_the_end_of_a_right_is_confirmed_first(browser, company):
    _, signatory = named(company, kind="legal_representative")
    url = reverse("signatory_end", args=[company.pk, signatory.pk])
    assert "dès maintenant" in browser.get(url).content.decode()
    signatory.refresh_from_db()
    assert signatory.is_active
    assert browser.post(url).status_code == 302
    signatory.refresh_from_db()
    assert not signatory.is_active
    assert browser.get(url).status_code == 404


def test_a_person_without_an_account_is_invited_from_there(browser, company):
    url = reverse("signatory_invite", args=[company.pk])
    assert browser.post(url, {"email": "Bea@Exemple.fr"}).status_code == 302
    assert Invitation.objects.get().email == "bea@exemple.fr"
    assert "bea@exemple.fr" in page(browser, company)


def test_a_wrong_address_is_told_on_the_same_page(browser, company):
    answer = browser.post(reverse("signatory_invite", args=[company.pk]), {"email": "bea"})
    assert answer.status_code == 422
    assert "Enregistrer le signataire" in answer.content.decode()


def test_a_member_already_there_is_not_invited(browser, company, owner):
    answer = browser.post(reverse("signatory_invite", args=[company.pk]), {"email": owner.email})
    assert "déjà membre" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_the_list_costs_the_same_for_one_and_for_ten(browser, company, django_assert_num_queries):
    for number in range(10):
        named(company, kind="delegate" if number % 2 else "legal_representative")
    with django_assert_num_queries(8):
        page(browser, company)


@pytest.mark.parametrize("name", ["company_edit", "device_add", "signatory_add", "signatory_end"])
def test_a_right_lost_between_the_page_and_the_act_is_a_403(browser, company, monkeypatch, name):
    """The view let the person in; the membership ends before the service's own check."""

    def lost(*_args, **_kwargs):
        raise NotYours("Vous n’êtes plus membre de cette entreprise.")

    _, signatory = named(company, kind="legal_representative")
    monkeypatch.setattr(filing_company, "require_member", lost)
    monkeypatch.setattr(signatories, "require_owner", lost)
    arguments = [company.pk, signatory.pk] if name == "signatory_end" else [company.pk]
    typed = {"name": "Cardio", "kind": "dm", "risk_class": "IIa"}
    if name == "signatory_add":
        free = MembershipFactory(organisation=company.organisation).user
        typed = {"person": free.pk, "capacity": "Directrice", "kind": "legal_representative"}
    answer = browser.post(reverse(name, args=arguments), typed)
    assert answer.status_code == 403


def test_an_owner_without_signatory_is_shown_the_way(browser, company) -> None:
    assert f'href="{reverse("signatory_add", args=[company.pk])}"' in page(browser, company)
