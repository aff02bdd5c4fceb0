"""The demonstration's second factors: seeded, written on its pages, taken twice; nothing of it elsewhere."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from portal import clock
from portal.accounts import services
from portal.accounts.demonstration import SHARED, codes_of, give_second_factors, secret_of
from portal.accounts.models import User
from tests.factors import code_of, give_factor, sign_in_bare
from tests.portal.accounts.conftest import NOW, PASSWORD

pytestmark = pytest.mark.django_db
CODE = "/compte/2fa/authenticate/"


@pytest.fixture
def demo(settings):
    """Turn the demonstration on, as DIAGDM_ENVIRONMENT=demo does."""
    settings.DEMO = True
    settings.MFA_FORMS = settings.MFA_FORMS | {"authenticate": "portal.accounts.demonstration.DemoCodeForm"}


@pytest.fixture
def claire(demo, person) -> User:
    """Return the demonstration's controller, with her seeded factor."""
    user = person("claire", staff_role="controller", is_demo=True)
    give_second_factors()
    return user


def to_the_code(user: User, **sent) -> Client:
    """Return a browser that pressed a person's button, on the page that asks for the code."""
    browser = Client()
    assert browser.post(reverse("demo_signin"), {"user": user.pk, **sent})["Location"] == CODE
    return browser


def offered(browser: Client) -> str:
    """Return the code written in the field."""
    found = re.search(r'name="code" value="(\d{6})"', browser.get(CODE).content.decode())
    assert found
    return found.group(1)


def test_accounts_that_must_are_given_the_same_factor_each_time(demo, person):
    claire = person("claire", staff_role="controller", is_demo=True)
    edith, dora, real = person("edith", is_demo=True), person("dora", is_demo=True), person("real")
    User.objects.filter(pk=real.pk).update(staff_role="officer")
    services.create_organisation(name="Qualimed", kind="expert_firm", owner=edith, now=NOW)
    services.create_organisation(name="Cardiolab", kind="company", owner=dora, now=NOW)
    assert give_second_factors() == 2
    assert give_second_factors() == 0
    assert set(Authenticator.objects.values_list("user", flat=True)) == {claire.pk, edith.pk}
    assert secret_of(claire) == "YXAHS7S5SLRJ7S5YZ26YYBYZAB6IFSPQ"
    assert secret_of(claire) != secret_of(edith)


def test_outside_the_demonstration_nothing_is_seeded_shown_nor_taken_twice(settings, person):
    with pytest.raises(ImproperlyConfigured):
        give_second_factors()
    assert "authenticate" not in settings.MFA_FORMS
    # Even with the demonstration's form, as if the settings had been mixed up.
    settings.MFA_FORMS = settings.MFA_FORMS | {"authenticate": "portal.accounts.demonstration.DemoCodeForm"}
    claire = person("claire", staff_role="controller", is_demo=True)
    give_factor(claire)
    assert codes_of([claire]) == {}
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.post(reverse("account_login"), {"login": claire.email, "password": PASSWORD})
        assert "démonstration" not in browser.get(CODE).content.decode()
    assert [one.post(CODE, {"code": code_of()}).status_code for one in browsers] == [302, 200]


def test_the_sign_in_page_writes_the_code_of_whom_is_asked_for_one(client, claire, person):
    dora = person("dora", is_demo=True)
    services.create_organisation(name="Cardiolab", kind="company", owner=dora, now=NOW)
    page = client.get(reverse("account_login")).content.decode()
    assert codes_of([claire])[claire.pk].spaced in page
    assert page.count(">code <") == 1
    assert re.search(r"encore ([1-9]|[12]\d|30)\u00a0seconde", page)


def test_one_click_more_signs_an_expert_or_bpifrance_in(claire):
    browser = to_the_code(claire, next="/gestion/paiements/")
    page = browser.get(CODE).content.decode()
    assert "Code de démonstration" in page
    assert "Votre mot de passe est juste" not in page
    assert browser.get(reverse("account_email")).status_code == 302, "the button alone opens nothing"
    assert browser.post(CODE, {"code": offered(browser)})["Location"] == "/gestion/paiements/"
    assert browser.get(reverse("account_email")).status_code == 200


def test_two_visitors_are_the_same_person_within_thirty_seconds(claire):
    first, second = to_the_code(claire), to_the_code(claire)
    code = offered(first)
    assert [one.post(CODE, {"code": code})["Location"] for one in (first, second)] == ["/mon-espace/"] * 2


def test_a_page_read_for_a_minute_still_signs_in_and_an_old_code_does_not(claire, monkeypatch):
    browser, now = to_the_code(claire), clock.now()
    code = offered(browser)
    monkeypatch.setattr("portal.accounts.demonstration.clock.now", lambda: now + timedelta(minutes=3))
    assert browser.post(CODE, {"code": "000000"}).status_code == 200
    monkeypatch.setattr("portal.accounts.demonstration.clock.now", lambda: now + timedelta(seconds=80))
    assert browser.post(CODE, {"code": code}).status_code == 302


def test_an_old_code_opens_nothing(claire, monkeypatch):
    now = clock.now()
    monkeypatch.setattr("portal.accounts.demonstration.clock.now", lambda: now - timedelta(minutes=5))
    code = codes_of([claire])[claire.pk].code
    monkeypatch.undo()
    assert to_the_code(claire).post(CODE, {"code": code}).status_code == 200


def test_a_real_account_in_the_demonstration_follows_the_real_rule(demo, person):
    real = person("real", staff_role="officer")
    give_factor(real)
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.post(reverse("account_login"), {"login": real.email, "password": PASSWORD})
    assert [one.post(CODE, {"code": code_of()}).status_code for one in browsers] == [302, 200]


def test_changing_hats_without_signing_out_asks_for_the_code_too(claire, person):
    dora = person("dora", is_demo=True)
    browser = Client()
    browser.post(reverse("demo_signin"), {"user": dora.pk})
    assert browser.post(reverse("demo_signin"), {"user": claire.pk})["Location"] == CODE
    assert browser.get(reverse("account_email")).status_code == 302
    assert browser.post(CODE, {"code": offered(browser)}).status_code == 302


def test_the_factor_that_all_visitors_share_stays(claire):
    Authenticator.objects.create(
        user=claire, type=Authenticator.Type.WEBAUTHN, data={"name": "Téléphone", "credential": {}}
    )
    browser = Client()
    sign_in_bare(browser, claire)
    assert SHARED in browser.post(reverse("mfa_deactivate_totp")).content.decode()
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()
