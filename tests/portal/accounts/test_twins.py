"""The twins of the sign-in: with one guard off, somebody guesses, learns, stays, or passes with one factor."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from portal.accounts import middleware, reauthentication
from portal.accounts.adapter import AccountAdapter
from portal.accounts.models import User
from tests.portal.accounts import test_sessions, test_sign_in
from tests.portal.accounts.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.twin]
Person = Callable[..., User]
Browsers = Callable[[User], Client]


def test_without_the_throttle_a_password_is_guessed(person: Person, settings) -> None:
    test_sign_in.test_five_failures_lock_the_account_for_who_fails_only(person)
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = False
    for number in range(12):
        test_sign_in._sign_in(Client(), "alice@exemple.fr", f"un autre mot de passe {number}")
    assert test_sign_in._sign_in(Client(), "alice@exemple.fr").status_code == 302


def test_without_the_throttle_one_place_tries_many_accounts(person: Person, settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    with pytest.raises(AssertionError):
        test_sign_in.test_one_place_does_not_try_many_accounts(person)


def test_counted_by_account_alone_anybody_locks_anybody_out(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        AccountAdapter,
        "_get_login_attempts_cache_key",
        DefaultAccountAdapter._get_login_attempts_cache_key,
    )
    with pytest.raises(AssertionError):
        test_sign_in.test_five_failures_lock_the_account_for_who_fails_only(person)


@pytest.mark.parametrize(
    "asked",
    [
        test_sign_in.test_asking_for_a_password_answers_the_same_for_an_unknown_address,
        test_sign_in.test_signing_up_answers_the_same_for_a_known_address,
    ],
    ids=["forgotten password", "sign-up"],
)
def test_without_its_silence_the_portal_tells_who_has_an_account(
    person: Person, settings, post_bag, asked: Callable[..., None]
) -> None:
    settings.ACCOUNT_PREVENT_ENUMERATION = False
    with pytest.raises(AssertionError):
        asked(person, post_bag)


@pytest.mark.parametrize("change", test_sessions.CHANGES, ids=lambda change: change.event)
def test_without_what_ties_them_to_the_account_the_other_sessions_go_on(
    person: Person, signed_in: Browsers, monkeypatch: pytest.MonkeyPatch, change: test_sessions.Change
) -> None:
    monkeypatch.setattr(User, "_get_session_auth_hash", lambda self, secret=None: f"{self.pk}")
    alice = person("alice")
    here, elsewhere = Client(), signed_in(alice)
    here.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert change.make(here, alice).status_code == 302
    assert test_sessions.is_in(elsewhere)


def test_without_the_door_one_factor_opens_the_desk(
    client: Client, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post(reverse("account_login"), {"login": administrator.email, "password": PASSWORD})
    desk = reverse("account_list")
    assert client.get(desk).headers["Location"].startswith(reverse("second_factor_setup"))
    monkeypatch.setattr(middleware, "answer_until_set_up", lambda _request: None)
    assert client.get(desk).status_code == 200


def test_without_its_time_limit_a_proof_lasts_for_ever(
    client: Client, person: Person, rf, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = person("alice")
    client.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})
    request = rf.get("/")
    request.user, request.session = alice, client.session
    later = time.time() + 400
    monkeypatch.setattr(time, "time", lambda: later)
    assert not reauthentication.recently_authenticated(request)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 10**9
    assert reauthentication.recently_authenticated(request)


def test_a_change_that_is_not_recorded_is_seen(
    person: Person, signed_in: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.accounts.adapter.record_security_change", lambda **_: None)
    alice = person("alice")
    elsewhere, here = signed_in(alice), Client()
    here.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    test_sessions.turn_totp_on(here, alice)
    assert test_sessions.is_in(elsewhere)
