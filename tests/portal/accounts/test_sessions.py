"""A change in how one signs in ends the other sessions, keeps this one, is told and is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.urls import reverse

from portal.accounts.access import landing_page
from portal.audit.models import Event
from portal.audit.services import verify
from tests.portal.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "une autre phrase assez longue"


@pytest.fixture
def alice(person):
    return person("alice")


@pytest.fixture
def here(alice) -> Client:
    """Return the browser in which alice makes the change, her password just given."""
    browser = Client()
    browser.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return browser


@pytest.fixture
def elsewhere(alice, signed_in) -> Client:
    """Return another browser of alice's, perhaps in a thief's hands."""
    return signed_in(alice)


def is_in(browser: Client) -> bool:
    return browser.get(reverse("account_email")).status_code == 200


def change_password(browser, alice):
    return browser.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    )


def turn_totp_on(browser, alice):
    secret = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    return browser.post(reverse("mfa_activate_totp"), {"code": code})


def turn_totp_off(browser, alice):
    TOTP.activate(alice, "JBSWY3DPEHPK3PXP")
    return browser.post(reverse("mfa_deactivate_totp"))


def renew_codes(browser, alice):
    TOTP.activate(alice, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(alice)
    return browser.post(reverse("mfa_generate_recovery_codes"))


def remove_passkey(browser, alice):
    key = Authenticator.objects.create(
        user=alice, type=Authenticator.Type.WEBAUTHN, data={"name": "Téléphone", "credential": {}}
    )
    return browser.post(reverse("mfa_remove_webauthn", args=[key.pk]))


@dataclass(frozen=True)
class Change:
    """How a person changes how they sign in, the event kept and the subject of the e-mail that tells it."""

    make: Callable[..., Any]
    event: str
    subject: str


CHANGES = [
    Change(change_password, "password_changed", "Votre mot de passe a changé"),
    Change(turn_totp_on, "totp_activated", "Double authentification activée"),
    Change(turn_totp_off, "totp_deactivated", "Double authentification désactivée"),
    Change(renew_codes, "recovery_codes_generated", "Nouveaux codes de secours"),
    Change(remove_passkey, "webauthn_removed", "Clé d’accès retirée"),
]


# Some changes are told once committed: only a real transaction shows whether the session is still saved.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.event)
def test_the_other_sessions_end_and_this_one_goes_on(here, elsewhere, alice, post_bag, change):
    assert change.make(here, alice).status_code == 302
    assert is_in(here)
    assert not is_in(elsewhere)
    letter = post_bag()[-1]
    assert letter.subject == change.subject
    assert "autres sessions ont pris fin" in letter.body
    kept = Event.objects.get(chain=f"account:{alice.pk}")
    assert (kept.name, kept.actor_ref) == (change.event, alice.pk)
    assert not verify()


def test_renaming_a_passkey_ends_no_session(here, elsewhere, alice):
    key = Authenticator.objects.create(
        user=alice, type=Authenticator.Type.WEBAUTHN, data={"name": "Téléphone", "credential": {}}
    )
    assert here.post(reverse("mfa_edit_webauthn", args=[key.pk]), {"name": "Portable"}).status_code == 302
    assert is_in(elsewhere)


def test_a_refused_change_ends_nothing(here, elsewhere, alice):
    here.post(reverse("account_change_password"), {"oldpassword": "non", "password1": NEW, "password2": NEW})
    assert is_in(elsewhere)
    assert not Event.objects.filter(chain=f"account:{alice.pk}").exists()


# --- A session that ends amid a form -------------------------------------------------------------
@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/essai/ecrire/", "/mon-espace/"),
        ("/compte/membres/7/inviter/", "/compte/membres/7/"),
        ("/compte/invitations/3/annuler/", "/mon-espace/"),
        ("/compte/membres/7/?page=2", "/compte/membres/7/?page=2"),
        ("/nulle-part/", "/nulle-part/"),
        ("/", "/"),
    ],
)
def test_one_lands_on_a_page_that_shows_something(address, page):
    assert landing_page(address) == page


def test_what_was_sent_after_the_session_ended_leads_to_the_page_above(company):
    visitor, address = Client(), reverse("invitation_send", args=[company.pk])
    answer = visitor.post(
        address, {"email": "bea@exemple.fr"}, headers={"Referer": f"http://testserver{address}"}
    )
    assert answer["Location"] == f"{reverse('account_login')}?next=/compte/membres/{company.pk}/"
    assert "n’est pas enregistré" in visitor.get(answer["Location"]).content.decode()


def test_an_old_link_to_a_form_only_address_signs_in_to_ones_own_page(alice):
    answer = Client().post(
        reverse("account_login"),
        {"login": alice.email, "password": PASSWORD, "next": "/compte/invitations/3/annuler/"},
    )
    assert answer["Location"] == reverse("home_of_user")
