"""Passkeys belong to this portal's address alone, and whatever a browser sends is answered in French."""

import base64
import json
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as allauth_forms
from django.test import Client, RequestFactory
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.passkeys import SignInPasskeyForm, is_from_portal
from portal.accounts.reauthentication import recently_authenticated
from tests.portal.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def signed_at(origin: str) -> dict[str, object]:
    """Return a credential as a browser on that site would send it."""
    data = json.dumps({"type": "webauthn.get", "challenge": "x", "origin": origin}).encode()
    sent = base64.urlsafe_b64encode(data).decode().rstrip("=")
    return {"id": "aQ", "rawId": "aQ", "type": "public-key", "response": {"clientDataJSON": sent}}


GARBAGE = [
    "",
    "null",
    "[]",
    '"clé"',
    "{}",
    '{"response": null}',
    '{"response": {"clientDataJSON": 3}}',
    '{"response": {"clientDataJSON": "é"}}',
    '{"id": "\\u0000", "response": {"clientDataJSON": "e30"}}',
    json.dumps(signed_at("http://localhost:8000")),
    json.dumps(
        signed_at("http://localhost:8000")
        | {"response": signed_at("http://localhost:8000")["response"] | {"userHandle": "MQ"}}
    ),
    json.dumps(signed_at("https://mechant.example")),
]


@pytest.fixture
def browser(person) -> Client:
    """Return a browser in which alice has just given her password again."""
    alice = person("alice")
    browser = Client()
    browser.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return browser


@pytest.mark.parametrize(
    ("portal", "origin", "accepted"),
    [
        ("https://dm.exemple.fr", "https://dm.exemple.fr", True),
        ("https://dm.exemple.fr", "https://faux.dm.exemple.fr", False),
        ("https://dm.exemple.fr", "https://exemple.fr", False),
        ("https://dm.exemple.fr", "http://dm.exemple.fr", False),
        ("https://dm.exemple.fr", "https://dm.exemple.fr:8443", False),
        ("https://dm.exemple.fr", "https://dm.exemple.fr:port", False),
        ("http://localhost:8000", "http://localhost:9000", True),
        ("http://localhost:8000", "http://127.0.0.1:8000", False),
    ],
)
def test_only_what_was_signed_on_the_portals_own_address_counts(settings, portal, origin, accepted):
    settings.PORTAL_URL = portal
    assert is_from_portal(signed_at(origin)) is accepted


def test_a_key_signed_elsewhere_is_refused_even_when_its_signature_holds(monkeypatch, person):
    good = Authenticator(user=person("alice"), type=Authenticator.Type.WEBAUTHN)
    monkeypatch.setattr(allauth_forms.AuthenticateWebAuthnForm, "clean_credential", lambda _form: good)
    for origin, accepted in (("http://localhost:8000", True), ("https://mechant.example", False)):
        form = SignInPasskeyForm(data={"credential": json.dumps(signed_at(origin))})
        assert form.is_valid() is accepted


def test_the_key_is_asked_for_the_configured_address_whatever_the_host(settings, client):
    settings.PORTAL_URL, settings.ALLOWED_HOSTS = "https://dm.exemple.fr", ["*"]
    answer = client.get(
        reverse("mfa_login_webauthn"), headers={"Accept": "application/json", "Host": "mechant.example"}
    )
    asked = answer.json()["request_options"]["publicKey"]
    assert asked["rpId"] == "dm.exemple.fr"
    assert asked["userVerification"] == "required"


def test_a_new_key_must_open_the_account_alone(browser):
    page = browser.get(reverse("mfa_add_webauthn")).content.decode()
    options = json.loads(page.partition('id="passkey-options" type="application/json">')[2].partition("<")[0])
    chosen = options["publicKey"]["authenticatorSelection"]
    assert chosen == {"residentKey": "required", "requireResidentKey": True, "userVerification": "required"}
    assert options["publicKey"]["rp"]["name"] == "Diagnostic Dispositif Médical"


@pytest.mark.parametrize("credential", GARBAGE)
def test_a_wrong_key_opens_nothing_and_is_told_in_french(client, person, credential):
    person("alice")
    client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    answer = client.post(reverse("mfa_login_webauthn"), {"credential": credential}, follow=True)
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("credential", GARBAGE)
def test_a_wrong_key_is_not_added(browser, credential):
    browser.get(reverse("mfa_add_webauthn"))
    answer = browser.post(reverse("mfa_add_webauthn"), {"name": "Téléphone", "credential": credential})
    assert answer.status_code == 200
    assert "Téléphone" in answer.content.decode()
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("credential", GARBAGE)
def test_a_wrong_key_confirms_nobody(browser, credential):
    Authenticator.objects.create(
        user=User.objects.get(), type=Authenticator.Type.WEBAUTHN, data={"name": "Clé", "credential": {}}
    )
    session = browser.session
    session["account_authentication_methods"] = []
    session.save()
    answer = browser.post(reverse("mfa_reauthenticate_webauthn"), {"credential": credential})
    assert answer.status_code < 500
    assert not browser.session["account_authentication_methods"]


def test_a_key_just_shown_is_proof_enough_to_sign_a_contract(browser):
    session = browser.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "webauthn", "at": time.time()}]
    session.save()
    request = RequestFactory().get("/")
    request.session, request.user = browser.session, User.objects.get()
    assert recently_authenticated(request)


def test_anothers_key_does_not_exist(browser, person):
    key = Authenticator.objects.create(
        user=person("mallory"), type=Authenticator.Type.WEBAUTHN, data={"name": "La sienne", "credential": {}}
    )
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert browser.get(reverse(name, args=[key.pk])).status_code == 404
        assert browser.post(reverse(name, args=[key.pk]), {"name": "Volée"}).status_code == 404
    assert "La sienne" not in browser.get(reverse("mfa_list_webauthn")).content.decode()
