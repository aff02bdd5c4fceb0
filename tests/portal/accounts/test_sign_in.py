"""Signing up, in and out: nothing tells whether an address is known, nobody locks anybody else out."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.urls import reverse

from portal.accounts.backend import PortalBackend
from portal.accounts.models import User
from tests.portal.accounts.conftest import PASSWORD, link_in

pytestmark = pytest.mark.django_db
SIGN_UP = {"full_name": "Béa Martin", "password1": PASSWORD, "password2": PASSWORD}


def _shown(answer) -> str:
    """Return what a page shows, without what changes at every answer."""
    text = re.sub(
        r'name="csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken": "[^"]+"', "", answer.content.decode()
    )
    return re.sub(r"[\w.]+@exemple\.fr", "adresse", text)


def _sign_in(browser: Client, email: str, password: str = PASSWORD, **extra):
    return browser.post(reverse("account_login"), {"login": email, "password": password}, **extra)


def test_a_newcomer_confirms_the_address_then_arrives(client, post_bag):
    answer = client.post(reverse("account_signup"), {**SIGN_UP, "email": "Bea@Exemple.fr"})
    assert answer["Location"] == reverse("account_email_verification_sent")
    assert client.get(reverse("home_of_user")).status_code == 302, "not signed in before confirming"
    path = link_in(post_bag()[-1])
    assert "bea@exemple.fr" in client.get(path).content.decode()
    client.post(path)
    bea = User.objects.get(email="bea@exemple.fr")
    assert bea.full_name == "Béa Martin"
    assert EmailAddress.objects.get(user=bea).verified
    assert _sign_in(Client(), "bea@exemple.fr")["Location"] == reverse("home_of_user")


def test_the_message_read_on_another_device_leads_on_to_where_one_was_going(client, post_bag):
    onward = f"{reverse('home_of_user')}?volet=4&amount=16500%2C50"
    client.post(reverse("account_signup"), {**SIGN_UP, "email": "bea@exemple.fr", "next": onward})
    elsewhere, link = Client(), link_in(post_bag()[-1])
    page = elsewhere.get(link)
    answer = elsewhere.post(
        link.partition("?")[0],
        {"next": page.context["redirect_field_value"]},
        follow=True,
    )
    address, _ = answer.redirect_chain[-1]
    assert address.startswith(reverse("account_login")), "a link alone signs nobody in"
    signed_in = elsewhere.post(address, {"login": "bea@exemple.fr", "password": PASSWORD, "next": onward})
    assert answer.context["redirect_field_value"] == onward
    assert signed_in["Location"] == onward


@pytest.mark.parametrize("trap", ["https://piege.exemple/", "//piege.exemple/", "javascript:alert(1)"])
def test_the_message_leads_to_no_other_site(client, post_bag, trap):
    client.post(reverse("account_signup"), {**SIGN_UP, "email": "bea@exemple.fr", "next": trap})
    link = link_in(post_bag()[-1])
    assert "next" not in link
    answer = Client().post(link, {"next": trap})
    assert answer["Location"] == reverse("account_login")


def test_an_address_not_yet_confirmed_does_not_sign_in(client, post_bag):
    client.post(reverse("account_signup"), {**SIGN_UP, "email": "bea@exemple.fr"})
    answer = _sign_in(Client(), "bea@exemple.fr")
    assert answer["Location"] == reverse("account_email_verification_sent")


def test_a_page_left_open_while_one_signed_in_again_leads_back(person):
    person("alice")
    browser, page = Client(enforce_csrf_checks=True), reverse("account_change_password")
    answer = browser.post(page, {}, headers={"referer": f"http://testserver{page}?x=1"})
    assert answer.status_code == 403
    assert "Cette page est restée ouverte trop longtemps" in answer.content.decode()
    assert f'href="{page}?x=1"' in answer.content.decode()
    elsewhere = browser.post(page, {}, headers={"referer": "https://piege.exemple/"})
    assert "piege" not in elsewhere.content.decode()


def test_what_a_page_left_open_saves_by_itself_opens_the_page_again():
    browser, page = Client(enforce_csrf_checks=True), reverse("account_change_password")
    at = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
    assert browser.post(page, {}, headers=at).headers["HX-Redirect"] == page
    trap = at | {"HX-Current-URL": "https://piege.exemple/"}
    assert browser.post(page, {}, headers=trap).status_code == 403


def test_signing_up_answers_the_same_for_a_known_address(person, post_bag):
    person("alice")
    known, unknown = Client(), Client()
    first = known.post(reverse("account_signup"), {**SIGN_UP, "email": "alice@exemple.fr"}, follow=True)
    second = unknown.post(reverse("account_signup"), {**SIGN_UP, "email": "new@exemple.fr"}, follow=True)
    assert first.redirect_chain == second.redirect_chain
    assert _shown(first) == _shown(second)
    subjects = {message.to[0]: message.subject for message in post_bag()}
    assert subjects["alice@exemple.fr"] == "Vous avez déjà un compte"
    assert subjects["new@exemple.fr"] == "Confirmez votre adresse électronique"


def test_a_wrong_password_answers_the_same_for_an_unknown_address(person):
    person("alice")
    known = _sign_in(Client(), "alice@exemple.fr", "un autre mot de passe")
    unknown = _sign_in(Client(), "nobody@exemple.fr", "un autre mot de passe")
    assert known.status_code == unknown.status_code == 200
    assert "incorrects" in known.content.decode()
    assert _shown(known) == _shown(unknown)


def hashes_of(monkeypatch, *emails: str) -> list[int]:
    """Return how many passwords are hashed, which is what takes time, to refuse each of these addresses."""
    counts, hashed = [], []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *typed: hashed.append(1) or encode(self, *typed)
    )
    for email in emails:
        hashed.clear()
        _sign_in(Client(), email, "un autre mot de passe")
        counts.append(len(hashed))
    return counts


def test_a_wrong_password_takes_as_long_for_an_unknown_or_closed_address(person, monkeypatch):
    person("alice")
    User.objects.filter(pk=person("bea").pk).update(is_active=False)
    assert hashes_of(monkeypatch, *(f"{one}@exemple.fr" for one in ("alice", "bea", "nobody"))) == [1, 1, 1]


@pytest.mark.twin
def test_without_its_own_hash_an_unknown_address_would_be_refused_sooner(person, monkeypatch):
    person("alice")
    monkeypatch.setattr(PortalBackend, "_mitigate_timing_attack", lambda *_: None)
    assert hashes_of(monkeypatch, "alice@exemple.fr", "nobody@exemple.fr") == [1, 0]


def test_asking_for_a_password_answers_the_same_for_an_unknown_address(person, post_bag):
    person("alice")
    answers = [
        Client().post(reverse("account_reset_password"), {"email": f"{name}@exemple.fr"}, follow=True)
        for name in ("alice", "nobody")
    ]
    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert _shown(answers[0]) == _shown(answers[1])
    assert len(post_bag()) == 2


def test_a_password_is_chosen_by_the_link_once_and_ends_every_session(person, signed_in, post_bag):
    alice = person("alice")
    elsewhere = signed_in(alice)
    browser = Client()
    browser.post(reverse("account_reset_password"), {"email": alice.email})
    path = link_in(post_bag()[-1])
    form = browser.get(path)["Location"]
    new = "une autre phrase assez longue"
    assert browser.post(form, {"password1": new, "password2": new}).status_code == 302
    assert elsewhere.get(reverse("home_of_user"))["Location"].startswith(reverse("account_login"))
    assert "Lien périmé" in Client().get(path).content.decode()
    assert _sign_in(Client(), alice.email).status_code == 200, "the old password is dead"
    assert _sign_in(Client(), alice.email, new).status_code == 302


def test_the_database_holds_no_link_that_opens_an_account(
    person, post_bag, django_capture_on_commit_callbacks
):
    from portal.notifications.models import Outbox

    person("alice")
    Client().post(reverse("account_reset_password"), {"email": "alice@exemple.fr"})
    payload = str(Outbox.objects.get().payload)
    assert "/compte/password" not in payload
    assert "/compte/password" in post_bag()[-1].body


@pytest.mark.parametrize("password", ["court", "123456789012", "motdepasse", "bea martin bea"])
def test_a_weak_password_is_refused_and_the_rest_is_kept(client, password):
    answer = client.post(
        reverse("account_signup"),
        {
            "full_name": "Bea Martin Bea",
            "email": "bea@exemple.fr",
            "password1": password,
            "password2": password,
        },
    )
    assert answer.status_code == 200
    assert "bea@exemple.fr" in answer.content.decode()
    assert not User.objects.exists()


def test_five_failures_lock_the_account_for_who_fails_only(person):
    person("alice")
    attacker, alice = {"REMOTE_ADDR": "203.0.113.9"}, {"REMOTE_ADDR": "198.51.100.7"}
    for _ in range(5):
        _sign_in(Client(), "alice@exemple.fr", "un autre mot de passe", **attacker)
    refused = _sign_in(Client(), "alice@exemple.fr", **attacker)
    assert refused.status_code == 200
    assert "Trop de tentatives" in refused.content.decode()
    assert _sign_in(Client(), "alice@exemple.fr", **alice).status_code == 302


def test_one_place_does_not_try_many_accounts(person):
    person("alice")
    for number in range(10):
        _sign_in(Client(), f"x{number}@exemple.fr", "un autre mot de passe")
    assert "Trop de tentatives" in _sign_in(Client(), "alice@exemple.fr").content.decode()


def test_signing_out_needs_a_post(signed_in, owner, company):
    browser = signed_in(owner)
    assert browser.get(reverse("account_logout")).status_code == 200
    assert browser.get("/essai/entreprise/").status_code == 200
    browser.post(reverse("account_logout"))
    assert browser.get("/essai/entreprise/").status_code == 302


def test_signing_in_never_leads_out_of_the_portal(person):
    alice = person("alice")
    answer = Client().post(
        reverse("account_login"),
        {"login": alice.email, "password": PASSWORD, "next": "https://mechant.example/"},
    )
    assert answer["Location"] == reverse("home_of_user")


def test_changing_the_password_is_told_by_e_mail(person, post_bag):
    alice = person("alice")
    browser = Client()
    _sign_in(browser, alice.email)
    new = "une autre phrase assez longue"
    answer = browser.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert answer.status_code == 302
    message = post_bag()[-1]
    assert message.subject == "Votre mot de passe a changé"
    assert "127.0.0.1" in message.body


def test_a_new_address_counts_once_confirmed(person, post_bag):
    alice = person("alice")
    browser = Client()
    _sign_in(browser, alice.email)
    browser.post(reverse("account_email"), {"email": "Alice.Neuve@exemple.fr", "action_add": ""})
    alice.refresh_from_db()
    assert alice.email == "alice@exemple.fr"
    path = link_in(next(m for m in post_bag() if m.to == ["alice.neuve@exemple.fr"]))
    browser.post(path)
    alice.refresh_from_db()
    assert alice.email == "alice.neuve@exemple.fr"


PAGES = ["account_login", "account_signup", "account_reset_password", "account_reset_password_done"]
OWN_PAGES = [
    "account_change_password",
    "account_email",
    "account_logout",
    "account_reauthenticate",
    "mfa_index",
]


@pytest.mark.parametrize("name", [*PAGES, "account_inactive", "account_email_verification_sent"])
def test_pages_for_visitors_are_in_french(client, name):
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    _assert_french(answer)


@pytest.mark.parametrize("name", OWN_PAGES)
def test_pages_about_oneself_are_in_french(signed_in, person, name):
    answer = signed_in(person("alice")).get(reverse(name))
    assert answer.status_code == 200
    _assert_french(answer)


def _assert_french(answer) -> None:
    text = answer.content.decode()
    assert '<html lang="fr">' in text
    words = {"Sign", "Password", "Email", "your", "please", "Confirm Access", "the"}
    shown = re.sub(r"<[^>]+>|\{[^}]*\}", " ", text)
    assert not [word for word in words if re.search(rf"\b{word}\b", shown)]


def test_too_many_sign_ups_from_one_place_are_answered_in_french(client):
    for number in range(20):
        client.post(reverse("account_signup"), {"email": f"x{number}@exemple.fr"})
    answer = client.post(reverse("account_signup"), {"email": "trop@exemple.fr"})
    assert answer.status_code == 429
    assert "Trop de tentatives" in answer.content.decode()
