"""The second factor, and the proof of identity asked before grave acts."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.reauthentication import reauthentication_redirect, recently_authenticated
from tests.portal.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def _code() -> str:
    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


@pytest.fixture
def browser(person) -> Client:
    """Return a browser in which alice has just signed in with her password."""
    person("alice")
    browser = Client()
    browser.post(reverse("account_login"), {"login": "alice@exemple.fr", "password": PASSWORD})
    return browser


def _request_of(browser: Client):
    request = RequestFactory().get("/")
    request.session = browser.session
    request.user = User.objects.get(email="alice@exemple.fr")
    return request


def test_the_second_factor_is_turned_on_from_a_french_page(browser):
    page = browser.get(reverse("mfa_activate_totp"))
    if page.status_code == 302:
        browser.post(page["Location"], {"password": PASSWORD})
        page = browser.get(reverse("mfa_activate_totp"))
    assert "Visez cette image" in page.content.decode()
    assert page.context["form"].secret in page.content.decode()


def test_signing_in_asks_for_the_second_factor_once_it_is_on(browser):
    alice = User.objects.get(email="alice@exemple.fr")
    TOTP.activate(alice, SECRET)
    again = Client()
    answer = again.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})
    assert answer["Location"] == reverse("mfa_authenticate")
    assert again.get(reverse("home_of_user")).status_code == 302, "a password alone opens nothing"
    assert "codes de secours" in again.get(reverse("mfa_authenticate")).content.decode()
    assert again.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert again.post(reverse("mfa_authenticate"), {"code": _code()})["Location"] == reverse("home_of_user")


def test_recovery_codes_are_shown_and_replaced(browser):
    alice = User.objects.get(email="alice@exemple.fr")
    TOTP.activate(alice, SECRET)
    RecoveryCodes.activate(alice)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert "Il reste 10 codes" in browser.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert "ne serviront plus" in browser.get(reverse("mfa_generate_recovery_codes")).content.decode()
    assert "Désactiver" in browser.get(reverse("mfa_deactivate_totp")).content.decode()
    assert "Voir les codes" in browser.get(reverse("mfa_index")).content.decode()
    browser.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()


def test_who_has_just_given_the_password_need_not_again(browser):
    assert recently_authenticated(_request_of(browser))


def test_five_minutes_later_the_password_is_asked_again(browser, monkeypatch):
    request = _request_of(browser)
    later = time.time() + 301
    monkeypatch.setattr("portal.accounts.reauthentication.time.time", lambda: later)
    assert not recently_authenticated(request)


def test_giving_the_password_again_is_enough_and_leads_back(browser):
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 4000}]
    session.save()
    assert not recently_authenticated(_request_of(browser))
    there = reauthentication_redirect("/entreprise/")["Location"]
    assert browser.post(there, {"password": "un autre mot de passe"}).status_code == 200
    assert not recently_authenticated(_request_of(browser))
    answer = browser.post(there, {"password": PASSWORD, "next": "/entreprise/"})
    assert answer["Location"] == "/entreprise/"
    assert recently_authenticated(_request_of(browser))


def test_a_session_without_a_password_is_no_proof(signed_in, person):
    person("alice")
    assert not recently_authenticated(_request_of(signed_in(User.objects.get())))


def test_only_a_password_or_a_second_factor_is_a_proof(browser):
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password_reset", "at": time.time()}]
    session.save()
    assert not recently_authenticated(_request_of(browser))


def test_another_persons_proof_does_not_count(browser, person):
    request = _request_of(browser)
    request.user = person("mallory")
    assert not recently_authenticated(request)


def test_a_visitor_proves_nothing():
    request = RequestFactory().get("/")
    request.session, request.user = SessionStore(), AnonymousUser()
    assert not recently_authenticated(request)


def test_a_demonstration_account_passes_in_the_demonstration_only(signed_in, person, settings):
    alice = person("alice", is_demo=True)
    request = _request_of(signed_in(alice))
    assert not recently_authenticated(request)
    settings.DEMO = True
    assert recently_authenticated(request)
